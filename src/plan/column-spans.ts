// column-spans.ts — the values of a column for which a comparison with a constant can be true, as spans.
//
// Keeps true: no value for which the comparison is true lies outside the spans. `exact` adds that it is true for all
// values inside. Where that is not certain the answer is undefined, and the comparison stays a filter.

import { castColumn } from '../expr/cast.ts';
import type { BytesColumn, Column, FixedColumn } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import {
  isEnum,
  isNullable,
  physicalOf,
  sameType,
  withoutNullable,
  type DataType,
} from '../types/data-type.ts';
import { createKeyCodec, prefixEnd, type KeyCodec } from '../types/key-codec.ts';
import { wideShape } from '../types/wide-number.ts';
import { textAt } from '../types/text.ts';
import { ceilDivide, exactConstant, floorDivide, unitOf, type Constant } from './exact-number.ts';
import type { Span } from './spans.ts';

export type Comparison = '=' | '<' | '<=' | '>' | '>=';

export type ColumnSpans = { readonly spans: readonly Span[]; readonly exact: boolean };

const none: ColumnSpans = { spans: [], exact: true };

/** `column <comparison> constant`; `constant` has one row. */
export function spansOfComparison(
  type: DataType,
  comparison: Comparison,
  constant: Column,
): ColumnSpans | undefined {
  if (constant.nulls?.[0] === 1 || constant.type.kind === 'Nothing') return none;
  const inner = withoutNullable(type);
  const constantType = withoutNullable(constant.type);
  if (inner.kind === 'Float32' || inner.kind === 'Float64')
    return spansOfFloat(type, comparison, constant, constantType);
  if (inner.kind === 'String' && constantType.kind === 'String')
    return between(type, comparison, constant, constant);
  if (inner.kind === 'FixedString') return spansOfPadded(type, inner.sizeBytes, comparison, constant);
  if (inner.kind === 'IPv6' || inner.kind === 'IPv4') return spansOfAddress(type, comparison, constant);
  if (inner.kind === 'UUID' || isEnum(inner)) {
    if (comparison !== '=') return undefined;
    const value = sameType(constantType, inner) ? constant : convertText(constant, inner);
    return value && between(type, '=', value, value);
  }
  const unit = unitOf(inner);
  if (!unit) return undefined;
  const value = constantType.kind === 'String' ? convertText(constant, inner) : constant;
  const exact = value && exactConstant(value, withoutNullable(value.type));
  return exact && exact.line === unit.line ? spansOfUnits(type, comparison, exact) : undefined;
}

/** `column IS NULL`; nothing for a column that cannot be NULL. */
export function spansOfNull(type: DataType): ColumnSpans {
  return isNullable(type) ? { spans: [nullSpan], exact: true } : none;
}

/** `column IS NOT NULL`. */
export function spansOfNotNull(type: DataType): ColumnSpans {
  return { spans: [{ ...everyValue(type), point: false }], exact: true };
}

/** Strings that begin with `prefix`. */
export function spansOfPrefix(type: DataType, prefix: Buffer): ColumnSpans | undefined {
  const inner = withoutNullable(type);
  if (inner.kind !== 'String' && inner.kind !== 'FixedString') return undefined;
  if (prefix.length === 0) return spansOfNotNull(type);
  if (inner.kind === 'FixedString' && prefix.length > inner.sizeBytes) return none;
  const encoded = encode(type, bytesColumn(inner, prefix));
  // A key of String ends with a terminator.
  const start = inner.kind === 'String' ? encoded.subarray(0, -1) : encoded;
  return { spans: [{ start, end: prefixEnd(start), point: false }], exact: true };
}

/** The one value of a point, as a column of `type`. */
export function pointValue(type: DataType, point: Span): Column {
  const builder = createColumnBuilder(type, 1);
  codecOf(type).decodeInto(point.start, [builder]);
  return builder.finish();
}

// The tags that key-codec.ts puts before the fields of Nullable columns.
const nullSpan: Span = { start: Buffer.of(1), end: Buffer.of(2), point: true };

function everyValue(type: DataType): { start: Buffer; end: Buffer | undefined } {
  if (isNullable(type)) return { start: Buffer.of(0), end: nullSpan.start };
  return { start: Buffer.alloc(0), end: undefined };
}

function codecOf(type: DataType): KeyCodec {
  return createKeyCodec([type]);
}

function encode(type: DataType, value: Column): Buffer {
  return codecOf(type).encode([value], 0);
}

function bytesColumn(type: DataType, bytes: Buffer): BytesColumn {
  return {
    layout: 'bytes',
    type,
    rowCount: 1,
    offsets: Uint32Array.of(0, bytes.length),
    bytes,
    nulls: undefined,
  };
}

function fixedValue(type: DataType, value: bigint | number): Column {
  const builder = createColumnBuilder(withoutNullable(type), 1);
  if (typeof value === 'bigint') builder.appendBigint(value);
  else builder.appendNumber(value);
  return builder.finish();
}

/** Addresses sort as their bytes do; the constant is one, or text of one. */
function spansOfAddress(type: DataType, comparison: Comparison, constant: Column): ColumnSpans | undefined {
  const inner = withoutNullable(type);
  if (withoutNullable(constant.type).kind === inner.kind)
    return between(type, comparison, constant, constant);
  const value = convertText(constant, inner);
  return value && between(type, comparison, value, value);
}

