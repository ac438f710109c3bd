// column-bounds.ts — the smallest and largest value of a column, block after block.
//
// Keeps true: NULL counts as larger than everything, and so does NaN, as they sort; so no row lies outside the bounds. Only
// where NaN is to be left out, it counts when there is nothing else but NULL.

import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { writeSortKeys } from '../kernels/sort-keys.ts';
import { concatColumns, takeRows } from '../types/block.ts';
import type { Column, FixedColumn } from '../types/column.ts';
import { physicalOf } from '../types/data-type.ts';
import { sortKeyOf } from '../types/sort-key.ts';

export class ColumnBounds {
  readonly #nan: 'isLargest' | 'leaveOut';
  /** Two rows: smallest and largest. */
  #bounds: Column | undefined;

  constructor(nan: 'isLargest' | 'leaveOut' = 'isLargest') {
    this.#nan = nan;
  }

  get bounds(): Column | undefined {
    return this.#bounds;
  }

  /** Adds rows [start, end) of a column, at least one. */
  add(column: Column, start = 0, end = column.rowCount): void {
    const found = boundsOf(column, start, end, this.#nan);
    this.#bounds = this.#bounds ? boundsOf(concatColumns([this.#bounds, found]), 0, 4, this.#nan) : found;
  }
}

/** In memory of its own. */
function boundsOf(column: Column, start: number, end: number, nan: 'isLargest' | 'leaveOut'): Column {
  const isFloat = physicalOf(column.type) in floats;
  const arena = new Arena();
  try {
    if (column.layout === 'fixed' && !column.nulls && (!isFloat || nan === 'leaveOut'))
      return kernelBounds(column, start, end, arena);
    const smallest = firstInOrder(column, start, end, {}, arena);
    const last = firstInOrder(column, start, end, { descending: true, nullsFirst: true }, arena);
    const isNaN = isFloat && nan === 'leaveOut' && column.nulls?.[last] !== 1;
    const largest = isNaN ? firstInOrder(column, start, end, { descending: true }, arena) : last;
    return takeRows(column, Uint32Array.of(smallest, largest));
  } finally {
    arena.release();
  }
}

const floats = { f32: true, f64: true };

function firstInOrder(
  column: Column,
  start: number,
  end: number,
  order: Parameters<typeof sortKeyOf>[1],
  arena: Arena,
): number {
  const keys = writeSortKeys(arena, [sortKeyOf(column, order)]);
  return kernelRuntime().kernels.firstInOrder(keys, 1, start, end) >>> 0;
}

/** NaN counts only where there is nothing else. */
function kernelBounds(column: FixedColumn, start: number, end: number, arena: Arena): Column {
  const { kernels } = kernelRuntime();
  const values = arena.take(column.values.subarray(start, end));
  const kept = new (column.values.constructor as Uint8ArrayConstructor)(2);
  const physical = physicalOf(column.type).toUpperCase() as 'I64';
  const result = arena.take(kept);
  const seen = arena.u8(1);
  for (const [i, which] of (['least', 'greatest'] as const).entries()) {
    seen[0] = 0;
    const target = result.byteOffset + i * result.BYTES_PER_ELEMENT;
    kernels[`${which}OfAll${physical}`](values.byteOffset, values.length, target, seen.byteOffset);
  }
  return { ...column, rowCount: 2, values: result.slice() };
}
