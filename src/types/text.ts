// text.ts — a value as ClickHouse's plain text, and back. Escaping and NULL are the formats' business.

import { assert } from '../base/assert.ts';
import { notImplemented, WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { ArrayColumn, BytesColumn, Column, TupleColumn } from './column.ts';
import type { ColumnBuilder } from './column-builder.ts';
import type { DataType, EnumType, IntegerKind, WideIntegerKind } from './data-type.ts';
import { typeName, withoutNullable } from './data-type.ts';
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip-text.ts';
import * as numbers from './number-text.ts';
import { appendComposite } from './parse-composite.ts';
import * as temporal from './temporal-text.ts';
import { readWide, wideShape } from './wide-number.ts';

/** ClickHouse's text of one value, which must not be NULL. Bytes that are not UTF-8 become U+FFFD. */
export function textAt(column: Column, row: number): string {
  const type = withoutNullable(column.type);
  if (column.layout === 'bytes') return bytesText(column, type, row);
  if (column.layout === 'dictionary') return bytesText(column.dictionary, type, column.codes[row]!);
  if (column.layout !== 'fixed') return compositeText(column, row);
  const value = column.values[row]!;
  switch (type.kind) {
    case 'Float64':
      return numbers.formatFloat64(value as number);
    case 'Float32':
      return numbers.formatFloat32(value as number);
    case 'Bool':
      return value === 0 ? 'false' : 'true';
    case 'Date':
    case 'Date32':
      return temporal.formatDate(value as number);
    case 'DateTime':
      return temporal.formatDateTime(value as number);
    case 'DateTime64':
      return temporal.formatDateTime64(value as bigint, type.scale);
    case 'Decimal':
      return numbers.formatDecimal(value, type.scale);
    case 'Enum8':
    case 'Enum16':
      return enumName(type, value as number);
    case 'IPv4':
      return formatIpv4(value as number);
    default:
      return String(value);
  }
}

function bytesText(column: BytesColumn, type: DataType, row: number): string {
  const start = column.offsets[row]!;
  if (type.kind === 'UUID') return numbers.formatUuid(column.bytes, start);
  if (type.kind === 'IPv6') return formatIpv6(column.bytes, start);
  const wide = wideShape(type);
  if (wide) {
    const number = readWide(column.bytes, start, wide);
    return type.kind === 'Decimal' ? numbers.formatDecimal(number, type.scale) : String(number);
  }
  return column.bytes.toString('utf8', start, column.offsets[row + 1]!);
}

/** `[1,2]`, `(1,'x')`, `{'k':1}`: what is not a number stands in quotes. */
function compositeText(column: ArrayColumn | TupleColumn, row: number): string {
  if (column.layout === 'tuple')
    return `(${column.fields.map((field) => quotedTextAt(field, row)).join(',')})`;
  const { elements, offsets } = column;
  const item = column.type.kind === 'Map' ? pairText : quotedTextAt;
  let text = '';
  for (let i = offsets[row]!; i < offsets[row + 1]!; i++)
    text += (i > offsets[row]! ? ',' : '') + item(elements, i);
  return column.type.kind === 'Map' ? `{${text}}` : `[${text}]`;
}

function pairText(pairs: Column, row: number): string {
  assert(pairs.layout === 'tuple', 'a map holds pairs');
  return pairs.fields.map((field) => quotedTextAt(field, row)).join(':');
}

const escapes: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\0': '\\0',
};

/** The text as it stands inside a composite value; NULL is the word. */
export function quotedTextAt(column: Column, row: number): string {
  if (column.layout === 'dictionary') return quotedTextAt(column.dictionary, column.codes[row]!);
  if (column.nulls && column.nulls[row] === 1) return 'NULL';
  const text = textAt(column, row);
  if (!isQuoted(withoutNullable(column.type))) return text;
  return `'${text.replace(/[\\'\n\t\r\b\f\0]/g, (char) => escapes[char] ?? `\\${char}`)}'`;
}

const quotedKinds: ReadonlySet<DataType['kind']> = new Set([
  'String',
  'FixedString',
  'UUID',
  'IPv4',
  'IPv6',
  'Enum8',
  'Enum16',
  'Date',
  'Date32',
  'DateTime',
  'DateTime64',
]);

/** Whether values of the type stand in quotes inside a composite value: text, and what is written like it. */
function isQuoted({ kind }: DataType): boolean {
  return quotedKinds.has(kind);
}

/** The name of an enum's number. */
export function enumName(type: EnumType, value: number): string {
  const entry = type.entries.find((candidate) => candidate.value === value);
  assert(entry, `an enum column holds numbers of its entries, not ${value}`);
  return entry.name;
}

/** The number of an enum's name. Errors: UNKNOWN_ELEMENT_OF_ENUM, with the nearest name as hint. */
function enumValue(type: EnumType, name: string): number {
  const entry = type.entries.find((candidate) => candidate.name === name);
  if (entry) return entry.value;
  const nearest = nearestName(
    name,
    type.entries.map((candidate) => candidate.name),
  );
  throw new WinnowError('UNKNOWN_ELEMENT_OF_ENUM', `unknown element '${name}' of ${typeName(type)}`, {
    hint: nearest === undefined ? undefined : `Did you mean '${nearest}'?`,
  });
}

