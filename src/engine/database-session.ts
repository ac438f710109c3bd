// database-session.ts — sessions of the library: statements that follow one another, and transactions around a callback.

import { WinnowError } from '../base/errors.ts';
import { keepChanges } from './session.ts';
import { openTable } from './table.ts';
import { transactionLimits } from './transaction-statements.ts';
import type { Row, RowInput } from '../rows/row-table.ts';
import type {
  Database,
  ExecuteOptions,
  OpenSession,
  QueryResult,
  Session,
  SessionState,
  Table,
  TransactionSlot,
} from './api.ts';
import type { Engine } from './context.ts';
import type { Sequence } from '../log/change.ts';
import type { RowAccess } from './row-access.ts';

type SessionOptions = Omit<ExecuteOptions, 'transaction'>;

class DatabaseSession implements OpenSession {
  readonly #database: Database;
  readonly #engine: Engine;
  readonly #slot: TransactionSlot;
  readonly #rows: () => RowAccess;
  #state: SessionState;
  /** The newest position of what the session has seen and done. */
  #seen: Sequence = 0;
  /** Answers whose positions are not in it yet, because they may rise until they are read. */
  #answers: QueryResult[] = [];

  /** `rows`: what typed calls read and write now; throws when the session takes no more. */
  constructor(
    { database, engine }: { readonly database: Database; readonly engine: Engine },
    start: SessionState,
    slot: TransactionSlot,
    rows: () => RowAccess,
  ) {
    this.#database = database;
    this.#engine = engine;
    this.#slot = slot;
    this.#rows = rows;
    this.#state = start;
  }

  async execute(sql: string, options: SessionOptions = {}): Promise<QueryResult> {
    this.#rows();
    const { database = this.#state.database } = options;
    const asked: SessionState = { database, settings: { ...this.#state.settings, ...options.settings } };
    const position = Math.max(options.position ?? 0, this.#position());
    const result = await this.#database.execute(sql, {
      ...options,
      ...asked,
      position,
      transaction: this.#slot,
    });
    this.#answers.push(result);
    this.#state = keepChanges(this.#state, result.session, asked);
    return result;
  }

  async query<T = Row>(sql: string, options?: SessionOptions): Promise<T[]> {
    return (await this.execute(sql, options)).rows<T>();
  }

  table<T extends RowInput = RowInput>(name: string): Table<T> {
    return openTable<T>(this.#engine, name, () => this.#watched(this.#rows()));
  }

  #position(): Sequence {
    for (const answer of this.#answers) this.#note(answer.position());
    this.#answers = [];
    return this.#seen;
  }

  #note(position: Sequence): void {
    this.#seen = Math.max(this.#seen, position);
  }

  /** The rows, with a note of what typed calls see and do. */
  #watched(rows: RowAccess): RowAccess {
    return {
      status: (tableId) => rows.status(tableId),
      readView: () => {
        const view = rows.readView();
        this.#note(view.sequence);
        return view;
      },
      get: (table, key) => {
        this.#note(this.#engine.store.head);
        return rows.get(table, key);
      },
      write: async (table, work) => {
        const done = await rows.write(table, work);
        this.#note(done.sequence);
        return done;
      },
    };
  }

  close(): void {
    this.#slot.current?.rollback();
    this.#slot.current = undefined;
  }
}

export function openSession(database: Database, engine: Engine, start: SessionState): OpenSession {
  const slot: TransactionSlot = { current: undefined };
  return new DatabaseSession({ database, engine }, start, slot, () => slot.current ?? engine.store.rows);
}

/** As Database.transaction. */
export async function runTransaction<T>(
  database: Database,
  engine: Engine,
  work: (transaction: Session) => Promise<T>,
): Promise<T> {
  const slot: TransactionSlot = { current: engine.store.begin(transactionLimits(engine.settings)) };
  const start = { database: 'default', settings: {} };
  const session = new DatabaseSession({ database, engine }, start, slot, () => {
    if (slot.current) return slot.current;
    throw new WinnowError('INVALID_TRANSACTION', 'the transaction has ended');
  });
  try {
    const value = await work(session);
    await slot.current?.commit();
    return value;
  } finally {
    session.close();
  }
}
