// value-bytes.ts — any value as bytes that equal values, and only they, share: ClickHouse's RowBinary.
//
//   Nullable      00 then the value, or 01 for NULL
//   fixed width   little-endian; those laid out as bytes (column.ts) their bytes in memory
//   String        length as LEB128, then its bytes
//   Array, Map    count as LEB128, then the elements (of a map: key, value)
//   Tuple         its fields
// -0 and 0 differ here, as they do in ClickHouse's keys of arrays.

import { assert } from '../base/assert.ts';
import { expandDictionary } from './block.ts';
import { type BytesColumn, type Column, type FixedColumn, fixedArrays } from './column.ts';
import { ArrayBuilder, TupleBuilder } from './composite-builders.ts';
import type { ColumnBuilder } from './column-builder.ts';
import {
  type DataType,
  evenSizeBytes,
  type FixedPhysical,
  isNullable,
  physicalOf,
  withoutNullable,
} from './data-type.ts';

/** A column of numbers or bytes in which exactly the rows are equal that are equal in `column`; NULLs stay NULLs. */
export function keyColumn(column: Column): FixedColumn | BytesColumn {
  const expanded = expandDictionary(column);
  return expanded.layout === 'fixed' || expanded.layout === 'bytes' ? expanded : valueBytes(expanded);
}

function valueBytes(column: Column): BytesColumn {
  const { rowCount } = column;
  const offsets = new Uint32Array(rowCount + 1);
  for (let row = 0; row < rowCount; row++) offsets[row + 1] = offsets[row]! + valueSizeBytes(column, row);
  const bytes = Buffer.allocUnsafe(offsets[rowCount]!);
  for (let row = 0; row < rowCount; row++) writeValueBytes(column, row, bytes, offsets[row]!);
  return { layout: 'bytes', type: { kind: 'String' }, rowCount, offsets, bytes, nulls: undefined };
}

export function valueSizeBytes(column: Column, row: number): number {
  if (column.nulls) return column.nulls[row] === 1 ? 1 : 1 + plainSizeBytes(column, row);
  return plainSizeBytes(column, row);
}

function plainSizeBytes(column: Column, row: number): number {
  switch (column.layout) {
    case 'fixed':
      return column.values.BYTES_PER_ELEMENT;
    case 'bytes': {
      const length = column.offsets[row + 1]! - column.offsets[row]!;
      return hasLength(column.type) ? countSizeBytes(length) + length : length;
    }
    case 'array': {
      const end = column.offsets[row + 1]!;
      let sizeBytes = countSizeBytes(end - column.offsets[row]!);
      for (let i = column.offsets[row]!; i < end; i++) sizeBytes += valueSizeBytes(column.elements, i);
      return sizeBytes;
    }
    case 'tuple':
      return column.fields.reduce((total, field) => total + valueSizeBytes(field, row), 0);
    case 'dictionary':
      return valueSizeBytes(column.dictionary, column.codes[row]!);
  }
}

/** Writes the value at `at`, where the target has room for it; returns its end. */
export function writeValueBytes(column: Column, row: number, target: Buffer, at: number): number {
  if (!column.nulls) return writePlain(column, row, target, at);
  target[at] = column.nulls[row]!;
  return column.nulls[row] === 1 ? at + 1 : writePlain(column, row, target, at + 1);
}

function writePlain(column: Column, row: number, target: Buffer, at: number): number {
  switch (column.layout) {
    case 'fixed':
      return writeFixed(column, row, target, at);
    case 'bytes': {
      const [start, end] = [column.offsets[row]!, column.offsets[row + 1]!];
      const to = hasLength(column.type) ? writeCount(end - start, target, at) : at;
      target.set(column.bytes.subarray(start, end), to);
      return to + end - start;
    }
    case 'array': {
      const [start, end] = [column.offsets[row]!, column.offsets[row + 1]!];
      let to = writeCount(end - start, target, at);
      for (let i = start; i < end; i++) to = writeValueBytes(column.elements, i, target, to);
      return to;
    }
    case 'tuple':
      return column.fields.reduce((to, field) => writeValueBytes(field, row, target, to), at);
    case 'dictionary':
      return writeValueBytes(column.dictionary, column.codes[row]!, target, at);
  }
}

/** Eight bytes through which values change between numbers and bytes; a view per value would cost far more. */
const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

