// single-value.ts — one value after the other, as the primary index, partition.dat and minmax files hold them.
//
//   fixed types raw, little-endian; String with its length before it; FixedString raw; UUID as two 64-bit words;
//   Nullable: 1 for NULL, else 0 and the value; LowCardinality as the type inside

import { assert } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';
import type { BytesColumn, Column, FixedColumn } from '../types/column.ts';
import { type ColumnBuilder, createColumnBuilder } from '../types/column-builder.ts';
import {
  type DataType,
  evenSizeBytes,
  isEnum,
  isNullable,
  physicalOf,
  typeName,
  withoutNullable,
} from '../types/data-type.ts';
import { bytesInMemory, storedBytes } from './stored-bytes.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

export function writeValue(writer: ByteWriter, column: Column, row: number): void {
  if (column.layout === 'dictionary') return writeValue(writer, column.dictionary, column.codes[row]!);
  assert(column.layout === 'fixed' || column.layout === 'bytes', 'keys and bounds are not composite');
  if (column.nulls) {
    writer.byte(column.nulls[row]!);
    if (column.nulls[row] === 1) return;
  }
  if (column.layout === 'fixed') writer.append(fixedBytes(column, row));
  else writeBytes(writer, column, row);
}

/** The bytes of one value, as on disk. */
function fixedBytes({ values }: FixedColumn, row: number): Uint8Array {
  const width = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, values.byteOffset + row * width, width);
}

function writeBytes(writer: ByteWriter, { type, offsets, bytes }: BytesColumn, row: number): void {
  const value = bytes.subarray(offsets[row], offsets[row + 1]);
  if (withoutNullable(type).kind === 'String') writer.string(value);
  else writer.append(storedBytes(type, value));
}

/** Columns of `rowCount` rows, which lie row by row: all columns of the first, then of the second. */
export function readRows(reader: ByteReader, types: readonly DataType[], rowCount: number): Column[] {
  const builders = types.map((type) => createColumnBuilder(type, Math.min(rowCount, reader.left)));
  for (let row = 0; row < rowCount; row++) for (const builder of builders) readValue(reader, builder);
  return builders.map((builder) => builder.finish());
}

function readValue(reader: ByteReader, builder: ColumnBuilder): void {
  if (isNullable(builder.type)) {
    const isNull = reader.byte();
    if (isNull > 1) throw new CorruptionError(reader.file, `0 or 1 at ${reader.at - 1}`, String(isNull));
    if (isNull === 1) return builder.appendNull();
  }
  const type = withoutNullable(builder.type);
  switch (physicalOf(type)) {
    case 'i8':
      return builder.appendNumber(checkedEnum(reader, type, reader.take(1).readInt8()));
    case 'i16':
      return builder.appendNumber(checkedEnum(reader, type, reader.take(2).readInt16LE()));
    case 'i32':
      return builder.appendNumber(reader.take(4).readInt32LE());
    case 'i64':
      return builder.appendBigint(reader.take(8).readBigInt64LE());
    case 'u8':
      return builder.appendNumber(checkedBool(reader, type, reader.byte()));
    case 'u16':
      return builder.appendNumber(reader.take(2).readUInt16LE());
    case 'u32':
      return builder.appendNumber(reader.take(4).readUInt32LE());
    case 'u64':
      return builder.appendBigint(reader.take(8).readBigUInt64LE());
    case 'f32':
      return builder.appendNumber(reader.take(4).readFloatLE());
    case 'f64':
      return builder.appendNumber(reader.take(8).readDoubleLE());
    default:
      return readBytes(reader, builder, type);
  }
}

function readBytes(reader: ByteReader, builder: ColumnBuilder, type: DataType): void {
  const sizeBytes = evenSizeBytes(type);
  const value = sizeBytes === undefined ? reader.string() : bytesInMemory(type, reader.take(sizeBytes));
  builder.appendBytes(value, 0, value.length);
}

function checkedEnum(reader: ByteReader, type: DataType, value: number): number {
  if (!isEnum(type) || type.entries.some((entry) => entry.value === value)) return value;
  throw new CorruptionError(reader.file, `a number of ${typeName(type)} at ${reader.at - 1}`, String(value));
}

function checkedBool(reader: ByteReader, type: DataType, value: number): number {
  if (type.kind !== 'Bool' || value <= 1) return value;
  throw new CorruptionError(reader.file, `0 or 1 at ${reader.at - 1}`, String(value));
}
