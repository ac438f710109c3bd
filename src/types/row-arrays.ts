// row-arrays.ts — choosing, cutting and joining the arrays that columns are made of; block.ts does so with columns.

import { must } from '../base/assert.ts';
import type { ArrayColumn, BytesColumn, Column, FixedValues } from './column.ts';

export function newLike<T extends FixedValues>(values: T, length: number): T {
  return new (values.constructor as new (length: number) => T)(length);
}

export function takeFixed<T extends FixedValues>(values: T, rows: Uint32Array): T {
  const taken = newLike(values, rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}

export function takeNulls({ nulls }: Column, rows: Uint32Array): Uint8Array | undefined {
  return nulls && takeFixed(nulls, rows);
}

export function takeBytes(column: BytesColumn, rows: Uint32Array): BytesColumn {
  const { offsets, bytes } = column;
  const takenOffsets = new Uint32Array(rows.length + 1);
  let size = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    size += offsets[row + 1]! - offsets[row]!;
    takenOffsets[i + 1] = size;
  }
  const taken = Buffer.allocUnsafe(size);
  let to = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const end = offsets[row + 1]!;
    for (let from = offsets[row]!; from < end; from++) taken[to++] = bytes[from]!;
  }
  return {
    layout: 'bytes',
    type: column.type,
    rowCount: rows.length,
    offsets: takenOffsets,
    bytes: taken,
    nulls: undefined,
  };
}

/** The offsets of the lists that `rows` names, and the elements of those lists. */
export function takeOffsets(
  offsets: Uint32Array,
  rows: Uint32Array,
): { offsets: Uint32Array; elements: Uint32Array } {
  const taken = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++)
    taken[i + 1] = taken[i]! + offsets[rows[i]! + 1]! - offsets[rows[i]!]!;
  const elements = new Uint32Array(taken[rows.length]!);
  let to = 0;
  for (let i = 0; i < rows.length; i++) {
    const end = offsets[rows[i]! + 1]!;
    for (let from = offsets[rows[i]!]!; from < end; from++) elements[to++] = from;
  }
  return { offsets: taken, elements };
}

/** The offsets of lists [start, end), which are elements [first, last). */
export function sliceOffsets(
  offsets: Uint32Array,
  start: number,
  end: number,
): { offsets: Uint32Array; first: number; last: number } {
  const first = offsets[start]!;
  const last = offsets[end]!;
  if (first === 0) return { offsets: offsets.subarray(start, end + 1), first, last };
  return { offsets: offsets.slice(start, end + 1).map((offset) => offset - first), first, last };
}

export function joinArrays<C extends Column, T extends FixedValues>(
  columns: readonly C[],
  rowCount: number,
  values: (column: C) => T,
): T {
  const joined = newLike(values(must(columns[0], 'at least one column')), rowCount);
  let at = 0;
  for (const column of columns) {
    joined.set(values(column).subarray(0, column.rowCount) as never, at);
    at += column.rowCount;
  }
  return joined;
}

export function joinNulls(columns: readonly Column[], rowCount: number): Uint8Array | undefined {
  if (!columns[0]?.nulls) return undefined;
  return joinArrays(columns, rowCount, (column) => must(column.nulls, 'columns of one type'));
}

export function joinOffsets(columns: readonly (BytesColumn | ArrayColumn)[], rowCount: number): Uint32Array {
  const offsets = new Uint32Array(rowCount + 1);
  let row = 0;
  let size = 0;
  for (const column of columns) {
    for (let i = 1; i <= column.rowCount; i++) offsets[++row] = size + column.offsets[i]!;
    size += column.offsets[column.rowCount]!;
  }
  return offsets;
}

export function joinBytes(columns: readonly BytesColumn[], rowCount: number): BytesColumn {
  const pieces = columns.map(({ bytes, offsets, rowCount: rows }) => bytes.subarray(0, offsets[rows]));
  const { type } = must(columns[0], 'at least one column');
  return {
    layout: 'bytes',
    type,
    rowCount,
    offsets: joinOffsets(columns, rowCount),
    bytes: Buffer.concat(pieces),
    nulls: undefined,
  };
}
