// type-classes.ts — questions about types that functions decide by.

import type { DataType, IntegerKind } from '../types/data-type.ts';

/** A number as C++ sees it: Bool and the integers, or a float. */
export type NumberShape = {
  readonly signed: boolean;
  readonly float: boolean;
  readonly sizeBytes: 1 | 2 | 4 | 8;
};

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

/** The shape of an integer, Bool or float; undefined for every other type. */
export function numberShape(type: DataType): NumberShape | undefined {
  return shapes[type.kind];
}

/** The type of that shape. */
export function numberType(signed: boolean, float: boolean, sizeBytes: number): DataType {
  if (float) return { kind: sizeBytes <= 4 ? 'Float32' : 'Float64' };
  return { kind: `${signed ? 'Int' : 'UInt'}${sizeBytes * 8}` as IntegerKind };
}

export function isInteger(type: DataType): boolean {
  return shapes[type.kind]?.float === false;
}

export function isFloat(type: DataType): boolean {
  return shapes[type.kind]?.float === true;
}

export function isText(type: DataType): boolean {
  return type.kind === 'String' || type.kind === 'FixedString';
}

export function isTemporal(
  type: DataType,
): type is Extract<DataType, { kind: 'Date' | 'DateTime' | 'DateTime64' }> {
  return type.kind === 'Date' || type.kind === 'DateTime' || type.kind === 'DateTime64';
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
