// select.ts — SELECT: plan it, read at one read point, say how fresh the answer is.

import { newSourceCounters } from '../exec/context.ts';
import { MemoryTracker } from '../exec/memory-tracker.ts';
import { runSelect } from '../exec/run-select.ts';
import { planSelect } from '../plan/plan-select.ts';
import { prepareSubqueries } from '../plan/prepare-subqueries.ts';
import { bindContext } from './context.ts';
import { namesOf, unknownTable } from './names.ts';
import { systemTable } from './system-tables.ts';
import { numbers, tableFunction } from './table-functions.ts';
import type { WinnowError } from '../base/errors.ts';
import type { Freshness, IndexTableStatus, ReadView } from '../catalog/access.ts';
import type { ExecContext } from '../exec/context.ts';
import type { FunnelCounters } from '../plan/funnel.ts';
import type { PlanContext, SelectPlan, StoredTable, TableSource, VirtualTable } from '../plan/plan.ts';
import type { SubqueryAnswer } from '../plan/prepare-subqueries.ts';
import type { SelectQuery, TableName } from '../sql/ast.ts';
import type { Block } from '../types/column.ts';
import type { Answer, StatementContext } from './context.ts';
import type { Store } from './store.ts';

export type SelectAnswer = Answer & {
  /** The query without subqueries that stand for values: they have run. */
  readonly prepared: SelectQuery;
};

/**
 * Planned at once. The read point is taken when the first block is asked for, or before the first subquery runs; it
 * is given back after the last block, so an answer must be read or ended.
 */
export async function select(query: SelectQuery, context: StatementContext): Promise<SelectAnswer> {
  const reading = lazyView(context);
  try {
    const { prepared, plan } = await prepareSelect(query, reading, context);
    let freshness: Freshness | undefined;
    const blocks = readAnswer(prepared, plan, reading, context, (value) => (freshness = value));
    return { columns: plan.columns, blocks, freshness: () => freshness, prepared };
  } catch (error) {
    reading.release();
    throw error;
  }
}

export type LazyView = { readonly view: () => ReadView; readonly release: () => void };

/** The read point of a statement, taken at the first use. */
export function lazyView({ engine }: StatementContext): LazyView {
  let view: ReadView | undefined;
  return { view: () => (view ??= engine.store.readView()), release: () => view?.release() };
}

/** Runs the subqueries that stand for values, at the statement's read point, and plans what is left. */
export async function prepareSelect(
  query: SelectQuery,
  reading: LazyView,
  context: StatementContext,
): Promise<{ readonly prepared: SelectQuery; readonly plan: SelectPlan }> {
  const prepared = await prepareSubqueries(query, (subquery, maxRows, tooMany) =>
    runSubquery(subquery, { maxRows, tooMany }, reading.view(), context),
  );
  return { prepared, plan: planSelect(prepared, planContext(context)) };
}

async function* readAnswer(
  query: SelectQuery,
  plan: SelectPlan,
  reading: LazyView,
  context: StatementContext,
  onFreshness: (freshness: Freshness | undefined) => void,
): AsyncGenerator<Block> {
  try {
    const view = reading.view();
    const usable = isUsable(plan, context.engine.store) ? plan : planSelect(query, planContext(context));
    yield* runCounted(usable, view, context);
    onFreshness(freshnessOf(usable, view));
  } finally {
    reading.release();
  }
}

/** Runs a plan and throws its rows away; answers with what was counted. */
export async function runToEnd(
  plan: SelectPlan,
  view: ReadView,
  context: StatementContext,
): Promise<FunnelCounters> {
  const counters = newSourceCounters();
  for await (const _ of runCounted(plan, view, context, counters)) continue;
  return counters;
}

async function* runCounted(
  plan: SelectPlan,
  view: ReadView,
  context: StatementContext,
  counters: FunnelCounters = newSourceCounters(),
): AsyncGenerator<Block> {
  const { summary } = context;
  const before = { rows: summary.readRows, bytes: summary.readBytes };
  const count = (): void => {
    summary.readRows = before.rows + counters.rowsScanned;
    summary.readBytes = before.bytes + counters.bytesRead;
  };
  for await (const block of runSelect(plan, execContext(view, context, counters))) {
    count();
    yield block;
  }
  count();
}

