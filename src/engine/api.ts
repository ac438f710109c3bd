// api.ts — what a Winnow store offers to its users: the library's face, and all that server and CLI may use.

import type { Freshness } from '../catalog/access.ts';
import type { Row, RowInput } from '../rows/row-table.ts';
import type { Block, NamedType, ParameterInput } from '../types/column.ts';
import type { Settings } from './settings.ts';
import type { OpenTransaction } from './transaction.ts';

export type ExecuteOptions = {
  /** Database that bare table names belong to; default `default`. */
  readonly database?: string | undefined;
  /** Values of `{name:Type}`, as ClickHouse's text; `undefined` and null are NULL. */
  readonly parameters?: Readonly<Record<string, ParameterInput>> | undefined;
  /** Settings by name, as text or value. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** Data of `INSERT … FORMAT`, when it does not stand in the statement itself. */
  readonly data?: Uint8Array | undefined;
  /** Refuses everything that writes, with READONLY. */
  readonly readonly?: boolean | undefined;
  /** The newest `position` of the caller's earlier answers, which `freshness = 'session'` goes by. Errors: TOKEN_TOO_NEW. */
  readonly position?: number | undefined;
  /** The session's; without it BEGIN is refused. */
  readonly transaction?: TransactionSlot | undefined;
  readonly queryId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** Counters of a running or finished query; `blocks` keeps them up to date. */
export type QuerySummary = {
  readRows: number;
  readBytes: number;
  resultRows: number;
  writtenRows: number;
  writtenBytes: number;
  elapsedMs: number;
};

export type QueryResult = {
  /** Columns of the answer; empty for statements without one. */
  readonly columns: readonly NamedType[];
  /** The answer, to be read once: to its end or until ended early, because it may hold a read point until then. */
  readonly blocks: AsyncIterable<Block>;
  /** Reads the whole answer as objects by column name. */
  rows<T = Row>(): Promise<T[]>;
  readonly summary: QuerySummary;
  /** Set when the answer comes from tables of the store; complete once `blocks` is read to its end. */
  readonly freshness: () => Freshness | undefined;
  /** The statement's own commit, or its read point: no later commit shows in the answer. Final as soon as a block is there. */
  readonly position: () => number;
  /** FORMAT named by the statement, or by the setting default_format. */
  readonly format: string | undefined;
  /** Every setting in force for the statement, its SETTINGS clause included. */
  readonly settings: Settings;
  /** Database and settings after the statement (USE, SET), for the caller's session. */
  readonly session: SessionState;
};

export type SessionState = {
  readonly database: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly transaction?: TransactionSlot | undefined;
};

/** Holds a session's open transaction; empty at first. BEGIN fills it, COMMIT and ROLLBACK empty it. */
export type TransactionSlot = { current: OpenTransaction | undefined };

/** Statements and typed access that belong together. */
export interface Session {
  execute(sql: string, options?: Omit<ExecuteOptions, 'transaction'>): Promise<QueryResult>;
  query<T = Row>(sql: string, options?: Omit<ExecuteOptions, 'transaction'>): Promise<T[]>;
  table<T extends RowInput = RowInput>(name: string): Table<T>;
}

/**
 * What USE, SET and BEGIN leave behind holds for the statements that follow; at `freshness = 'session'` they see at least
 * what the session has seen and written.
 */
export interface OpenSession extends Session {
  /** Rolls back a transaction that is open. */
  close(): void;
}

/** One statement of a script. Blocks are read lazily; writes are durable before the promise resolves. */
export interface Database {
  /** Names the store for good: positions are only good in the store that gave them. */
  readonly storeId: string;
  /** Runs one statement, low level: typed blocks, for servers and tools. */
  execute(sql: string, options?: ExecuteOptions): Promise<QueryResult>;
  /** Runs one statement and collects its rows. */
  query<T = Row>(sql: string, options?: ExecuteOptions): Promise<T[]>;
  /** A row table by name (`orders`, `shop.orders`). */
  table<T extends RowInput = RowInput>(name: string): Table<T>;
  /** A session of its own, that begins with these settings and this database. */
  session(start?: Partial<Pick<SessionState, 'database' | 'settings'>>): OpenSession;
  /**
   * Runs `work` in a transaction: on a snapshot taken now, with its own writes over it. It is committed when the promise
   * of `work` resolves and rolled back when it rejects; COMMIT or ROLLBACK inside end it early.
   * Errors: SERIALIZATION_ERROR (retryable: run it again) when another transaction changed a row that this one wrote;
   * INVALID_TRANSACTION when it was idle for longer than transaction_timeout_ms; what `work` throws.
   */
  transaction<T>(work: (transaction: Session) => Promise<T>): Promise<T>;
  /** Text for /metrics. */
  metrics(): string;
  /** Why the store cannot serve; empty when it can. */
  notReady(): readonly string[];
  /** Waits until every live lane has applied what is committed now. */
  drain(): Promise<void>;
  /** Finishes what runs, syncs and closes; idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * `sequence`: of the commit; as a `position`, it lets a session read at least this write. Inside a transaction, which gets
 * its sequence by its commit, that of its snapshot.
 */
export type WriteResult = { readonly sequence: number };

/** Condition of a write: the row as it must be now. `exists: false` = must not exist; `equals` compares columns. */
export type WriteCondition = { readonly exists?: boolean; readonly equals?: RowInput };

export type RangeOptions = {
  /** Values of a prefix of the primary key; the range is half-open, [start, end). */
  readonly start?: RowInput | undefined;
  readonly end?: RowInput | undefined;
  readonly limit?: number | undefined;
  readonly reverse?: boolean | undefined;
};

/** Typed access to one row table. Writes are durable when their promise resolves; inside a transaction, with its commit. */
export interface Table<T extends RowInput = RowInput> {
  get(key: RowInput): Promise<Row | undefined>;
  /** Rows in the order of the keys; undefined where there is none. */
  getMany(keys: readonly RowInput[]): Promise<(Row | undefined)[]>;
  /** Rows in primary-key order over all shards. */
  range(options?: RangeOptions): AsyncIterable<Row>;
  /** Writes the whole row, replacing one of the same key. Missing columns take their defaults. */
  put(row: T, condition?: WriteCondition): Promise<WriteResult>;
  /** All rows in one transaction. */
  putMany(rows: readonly T[]): Promise<WriteResult>;
  /** Changes the named columns of an existing row; CONDITION_FAILED when there is none. */
  update(key: RowInput, changes: RowInput, condition?: WriteCondition): Promise<WriteResult>;
  /** Adds to numeric columns atomically and answers with their new values. */
  increment(key: RowInput, by: Record<string, number | bigint>): Promise<Row>;
  /** No error when there is no such row, unless a condition says so. */
  delete(key: RowInput, condition?: WriteCondition): Promise<WriteResult>;
}
