// vectors.ts — moving numbers between typed arrays, so that kernels need a loop per operation, not per pair of types.
//
// Kernels compute on Float64Array (exact for integers of up to 32 bits) or on 64-bit arrays. Widening and narrowing
// of ≤ 32-bit integers and floats is the engine's own native copy; narrowing wraps as in C.

import { assert } from '../base/assert.ts';
import {
  type ArrayColumn,
  type BytesColumn,
  type Column,
  type FixedColumn,
  fixedArrays,
  type FixedValues,
  type TupleColumn,
} from '../types/column.ts';
import { wideColumn, wideNumbers, wideShape } from '../types/wide-number.ts';
import { physicalOf, type DataType, type FixedPhysical, type Physical } from '../types/data-type.ts';

export type Bigints = BigInt64Array | BigUint64Array;

/** Zeroed values of a fixed physical type. */
export function newValues(physical: FixedPhysical, length: number): FixedValues {
  return new fixedArrays[physical](length);
}

function isFixed(physical: Physical): physical is FixedPhysical {
  return Object.hasOwn(fixedArrays, physical);
}

/** A column without NULLs over `values`. */
export function fixedColumn(type: DataType, values: FixedValues, rowCount: number): FixedColumn {
  return { layout: 'fixed', type, rowCount, values, nulls: undefined };
}

export function fixed(column: Column): FixedColumn {
  assert(column.layout === 'fixed', 'the column has fixed values');
  return column;
}

export function bytes(column: Column): BytesColumn {
  assert(column.layout === 'bytes', 'the column has bytes');
  return column;
}

export function arrays(column: Column): ArrayColumn {
  assert(column.layout === 'array', 'the column has arrays');
  return column;
}

export function tuples(column: Column): TupleColumn {
  assert(column.layout === 'tuple', 'the column has tuples');
  return column;
}

export function is64(type: DataType): boolean {
  const physical = physicalOf(type);
  return physical === 'i64' || physical === 'u64';
}

function isBigints(values: FixedValues): values is Bigints {
  return values instanceof BigInt64Array || values instanceof BigUint64Array;
}

/** The values as floats; wider integers are rounded to the nearest. */
export function floatsOf(column: Column, rowCount: number): Float64Array {
  if (column.layout === 'bytes') return Float64Array.from(wholesOf(column, rowCount) as bigint[], Number);
  const { values } = fixed(column);
  if (values instanceof Float64Array) return values;
  const floats = new Float64Array(rowCount);
  if (!isBigints(values)) floats.set(values.subarray(0, rowCount));
  else for (let i = 0; i < rowCount; i++) floats[i] = Number(values[i]);
  return floats;
}

/** The values of an integer column as 64-bit integers; unsigned ones beyond 2^63 only as BigUint64Array. */
export function bigintsOf(column: Column, rowCount: number): Bigints {
  const { values } = fixed(column);
  if (isBigints(values)) return values;
  const bigints = new BigInt64Array(rowCount);
  for (let i = 0; i < rowCount; i++) bigints[i] = BigInt(values[i]!);
  return bigints;
}

/** The values of a column of whole numbers or decimals of any width. */
export function wholesOf(column: Column, rowCount: number): ArrayLike<bigint> {
  const shape = column.layout === 'bytes' ? wideShape(column.type) : undefined;
  return shape ? wideNumbers(bytes(column), shape, rowCount) : bigintsOf(column, rowCount);
}

/** The stored values of a column of numbers of any width. */
export function numbersOf(column: Column, rowCount: number): ArrayLike<number | bigint> {
  return column.layout === 'fixed' ? column.values : wholesOf(column, rowCount);
}

/** Room for whole numbers of `type`. */
export function newWholes(type: DataType, rowCount: number): BigInt64Array | bigint[] {
  return wideShape(type) ? new Array<bigint>(rowCount).fill(0n) : new BigInt64Array(rowCount);
}

/** As columnOfBigints, of numbers of any width and to types of any width. */
export function columnOfWholes(type: DataType, wholes: ArrayLike<bigint>, rowCount: number): Column {
  const shape = wideShape(type);
  if (shape) return wideColumn(type, shape, wholes, rowCount);
  if (ArrayBuffer.isView(wholes)) return columnOfBigints(type, wholes as Bigints, rowCount);
  const physical = physicalOf(type);
  if (physical === 'f32' || physical === 'f64')
    return columnOfFloats(type, Float64Array.from(wholes as bigint[], Number), rowCount);
  return columnOfBigints(type, BigInt64Array.from(wholes), rowCount);
}

/** Narrows whole numbers or floats to `type`; integers wrap, fractions are cut off, NaN and infinities become 0. */
export function columnOfFloats(type: DataType, floats: Float64Array, rowCount: number): FixedColumn {
  const physical = physicalOf(type);
  assert(isFixed(physical), 'numbers make fixed columns');
  if (physical === 'f64') return fixedColumn(type, floats, rowCount);
  const values = newValues(physical, rowCount);
  if (isBigints(values)) for (let i = 0; i < rowCount; i++) values[i] = wholeBigint(floats[i]!);
  else values.set(floats.length === rowCount ? floats : floats.subarray(0, rowCount));
  return fixedColumn(type, values, rowCount);
}

/** The number without its fraction; 0 for NaN and infinities. */
function wholeBigint(value: number): bigint {
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** Narrows 64-bit integers to an integer or float `type`; integers wrap. */
export function columnOfBigints(type: DataType, bigints: Bigints, rowCount: number): FixedColumn {
  const physical = physicalOf(type);
  assert(isFixed(physical), 'numbers make fixed columns');
  if (physical === 'i64') return fixedColumn(type, sameBits(bigints, BigInt64Array), rowCount);
  if (physical === 'u64') return fixedColumn(type, sameBits(bigints, BigUint64Array), rowCount);
  const values = newValues(physical, rowCount) as Exclude<FixedValues, Bigints>;
  if (physical === 'f32' || physical === 'f64')
    for (let i = 0; i < rowCount; i++) values[i] = Number(bigints[i]);
  else for (let i = 0; i < rowCount; i++) values[i] = Number(BigInt.asIntN(32, bigints[i]!));
  return fixedColumn(type, values, rowCount);
}

/** The same 64-bit words seen as signed or unsigned: C's wrap without a copy. */
function sameBits<T extends Bigints>(
  values: Bigints,
  as: new (buffer: ArrayBufferLike, offset: number, length: number) => T,
): T {
  return values instanceof as ? values : new as(values.buffer, values.byteOffset, values.length);
}

/** UInt8 or Bool column from a mask. */
export function maskColumn(type: DataType, mask: Uint8Array, rowCount: number): FixedColumn {
  return fixedColumn(type, mask, rowCount);
}

/** 1 where the number is not 0 (NaN counts as true, as in C). */
export function truthOf(column: Column, rowCount: number): Uint8Array {
  const mask = new Uint8Array(rowCount);
  if (column.layout === 'bytes') {
    const wholes = wholesOf(column, rowCount);
    for (let i = 0; i < rowCount; i++) mask[i] = wholes[i] === 0n ? 0 : 1;
    return mask;
  }
  const { values } = fixed(column);
  if (isBigints(values)) for (let i = 0; i < rowCount; i++) mask[i] = values[i] === 0n ? 0 : 1;
  else for (let i = 0; i < rowCount; i++) mask[i] = values[i] === 0 ? 0 : 1;
  return mask;
}
