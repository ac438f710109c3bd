// sort.ts — ORDER BY: everything, or only the first rows when a LIMIT follows. Rows that compare equal keep their order.

import type { SortKey } from '../plan/plan.ts';
import { concatBlocks, takeBlock } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import { blockSizeBytes } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { ownBlock } from '../types/own-block.ts';
import { slices } from './aggregate.ts';
import type { ExecContext } from './context.ts';

/** Rows kept beyond the limit before the worst are dropped: sorting more at once costs less per row. */
const SLACK_ROWS = 16_384;

/** Rows in order; no more than `limit` of them when it is given. */
export async function* sortRows(
  input: AsyncIterable<Block>,
  keys: readonly SortKey[],
  limit: number | undefined,
  context: ExecContext,
): AsyncGenerator<Block> {
  const account = context.memory.account();
  let kept: Block[] = [];
  let rowCount = 0;
  let sizeBytes = 0;
  try {
    for await (const lent of input) {
      const block = ownBlock(lent);
      kept.push(block);
      rowCount += block.rowCount;
      sizeBytes += blockSizeBytes(block);
      account.set(sizeBytes);
      if (limit === undefined || rowCount < 2 * limit + SLACK_ROWS) continue;
      const best = sorted(kept, keys, limit);
      kept = [best];
      rowCount = best.rowCount;
      sizeBytes = blockSizeBytes(best);
      account.set(sizeBytes);
    }
    if (rowCount === 0) return;
    account.set(2 * sizeBytes);
    yield* slices(sorted(kept, keys, limit ?? rowCount), context.maxBlockRows);
  } finally {
    account.close();
  }
}

function sorted(blocks: readonly Block[], keys: readonly SortKey[], limit: number): Block {
  const block = concatBlocks(blocks);
  const compare = comparatorOf(keys.map((key) => rowComparator(block.columns[key.index]!, key)));
  const rows = Uint32Array.from({ length: block.rowCount }, (_, row) => row).sort(compare);
  return takeBlock(block, rows.subarray(0, limit));
}

type Comparator = (i: number, j: number) => number;

function comparatorOf(comparators: readonly Comparator[]): Comparator {
  const [first, ...rest] = comparators;
  if (first && rest.length === 0) return first;
  return (i, j) => {
    for (const compare of comparators) {
      const order = compare(i, j);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function rowComparator(column: Column, { descending, nullsFirst }: SortKey): Comparator {
  const sign = descending ? -1 : 1;
  const isWhole =
    column.layout === 'fixed' &&
    column.nulls === undefined &&
    !['Float32', 'Float64'].includes(column.type.kind);
  if (isWhole) {
    const { values } = column;
    return (i, j) => (values[i]! < values[j]! ? -sign : values[i]! > values[j]! ? sign : 0);
  }
  const nullsDirection = (nullsFirst ? -sign : sign) as 1 | -1;
  return (i, j) => sign * compareAt(column, i, column, j, nullsDirection);
}
