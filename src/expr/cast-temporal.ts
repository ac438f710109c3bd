// cast-temporal.ts — conversion among Date, Date32, DateTime and DateTime64, and between them and numbers.
//
// As in ClickHouse: between dates the number wraps; from a number to a date it is held within the type's range.

import type { Column } from '../types/column.ts';
import { isEnum, type DataType } from '../types/data-type.ts';
import { MAX_DAY_32, MIN_DAY_32 } from '../types/temporal-text.ts';
import { castNumber } from './cast-numbers.ts';
import { anyNumberShape, int64, isDay, isTemporal, numberShape } from './type-classes.ts';
import {
  bigintsOf,
  columnOfBigints,
  columnOfFloats,
  fixed,
  fixedColumn,
  floatsOf,
  truthOf,
} from './vectors.ts';

type Kernel = (column: Column, rowCount: number) => Column;
type DateTime64 = Extract<DataType, { kind: 'DateTime64' }>;

const DAY_SECONDS = 86_400;
const MAX_DAY = 65_535;
const MAX_SECOND = 2 ** 32 - 1;
/** Seconds of 1900-01-01 00:00:00 and 9999-12-31 23:59:59: what DateTime64 takes from a number. */
const [MIN_SECOND_64, MAX_SECOND_64] = [-2_208_988_800, 253_402_300_799];

/** The kernel, when at least one of the types is a date; undefined when they do not convert. */
export function castTemporal(from: DataType, to: DataType): Kernel | undefined {
  if (from.kind === 'DateTime64') return fromDateTime64(from, to);
  if (isTemporal(from)) return fromWhole(from, to);
  if (to.kind === 'DateTime64') return numberToDateTime64(from, to);
  if (!isEnum(from) && !numberShape(from)) return undefined;
  const map = to.kind === 'Date' ? dayOf : to.kind === 'Date32' ? day32Of : secondOf;
  return (column, rowCount) => columnOfFloats(to, floatsOf(column, rowCount).map(map), rowCount);
}

/** A number as a date: small ones count days, others seconds. */
function dayOf(value: number): number {
  if (!(value > 0)) return 0;
  return value <= MAX_DAY ? value : Math.floor(Math.min(value, MAX_SECOND) / DAY_SECONDS);
}

/** As dayOf, within the range of Date32. */
function day32Of(value: number): number {
  if (!(value > MIN_DAY_32)) return MIN_DAY_32;
  return value <= MAX_DAY_32 ? Math.trunc(value) : Math.min(MAX_DAY_32, Math.floor(value / DAY_SECONDS));
}

function secondOf(value: number): number {
  return value > 0 ? Math.min(value, MAX_SECOND) : 0;
}

function numberToDateTime64(from: DataType, to: DateTime64): Kernel | undefined {
  const factor = 10 ** to.scale;
  if (from.kind === 'Decimal') return castDecimalTo(from, to);
  if (!numberShape(from)) return undefined;
  const held = (value: number): number => Math.max(MIN_SECOND_64, Math.min(MAX_SECOND_64, value));
  return (column, rowCount) =>
    columnOfFloats(
      to,
      floatsOf(column, rowCount).map((value) => held(value) * factor),
      rowCount,
    );
}

function castDecimalTo(from: DataType, to: DateTime64): Kernel | undefined {
  const kernel = castNumber(from, { kind: 'Decimal', precision: 18, scale: to.scale });
  return kernel && ((column, rowCount) => ({ ...kernel(column, rowCount), type: to }));
}

/** From Date, Date32 or DateTime. */
function fromWhole(from: DataType, to: DataType): Kernel | undefined {
  const unit = isDay(from) ? DAY_SECONDS : 1;
  if (isDay(from) && isDay(to))
    return (column, rowCount) => columnOfFloats(to, floatsOf(column, rowCount), rowCount);
  switch (to.kind) {
    case 'Date32':
      return (column, rowCount) =>
        columnOfFloats(
          to,
          floatsOf(column, rowCount).map((second) => Math.floor(second / DAY_SECONDS)),
          rowCount,
        );
    case 'Date':
      return (column, rowCount) =>
        fixedColumn(to, daysOf(fixed(column).values as Seconds, rowCount), rowCount);
    case 'DateTime':
      return (column, rowCount) =>
        columnOfFloats(
          to,
          floatsOf(column, rowCount).map((value) => value * unit),
          rowCount,
        );
    case 'DateTime64': {
      const factor = BigInt(unit) * 10n ** BigInt(to.scale);
      return mapBigints(to, (value) => value * factor);
    }
    default:
      return fromRaw(to);
  }
}

type Seconds = Uint32Array | Uint16Array;

function daysOf(seconds: Seconds, rowCount: number): Uint16Array {
  const days = new Uint16Array(rowCount);
  // Storing drops the fraction.
  for (let row = 0; row < rowCount; row++) days[row] = seconds[row]! / DAY_SECONDS;
  return days;
}

/** The raw number of a Date, Date32 or DateTime as a number type. */
function fromRaw(to: DataType): Kernel | undefined {
  if (to.kind === 'Bool') return (column, rowCount) => fixedColumn(to, truthOf(column, rowCount), rowCount);
  if (to.kind !== 'Decimal' && !anyNumberShape(to)) return undefined;
  return (column, rowCount) => {
    const raw = columnOfFloats(int64, floatsOf(column, rowCount), rowCount);
    return castNumber(raw.type, to)!(raw, rowCount);
  };
}

function fromDateTime64(from: DateTime64, to: DataType): Kernel | undefined {
  const unit = 10n ** BigInt(from.scale);
  switch (to.kind) {
    case 'Date':
    case 'Date32':
      return mapBigints(to, (value) => floorDivide(value, unit * BigInt(DAY_SECONDS)));
    case 'DateTime':
      return mapBigints(to, (value) => floorDivide(value, unit));
    case 'DateTime64':
      return castDecimalTo({ kind: 'Decimal', precision: 18, scale: from.scale }, to);
    default: {
      const decimal: DataType = { kind: 'Decimal', precision: 18, scale: from.scale };
      return castNumber(decimal, to);
    }
  }
}

/** The quotient rounded down, for positive divisors. */
export function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value < 0n && quotient * divisor !== value ? quotient - 1n : quotient;
}

function mapBigints(to: DataType, map: (value: bigint) => bigint): Kernel {
  return (column, rowCount) => {
    const source = bigintsOf(column, rowCount);
    const out = new BigInt64Array(rowCount);
    for (let row = 0; row < rowCount; row++) out[row] = map(source[row]!);
    return columnOfBigints(to, out, rowCount);
  };
}
