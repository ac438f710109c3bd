// block.ts — choosing, cutting and joining rows of Columns and Blocks.
//
// Keeps true: offsets begin at 0. Results are new columns, but may share arrays with the originals, which are immutable.

import { assert, must } from '../base/assert.ts';
import type { ArrayColumn, Block, BytesColumn, Column, DictionaryColumn, FixedColumn } from './column.ts';
import { type DataType, elementType } from './data-type.ts';
import {
  joinArrays,
  joinBytes,
  joinNulls,
  joinOffsets,
  newLike,
  sliceOffsets,
  takeBytes,
  takeFixed,
  takeNulls,
  takeOffsets,
} from './row-arrays.ts';

/** The rows named by `rows`, in that order; a row may be named more than once. */
export function takeRows(column: Column, rows: Uint32Array): Column {
  const rowCount = rows.length;
  switch (column.layout) {
    case 'fixed':
      return { ...column, rowCount, values: takeFixed(column.values, rows), nulls: takeNulls(column, rows) };
    case 'bytes':
      return { ...takeBytes(column, rows), nulls: takeNulls(column, rows) };
    case 'array':
      return takeArrays(column, rows);
    case 'tuple':
      return { ...column, rowCount, fields: column.fields.map((field) => takeRows(field, rows)) };
    case 'dictionary':
      return { ...column, rowCount, codes: takeFixed(column.codes, rows) };
  }
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
  switch (column.layout) {
    case 'fixed':
      return {
        ...column,
        rowCount,
        values: column.values.subarray(start, end),
        nulls: column.nulls?.subarray(start, end),
      };
    case 'bytes': {
      const { offsets, first, last } = sliceOffsets(column.offsets, start, end);
      return {
        ...column,
        rowCount,
        offsets,
        bytes: column.bytes.subarray(first, last),
        nulls: column.nulls?.subarray(start, end),
      };
    }
    case 'array': {
      const { offsets, first, last } = sliceOffsets(column.offsets, start, end);
      return { ...column, rowCount, offsets, elements: sliceColumn(column.elements, first, last) };
    }
    case 'tuple':
      return { ...column, rowCount, fields: column.fields.map((field) => sliceColumn(field, start, end)) };
    case 'dictionary':
      return { ...column, rowCount, codes: column.codes.subarray(start, end) };
  }
}

/** The rows of all columns, one after the other; at least one column, all of one type. */
export function concatColumns(columns: readonly Column[]): Column {
  const first = must(columns[0], 'a concatenation has at least one column');
  if (columns.length === 1) return first;
  const rowCount = columns.reduce((total, column) => total + column.rowCount, 0);
  switch (first.layout) {
    case 'fixed': {
      const values = joinArrays(columns as readonly FixedColumn[], rowCount, (column) => column.values);
      return { ...first, rowCount, values, nulls: joinNulls(columns, rowCount) };
    }
    case 'bytes': {
      const expanded = columns.map(expandDictionary) as readonly BytesColumn[];
      return { ...joinBytes(expanded, rowCount), nulls: joinNulls(expanded, rowCount) };
    }
    case 'array':
      return { ...first, rowCount, ...joinLists(columns as readonly ArrayColumn[], rowCount) };
    case 'tuple': {
      const fields = first.fields.map((_, i) => concatColumns(columns.map((column) => fieldOf(column, i))));
      return { ...first, rowCount, fields };
    }
    case 'dictionary': {
      if (!columns.every((column) => sharesDictionary(column, first)))
        return concatColumns(columns.map(expandDictionary));
      return {
        ...first,
        rowCount,
        codes: joinArrays(columns as readonly DictionaryColumn[], rowCount, (column) => column.codes),
      };
    }
  }
}

/** One row, `count` times. */
export function repeatRow(column: Column, row: number, count: number): Column {
  if (column.layout !== 'fixed') return takeRows(column, new Uint32Array(count).fill(row));
  const values = newLike(column.values, count);
  values.fill(column.values[row] as never);
  const nulls = column.nulls && new Uint8Array(count).fill(column.nulls[row]!);
  return { ...column, rowCount: count, values, nulls };
}

/** The column without dictionaries: each value where it is used, under the same type. */
export function expandDictionary(column: Column): Exclude<Column, DictionaryColumn> {
  switch (column.layout) {
    case 'dictionary': {
      const codes = Uint32Array.from(column.codes.subarray(0, column.rowCount));
      return { ...(takeRows(column.dictionary, codes) as BytesColumn), type: column.type };
    }
    case 'array': {
      const elements = expandDictionary(column.elements);
      return elements === column.elements ? column : { ...column, elements };
    }
    case 'tuple': {
      const fields = column.fields.map(expandDictionary);
      return fields.every((field, i) => field === column.fields[i]) ? column : { ...column, fields };
    }
    default:
      return column;
  }
}

/** The same values under another type of the same layout, whose elements get the types of its elements. */
export function retyped(column: Column, type: DataType): Column {
  if (column.type === type) return column;
  if (column.layout === 'array') {
    assert(type.kind === 'Array' || type.kind === 'Map', 'the type has the layout of the column');
    return { ...column, type, elements: retyped(column.elements, elementType(type)) };
  }
  if (column.layout !== 'tuple') return { ...column, type };
  assert(type.kind === 'Tuple', 'the type has the layout of the column');
  const fields = column.fields.map((field, i) => retyped(field, must(type.elements[i], 'equal tuples').type));
  return { ...column, type, fields };
}

/** The same values under another type, with these NULLs; Array, Tuple and Map have none. */
export function relabelled(column: Column, type: DataType, nulls: Uint8Array | undefined): Column {
  return column.layout === 'fixed' || column.layout === 'bytes'
    ? { ...column, type, nulls }
    : { ...column, type };
}

/** The rows named by `rows`, in that order. */
/** The block with only these columns, by position. */
export function blockOfColumns({ rowCount, columns }: Block, positions: readonly number[]): Block {
  return { rowCount, columns: positions.map((position) => columns[position]!) };
}

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

function takeArrays(column: ArrayColumn, rows: Uint32Array): ArrayColumn {
  const { offsets, elements } = takeOffsets(column.offsets, rows);
  return { ...column, rowCount: rows.length, offsets, elements: takeRows(column.elements, elements) };
}

function fieldOf(column: Column, index: number): Column {
  assert(column.layout === 'tuple', 'columns of one type');
  return must(column.fields[index], 'columns of one type');
}

function sharesDictionary(column: Column, { dictionary, codes }: DictionaryColumn): boolean {
  return (
    column.layout === 'dictionary' &&
    column.dictionary === dictionary &&
    column.codes.BYTES_PER_ELEMENT === codes.BYTES_PER_ELEMENT
  );
}

function joinLists(
  columns: readonly ArrayColumn[],
  rowCount: number,
): { offsets: Uint32Array; elements: Column } {
  const elements = columns.map((column) => sliceColumn(column.elements, 0, column.offsets[column.rowCount]!));
  return { offsets: joinOffsets(columns, rowCount), elements: concatColumns(elements) };
}
