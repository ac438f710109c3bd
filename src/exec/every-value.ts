// every-value.ts — all values that a column of 8 or 16 bits can have: what is computed for them once holds for any rows.

import { assert } from '../base/assert.ts';
import { fixed } from '../expr/vectors.ts';
import type { Column, FixedColumn, FixedValues } from '../types/column.ts';
import { defaultRow } from '../types/column-builder.ts';
import { isEnum, isNullable, physicalOf, withoutNullable, type DataType } from '../types/data-type.ts';

/** Blocks in sum as long as this are worth computing for all values of 16 bits first. */
export const manyRows = 32_768;

/** Whether columns of the type have 8 or 16 bits. */
export function hasFewBits(type: DataType): boolean {
  return /^[iu](8|16)$/.test(physicalOf(type));
}

/** Whether the values are few enough. */
export function hasFewValues(column: Column | undefined): column is FixedColumn {
  return column?.layout === 'fixed' && column.values.BYTES_PER_ELEMENT <= 2;
}

/** In the order of their bits; of a Nullable type NULL comes last. Bits that stand for no value have one that is some. */
export function everyValue({ type, values }: FixedColumn): FixedColumn {
  const valueCount = 2 ** (8 * values.BYTES_PER_ELEMENT);
  const rowCount = valueCount + (isNullable(type) ? 1 : 0);
  const all = new (values.constructor as new (length: number) => FixedValues)(rowCount);
  assert(all.BYTES_PER_ELEMENT <= 2, 'there are few values');
  // Arrays of few bits wrap.
  for (let bits = 0; bits < valueCount; bits++) all[bits] = bits;
  replaceForeign(withoutNullable(type), all);
  if (!isNullable(type)) return { layout: 'fixed', type, rowCount, values: all, nulls: undefined };
  const nulls = new Uint8Array(rowCount);
  nulls[valueCount] = 1;
  all[valueCount] = fixed(defaultRow(type)).values[0]!;
  return { layout: 'fixed', type, rowCount, values: all, nulls };
}

/** Numbers of which an enum has no name, and truth values beyond 1. */
function replaceForeign(type: DataType, values: FixedValues): void {
  if (type.kind === 'Bool') values.fill(1 as never, 2);
  if (!isEnum(type)) return;
  const known = new Set(type.entries.map(({ value }) => value));
  const [some] = known;
  values.forEach((value, i) => {
    if (!known.has(Number(value))) values[i] = some!;
  });
}
