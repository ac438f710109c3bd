// select.ts — SELECT: plan it, read at one read point, say how fresh the answer is.

import { newSourceCounters } from '../exec/context.ts';
import { MemoryTracker } from '../exec/memory-tracker.ts';
import { runSelect } from '../exec/run-select.ts';
import { indexUse } from '../plan/freshness.ts';
import { planSelect } from '../plan/plan-select.ts';
import { prepareSubqueries } from '../plan/prepare-subqueries.ts';
import { indexNames } from '../plan/skip/skip-index-use.ts';
import { bindContext } from './context.ts';
import { freshnessDemand, freshnessOf, tableSources } from './freshness.ts';
import { countFunnel } from './metrics.ts';
import { namesOf, unknownTable } from './names.ts';
import { systemTable } from './system-tables.ts';
import { numbers, tableFunction } from './table-functions.ts';
import type { WinnowError } from '../base/errors.ts';
import type { ReadView, TableStatus } from '../catalog/access.ts';
import { IndexDamage } from '../catalog/index-damage.ts';
import type { ExecContext } from '../exec/context.ts';
import type { FunnelCounters } from '../plan/funnel.ts';
import type {
  JoinAlgorithm,
  PlanContext,
  SelectPlan,
  StoredTable,
  TableSource,
  VirtualTable,
} from '../plan/plan.ts';
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
  const reading = openReading(context);
  try {
    const { prepared, plan } = await prepareSelect(query, reading, context);
    return {
      columns: plan.columns,
      blocks: readAnswer(prepared, plan, reading, context),
      freshness: () => reading.opened() && freshnessOf(reading.sources, reading.view()),
      position: () => reading.opened()?.sequence,
      accessPath: () => reading.sources[0]?.considered[0]!.kind,
      prepared,
    };
  } catch (error) {
    reading.release();
    throw error;
  }
}

/** The read point of a statement, taken at the first use, and the tables that are read at it. */
export type Reading = {
  readonly view: () => ReadView;
  readonly opened: () => ReadView | undefined;
  readonly sources: TableSource[];
  readonly release: () => void;
};

export function openReading({ rows }: StatementContext): Reading {
  let view: ReadView | undefined;
  return {
    view: () => (view ??= rows.readView()),
    opened: () => view,
    sources: [],
    release: () => view?.release(),
  };
}

/** Runs the subqueries that stand for values, at the statement's read point, and plans what is left. */
export async function prepareSelect(
  query: SelectQuery,
  reading: Reading,
  context: StatementContext,
): Promise<{ readonly prepared: SelectQuery; readonly plan: SelectPlan }> {
  const prepared = await prepareSubqueries(query, (subquery, maxRows, tooMany) =>
    runSubquery(subquery, { maxRows, tooMany }, reading, context),
  );
  return { prepared, plan: planSelect(prepared, planContext(context, reading.opened())) };
}