async function runSubquery(
  query: SelectQuery,
  { maxRows, tooMany }: { readonly maxRows: number; readonly tooMany: () => WinnowError },
  view: ReadView,
  context: StatementContext,
): Promise<SubqueryAnswer> {
  const plan = planSelect(query, planContext(context));
  const blocks: Block[] = [];
  let rowCount = 0;
  for await (const block of runCounted(plan, view, context)) {
    blocks.push(block);
    rowCount += block.rowCount;
    if (rowCount > maxRows) throw tooMany();
  }
  return { columns: plan.columns, blocks };
}

function planContext(context: StatementContext): PlanContext {
  return {
    resolveTable: (name) => resolveTable(name, context),
    tableFunction,
    bind: bindContext(context),
    settings: { freshness: context.settings.freshness === 'eventual' ? 'eventual' : 'strong' },
  };
}

function execContext(
  view: ReadView,
  { engine, settings, signal, deadlineMs }: StatementContext,
  counters: FunnelCounters,
): ExecContext {
  return {
    view,
    signal,
    memory: new MemoryTracker(settings.max_memory_usage),
    clock: engine.ports.clock,
    timers: engine.ports.timers,
    readers: engine.store.readers,
    workers: engine.store.workers,
    maxThreads: settings.max_threads,
    columnCacheBytes: engine.store.columnCacheBytes,
    deadlineMs,
    maxRowsToRead: settings.max_rows_to_read,
    maxBlockRows: settings.max_block_size,
    counters,
  };
}

/** Errors: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
function resolveTable(name: TableName, context: StatementContext): StoredTable | VirtualTable {
  const names = namesOf(context);
  if ((name.database ?? names.database) === 'system') {
    const table = name.name === 'numbers' ? numbers(0, Infinity) : systemTable(name.name, context);
    if (!table) throw unknownTable(names, name);
    return table;
  }
  const found = names.store.find(name.database ?? names.database, name.name);
  if (!found) throw unknownTable(names, name);
  if (found.kind !== 'indexTable')
    return { kind: 'table', status: names.store.status(found.id), indexTable: undefined };
  return { kind: 'table', status: names.store.status(found.rowTableId), indexTable: found };
}

/** The stored table that a plan reads, be it in a subquery. */
function tableSource({ source }: SelectPlan): TableSource | undefined {
  if (source.kind === 'subquery') return tableSource(source.plan);
  return source.kind === 'table' ? source : undefined;
}

/** Between planning and reading, an index table may have fallen behind and a table may have been dropped. */
function isUsable(plan: SelectPlan, store: Store): boolean {
  const access = tableSource(plan)?.access;
  if (!access) return true;
  const { path, eventual } = access;
  if (store.findById(path.id) === undefined) return false;
  return (
    path.kind !== 'indexTable' || eventual || statusOf(store, path.rowTableId, path.id)?.state === 'live'
  );
}

function statusOf(store: Store, rowTableId: number, indexTableId: number): IndexTableStatus | undefined {
  return store.status(rowTableId).indexTables.find(({ definition }) => definition.id === indexTableId);
}

function freshnessOf(plan: SelectPlan, view: ReadView): Freshness | undefined {
  const source = tableSource(plan);
  if (!source) return undefined;
  const { path, eventual } = source.access;
  const accessPath = `${path.database}.${path.name}`;
  const index =
    path.kind === 'indexTable' && eventual
      ? source.status.indexTables.find(({ definition }) => definition.id === path.id)
      : undefined;
  if (index)
    return {
      level: 'eventual',
      sequence: index.appliedSequence,
      accessPath,
      tailRowsOverlaid: 0,
      ageMs: index.lagMs,
    };
  return {
    level: 'strong',
    sequence: view.sequence,
    accessPath,
    tailRowsOverlaid: view.counters.tailRowsOverlaid,
    ageMs: 0,
  };
}
