// limit.ts — LIMIT and OFFSET. Ends its input as soon as it has enough.

import type { Limit } from '../plan/plan.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';

export async function* limitRows(
  input: AsyncIterable<Block>,
  { count, offset }: Limit,
): AsyncGenerator<Block> {
  let toSkip = offset;
  let left = count ?? Number.POSITIVE_INFINITY;
  if (left === 0) return;
  for await (const block of input) {
    const start = Math.min(toSkip, block.rowCount);
    const end = Math.min(start + left, block.rowCount);
    toSkip -= start;
    left -= end - start;
    if (end > start) yield sliceBlock(block, start, end);
    if (left === 0) return;
  }
}