/** Writes a fixed-width value, little-endian; returns its end. */
export function writeFixed({ values }: FixedColumn, row: number, target: Uint8Array, at: number): number {
  const size = values.BYTES_PER_ELEMENT;
  const value = values[row]!;
  if (typeof value === 'bigint') scratchView.setBigInt64(0, value, true);
  else if (values instanceof Float64Array) scratchView.setFloat64(0, value, true);
  else if (values instanceof Float32Array) scratchView.setFloat32(0, value, true);
  else {
    for (let i = 0; i < size; i++) target[at + i] = value >> (8 * i);
    return at + size;
  }
  for (let i = 0; i < size; i++) target[at + i] = scratch[i]!;
  return at + size;
}

/** Whether values of the type have any length. */
function hasLength(type: DataType): boolean {
  const { kind } = withoutNullable(type);
  return kind === 'String' || kind === 'AggregateFunction';
}

function countSizeBytes(count: number): number {
  let sizeBytes = 1;
  for (let rest = count; rest >= 0x80; rest = Math.floor(rest / 0x80)) sizeBytes++;
  return sizeBytes;
}

/** Writes a number as LEB128; returns its end. */
export function writeCount(count: number, target: Uint8Array, at: number): number {
  let to = at;
  let rest = count;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) target[to++] = (rest & 0x7f) | 0x80;
  target[to++] = rest;
  return to;
}

/** Appends the value that begins at `at` to a builder of its type; returns its end. The bytes have been checked before. */
export function readValueBytes(builder: ColumnBuilder, source: Uint8Array, at: number): number {
  if (!isNullable(builder.type)) return readPlain(builder, source, at);
  if (source[at] !== 1) return readPlain(builder, source, at + 1);
  builder.appendNull();
  return at + 1;
}

function readPlain(builder: ColumnBuilder, source: Uint8Array, at: number): number {
  if (builder instanceof ArrayBuilder) {
    let { value: count, end } = readCount(source, at);
    for (; count > 0; count--) end = readValueBytes(builder.elements, source, end);
    builder.endValue();
    return end;
  }
  if (builder instanceof TupleBuilder) {
    let end = at;
    for (const field of builder.fields) end = readValueBytes(field, source, end);
    builder.endValue();
    return end;
  }
  const type = withoutNullable(builder.type);
  const physical = physicalOf(type);
  if (physical !== 'bytes') return readFixed(builder, physical as FixedPhysical, source, at);
  const { value: length, end: start } = hasLength(type)
    ? readCount(source, at)
    : { value: evenSizeBytes(type)!, end: at };
  assert(start + length <= source.length, 'a value ends inside its bytes');
  builder.appendBytes(source, start, start + length);
  return start + length;
}

/** The LEB128 number at `at`, and its end. */
export function readCount(source: Uint8Array, at: number): { value: number; end: number } {
  let value = 0;
  let end = at;
  for (let factor = 1; ; factor *= 0x80) {
    const byte = source[end++]!;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end };
  }
}

const readers: Readonly<Record<FixedPhysical, (builder: ColumnBuilder) => void>> = {
  i8: (builder) => builder.appendNumber(scratchView.getInt8(0)),
  u8: (builder) => builder.appendNumber(scratchView.getUint8(0)),
  i16: (builder) => builder.appendNumber(scratchView.getInt16(0, true)),
  u16: (builder) => builder.appendNumber(scratchView.getUint16(0, true)),
  i32: (builder) => builder.appendNumber(scratchView.getInt32(0, true)),
  u32: (builder) => builder.appendNumber(scratchView.getUint32(0, true)),
  f32: (builder) => builder.appendNumber(scratchView.getFloat32(0, true)),
  f64: (builder) => builder.appendNumber(scratchView.getFloat64(0, true)),
  i64: (builder) => builder.appendBigint(scratchView.getBigInt64(0, true)),
  u64: (builder) => builder.appendBigint(scratchView.getBigUint64(0, true)),
};

function readFixed(builder: ColumnBuilder, physical: FixedPhysical, source: Uint8Array, at: number): number {
  const size = fixedArrays[physical].BYTES_PER_ELEMENT;
  assert(at + size <= source.length, 'a value ends inside its bytes');
  for (let i = 0; i < size; i++) scratch[i] = source[at + i]!;
  readers[physical](builder);
  return at + size;
}
