// type-classes.ts — questions about types that functions decide by.

import type { DataType, EnumType, IntegerKind } from '../types/data-type.ts';
import { wideShape } from '../types/wide-number.ts';

export type DecimalType = Extract<DataType, { kind: 'Decimal' }>;

/** A number as C++ sees it: Bool and the integers, or a float. */
export type NumberShape = {
  readonly signed: boolean;
  readonly float: boolean;
  readonly sizeBytes: 1 | 2 | 4 | 8;
};

/** As NumberShape, of whole numbers of any width too. */
export type AnyNumberShape = Omit<NumberShape, 'sizeBytes'> & { readonly sizeBytes: number };

const shape = (signed: boolean, float: boolean, sizeBytes: 1 | 2 | 4 | 8): NumberShape => ({
  signed,
  float,
  sizeBytes,
});

const shapes: Readonly<Partial<Record<DataType['kind'], NumberShape>>> = {
  Bool: shape(false, false, 1),
  UInt8: shape(false, false, 1),
  UInt16: shape(false, false, 2),
  UInt32: shape(false, false, 4),
  UInt64: shape(false, false, 8),
  Int8: shape(true, false, 1),
  Int16: shape(true, false, 2),
  Int32: shape(true, false, 4),
  Int64: shape(true, false, 8),
  Float32: shape(true, true, 4),
  Float64: shape(true, true, 8),
};

/** The shape of an integer of up to 64 bits, Bool or float; undefined for every other type. */
export function numberShape(type: DataType): NumberShape | undefined {
  return shapes[type.kind];
}

/** As numberShape, but integers may have up to 256 bits. */
export function anyNumberShape(type: DataType): AnyNumberShape | undefined {
  const wide = isWideInteger(type) ? wideShape(type) : undefined;
  return wide ? { ...wide, float: false } : numberShape(type);
}

/** Int128 to UInt256. */
export function isWideInteger({ kind }: DataType): boolean {
  return kind === 'Int128' || kind === 'UInt128' || kind === 'Int256' || kind === 'UInt256';
}

/** The type of that shape. */
export function numberType(signed: boolean, float: boolean, sizeBytes: number): DataType {
  if (float) return { kind: sizeBytes <= 4 ? 'Float32' : 'Float64' };
  return { kind: `${signed ? 'Int' : 'UInt'}${sizeBytes * 8}` as IntegerKind };
}

/** The digits of the number in which a decimal of that many digits is stored. */
export function storedDigits(precision: number): 9 | 18 | 38 | 76 {
  return precision <= 9 ? 9 : precision <= 18 ? 18 : precision <= 38 ? 38 : 76;
}

/** The type of a sum of decimals: 38 digits, or 76 when they have more themselves. */
export function sumOfDecimals({ precision, scale }: DecimalType): DataType {
  return { kind: 'Decimal', precision: precision <= 38 ? 38 : 76, scale };
}

/** One more than the greatest number in which a decimal of that many digits is stored. */
export function storageLimit(precision: number): bigint {
  return { 9: 1n << 31n, 18: 1n << 63n, 38: 1n << 127n, 76: 1n << 255n }[storedDigits(precision)];
}

/** An integer of up to 64 bits, or Bool. */
export function isInteger(type: DataType): boolean {
  return shapes[type.kind]?.float === false;
}

export function isFloat(type: DataType): boolean {
  return shapes[type.kind]?.float === true;
}

export function isText(type: DataType): boolean {
  return type.kind === 'String' || type.kind === 'FixedString';
}

export type TemporalType = Extract<DataType, { kind: 'Date' | 'Date32' | 'DateTime' | 'DateTime64' }>;

export function isTemporal(type: DataType): type is TemporalType {
  return isDay(type) || type.kind === 'DateTime' || type.kind === 'DateTime64';
}

/** Dates without a time. */
export function isDay(type: DataType): type is Extract<DataType, { kind: 'Date' | 'Date32' }> {
  return type.kind === 'Date' || type.kind === 'Date32';
}

/** The number that an enum is stored as. */
export function enumNumber({ kind }: EnumType): DataType {
  return { kind: kind === 'Enum8' ? 'Int8' : 'Int16' };
}

export function isAddress({ kind }: DataType): boolean {
  return kind === 'IPv4' || kind === 'IPv6';
}

/** NULL alone: Nullable(Nothing). */
export function isBareNull(type: DataType): boolean {
  return type.kind === 'Nullable' && type.inner.kind === 'Nothing';
}

export const uint8: DataType = { kind: 'UInt8' };
export const uint32: DataType = { kind: 'UInt32' };
export const uint64: DataType = { kind: 'UInt64' };
export const int64: DataType = { kind: 'Int64' };
export const float64: DataType = { kind: 'Float64' };
export const bool: DataType = { kind: 'Bool' };
export const text: DataType = { kind: 'String' };
export const nothing: DataType = { kind: 'Nothing' };
