// sort-block.ts — a block's rows in the order of a sorting key, by kernels; equal rows keep their order.

import type { Arena } from '../kernels/arena.ts';
import { sortScratchBytes } from '../kernels/order-kernels.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { writeSortKeys } from '../kernels/sort-keys.ts';
import type { Block } from '../types/column.ts';
import { gatherRows } from '../types/gather.ts';
import { sortKeyOf } from '../types/sort-key.ts';

/** `sortingKey`: positions in the block's columns. The result lies in the arena, or is the block, when that is sorted. */
export function sortBlock(block: Block, sortingKey: readonly number[], arena: Arena): Block {
  const { rowCount, columns } = block;
  if (sortingKey.length === 0 || rowCount < 2) return block;
  const { kernels } = kernelRuntime();
  const keys = writeSortKeys(
    arena,
    sortingKey.map((column) => sortKeyOf(columns[column]!)),
  );
  if (kernels.firstUnsorted(keys, sortingKey.length, rowCount) === rowCount) return block;
  const positions = arena.u32(rowCount);
  kernels.sequence(0, rowCount, positions.byteOffset);
  const scratch = arena.allocate(sortScratchBytes(rowCount));
  kernels.sortRows(keys, sortingKey.length, positions.byteOffset, rowCount, scratch);
  return { rowCount, columns: columns.map((column) => gatherRows(column, positions, arena)) };
}
