// run-select.ts — runs a plan: a chain of generators, one per step, that pull Blocks from the source.
//
// Ending the outermost generator early ends all of them, and each gives back in `finally` what it holds.

import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import type { SelectPlan, Source } from '../plan/plan.ts';
import { expandDictionary } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { ownColumn } from '../types/own-block.ts';
import { aggregateRows } from './aggregate.ts';
import { checkpoint, type ExecContext } from './context.ts';
import { distinctRows } from './distinct.ts';
import { Filter } from './filter.ts';
import { joinRows } from './join.ts';
import { limitRows } from './limit.ts';
import { scanTable } from './scan.ts';
import { runShared, sharedScanOf, type SharedScan } from './shared-scan.ts';
import { sortRows } from './sort.ts';

/**
 * The rows of a plan, in blocks without empty ones.
 * Errors: QUERY_WAS_CANCELLED, TIMEOUT_EXCEEDED, TOO_MANY_ROWS, MEMORY_LIMIT_EXCEEDED, and those of expressions.
 */
export async function* runSelect(plan: SelectPlan, context: ExecContext): AsyncGenerator<Block> {
  const { columns } = plan;
  yield* mapped(lentRows(plan, context), (block) => ({
    rowCount: block.rowCount,
    columns: block.columns.slice(0, columns.length).map((column) => ownColumn(expandDictionary(column))),
  }));
}

/** The rows of a plan with all of its projection. A block is lent until the next one is asked for. */
function lentRows(plan: SelectPlan, context: ExecContext): AsyncGenerator<Block> {
  const { limit } = plan;
  const shared = sharedScanOf(plan);
  const rows = shared ? sharedRows(plan, shared, context) : ownRows(plan, context);
  return limit.count !== undefined || limit.offset > 0 ? limitRows(rows, limit) : rows;
}

/** Projected rows in order, of a plan whose first part threads share. */
function sharedRows(plan: SelectPlan, shared: SharedScan, context: ExecContext): AsyncGenerator<Block> {
  const rows = runShared(shared, context);
  // First rows come projected and in order.
  return shared.fragment.kind === 'firstRows' ? rows : afterGroups(rows, plan, context);
}

/** Projected rows in order, all computed on this thread. */
function ownRows(plan: SelectPlan, context: ExecContext): AsyncGenerator<Block> {
  const { aggregation } = plan;
  // A subquery has counted its own source; what its outer queries keep is not part of the funnel.
  const counts = plan.source.kind !== 'subquery';
  const rows = filtered(readSource(plan.source, context), plan.filter, context, counts);
  if (!aggregation) return ordered(rows, plan, context);
  return afterGroups(aggregateRows(rows, aggregation, context), plan, context);
}

function afterGroups(
  groups: AsyncIterable<Block>,
  plan: SelectPlan,
  context: ExecContext,
): AsyncGenerator<Block> {
  return ordered(filtered(groups, plan.having, context, false), plan, context);
}

function ordered(input: AsyncIterable<Block>, plan: SelectPlan, context: ExecContext): AsyncGenerator<Block> {
  const { projection, columns, sort, limit, distinct } = plan;
  const firstRows = limit.count === undefined ? undefined : limit.count + limit.offset;
  const order = { keys: sort, limit: firstRows };
  if (sort.length > 0 && !distinct) return sortRows(input, { ...order, projection }, context);
  const rows = mapped(input, (block) => projected(block, projection));
  if (!distinct) return rows;
  const different = distinctRows(rows, columns.length, context);
  if (sort.length === 0) return different;
  return sortRows(different, { ...order, projection: projection.map(itself) }, context);
}

function projected(block: Block, projection: readonly Expression[]): Block {
  return { rowCount: block.rowCount, columns: projection.map((e) => evaluate(e, block)) };
}

/** What has been projected already. */
function itself({ type }: Expression, index: number): Expression {
  return { kind: 'column', index, name: '', type };
}

async function* readSource(source: Source, context: ExecContext): AsyncGenerator<Block> {
  switch (source.kind) {
    case 'table':
      return yield* scanTable(source, context);
    case 'join':
      return yield* joinRows(source, context, lentRows);
    case 'subquery':
      return yield* runSelect(source.plan, context);
    case 'virtual':
      for await (const block of source.table.read(source.columns)) {
        checkpoint(context);
        yield block;
        // Computed rows never wait for a disk, so others would get no turn.
        await context.timers.yield();
      }
      return;
    case 'oneRow':
      yield { rowCount: 1, columns: [] };
      return;
    case 'nothing':
      return;
  }
}

async function* filtered(
  input: AsyncIterable<Block>,
  conjuncts: readonly Expression[],
  context: ExecContext,
  counts: boolean,
): AsyncGenerator<Block> {
  const filter = new Filter(conjuncts, (bytes) => context.memory.add(bytes));
  try {
    for await (const block of input) {
      const rows = filter.apply(block);
      if (counts) {
        context.counters.rowsFiltered += block.rowCount;
        context.counters.rowsKept += rows.rowCount;
      }
      if (rows.rowCount > 0) yield rows;
    }
  } finally {
    filter.close();
  }
}

async function* mapped(input: AsyncIterable<Block>, f: (block: Block) => Block): AsyncGenerator<Block> {
  for await (const block of input) yield f(block);
}