async function* readAnswer(
  query: SelectQuery,
  plan: SelectPlan,
  reading: Reading,
  context: StatementContext,
): AsyncGenerator<Block> {
  try {
    const view = reading.view();
    let usable = isUsable(plan, view, context.engine.store) ? plan : planAt(view, query, context);
    for (let isHandedOut = false; ;) {
      const sources = openSources(usable, context);
      reading.sources.unshift(...sources);
      try {
        for await (const block of runCounted(usable, view, context)) {
          isHandedOut = true;
          yield block;
        }
        return;
      } catch (error) {
        if (isHandedOut || !(error instanceof IndexDamage)) throw error;
        reading.sources.splice(0, sources.length);
        usable = planAt(view, query, context);
      }
    }
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

/** By all sources together. */
function allRead({ rowsScanned, bytesRead, join }: FunnelCounters): { rows: number; bytes: number } {
  const sides = join ? [allRead(join.left), allRead(join.right)] : [];
  return sides.reduce((a, b) => ({ rows: a.rows + b.rows, bytes: a.bytes + b.bytes }), {
    rows: rowsScanned,
    bytes: bytesRead,
  });
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
    const read = allRead(counters);
    summary.readRows = before.rows + read.rows;
    summary.readBytes = before.bytes + read.bytes;
  };
  for await (const block of runSelect(plan, execContext(view, context, counters))) {
    count();
    yield block;
  }
  count();
  countFunnel(context.engine.metrics, plan, counters);
}

type RowLimit = { readonly maxRows: number; readonly tooMany: () => WinnowError };

async function runSubquery(
  query: SelectQuery,
  limit: RowLimit,
  reading: Reading,
  context: StatementContext,
): Promise<SubqueryAnswer> {
  for (;;) {
    const plan = planAt(reading.view(), query, context);
    const sources = openSources(plan, context);
    try {
      const answer = await readWhole(plan, limit, reading, context);
      reading.sources.push(...sources);
      return answer;
    } catch (error) {
      if (!(error instanceof IndexDamage)) throw error;
    }
  }
}

async function readWhole(
  plan: SelectPlan,
  { maxRows, tooMany }: RowLimit,
  reading: Reading,
  context: StatementContext,
): Promise<SubqueryAnswer> {
  const blocks: Block[] = [];
  let rowCount = 0;
  for await (const block of runCounted(plan, reading.view(), context)) {
    blocks.push(block);
    rowCount += block.rowCount;
    if (rowCount > maxRows) throw tooMany();
  }
  return { columns: plan.columns, blocks };
}

/** A plan that can be run at the read point. */
function planAt(view: ReadView, query: SelectQuery, context: StatementContext): SelectPlan {
  for (;;) {
    const plan = planSelect(query, planContext(context, view));
    if (isUsable(plan, view, context.engine.store)) return plan;
  }
}

/** `view`: the read point, when it is taken already; what index tables can do was settled then. */
function planContext(context: StatementContext, view: ReadView | undefined): PlanContext {
  return {
    resolveTable: (name) => resolveTable(name, context, view),
    tableFunction: (name, args) => tableFunction(name, args, context.engine.files),
    bind: bindContext(context),
    freshness: freshnessDemand(context),
    joinAlgorithm: context.settings.join_algorithm as JoinAlgorithm,
    skipIndexUse: {
      isOn: context.settings.use_skip_indexes,
      ignored: indexNames(context.settings.ignore_data_skipping_indices),
      forced: indexNames(context.settings.force_data_skipping_indices),
    },
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
    rowsRead: { count: 0 },
  };
}

/** Errors: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
function resolveTable(
  name: TableName,
  context: StatementContext,
  view: ReadView | undefined,
): StoredTable | VirtualTable {
  const names = namesOf(context);
  if ((name.database ?? names.database) === 'system') {
    const table = name.name === 'numbers' ? numbers(0, Infinity) : systemTable(name.name, context);
    if (!table) throw unknownTable(names, name);
    return table;
  }
  const found = names.store.find(name.database ?? names.database, name.name);
  if (!found) throw unknownTable(names, name);
  if (found.kind !== 'indexTable')
    return { kind: 'table', status: statusAt(view, context.rows.status(found.id)), indexTable: undefined };
  return { kind: 'table', status: statusAt(view, context.rows.status(found.rowTableId)), indexTable: found };
}

function statusAt(view: ReadView | undefined, status: TableStatus): TableStatus {
  if (!view) return status;
  const indexTables = status.indexTables.flatMap((index) => {
    const moment = view.moment(index.definition.id);
    return moment ? [{ ...index, ...moment }] : [];
  });
  return { ...status, indexTables };
}

/** The tables that a plan is about to read; index tables count that they are of use. */
function openSources(plan: SelectPlan, { engine, nowMs }: StatementContext): TableSource[] {
  const sources = tableSources(plan);
  for (const { access } of sources) engine.store.indexTable(access.path.id)?.progress.noteUse(nowMs);
  return sources;
}

/** Between planning and reading, an index table may have changed its state and a table may have been dropped. */
function isUsable(plan: SelectPlan, view: ReadView, store: Store): boolean {
  return tableSources(plan).every(({ access: { path, appliedOnly }, freshness }) => {
    if (store.findById(path.id) === undefined) return false;
    if (path.kind !== 'indexTable') return true;
    if (!view.canRead(path.id)) return false;
    const moment = view.moment(path.id);
    if (!moment) return false;
    return appliedOnly ? indexUse(moment, freshness) === 'applied' : moment.state === 'live';
  });
}
