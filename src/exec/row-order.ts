// row-order.ts — the order of a block's rows under ORDER BY, as positions. Rows that compare equal keep their order.

import type { Arena } from '../kernels/arena.ts';
import { sortScratchBytes } from '../kernels/order-kernels.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { writeSortKeys } from '../kernels/sort-keys.ts';
import type { SortKey } from '../plan/plan.ts';
import type { Column } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { sortKeyOf } from '../types/sort-key.ts';

export type Direction = Pick<SortKey, 'descending' | 'nullsFirst'>;

export type OrderColumn = Direction & { readonly column: Column };

/** The first `limit` of these rows, in order. The rows are ascending; they and the result lie in the arena. */
export function orderedRows(
  keys: readonly OrderColumn[],
  rows: Uint32Array,
  limit: number,
  arena: Arena,
): Uint32Array {
  if (keys.some(({ column }) => column.layout === 'array' || column.layout === 'tuple'))
    return rows.sort(comparatorOf(keys)).subarray(0, limit);
  const { kernels } = kernelRuntime();
  const records = writeSortKeys(
    arena,
    keys.map(({ column, ...direction }) => sortKeyOf(column, direction)),
  );
  const scratch = arena.allocate(sortScratchBytes(rows.length));
  // A heap of nearly all rows costs more than sorting them.
  if (limit < rows.length / 4) {
    const kept = kernels.topRows(records, keys.length, rows.byteOffset, rows.length, limit, scratch);
    return rows.subarray(0, kept);
  }
  kernels.sortRows(records, keys.length, rows.byteOffset, rows.length, scratch);
  return rows.subarray(0, limit);
}

/** 0, 1, … `rowCount` - 1. */
export function allRows(rowCount: number, arena: Arena): Uint32Array {
  const rows = arena.u32(rowCount);
  kernelRuntime().kernels.sequence(0, rowCount, rows.byteOffset);
  return rows;
}

/** Compares row i of one column with row j of another by one key. */
export function comparatorOfKey(
  { descending, nullsFirst }: Direction,
  a: Column,
  b: Column,
): (i: number, j: number) => number {
  const sign = descending ? -1 : 1;
  const nullsDirection = nullsFirst === descending ? 1 : -1;
  return (i, j) => sign * compareAt(a, i, b, j, nullsDirection);
}

function comparatorOf(keys: readonly OrderColumn[]): (i: number, j: number) => number {
  const comparators = keys.map((key) => comparatorOfKey(key, key.column, key.column));
  return (i, j) => {
    for (const compare of comparators) {
      const order = compare(i, j);
      if (order !== 0) return order;
    }
    // Sorting typed arrays is stable, and rows ascend.
    return 0;
  };
}
