// sort.ts — ORDER BY: everything, or only the first rows when a LIMIT follows. Rows that compare equal keep their order.
//
// With a limit of k, each block gives at most k rows, of which the projection is computed only then. What blocks gave is
// cut back to the first k now and then; these say which rows of later blocks may enter at all.

import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { Arena } from '../kernels/arena.ts';
import type { SortKey } from '../plan/plan.ts';
import { concatBlocks } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { blockSizeBytes } from '../types/column.ts';
import { gatherBlock, rowsOfMask, takeBlockTo } from '../types/gather.ts';
import { ownBlock } from '../types/own-block.ts';
import type { ExecContext } from './context.ts';
import { EntryBar } from './entry-bar.ts';
import type { MemoryTracker, MemoryAccount } from './memory-tracker.ts';
import { allRows, orderedRows } from './row-order.ts';

export type Order = {
  /** Of the blocks that come. */
  readonly projection: readonly Expression[];
  readonly keys: readonly SortKey[];
  /** Undefined: all rows. */
  readonly limit: number | undefined;
};

/** Projected rows in order, in blocks that are lent until the next one is asked for. */
export async function* sortRows(
  input: AsyncIterable<Block>,
  order: Order,
  context: ExecContext,
): AsyncGenerator<Block> {
  const sorter = new Sorter(order, context.memory);
  try {
    for await (const block of input) sorter.consume(block);
    yield* sorter.finish(context.maxBlockRows);
  } finally {
    sorter.close();
  }
}

export class Sorter {
  readonly #order: Order;
  readonly #limit: number;
  readonly #account: MemoryAccount;
  readonly #memory: MemoryTracker;
  readonly #scratch: Arena;
  #kept: Block[] = [];
  #keptRows = 0;
  #keptBytes = 0;
  #bar: EntryBar | undefined;

  constructor(order: Order, memory: MemoryTracker) {
    this.#order = order;
    this.#limit = order.limit ?? Number.POSITIVE_INFINITY;
    this.#memory = memory;
    this.#account = memory.account();
    this.#scratch = new Arena((bytes) => memory.add(bytes));
  }

  consume(block: Block): void {
    this.#scratch.rewind();
    const rows = this.#candidates(block);
    if (rows.rowCount > 0) this.merge([this.#projected(rows)]);
  }

  /** The rows kept so far, projected, for another to merge. */
  partial(): readonly Block[] {
    this.#scratch.rewind();
    if (this.#keptRows > this.#limit) this.#cutBack();
    return this.#kept;
  }

  /** Takes in rows that are projected already. */
  merge(blocks: readonly Block[]): void {
    for (const block of blocks) this.#keep(ownBlock(block));
    if (this.#keptRows >= 2 * this.#limit || (!this.#bar && this.#keptRows >= this.#limit)) this.#cutBack();
  }

  #projected(block: Block): Block {
    const columns = this.#order.projection.map((e) => evaluate(e, block));
    return { rowCount: block.rowCount, columns };
  }

  #keep(block: Block): void {
    this.#kept.push(block);
    this.#keptRows += block.rowCount;
    this.#keptBytes += blockSizeBytes(block);
    this.#account.set(this.#keptBytes);
  }

  /** No more rows of the block than may be among the first. */
  #candidates(block: Block): Block {
    const { keys, projection } = this.#order;
    if (block.rowCount <= this.#limit && !this.#bar) return block;
    const columns = keys.map(({ index, ...direction }) => ({
      ...direction,
      column: evaluate(projection[index]!, block),
    }));
    const mask = this.#bar?.mask(columns[0]!.column, this.#scratch);
    const entering = mask ? rowsOfMask(mask, this.#scratch) : allRows(block.rowCount, this.#scratch);
    // Their order matters below, where equal rows keep theirs.
    const rows =
      entering.length > this.#limit
        ? orderedRows(columns, entering, this.#limit, this.#scratch).sort()
        : entering;
    return rows.length === block.rowCount ? block : gatherBlock(block, rows, this.#scratch);
  }

  #cutBack(): void {
    const { block, rows } = this.#ordered();
    const best = ownBlock(gatherBlock(block, rows, this.#scratch));
    [this.#kept, this.#keptRows, this.#keptBytes] = [[], 0, 0];
    this.#keep(best);
    const [first, ...rest] = this.#order.keys;
    if (best.rowCount === 0 || best.rowCount < this.#limit) return;
    this.#bar = new EntryBar(best.columns[first!.index]!, first!, rest.length === 0);
  }

  /** All kept rows as one block, and which of them are the first, in order. */
  #ordered(): { block: Block; rows: Uint32Array } {
    const block = takeBlockTo(concatBlocks(this.#kept), this.#scratch);
    const columns = this.#order.keys.map(({ index, ...direction }) => ({
      ...direction,
      column: block.columns[index]!,
    }));
    const rows = orderedRows(columns, allRows(block.rowCount, this.#scratch), this.#limit, this.#scratch);
    return { block, rows };
  }

  /** Nothing is consumed any more. */
  *finish(maxBlockRows: number): Generator<Block> {
    if (this.#keptRows === 0) return;
    this.#scratch.rewind();
    const { block, rows } = this.#ordered();
    this.#kept = [];
    this.#account.set(0);
    const arena = new Arena((bytes) => this.#memory.add(bytes));
    try {
      for (let start = 0; start < rows.length; start += maxBlockRows) {
        arena.rewind();
        yield gatherBlock(block, rows.subarray(start, start + maxBlockRows), arena);
      }
    } finally {
      arena.release();
    }
  }

  close(): void {
    this.#account.close();
    this.#scratch.release();
  }
}
