// database.ts — the library's face over one open store: statements, typed tables, state.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { runStatement } from './execute.ts';
import { renderMetrics } from './metric-samples.ts';
import { openSession, runTransaction } from './database-session.ts';
import { openTable } from './table.ts';
import type { Row, RowInput } from '../rows/row-table.ts';
import type {
  Database,
  ExecuteOptions,
  OpenSession,
  QueryResult,
  Session,
  SessionState,
  Table,
} from './api.ts';
import type { Engine } from './context.ts';

const engines = new WeakMap<Database, Engine>();

/** What a database stands on, for doors of our own. */
export function engineOf(database: Database): Engine {
  return must(engines.get(database), 'a database comes from open()');
}

/** `onClosed` runs once, after the store is closed. */
export function createDatabase(engine: Engine, onClosed: () => Promise<void>): Database {
  const database = new OpenedDatabase(engine, onClosed);
  engines.set(database, engine);
  return database;
}

class OpenedDatabase implements Database {
  readonly #engine: Engine;
  readonly #onClosed: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(engine: Engine, onClosed: () => Promise<void>) {
    this.#engine = engine;
    this.#onClosed = onClosed;
  }

  get storeId(): string {
    return this.#engine.storeId;
  }

  async execute(sql: string, options: ExecuteOptions = {}): Promise<QueryResult> {
    if (this.#closing) throw new WinnowError('STORE_CLOSED', 'the store is closed');
    return runStatement(this.#engine, sql, options);
  }

  async query<T = Row>(sql: string, options?: ExecuteOptions): Promise<T[]> {
    return (await this.execute(sql, options)).rows<T>();
  }

  table<T extends RowInput = RowInput>(name: string): Table<T> {
    return openTable<T>(this.#engine, name, () => this.#engine.store.rows);
  }

  session(start: Partial<Pick<SessionState, 'database' | 'settings'>> = {}): OpenSession {
    const { database = 'default', settings = {} } = start;
    return openSession(this, this.#engine, { database, settings });
  }

  transaction<T>(work: (transaction: Session) => Promise<T>): Promise<T> {
    return runTransaction(this, this.#engine, work);
  }

  metrics(): string {
    return renderMetrics(this.#engine);
  }

  notReady(): readonly string[] {
    return this.#closing ? ['the store is closed'] : this.#engine.store.notReady();
  }

  drain(): Promise<void> {
    return this.#engine.store.drain();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#engine.store.close();
    } finally {
      await this.#onClosed();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
