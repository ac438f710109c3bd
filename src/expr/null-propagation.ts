// null-propagation.ts — "NULL in, NULL out" around kernels that know nothing of NULL.
//
// Rows with a NULL argument are taken out before the kernel runs, so that it never fails on the default beneath a NULL.

import { must } from '../base/assert.ts';
import { concatColumns, relabelled, takeRows } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { defaultRow } from '../types/column-builder.ts';
import { nullable, withoutNullable } from '../types/data-type.ts';
import type { ScalarKernel } from './expression.ts';

/** The column as one of the type inside Nullable; its NULLs show their defaults. */
export function withoutNulls(column: Column): Column {
  return column.nulls ? { ...column, type: withoutNullable(column.type), nulls: undefined } : column;
}

/** The column as Nullable, if its type can be, with these NULLs; the values beneath them must be defaults. */
export function withNulls(column: Column, nulls: Uint8Array): Column {
  return relabelled(column, nullable(column.type), nulls);
}

/** 1 in every row in which a column is NULL; undefined when there is none. */
export function unionOfNulls(columns: readonly Column[], rowCount: number): Uint8Array | undefined {
  let union: Uint8Array | undefined;
  for (const { nulls } of columns) {
    if (!nulls || !hasNull(nulls, rowCount)) continue;
    if (union) for (let i = 0; i < rowCount; i++) union[i]! |= nulls[i]!;
    else union = nulls.slice(0, rowCount);
  }
  return union;
}

function hasNull(nulls: Uint8Array, rowCount: number): boolean {
  const first = nulls.indexOf(1);
  return first >= 0 && first < rowCount;
}

/** The rows in which `mask` is `wanted`. */
export function rowsWhere(mask: Uint8Array, wanted: 0 | 1, rowCount: number): Uint32Array {
  const rows = new Uint32Array(rowCount);
  let count = 0;
  for (let i = 0; i < rowCount; i++) if (mask[i] === wanted) rows[count++] = i;
  return rows.subarray(0, count);
}

/** The kernel for Nullable arguments; its result is Nullable. */
export function propagateNulls(run: ScalarKernel): ScalarKernel {
  return (args, rowCount) => {
    const nulls = unionOfNulls(args, rowCount);
    if (!nulls) return orNulls(run(args.map(withoutNulls), rowCount), new Uint8Array(rowCount));
    const rows = rowsWhere(nulls, 0, rowCount);
    const taken = args.map((arg) => takeRows(withoutNulls(arg), rows));
    const computed = run(taken, rows.length);
    return orNulls(scatter([{ rows, column: computed }], rowCount), nulls);
  };
}

/** The column with these NULLs, unless it is Nullable already: then the default that stands there is NULL. */
function orNulls(column: Column, nulls: Uint8Array): Column {
  return column.nulls ? column : withNulls(column, nulls);
}

/** Puts the rows of each part where its `rows` say; rows that no part names get the type's default. All parts have one type. */
export function scatter(parts: readonly { rows: Uint32Array; column: Column }[], rowCount: number): Column {
  const { type } = must(parts[0], 'at least one part').column;
  const source = new Uint32Array(rowCount);
  let at = 1;
  for (const { rows } of parts) for (let i = 0; i < rows.length; i++) source[rows[i]!] = at++;
  return takeRows(concatColumns([defaultRow(type), ...parts.map((part) => part.column)]), source);
}
