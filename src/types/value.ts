// value.ts — single values at the API; see `Value` in column.ts for how each type appears.

import { isUtf8 } from 'node:buffer';
import { assert } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type { BytesColumn, Column, Value, ValueInput } from './column.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { createColumnBuilder } from './column-builder.ts';
import type { DataType } from './data-type.ts';
import { typeName, withoutNullable } from './data-type.ts';
import { powersOfTen } from './temporal-text.ts';
import { appendInteger, appendString, appendText, enumName, textAt } from './text.ts';

/** The value of one row. */
export function valueAt(column: Column, row: number): Value {
  if (column.nulls && column.nulls[row] === 1) return null;
  const type = withoutNullable(column.type);
  if (column.layout === 'bytes') return type.kind === 'UUID' ? textAt(column, row) : stringAt(column, row);
  const value = column.values[row]!;
  switch (type.kind) {
    case 'Bool':
      return value !== 0;
    case 'Enum8':
      return enumName(type, value as number);
    case 'Date':
    case 'DateTime':
    case 'DateTime64':
    case 'Decimal':
      return textAt(column, row);
    default:
      return value;
  }
}

function stringAt(column: BytesColumn, row: number): string | Uint8Array {
  const start = column.offsets[row]!;
  const end = column.offsets[row + 1]!;
  const text = column.bytes.toString('utf8', start, end);
  // Only text with U+FFFD may have lost bytes.
  if (!text.includes('\ufffd')) return text;
  const bytes = column.bytes.subarray(start, end);
  return isUtf8(bytes) ? text : Uint8Array.from(bytes);
}

/** Numbers given for temporal types are the raw ones: days, seconds, ticks. */
const rawKind = { Date: 'UInt16', DateTime: 'UInt32', DateTime64: 'Int64' } as const;

/** A column of these values. Errors: as `appendValue`. */
export function columnOf(type: DataType, values: readonly ValueInput[]): Column {
  const builder = createColumnBuilder(type, values.length);
  for (const value of values) appendValue(builder, value);
  return builder.finish();
}

/**
 * Appends a value as given at the API; undefined is NULL. Text is read as ClickHouse's text of the type; a number for a
 * Date counts days, for a DateTime seconds, for a DateTime64 ticks of its scale.
 * Errors: those of `appendText`, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, TYPE_MISMATCH.
 */
export function appendValue(builder: ColumnBuilder, value: ValueInput): void {
  if (value === null || value === undefined) return appendNullValue(builder);
  if (typeof value === 'string') return appendText(builder, value);
  const type = withoutNullable(builder.type);
  switch (type.kind) {
    case 'String':
    case 'FixedString':
      if (value instanceof Uint8Array) return appendString(builder, type, value);
      break;
    case 'UUID':
      if (value instanceof Uint8Array && value.length === 16) return builder.appendBytes(value, 0, 16);
      break;
    case 'Float32':
    case 'Float64':
      if (typeof value === 'number' || typeof value === 'bigint') return builder.appendNumber(Number(value));
      break;
    case 'Bool':
      if (typeof value === 'boolean') return builder.appendNumber(value ? 1 : 0);
      if (value === 0 || value === 1 || value === 0n || value === 1n)
        return builder.appendNumber(Number(value));
      break;
    case 'Date':
    case 'DateTime':
    case 'DateTime64':
      if (value instanceof Date) return appendDate(builder, type, value);
      if (typeof value === 'bigint' || Number.isInteger(value))
        return appendInteger(builder, rawKind[type.kind], value as number | bigint);
      break;
    case 'Enum8':
    case 'Decimal':
      // The shortest text of a number is the decimal its writer meant: 0.29 is not 0.28999….
      if (typeof value === 'number' || typeof value === 'bigint') return appendText(builder, String(value));
      break;
    case 'Nothing':
    case 'Nullable':
      break;
    default:
      if (typeof value === 'bigint' || Number.isInteger(value))
        return appendInteger(builder, type.kind, value as number | bigint);
      if (typeof value === 'boolean') return builder.appendNumber(value ? 1 : 0);
      if (typeof value === 'number') {
        throw new WinnowError('CANNOT_CONVERT_TYPE', `${value} is not a whole number (${type.kind})`);
      }
  }
  throw new WinnowError(
    'TYPE_MISMATCH',
    `${describe(value)} cannot be a value of type ${typeName(builder.type)}`,
  );
}

function appendNullValue(builder: ColumnBuilder): void {
  if (builder.type.kind === 'Nullable') return builder.appendNull();
  throw new WinnowError(
    'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN',
    `NULL cannot be a value of type ${typeName(builder.type)}`,
  );
}

function appendDate(builder: ColumnBuilder, type: DataType, date: Date): void {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new WinnowError('CANNOT_PARSE_DATETIME', 'an invalid Date has no time');
  if (type.kind === 'DateTime64') {
    const { scale } = type;
    const ticks =
      scale >= 3 ? BigInt(ms) * powersOfTen[scale - 3]! : BigInt(Math.floor(ms / 10 ** (3 - scale)));
    if (BigInt.asIntN(64, ticks) !== ticks) throw outOfRange(type, date);
    return builder.appendBigint(ticks);
  }
  assert(type.kind === 'Date' || type.kind === 'DateTime', 'a temporal type');
  const value = Math.floor(ms / (type.kind === 'Date' ? 86_400_000 : 1000));
  if (value < 0 || value > (type.kind === 'Date' ? 0xffff : 0xffffffff)) throw outOfRange(type, date);
  builder.appendNumber(value);
}

function outOfRange(type: DataType, date: Date): WinnowError {
  return new WinnowError(
    'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
    `${date.toISOString()} does not fit ${typeName(type)}`,
  );
}

function describe(value: Value | Date): string {
  if (value instanceof Date) return 'a Date';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'object' || typeof value === 'function'
    ? `a ${typeof value}`
    : `${typeof value} ${String(value)}`;
}
