// context.ts — what the statements of one store share, and what one statement knows while it runs.

import { WinnowError } from '../base/errors.ts';
import type { Ports } from '../io/ports.ts';
import type { Block, NamedType, ParameterInput } from '../types/column.ts';
import type { Freshness } from '../catalog/access.ts';
import type { BindContext } from '../expr/bind.ts';
import type { Sequence } from '../log/change.ts';
import type { PathKind, VirtualTable } from '../plan/plan.ts';
import type { Statement } from '../sql/ast.ts';
import type { QuerySummary, SessionState, TransactionSlot } from './api.ts';
import type { Metrics } from './metrics.ts';
import type { RowAccess } from './row-access.ts';
import type { Settings } from './settings.ts';
import type { Store } from './store.ts';

export type Engine = {
  readonly store: Store;
  readonly storeId: string;
  readonly ports: Ports;
  /** In force where a request, session or statement says nothing else. */
  readonly settings: Settings;
  readonly metrics: Metrics;
  /** Of winnow local: tables of the files that a statement names. Anywhere else no file may be read. */
  files?: ReadonlyMap<string, VirtualTable>;
};

export type StatementContext = {
  readonly engine: Engine;
  /** The statement's text, for INSERT … FORMAT. */
  readonly sql: string;
  readonly database: string;
  readonly settings: Settings;
  readonly session: SessionState;
  /** Where the session keeps its transaction; undefined without a session. */
  readonly transaction: TransactionSlot | undefined;
  /** What the statement reads and writes: its transaction, or the newest state. */
  readonly rows: RowAccess;
  /** The request may not change anything. */
  readonly readonly: boolean;
  readonly parameters: Readonly<Record<string, ParameterInput>>;
  readonly data: Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
  readonly summary: QuerySummary;
  /** Newest commit that the caller has seen; 0 = none. */
  readonly seen: Sequence;
  /** The commit that the statement made, if it made one. */
  readonly commit: { sequence: Sequence | undefined };
  /** now() of the whole statement. */
  readonly nowMs: number;
  /** Steady-clock time at which the statement must be done; undefined = no limit. */
  readonly deadlineMs: number | undefined;
};

export type StatementOf<Kind extends Statement['kind']> = Extract<Statement, { kind: Kind }>;

/** What a statement answers with. */
export type Answer = {
  readonly columns: readonly NamedType[];
  readonly blocks: AsyncIterable<Block>;
  readonly freshness?: () => Freshness | undefined;
  /** What kind of path was read first. */
  readonly accessPath?: () => PathKind | undefined;
  /** The read point, once it is taken. */
  readonly position?: () => Sequence | undefined;
  /** Settings or database after the statement, when it changed them. */
  readonly session?: SessionState;
};

export function bindContext(context: StatementContext): BindContext {
  return { parameters: context.parameters, nowMs: context.nowMs, currentDatabase: context.database };
}

/** Gives others their turn, in statements that run long. Errors: QUERY_WAS_CANCELLED, TIMEOUT_EXCEEDED. */
export async function breathe({ engine, signal, deadlineMs }: StatementContext): Promise<void> {
  await engine.ports.timers.yield();
  if (signal?.aborted) throw new WinnowError('QUERY_WAS_CANCELLED', 'the query was cancelled');
  if (deadlineMs !== undefined && engine.ports.clock.monotonicMs() > deadlineMs)
    throw new WinnowError('TIMEOUT_EXCEEDED', 'the query took longer than max_execution_time');
}

/** The answer of a statement that returns no rows. */
export const noAnswer: Answer = { columns: [], blocks: noBlocks() };

async function* noBlocks(): AsyncGenerator<Block> {}

/** An answer that is there already. */
export function answerOf(columns: readonly NamedType[], block: Block): Answer {
  return { columns, blocks: oneBlock(block) };
}

async function* oneBlock(block: Block): AsyncGenerator<Block> {
  if (block.rowCount > 0) yield block;
}
