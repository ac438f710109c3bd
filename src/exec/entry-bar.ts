// entry-bar.ts — which rows of a block may still be among the first k, when k rows are known already.
//
// A row that comes behind the last of those by its first key alone may not. Of rows that compare equal the earlier come
// first, so with one key a row that is equal may not either.

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column } from '../types/column.ts';
import type { FixedPhysical } from '../types/data-type.ts';
import { physicalOf } from '../types/data-type.ts';
import type { Predicate } from './predicate.ts';
import { predicateMask } from './predicate-mask.ts';
import type { Direction } from './row-order.ts';
import { placesOf, placesOfEquals } from './value-places.ts';

export type EntryBar = { readonly predicate: Predicate; readonly nullsEnter: boolean };

/** `column` has the first key of the known rows in order; undefined when it tells nothing that kernels could use. */
export function entryBar(
  column: Column,
  { descending, nullsFirst }: Direction,
  isOnlyKey: boolean,
): EntryBar | undefined {
  const last = column.rowCount - 1;
  if (column.layout !== 'fixed' || last < 0 || column.nulls?.[last] === 1) return undefined;
  const physical = physicalOf(column.type) as FixedPhysical;
  const value = column.values[last]!;
  // NaN lies outside of the order of values.
  if (Number.isNaN(value) || (nullsFirst && physical.startsWith('f'))) return undefined;
  const places = placesOf(physical);
  const equals = placesOfEquals(places, value);
  const [low, high] = descending
    ? [isOnlyKey ? equals.high + 1n : equals.low, places.last]
    : [places.first, isOnlyKey ? equals.low - 1n : equals.high];
  const predicate: Predicate = { kind: 'within', column: 0, negated: false, physical, low, high };
  return { predicate, nullsEnter: nullsFirst };
}

/** The rows that may enter, by their first key. */
export function enteringRows({ predicate, nullsEnter }: EntryBar, column: Column, arena: Arena): Uint8Array {
  const { rowCount } = column;
  const mask = predicateMask(predicate, { rowCount, columns: [column] }, arena);
  if (nullsEnter && column.nulls) {
    const nulls = arena.take(column.nulls).byteOffset;
    kernelRuntime().kernels.maskOr(mask.byteOffset, nulls, rowCount, mask.byteOffset);
  }
  return mask;
}
