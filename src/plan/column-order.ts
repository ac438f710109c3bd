// column-order.ts — an ORDER BY that keys can follow.

import type { Expression as Bound } from '../expr/expression.ts';
import { isNullable, type DataType } from '../types/data-type.ts';
import type { SortKey } from './plan.ts';

/** An ORDER BY that is nothing but columns of the table, in one direction. */
export type ColumnOrder = { readonly columns: readonly number[]; readonly reverse: boolean };

/** The sort as columns in one direction that keys can follow; else undefined. */
export function columnOrderOf(
  sort: readonly SortKey[],
  projection: readonly Bound[],
): ColumnOrder | undefined {
  if (sort.length === 0) return undefined;
  const reverse = sort[0]!.descending;
  const columns: number[] = [];
  for (const { index, descending, nullsFirst } of sort) {
    const e = projection[index]!;
    if (e.kind !== 'column' || descending !== reverse) return undefined;
    // Keys have NULL and NaN last; read backwards, first.
    if (mayBeUnordered(e.type) && nullsFirst !== reverse) return undefined;
    columns.push(e.index);
  }
  return { columns, reverse };
}

function mayBeUnordered(type: DataType): boolean {
  return isNullable(type) || type.kind === 'Float32' || type.kind === 'Float64';
}