/** FixedString: the text with zeros behind it is the most that can equal it, and may be more or less than it. */
function spansOfPadded(
  type: DataType,
  sizeBytes: number,
  comparison: Comparison,
  constant: Column,
): ColumnSpans | undefined {
  if (constant.layout !== 'bytes') return undefined;
  const text = constant.bytes.subarray(constant.offsets[0], constant.offsets[1]);
  if (text.length > sizeBytes) return undefined;
  const padded = bytesColumn(
    withoutNullable(type),
    Buffer.concat([text, Buffer.alloc(sizeBytes - text.length)]),
  );
  const orEqual = { '=': '=', '<': '<=', '<=': '<=', '>': '>=', '>=': '>=' } as const;
  return { ...between(type, orEqual[comparison], padded, padded), exact: false };
}

/** Text read as the column's type, when the type would print it just so; else undefined. */
function convertText(constant: Column, type: DataType): Column | undefined {
  if (withoutNullable(constant.type).kind !== 'String') return undefined;
  try {
    const value = castColumn(constant, type);
    return textAt(value, 0) === textAt(constant, 0) ? value : undefined;
  } catch {
    return undefined; // the filter reports what is wrong with the text
  }
}

/** Values v of the column's type with low ≤ v, or v ≤ high, or both, as the comparison says. */
function between(type: DataType, comparison: Comparison, low: Column, high: Column): ColumnSpans {
  const every = everyValue(type);
  const atLow = encode(type, low);
  const atHigh = encode(type, high);
  switch (comparison) {
    case '=':
      return one({ start: atLow, end: prefixEnd(atHigh), point: atLow.equals(atHigh) });
    case '<':
      return one({ start: every.start, end: atHigh, point: false });
    case '<=':
      return one({ start: every.start, end: prefixEnd(atHigh), point: false });
    case '>':
      return one({ start: prefixEnd(atLow) ?? afterEverything, end: every.end, point: false });
    case '>=':
      return one({ start: atLow, end: every.end, point: false });
  }
}

/** No key of one column is as long. */
const afterEverything = Buffer.alloc(40, 0xff);

function one(span: Span): ColumnSpans {
  const empty = span.end !== undefined && Buffer.compare(span.start, span.end) >= 0;
  return empty ? none : { spans: [span], exact: true };
}

/** Types stored as whole numbers: the constant becomes the interval of whole units that satisfy the comparison. */
function spansOfUnits(type: DataType, comparison: Comparison, constant: Constant): ColumnSpans {
  const inner = withoutNullable(type);
  const unit = unitOf(inner)!;
  const rounds = inner.kind === 'Decimal' && constant.float;
  const numerator = constant.numerator * unit.denominator;
  const denominator = constant.denominator * unit.numerator;
  // ClickHouse compares decimals with floats as floats: leave room for that rounding.
  const slack = rounds ? 1n + floorDivide(absolute(numerator), denominator << 50n) : 0n;
  const floor = floorDivide(numerator, denominator);
  const ceil = ceilDivide(numerator, denominator);
  const [min, max] = limitsOf(inner);
  let [low, high] = [min, max];
  if (comparison === '=') [low, high] = [ceil - slack, floor + slack];
  else if (comparison === '<') high = ceil - 1n + (rounds ? slack + 1n : 0n);
  else if (comparison === '<=') high = floor + slack;
  else if (comparison === '>') low = floor + 1n - (rounds ? slack + 1n : 0n);
  else low = ceil - slack;
  low = low < min ? min : low;
  high = high > max ? max : high;
  if (low > high) return { spans: [], exact: !rounds };
  const spans = spansOfInterval(type, low, high);
  return { spans: spans.spans, exact: !rounds };
}

function spansOfInterval(type: DataType, low: bigint, high: bigint): ColumnSpans {
  return between(type, '=', fixedValue(type, low), fixedValue(type, high));
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** Smallest and largest physical value. */
function limitsOf(type: DataType): [min: bigint, max: bigint] {
  const physical = physicalOf(type);
  const wide = wideShape(type);
  const bits = wide ? 8n * BigInt(wide.sizeBytes) : BigInt(physical.slice(1));
  const unsigned = wide ? !wide.signed : physical.startsWith('u');
  return unsigned ? [0n, (1n << bits) - 1n] : [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n];
}

const MAX_EXACT_DOUBLE = 2n ** 53n;

/** Float columns with a constant that is a double without rounding. */
function spansOfFloat(
  type: DataType,
  comparison: Comparison,
  constant: Column,
  constantType: DataType,
): ColumnSpans | undefined {
  const value = doubleOf(constant, constantType);
  if (value === undefined) return undefined;
  if (Number.isNaN(value)) return none;
  const stored = withoutNullable(type).kind === 'Float32' ? Math.fround(value) : value;
  const at = fixedValue(type, stored);
  // When the column cannot hold the constant, its nearest value lies on one side of it.
  if (comparison === '=') return stored === value ? between(type, '=', at, at) : none;
  if (comparison === '<' || comparison === '<=') {
    const inclusive = stored < value || (stored === value && comparison === '<=');
    return between(type, inclusive ? '<=' : '<', at, at);
  }
  const inclusive = stored > value || (stored === value && comparison === '>=');
  const above = between(type, inclusive ? '>=' : '>', at, at);
  // NaN is stored after +inf and is greater than nothing.
  const infinity = prefixEnd(encode(type, fixedValue(type, Infinity)));
  return { exact: true, spans: above.spans.flatMap((span) => one({ ...span, end: infinity }).spans) };
}

function doubleOf(constant: Column, type: DataType): number | undefined {
  const exact = exactConstant(constant, type);
  if (type.kind === 'Float32' || type.kind === 'Float64')
    return (constant as FixedColumn).values[0] as number;
  if (!exact || exact.line !== 'number' || exact.denominator !== 1n) return undefined;
  return absolute(exact.numerator) <= MAX_EXACT_DOUBLE ? Number(exact.numerator) : undefined;
}
