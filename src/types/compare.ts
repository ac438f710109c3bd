// compare.ts — the order of two values of one type: ClickHouse's ascending order.

import { assert } from '../base/assert.ts';
import type { ArrayColumn, BytesColumn, Column, TupleColumn } from './column.ts';
import { withoutNullable } from './data-type.ts';

/**
 * Negative, 0 or positive as row i of `a` comes before, with or after row j of `b`; both have one type, give or take
 * Nullable. NaN and NULL (NULL beyond NaN) come last for `nullsDirection` 1, first for -1. -0 equals 0.
 */
export function compareAt(a: Column, i: number, b: Column, j: number, nullsDirection: 1 | -1 = 1): number {
  if (a.layout === 'dictionary') return compareAt(a.dictionary, a.codes[i]!, b, j, nullsDirection);
  if (b.layout === 'dictionary') return compareAt(a, i, b.dictionary, b.codes[j]!, nullsDirection);
  if (a.layout === 'array' || a.layout === 'tuple') return compareComposites(a, i, b, j, nullsDirection);
  const aNull = a.nulls !== undefined && a.nulls[i] === 1;
  const bNull = b.nulls !== undefined && b.nulls[j] === 1;
  if (aNull || bNull) return aNull === bNull ? 0 : aNull ? nullsDirection : -nullsDirection;
  if (a.layout === 'bytes') {
    assert(b.layout === 'bytes', 'compared columns have one type');
    return compareBytesAt(a, i, b, j);
  }
  assert(b.layout === 'fixed', 'compared columns have one type');
  const x = a.values[i]!;
  const y = b.values[j]!;
  if (x < y) return -1;
  if (x > y) return 1;
  if (x === y) return 0;
  // Neither less, greater nor equal: at least one is NaN.
  const xNaN = Number.isNaN(x);
  return xNaN === Number.isNaN(y) ? 0 : xNaN ? nullsDirection : -nullsDirection;
}

/** Element by element; of arrays that agree as far as they go, the shorter is less. */
function compareComposites(
  a: ArrayColumn | TupleColumn,
  i: number,
  b: Column,
  j: number,
  nullsDirection: 1 | -1,
): number {
  if (a.layout === 'tuple') {
    assert(b.layout === 'tuple', 'compared columns have one type');
    for (const [k, field] of a.fields.entries()) {
      const order = compareAt(field, i, b.fields[k]!, j, nullsDirection);
      if (order !== 0) return order;
    }
    return 0;
  }
  assert(b.layout === 'array', 'compared columns have one type');
  const [atA, atB] = [a.offsets[i]!, b.offsets[j]!];
  const [lengthA, lengthB] = [a.offsets[i + 1]! - atA, b.offsets[j + 1]! - atB];
  for (let k = 0; k < Math.min(lengthA, lengthB); k++) {
    const order = compareAt(a.elements, atA + k, b.elements, atB + k, nullsDirection);
    if (order !== 0) return order;
  }
  return lengthA - lengthB;
}

function compareBytesAt(a: BytesColumn, i: number, b: BytesColumn, j: number): number {
  const aStart = a.offsets[i]!;
  const aEnd = a.offsets[i + 1]!;
  const bStart = b.offsets[j]!;
  const bEnd = b.offsets[j + 1]!;
  if (withoutNullable(a.type).kind !== 'UUID')
    return compareBytes(a.bytes, aStart, aEnd, b.bytes, bStart, bEnd);
  // ClickHouse compares the second half of a UUID first.
  const half = compareBytes(a.bytes, aStart + 8, aEnd, b.bytes, bStart + 8, bEnd);
  return half || compareBytes(a.bytes, aStart, aStart + 8, b.bytes, bStart, bStart + 8);
}

function compareBytes(
  a: Buffer,
  aStart: number,
  aEnd: number,
  b: Buffer,
  bStart: number,
  bEnd: number,
): number {
  // Most pairs differ early, where a loop beats the native call.
  const common = Math.min(aEnd - aStart, bEnd - bStart, 16);
  for (let k = 0; k < common; k++) {
    const difference = a[aStart + k]! - b[bStart + k]!;
    if (difference !== 0) return difference;
  }
  return a.compare(b, bStart + common, bEnd, aStart + common, aEnd);
}
