// value.ts — single values at the API; see `Value` in column.ts for how each type appears.

import { isUtf8 } from 'node:buffer';
import { assert } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type {
  ArrayColumn,
  BytesColumn,
  Column,
  FixedColumn,
  Value,
  ValueInput,
  ValueObject,
} from './column.ts';
import { ArrayBuilder, TupleBuilder } from './composite-builders.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { createColumnBuilder } from './column-builder.ts';
import type { DataType, TupleType } from './data-type.ts';
import { isNullable, tupleOf, typeName, withoutNullable } from './data-type.ts';
import { MAX_DAY_32, MIN_DAY_32, powersOfTen } from './temporal-text.ts';
import { readWide, wideShape } from './wide-number.ts';
import { appendInteger, appendString, appendText, enumName, textAt } from './text.ts';

/** The value of one row. */
export function valueAt(column: Column, row: number): Value {
  if (column.nulls && column.nulls[row] === 1) return null;
  const type = withoutNullable(column.type);
  switch (column.layout) {
    case 'bytes':
      return bytesAt(column, type, row);
    case 'array':
      return type.kind === 'Map' ? mapAt(column, row) : listAt(column, row);
    case 'tuple':
      return column.fields.map((field) => valueAt(field, row));
    case 'dictionary':
      return valueAt(column.dictionary, column.codes[row]!);
    case 'fixed':
      return numberAt(column, type, row);
  }
}

function bytesAt(column: BytesColumn, type: DataType, row: number): Value {
  if (type.kind === 'String' || type.kind === 'FixedString') return stringAt(column, row);
  const wide = type.kind === 'Decimal' ? undefined : wideShape(type);
  return wide ? readWide(column.bytes, column.offsets[row]!, wide) : textAt(column, row);
}

function numberAt(column: FixedColumn, type: DataType, row: number): Value {
  const value = column.values[row]!;
  switch (type.kind) {
    case 'Bool':
      return value !== 0;
    case 'Enum8':
    case 'Enum16':
      return enumName(type, value as number);
    case 'IPv4':
    case 'Date':
    case 'Date32':
    case 'DateTime':
    case 'DateTime64':
    case 'Decimal':
      return textAt(column, row);
    default:
      return value;
  }
}

function listAt({ offsets, elements }: ArrayColumn, row: number): Value[] {
  const start = offsets[row]!;
  return Array.from({ length: offsets[row + 1]! - start }, (_, i) => valueAt(elements, start + i));
}

/** Of pairs with one key the last stays. */
function mapAt({ offsets, elements }: ArrayColumn, row: number): Value {
  assert(elements.layout === 'tuple', 'a map holds pairs');
  const [keys, values] = elements.fields as [Column, Column];
  const entries: [string, Value][] = [];
  for (let i = offsets[row]!; i < offsets[row + 1]!; i++) entries.push([textAt(keys, i), valueAt(values, i)]);
  return Object.fromEntries(entries);
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
const rawKind = { Date: 'UInt16', Date32: 'Int32', DateTime: 'UInt32', DateTime64: 'Int64' } as const;

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
    case 'IPv6':
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
    case 'Date32':
    case 'DateTime':
    case 'DateTime64':
      if (value instanceof Date) return appendDate(builder, type, value);
      if (typeof value === 'bigint' || Number.isInteger(value))
        return appendInteger(builder, rawKind[type.kind], value as number | bigint);
      break;
    case 'Enum8':
    case 'Enum16':
    case 'Decimal':
      // The shortest text of a number is the decimal its writer meant: 0.29 is not 0.28999….
      if (typeof value === 'number' || typeof value === 'bigint') return appendText(builder, String(value));
      break;
    case 'Array':
    case 'Tuple':
    case 'Map':
      if (typeof value === 'object' && !(value instanceof Date) && !(value instanceof Uint8Array))
        return appendParts(builder, value);
      break;
    case 'IPv4':
    case 'Nothing':
    case 'Nullable':
    case 'LowCardinality':
    case 'AggregateFunction':
      break;
    default:
      if (typeof value === 'bigint' || Number.isInteger(value))
        return appendInteger(builder, type.kind, value as number | bigint);
      if (typeof value === 'boolean') return builder.appendNumber(value ? 1 : 0);
      if (typeof value === 'number') {
        throw new WinnowError('CANNOT_CONVERT_TYPE', `${value} is not a whole number (${type.kind})`);
      }
  }
  throw mismatch(builder, value);
}

/** An array for Array and Tuple, an object for Map and for a Tuple with names. */
function appendParts(builder: ColumnBuilder, value: readonly ValueInput[] | ValueObject): void {
  const isList = isArray(value);
  if (builder instanceof TupleBuilder) {
    const parts = isList ? value : namedParts(builder.type as TupleType, value);
    if (parts.length !== builder.fields.length) throw mismatch(builder, value);
    builder.fields.forEach((field, i) => appendValue(field, parts[i]));
    return builder.endValue();
  }
  assert(builder instanceof ArrayBuilder, 'Array and Map have array builders');
  if (isList !== (builder.type.kind === 'Array')) throw mismatch(builder, value);
  for (const element of isList ? value : Object.entries(value)) appendValue(builder.elements, element);
  builder.endValue();
}

function isArray(value: readonly ValueInput[] | ValueObject): value is readonly ValueInput[] {
  return Array.isArray(value);
}

function namedParts({ elements }: TupleType, value: ValueObject): ValueInput[] {
  const unknown = Object.keys(value).find((key) => elements.every(({ name }) => name !== key));
  if (unknown !== undefined)
    throw new WinnowError(
      'TYPE_MISMATCH',
      `the tuple ${typeName(tupleOf(elements))} has no element ${unknown}`,
    );
  return elements.map(({ name }) => (name === undefined ? undefined : value[name]));
}

function mismatch(builder: ColumnBuilder, value: ValueInput): WinnowError {
  return new WinnowError(
    'TYPE_MISMATCH',
    `${describe(value)} cannot be a value of type ${typeName(builder.type)}`,
  );
}

function appendNullValue(builder: ColumnBuilder): void {
  if (isNullable(builder.type)) return builder.appendNull();
  throw new WinnowError(
    'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN',
    `NULL cannot be a value of type ${typeName(builder.type)}`,
  );
}

const dateUnits = {
  Date: { unitMs: 86_400_000, min: 0, max: 0xffff },
  Date32: { unitMs: 86_400_000, min: MIN_DAY_32, max: MAX_DAY_32 },
  DateTime: { unitMs: 1000, min: 0, max: 0xffffffff },
};

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
  assert(type.kind in dateUnits, 'a temporal type');
  const { unitMs, min, max } = dateUnits[type.kind as keyof typeof dateUnits];
  const value = Math.floor(ms / unitMs);
  if (value < min || value > max) throw outOfRange(type, date);
  builder.appendNumber(value);
}

function outOfRange(type: DataType, date: Date): WinnowError {
  return new WinnowError(
    'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
    `${date.toISOString()} does not fit ${typeName(type)}`,
  );
}

function describe(value: ValueInput): string {
  if (value instanceof Date) return 'a Date';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return typeof value === 'object' || typeof value === 'function'
    ? `a ${typeof value}`
    : `${typeof value} ${String(value)}`;
}
