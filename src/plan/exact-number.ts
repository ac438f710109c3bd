// exact-number.ts — constants as exact fractions, so that a bound never moves by rounding.

import { wholesOf } from '../expr/vectors.ts';
import type { Column, FixedColumn } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';

/** numerator / denominator, denominator > 0. */
export type Fraction = { readonly numerator: bigint; readonly denominator: bigint };

/** A constant on the number line: plain numbers, or seconds since 1970. */
export type Constant = Fraction & {
  readonly line: 'number' | 'seconds';
  /** Binary floating point: comparing it with a decimal column rounds. */
  readonly float: boolean;
};

const SECONDS_PER_DAY = 86_400n;

/** What one physical unit of an integer-backed type is worth; undefined for other types. */
export function unitOf(type: DataType): (Fraction & { readonly line: Constant['line'] }) | undefined {
  switch (type.kind) {
    case 'Date':
    case 'Date32':
      return { line: 'seconds', numerator: SECONDS_PER_DAY, denominator: 1n };
    case 'DateTime':
      return { line: 'seconds', numerator: 1n, denominator: 1n };
    case 'DateTime64':
      return { line: 'seconds', numerator: 1n, denominator: 10n ** BigInt(type.scale) };
    case 'Decimal':
      return { line: 'number', numerator: 1n, denominator: 10n ** BigInt(type.scale) };
    case 'Bool':
    case 'Int8':
    case 'Int16':
    case 'Int32':
    case 'Int64':
    case 'UInt8':
    case 'UInt16':
    case 'UInt32':
    case 'UInt64':
    case 'Int128':
    case 'Int256':
    case 'UInt128':
    case 'UInt256':
      return { line: 'number', numerator: 1n, denominator: 1n };
    default:
      return undefined;
  }
}

/** The value of a one-row column, without Nullable, as an exact constant; undefined when it is no finite number. */
export function exactConstant(column: Column, type: DataType): Constant | undefined {
  if (type.kind === 'Float32' || type.kind === 'Float64') {
    const fraction = fractionOf((column as FixedColumn).values[0] as number);
    return fraction && { ...fraction, line: 'number', float: true };
  }
  const unit = unitOf(type);
  if (!unit) return undefined;
  const raw = wholesOf(column, 1)[0]!;
  return { line: unit.line, numerator: raw * unit.numerator, denominator: unit.denominator, float: false };
}

function fractionOf(value: number): Fraction | undefined {
  if (!Number.isFinite(value)) return undefined;
  let [scaled, denominator] = [value, 1n];
  // Doubling is exact; a double has at most 1074 binary digits after the point.
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    denominator *= 2n;
  }
  return { numerator: BigInt(scaled), denominator };
}

/** a ÷ b rounded towards −∞; b > 0. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

/** a ÷ b rounded towards +∞; b > 0. */
export function ceilDivide(a: bigint, b: bigint): bigint {
  return -floorDivide(-a, b);
}
