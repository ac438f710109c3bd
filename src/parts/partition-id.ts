// partition-id.ts — the text by which a partition's parts are named: readable for whole numbers and dates, else a hash.

import { assert } from '../base/assert.ts';
import { notImplemented } from '../base/errors.ts';
import { sipHash128 } from '../kernels/sip-hash.ts';
import type { BytesColumn, Column, FixedColumn } from '../types/column.ts';
import { type DataType, typeName, withoutNullable } from '../types/data-type.ts';
import { storedBytes } from './stored-bytes.ts';
import { ByteWriter } from './byte-writer.ts';

/** The id of a table's only partition. */
export const WHOLE_TABLE = 'all';

/** The id of the partition whose values are `row` of these columns, one per element of the partition key. */
export function partitionIdOf(values: readonly Column[], row: number): string {
  if (values.length === 0) return WHOLE_TABLE;
  const texts = values.map((column) => wholeNumberText(column, row));
  if (texts.every((text) => text !== undefined)) return texts.join('-');
  const writer = new ByteWriter();
  for (const column of values) writeHashed(writer, column, row);
  return sipHash128(writer.finish()).toString('hex');
}

/** Refuses what a partition cannot be named by. */
export function requirePartitionable(type: DataType): void {
  const { kind } = withoutNullable(type);
  if (kind === 'Array' || kind === 'Tuple' || kind === 'Map' || kind === 'Nothing')
    throw notImplemented(`PARTITION BY a value of type ${typeName(type)}`);
}

function wholeNumberText(column: Column, row: number): string | undefined {
  if (column.layout !== 'fixed' || column.nulls?.[row] === 1) return undefined;
  const { kind } = withoutNullable(column.type);
  const value = column.values[row]!;
  switch (kind) {
    case 'Float32':
    case 'Float64':
    case 'Decimal':
    case 'DateTime64':
      return undefined;
    case 'Date':
      // Only the plain type reads as a date; a Nullable one is its day number.
      return column.nulls ? String(value) : dateText(Number(value));
    default:
      return String(value);
  }
}

const dateText = (day: number): string =>
  new Date(day * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');

/** Type tags of the hash, one byte before each value. */
const TAG = {
  null: 0,
  u64: 1,
  i64: 2,
  f64: 3,
  u128: 4,
  i128: 5,
  string: 0x10,
  decimal32: 0x13,
  decimal64: 0x14,
  decimal128: 0x15,
  decimal256: 0x17,
  u256: 0x18,
  i256: 0x19,
  ipv4: 0x1e,
};

function writeHashed(writer: ByteWriter, column: Column, row: number): void {
  if (column.layout === 'dictionary') return writeHashed(writer, column.dictionary, column.codes[row]!);
  assert(column.layout === 'fixed' || column.layout === 'bytes', 'partition values are not composite');
  if (column.nulls?.[row] === 1) return writer.byte(TAG.null);
  if (column.layout === 'fixed') writeNumber(writer, column, row);
  else writeText(writer, column, row);
}

function writeNumber(writer: ByteWriter, column: FixedColumn, row: number): void {
  const type = withoutNullable(column.type);
  const value = column.values[row]!;
  switch (type.kind) {
    case 'Float32':
    case 'Float64':
      writer.byte(TAG.f64);
      writer.reserve(8).writeDoubleLE(Number(value));
      return;
    case 'Decimal':
    case 'DateTime64':
      if (type.kind === 'Decimal' && type.precision <= 9) {
        writer.byte(TAG.decimal32);
        writer.reserve(4).writeInt32LE(Number(value));
      } else {
        writer.byte(TAG.decimal64);
        writer.reserve(8).writeBigInt64LE(BigInt(value));
      }
      return;
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'Int64':
    case 'Date32':
    case 'Enum8':
    case 'Enum16':
      writer.byte(TAG.i64);
      writer.reserve(8).writeBigInt64LE(BigInt(value));
      return;
    case 'IPv4':
      writer.byte(TAG.ipv4);
      writer.reserve(4).writeUInt32LE(Number(value));
      return;
    default:
      writer.byte(TAG.u64);
      writer.reserve(8).writeBigUInt64LE(BigInt(value));
  }
}

function tagOfBytes(type: DataType): number {
  switch (type.kind) {
    case 'UUID':
    case 'UInt128':
      return TAG.u128;
    case 'Int128':
      return TAG.i128;
    case 'UInt256':
      return TAG.u256;
    case 'Int256':
      return TAG.i256;
    case 'Decimal':
      return type.precision <= 38 ? TAG.decimal128 : TAG.decimal256;
    default:
      return TAG.string;
  }
}

function writeText(writer: ByteWriter, { type, offsets, bytes }: BytesColumn, row: number): void {
  const value = bytes.subarray(offsets[row], offsets[row + 1]);
  const tag = tagOfBytes(withoutNullable(type));
  writer.byte(tag);
  if (tag !== TAG.string) return writer.append(storedBytes(type, value));
  writer.reserve(8).writeBigUInt64LE(BigInt(value.length));
  writer.append(value);
}
