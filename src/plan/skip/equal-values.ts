// equal-values.ts — values that are equal although their bits differ.

import type { Column, FixedColumn } from '../../types/column.ts';
import { withoutNullable } from '../../types/data-type.ts';

/** The one value, and -0 beside 0. */
export function withNegativeZero(value: Column): Column[] {
  const isFloat = value.layout === 'fixed' && withoutNullable(value.type).kind.startsWith('Float');
  if (!isFloat || value.values[0] !== 0) return [value];
  const values = value.values.slice() as FixedColumn['values'];
  values[0] = -0 as never;
  return [value, { ...value, values }];
}
