// entry-sort.ts — a page of an order that the path does not deliver: entries are sorted before the second hop, so that rows
// or details are fetched for the page alone.

import type { Expression as Bound } from '../expr/expression.ts';
import type { NamedType } from '../types/column.ts';
import type { EntrySort, SortKey } from './plan.ts';
import { overColumns } from './walk.ts';

/** What is sorted by, of the outputs, when only first rows are wanted. */
export function sortedBy(
  { sort, limit }: { readonly sort: readonly SortKey[]; readonly limit: number | undefined },
  outputs: readonly Bound[],
): readonly Bound[] {
  return limit === undefined ? [] : sort.map(({ index }) => outputs[index]!);
}

/** `scanColumns`: of the entries' blocks; all that `by` reads are among them. `columns`: what positions mean. */
export function entrySort(
  sort: readonly SortKey[],
  by: readonly Bound[],
  scanColumns: readonly number[],
  columns: readonly NamedType[],
): EntrySort {
  const entries = scanColumns.map((column, index): Bound => ({ kind: 'column', index, ...columns[column]! }));
  return {
    keys: sort.map((key, i) => ({ ...key, index: scanColumns.length + i })),
    projection: [...entries, ...by.map((e) => overColumns(e, scanColumns))],
  };
}
