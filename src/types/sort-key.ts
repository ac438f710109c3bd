// sort-key.ts — a column as a key of the order kernels.

import { assert } from '../base/assert.ts';
import type { SortKey } from '../kernels/sort-keys.ts';
import type { Column } from './column.ts';
import { isNullable, withoutNullable } from './data-type.ts';

/** Ascending, NULL and NaN last, unless `order` says otherwise. Arrays and tuples are no keys. */
export function sortKeyOf(column: Column, order: Pick<SortKey, 'descending' | 'nullsFirst'> = {}): SortKey {
  assert(column.layout !== 'array' && column.layout !== 'tuple', 'composite values are no sort keys');
  const uuid = withoutNullable(column.type).kind === 'UUID';
  if (column.layout !== 'dictionary') return { ...order, column, uuid };
  return { ...order, column, nullCode: isNullable(column.type) };
}
