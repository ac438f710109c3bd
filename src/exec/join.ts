// join.ts — runs a join: the left side passes by, block after block, and each block meets its matches on the right side.
//
// hash    the right side is read once, whole, and kept by its keys; of co-located tables one shard after the other
// lookup  for some left rows at a time, only what their keys may match is read of the right side, and kept for them alone
//
// Both read at the read point of the statement.

import { evaluate } from '../expr/evaluate.ts';
import { inShard, shardsOfPlan } from '../plan/by-shard.ts';
import type { JoinCounters } from '../plan/funnel.ts';
import type { JoinSource, KeyLookup, SelectPlan } from '../plan/plan.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { checkpoint, newSourceCounters, type ExecContext } from './context.ts';
import { KeyRanges } from './join-lookup.ts';
import { JoinTable } from './join-table.ts';

/** Runs a plan; its blocks are lent until the next one is asked for. */
export type RunPlan = (plan: SelectPlan, context: ExecContext) => AsyncIterable<Block>;

/** The rows of a join, in the order of its left rows. Blocks are lent until the next one is asked for. */
export async function* joinRows(
  source: JoinSource,
  context: ExecContext,
  run: RunPlan,
): AsyncGenerator<Block> {
  context.counters.join ??= newJoinCounters();
  const { byShard, left, right } = source;
  if (!byShard) return yield* joinSides(source, context, run);
  for (const shard of shardsOfPlan(left)) {
    const sides = { left: inShard(left, shard), right: inShard(right, shard) };
    yield* joinSides({ ...source, ...sides }, context, run);
  }
}

function newJoinCounters(): JoinCounters {
  const [left, right] = [newSourceCounters(), newSourceCounters()];
  return { left, right, rowsHeld: 0, shards: new Set(), rowsCrossing: 0 };
}

function joinSides(source: JoinSource, context: ExecContext, run: RunPlan): AsyncGenerator<Block> {
  const counters = context.counters.join!;
  const left = run(source.left, { ...context, counters: counters.left });
  const right = (plan: SelectPlan) => run(plan, { ...context, counters: counters.right });
  const { lookup } = source;
  return lookup
    ? lookedUp({ ...source, lookup }, left, right, context)
    : hashed(source, left, right, context);
}

type Left = AsyncIterable<Block>;
type Right = (plan: SelectPlan) => AsyncIterable<Block>;

async function* hashed(
  source: JoinSource,
  left: Left,
  right: Right,
  context: ExecContext,
): AsyncGenerator<Block> {
  const counters = context.counters.join!;
  const table = new JoinTable(source, context);
  let isRead = false;
  try {
    for await (const block of left) {
      // Without left rows there is nothing to read the right side for.
      if (!isRead) {
        await table.read(right(source.right));
        counters.rowsHeld += table.rowCount;
        isRead = true;
      }
      if (table.rowCount === 0 && source.join === 'INNER') return;
      yield* inTurns(table.joined(block), context);
    }
  } finally {
    table.close();
  }
}

/** Left rows of the first look-up; each further one takes twice as many, because many queries need only a few. */
const FIRST_ROWS = 64;
const MAX_ROWS = 1024;

async function* lookedUp(
  source: JoinSource & { readonly lookup: KeyLookup },
  left: Left,
  right: Right,
  context: ExecContext,
): AsyncGenerator<Block> {
  const counters = context.counters.join!;
  const ranges = new KeyRanges(source, counters);
  let size = FIRST_ROWS;
  for await (const block of left) {
    for (let start = 0; start < block.rowCount; size = Math.min(2 * size, MAX_ROWS)) {
      const rows = sliceBlock(block, start, Math.min(start + size, block.rowCount));
      start += rows.rowCount;
      const keys = source.keys.map((key) => evaluate(key.left, rows));
      const narrowed = ranges.of(keys, rows.rowCount);
      const table = new JoinTable(source, context);
      try {
        if (narrowed) await table.read(right({ ...source.right, source: narrowed }));
        counters.rowsHeld += table.rowCount;
        yield* inTurns(table.joined(rows), context);
      } finally {
        table.close();
      }
      counters.right.shardsRead = counters.shards.size;
    }
  }
}

/** Others get a turn between blocks, which are computed and wait for nothing. */
async function* inTurns(blocks: Iterable<Block>, context: ExecContext): AsyncGenerator<Block> {
  let isFirst = true;
  for (const block of blocks) {
    checkpoint(context);
    if (!isFirst) await context.timers.yield();
    isFirst = false;
    yield block;
  }
}
