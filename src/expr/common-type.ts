// common-type.ts — the one type that holds the values of several, as `if`, `coalesce`, `greatest` and UNION need it.

import type { SourcePosition } from '../base/errors.ts';
import { WinnowError } from '../base/errors.ts';
import {
  arrayOf,
  isComposite,
  isEnum,
  isNeverNull,
  isNullable,
  nullable,
  sameType,
  sameValues,
  tupleOf,
  typeName,
  withoutLowCardinality,
  withoutNullable,
  type DataType,
} from '../types/data-type.ts';
import {
  anyNumberShape,
  enumNumber,
  isDay,
  isInteger,
  isText,
  isTemporal,
  nothing,
  numberType,
  storedDigits,
  type AnyNumberShape,
  type TemporalType,
} from './type-classes.ts';

/** The smallest type that holds the values of both; NO_COMMON_TYPE when there is none. */
export function commonType(a: DataType, b: DataType, position?: SourcePosition): DataType {
  if (sameValues(a, b)) return a;
  if (a.kind === 'LowCardinality' && b.kind === 'LowCardinality')
    return { kind: 'LowCardinality', inner: commonType(a.inner, b.inner, position) };
  const anyNullable = isNullable(a) || isNullable(b);
  const common = commonPlain(
    withoutNullable(withoutLowCardinality(a)),
    withoutNullable(withoutLowCardinality(b)),
  );
  if (!common || (anyNullable && isNeverNull(common))) {
    throw new WinnowError(
      'NO_COMMON_TYPE',
      `no type holds the values of both ${typeName(a)} and ${typeName(b)}`,
      {
        position,
        hint: 'CAST one of them',
      },
    );
  }
  return anyNullable ? nullable(common) : common;
}

/** The common type of all; Nullable(Nothing) of none. */
export function commonTypeOf(types: readonly DataType[], position?: SourcePosition): DataType {
  return types.reduce((common, type) => commonType(common, type, position), types[0] ?? nullable(nothing));
}

function commonPlain(a: DataType, b: DataType): DataType | undefined {
  if (sameType(a, b)) return a;
  if (a.kind === 'Nothing') return b;
  if (b.kind === 'Nothing') return a;
  if (isComposite(a) || isComposite(b)) return commonComposite(a, b);
  if (isText(a) || isText(b))
    return isText(withoutEnum(a)) && isText(withoutEnum(b)) ? { kind: 'String' } : undefined;
  if (isTemporal(a) && isTemporal(b)) return commonTemporal(a, b);
  if (a.kind === 'Decimal' || b.kind === 'Decimal') return commonDecimal(a, b);
  const [shapeA, shapeB] = [shapeWithEnum(a), shapeWithEnum(b)];
  if (!shapeA || !shapeB) return undefined;
  // Bool is a UInt8 by another name: of the two, the first names the result.
  if (isByte(a) && isByte(b)) return a;
  return shapeA.float || shapeB.float ? commonFloat(shapeA, shapeB) : commonInteger(shapeA, shapeB);
}

/** Element by element; the names of a tuple stay if both have the same. */
function commonComposite(a: DataType, b: DataType): DataType | undefined {
  if (a.kind === 'Array' && b.kind === 'Array') return arrayOf(commonType(a.inner, b.inner));
  if (a.kind === 'Map' && b.kind === 'Map')
    return { kind: 'Map', key: commonType(a.key, b.key), value: commonType(a.value, b.value) };
  if (a.kind !== 'Tuple' || b.kind !== 'Tuple' || a.elements.length !== b.elements.length) return undefined;
  const sameNames = a.elements.every(({ name }, i) => name === b.elements[i]!.name);
  return tupleOf(
    a.elements.map(({ name, type }, i) => ({
      name: sameNames ? name : undefined,
      type: commonType(type, b.elements[i]!.type),
    })),
  );
}

/** An enum beside text is its name. */
const withoutEnum = (type: DataType): DataType => (isEnum(type) ? { kind: 'String' } : type);

/** Different enums meet as their numbers. */
const shapeWithEnum = (type: DataType): AnyNumberShape | undefined =>
  anyNumberShape(isEnum(type) ? enumNumber(type) : type);

const isByte = (type: DataType): boolean => type.kind === 'UInt8' || type.kind === 'Bool';

function commonTemporal(a: TemporalType, b: TemporalType): DataType {
  if (isDay(a) && isDay(b)) return { kind: 'Date32' };
  const [timezone] = [a, b].flatMap((type) => (!isDay(type) && type.timezone ? [type.timezone] : []));
  const scales = [a, b].flatMap((type) => (type.kind === 'DateTime64' ? [type.scale] : []));
  if (a.kind === 'Date32' || b.kind === 'Date32') scales.push(0);
  if (scales.length > 0) return { kind: 'DateTime64', scale: Math.max(...scales), timezone };
  return { kind: 'DateTime', timezone };
}

/** Decimals, or a decimal and an integer of up to 64 bits: the larger scale, in storage for all digits of both. */
function commonDecimal(a: DataType, b: DataType): DataType | undefined {
  const types = [a, b];
  if (types.some((type) => type.kind !== 'Decimal' && !isInteger(type))) return undefined;
  const scale = Math.max(...types.map((type) => (type.kind === 'Decimal' ? type.scale : 0)));
  const digits = types.map((type) =>
    type.kind === 'Decimal' ? type.precision : digitsBeside(anyNumberShape(type)!, scale),
  );
  return Math.max(...digits) > 76
    ? undefined
    : { kind: 'Decimal', precision: storedDigits(Math.max(...digits)), scale };
}

/** Digits of the largest integer of that size, and of a scale. Signed ones without a scale get by in storage of their own size. */
function digitsBeside({ signed, sizeBytes }: AnyNumberShape, scale: number): number {
  if (scale === 0 && signed && sizeBytes >= 4) return sizeBytes === 4 ? 9 : 18;
  return scale + ({ 1: 3, 2: 5, 4: 10, 8: 20 }[sizeBytes] ?? Infinity);
}

/** Float32 holds integers up to 16 bits, Float64 up to 32. */
function commonFloat(a: AnyNumberShape, b: AnyNumberShape): DataType | undefined {
  const integer = a.float ? (b.float ? undefined : b) : a;
  if (integer && integer.sizeBytes >= 8) return undefined;
  const wide = integer?.sizeBytes === 4 || [a, b].some((shape) => shape.float && shape.sizeBytes === 8);
  return { kind: wide ? 'Float64' : 'Float32' };
}

function commonInteger(a: AnyNumberShape, b: AnyNumberShape): DataType | undefined {
  if (a.signed === b.signed) return numberType(a.signed, false, Math.max(a.sizeBytes, b.sizeBytes));
  const [signed, unsigned] = a.signed ? [a, b] : [b, a];
  const sizeBytes = Math.max(signed.sizeBytes, unsigned.sizeBytes * 2);
  // As in ClickHouse, 128 bits begin only beside 128 bits.
  const most = Math.max(a.sizeBytes, b.sizeBytes) > 8 ? 32 : 8;
  return sizeBytes > most ? undefined : numberType(true, false, sizeBytes);
}
