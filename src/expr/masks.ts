// masks.ts — masks of rows, by kernels: one byte per row, 1 = the row is meant, 0 = it is not.

import type { Arena } from '../kernels/arena.ts';
import { comparisons } from '../kernels/mask-kernels.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column } from '../types/column.ts';
import { physicalOf, type FixedPhysical } from '../types/data-type.ts';
import { fixed } from './vectors.ts';

/** The rows in which a number is not 0, and not NULL. NaN counts as true, as in C. */
export function truthMask(column: Column, rowCount: number, arena: Arena): Uint8Array {
  const values = arena.take(fixed(column).values).byteOffset;
  const mask = arena.u8(rowCount);
  const { kernels } = kernelRuntime();
  const physical = physicalOf(column.type) as FixedPhysical;
  const notEqual = comparisons['!='];
  if (physical === 'i64') kernels.compareI64(values, rowCount, notEqual, 0n, mask.byteOffset);
  else if (physical === 'u64') kernels.compareU64(values, rowCount, notEqual, 0n, mask.byteOffset);
  else {
    const suffix = physical.toUpperCase() as Uppercase<typeof physical>;
    kernels[`compare${suffix}`](values, rowCount, notEqual, 0, mask.byteOffset);
  }
  if (column.nulls) {
    const nulls = arena.take(column.nulls).byteOffset;
    kernels.maskAndNot(mask.byteOffset, nulls, rowCount, mask.byteOffset);
  }
  return mask;
}

/** The rows in which no column is NULL; undefined when that is all rows. */
export function nonNullMask(
  columns: readonly Column[],
  rowCount: number,
  arena: Arena,
): Uint8Array | undefined {
  let mask: Uint8Array | undefined;
  const { kernels } = kernelRuntime();
  for (const column of columns) {
    if (!column.nulls) continue;
    const nulls = arena.take(column.nulls).byteOffset;
    if (kernels.maskCount(nulls, rowCount) === 0) continue;
    if (mask) kernels.maskAndNot(mask.byteOffset, nulls, rowCount, mask.byteOffset);
    else {
      mask = arena.u8(rowCount);
      kernels.maskNot(nulls, rowCount, mask.byteOffset);
    }
  }
  return mask;
}
