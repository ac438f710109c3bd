// column-bounds.ts — the smallest and largest value of a column, block after block.
//
// Keeps true: NULL and NaN count as larger than everything, as they sort; so no row lies outside the bounds.

import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { concatColumns, takeRows } from '../types/block.ts';
import type { Column, FixedColumn } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { physicalOf } from '../types/data-type.ts';

export class ColumnBounds {
  /** Two rows: smallest and largest. */
  #bounds: Column | undefined;

  get bounds(): Column | undefined {
    return this.#bounds;
  }

  /** Adds the rows of a column, of which there is at least one. */
  add(column: Column): void {
    const found = boundsOf(column);
    if (!this.#bounds) {
      this.#bounds = found;
      return;
    }
    const both = concatColumns([this.#bounds, found]);
    this.#bounds = takeRows(both, Uint32Array.of(...extremeRows(both)));
  }
}

/** In memory of its own. */
function boundsOf(column: Column): Column {
  if (column.layout === 'fixed' && !column.nulls && !(physicalOf(column.type) in floats))
    return kernelBounds(column);
  return takeRows(column, Uint32Array.of(...extremeRows(column)));
}

const floats = { f32: true, f64: true };

function extremeRows(column: Column): [smallest: number, largest: number] {
  let smallest = 0;
  let largest = 0;
  for (let row = 1; row < column.rowCount; row++) {
    if (compareAt(column, row, column, smallest) < 0) smallest = row;
    if (compareAt(column, row, column, largest) > 0) largest = row;
  }
  return [smallest, largest];
}

function kernelBounds(column: FixedColumn): Column {
  const arena = new Arena();
  try {
    const { kernels } = kernelRuntime();
    const values = arena.take(column.values);
    const kept = new (column.values.constructor as Uint8ArrayConstructor)(2);
    const physical = physicalOf(column.type).toUpperCase() as 'I64';
    const result = arena.take(kept);
    const seen = arena.u8(1);
    for (const [i, which] of (['least', 'greatest'] as const).entries()) {
      seen[0] = 0;
      const target = result.byteOffset + i * result.BYTES_PER_ELEMENT;
      kernels[`${which}OfAll${physical}`](values.byteOffset, column.rowCount, target, seen.byteOffset);
    }
    return { ...column, rowCount: 2, values: result.slice() };
  } finally {
    arena.release();
  }
}