/**
 * Appends the value that the whole text stands for; the inverse of `textAt`.
 * Errors: CANNOT_PARSE_TEXT, CANNOT_PARSE_NUMBER, CANNOT_PARSE_DATE, CANNOT_PARSE_DATETIME, CANNOT_PARSE_UUID,
 * CANNOT_PARSE_IPV4, CANNOT_PARSE_IPV6, CANNOT_PARSE_BOOL, UNKNOWN_ELEMENT_OF_ENUM, TOO_LARGE_STRING_SIZE, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE,
 * ARGUMENT_OUT_OF_BOUND.
 */
export function appendText(builder: ColumnBuilder, text: string): void {
  const type = withoutNullable(builder.type);
  switch (type.kind) {
    case 'String':
    case 'FixedString':
      return appendString(builder, type, Buffer.from(text));
    case 'UUID':
      return builder.appendBytes(numbers.parseUuid(text), 0, 16);
    case 'IPv4':
      return builder.appendNumber(parseIpv4(text));
    case 'IPv6':
      return builder.appendBytes(parseIpv6(text), 0, 16);
    case 'Float64':
    case 'Float32':
      return builder.appendNumber(numbers.parseFloat64(text));
    case 'Bool':
      return builder.appendNumber(parseBool(text));
    case 'Date':
      return builder.appendNumber(temporal.parseDate(text));
    case 'Date32':
      return builder.appendNumber(temporal.parseDate32(text));
    case 'DateTime':
      return builder.appendNumber(temporal.parseDateTime(text));
    case 'DateTime64':
      return builder.appendBigint(temporal.parseDateTime64(text, type.scale));
    case 'Decimal':
      return builder.appendBigint(numbers.parseDecimal(text, type.precision, type.scale));
    case 'Enum8':
    case 'Enum16':
      return builder.appendNumber(parseEnum(type, text));
    case 'Nothing':
      throw new WinnowError('CANNOT_PARSE_TEXT', `'${text}' cannot be a value of type Nothing`);
    case 'AggregateFunction':
      throw notImplemented(`a state of ${typeName(type)} from text`);
    case 'Array':
    case 'Tuple':
    case 'Map':
      return appendCompositeText(builder, Buffer.from(text));
    case 'Nullable':
    case 'LowCardinality':
      return assert(false, 'withoutNullable takes both away');
    default:
      return appendIntegerText(builder, type.kind, text);
  }
}

/** Appends the array, tuple or map of this text. Errors: as `appendText`. */
export function appendCompositeText(
  builder: ColumnBuilder,
  source: Buffer,
  start = 0,
  end: number = source.length,
): void {
  appendComposite(builder, source, start, end, (element, text) => {
    const type = withoutNullable(element.type);
    if (type.kind === 'String' || type.kind === 'FixedString') appendString(element, type, text);
    else appendText(element, text.toString());
  });
}

/** Appends bytes to a String or FixedString column, padded with zero bytes. Errors: TOO_LARGE_STRING_SIZE. */
export function appendString(builder: ColumnBuilder, type: DataType, bytes: Uint8Array): void {
  if (type.kind !== 'FixedString' || bytes.length === type.sizeBytes)
    return builder.appendBytes(bytes, 0, bytes.length);
  if (bytes.length > type.sizeBytes) {
    throw new WinnowError(
      'TOO_LARGE_STRING_SIZE',
      `a string of ${bytes.length} bytes does not fit ${typeName(type)}`,
    );
  }
  const padded = new Uint8Array(type.sizeBytes);
  padded.set(bytes);
  builder.appendBytes(padded, 0, padded.length);
}

function appendIntegerText(builder: ColumnBuilder, kind: IntegerKind | WideIntegerKind, text: string): void {
  // Up to 15 characters a double is exact; longer texts take the slow way.
  if (text.length < 16 && /^[+-]?\d+$/.test(text)) return appendInteger(builder, kind, Number(text));
  if (/^[+-]?\d+$/.test(text)) return appendInteger(builder, kind, BigInt(text.replace('+', '')));
  throw new WinnowError('CANNOT_PARSE_TEXT', `'${text}' is not a whole number (${kind})`);
}

/** Appends a whole number. Errors: VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE. */
export function appendInteger(
  builder: ColumnBuilder,
  kind: IntegerKind | WideIntegerKind,
  value: number | bigint,
): void {
  const [min, max] = numbers.integerRanges[kind];
  if (value < min || value > max) {
    throw new WinnowError(
      'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
      `${value} does not fit ${kind} (${min} to ${max})`,
    );
  }
  if (typeof value === 'bigint') builder.appendBigint(value);
  else builder.appendNumber(value);
}

const boolTexts = new Map<string, number>();
for (const text of ['true', 't', 'yes', 'y', 'on', 'enable', 'enabled', '1']) boolTexts.set(text, 1);
for (const text of ['false', 'f', 'no', 'n', 'off', 'disable', 'disabled', '0']) boolTexts.set(text, 0);

function parseBool(text: string): number {
  const value = boolTexts.get(text.toLowerCase());
  if (value === undefined)
    throw new WinnowError('CANNOT_PARSE_BOOL', `'${text}' is not a boolean (true or false)`);
  return value;
}

/** A name, or the number of an entry. */
function parseEnum(type: EnumType, text: string): number {
  const byNumber = type.entries.find((entry) => String(entry.value) === text);
  const named = type.entries.some((entry) => entry.name === text);
  return byNumber && !named ? byNumber.value : enumValue(type, text);
}
