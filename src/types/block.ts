// block.ts — choosing, cutting and joining rows of Columns and Blocks.
//
// Keeps true: offsets begin at 0. Results are new columns; a slice of a fixed column shares its array with the original, which is immutable.

import { assert, must } from '../base/assert.ts';
import type { Block, BytesColumn, Column, FixedColumn, FixedValues } from './column.ts';

/** The rows named by `rows`, in that order; a row may be named more than once. */
export function takeRows(column: Column, rows: Uint32Array): Column {
  const nulls = column.nulls && takeFixed(column.nulls, rows);
  if (column.layout === 'bytes') return { ...takeBytes(column, rows), nulls };
  return { ...column, rowCount: rows.length, values: takeFixed(column.values, rows), nulls };
}

/** The `kept` rows whose mask is not 0, in order. */
export function filterColumn(column: Column, mask: Uint8Array, kept: number): Column {
  return kept === column.rowCount ? column : takeRows(column, maskedRows(mask, column.rowCount, kept));
}

/** Rows [start, end). */
export function sliceColumn(column: Column, start: number, end: number): Column {
  assert(start >= 0 && start <= end && end <= column.rowCount, 'a slice lies inside its column');
  if (start === 0 && end === column.rowCount) return column;
  const rowCount = end - start;
  const nulls = column.nulls?.subarray(start, end);
  if (column.layout === 'fixed')
    return { ...column, rowCount, values: column.values.subarray(start, end), nulls };
  const first = column.offsets[start]!;
  const offsets = column.offsets.slice(start, end + 1);
  if (first > 0) for (let i = 0; i <= rowCount; i++) offsets[i]! -= first;
  return { ...column, rowCount, offsets, bytes: column.bytes.subarray(first, column.offsets[end]), nulls };
}

/** The rows of all columns, one after the other; at least one column, all of one type. */
export function concatColumns(columns: readonly Column[]): Column {
  const first = must(columns[0], 'a concatenation has at least one column');
  if (columns.length === 1) return first;
  const rowCount = columns.reduce((total, column) => total + column.rowCount, 0);
  const nulls =
    first.nulls && joinArrays(columns, rowCount, (column) => must(column.nulls, 'columns of one type'));
  if (first.layout === 'bytes') return { ...joinBytes(columns as readonly BytesColumn[], rowCount), nulls };
  const values = joinArrays(columns as readonly FixedColumn[], rowCount, (column) => column.values);
  return { ...first, rowCount, values, nulls };
}

/** One row, `count` times. */
export function repeatRow(column: Column, row: number, count: number): Column {
  if (column.layout === 'bytes') return takeRows(column, new Uint32Array(count).fill(row));
  const values = newLike(column.values, count);
  values.fill(column.values[row] as never);
  const nulls = column.nulls && new Uint8Array(count).fill(column.nulls[row]!);
  return { ...column, rowCount: count, values, nulls };
}

/** The rows named by `rows`, in that order. */
export function takeBlock(block: Block, rows: Uint32Array): Block {
  return { rowCount: rows.length, columns: block.columns.map((column) => takeRows(column, rows)) };
}

/** The `kept` rows whose mask is not 0. */
export function filterBlock(block: Block, mask: Uint8Array, kept: number): Block {
  return kept === block.rowCount ? block : takeBlock(block, maskedRows(mask, block.rowCount, kept));
}

/** Rows [start, end). */
export function sliceBlock(block: Block, start: number, end: number): Block {
  return { rowCount: end - start, columns: block.columns.map((column) => sliceColumn(column, start, end)) };
}

/** The rows of all blocks, one after the other; at least one block, all with the same columns. */
export function concatBlocks(blocks: readonly Block[]): Block {
  const first = must(blocks[0], 'a concatenation has at least one block');
  if (blocks.length === 1) return first;
  const rowCount = blocks.reduce((total, block) => total + block.rowCount, 0);
  const columns = first.columns.map((_, i) =>
    concatColumns(blocks.map((block) => must(block.columns[i], 'equal blocks'))),
  );
  return { rowCount, columns };
}

function maskedRows(mask: Uint8Array, rowCount: number, kept: number): Uint32Array {
  const rows = new Uint32Array(kept);
  let count = 0;
  for (let row = 0; row < rowCount; row++) if (mask[row] !== 0) rows[count++] = row;
  assert(count === kept, 'the mask keeps as many rows as its caller counted');
  return rows;
}

function newLike<T extends FixedValues>(values: T, length: number): T {
  return new (values.constructor as new (length: number) => T)(length);
}

function takeFixed<T extends FixedValues>(values: T, rows: Uint32Array): T {
  const taken = newLike(values, rows.length);
  for (let i = 0; i < rows.length; i++) taken[i] = values[rows[i]!]!;
  return taken;
}

function takeBytes(column: BytesColumn, rows: Uint32Array): BytesColumn {
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

function joinArrays<C extends Column, T extends FixedValues>(
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

function joinBytes(columns: readonly BytesColumn[], rowCount: number): BytesColumn {
  const offsets = new Uint32Array(rowCount + 1);
  const pieces: Buffer[] = [];
  let row = 0;
  let size = 0;
  for (const column of columns) {
    for (let i = 1; i <= column.rowCount; i++) offsets[++row] = size + column.offsets[i]!;
    size += column.offsets[column.rowCount]!;
    pieces.push(column.bytes.subarray(0, column.offsets[column.rowCount]));
  }
  const type = must(columns[0], 'at least one column').type;
  return { layout: 'bytes', type, rowCount, offsets, bytes: Buffer.concat(pieces, size), nulls: undefined };
}
