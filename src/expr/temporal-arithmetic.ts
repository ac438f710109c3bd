// temporal-arithmetic.ts — dates plus and minus numbers, dates and intervals.
//
// A number counts days of a Date and seconds of the others. As in ClickHouse, a result beyond the type's range wraps;
// only whole months before 1970 are held back there.

import { WinnowError } from '../base/errors.ts';
import type { Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { addMonths, DAY_SECONDS } from './calendar.ts';
import { castKernel } from './cast.ts';
import { floorDivide } from './cast-temporal.ts';
import { argType, illegalTypes, type BoundFunction, type FunctionCall } from './scalar-function.ts';
import { isDay, isTemporal, numberShape, type TemporalType } from './type-classes.ts';
import { bigintsOf, columnOfBigints, columnOfFloats, floatsOf } from './vectors.ts';

export type Unit = 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year';

/** Seconds of the units that have a fixed length. */
export const unitSeconds = {
  second: 1,
  minute: 60,
  hour: 3600,
  day: DAY_SECONDS,
  week: 7 * DAY_SECONDS,
} as const;
export const unitMonths = { month: 1, quarter: 3, year: 12 } as const;

export function isUnit(name: string): name is Unit {
  return name in unitSeconds || name in unitMonths;
}

/** Binds + or - when an operand is a date; undefined when none is. */
export function bindTemporal(operator: 'plus' | 'minus', call: FunctionCall): BoundFunction | undefined {
  const [a, b] = [argType(call, 0), argType(call, 1)];
  if (!isTemporal(a) && !isTemporal(b)) return undefined;
  if (isTemporal(a) && isTemporal(b)) {
    const difference = operator === 'minus' ? bindDifference(a, b) : undefined;
    if (!difference) throw illegalTypes(call, 'two dates of one type to subtract');
    return difference;
  }
  const [date, number, swapped] = isTemporal(a) ? [a, b, false] : [b as TemporalType, a, true];
  if (!numberShape(number) || (swapped && operator === 'minus'))
    throw illegalTypes(call, 'a date, and a number after it');
  const sign = operator === 'plus' ? 1 : -1;
  const run = addKernel(date, isDay(date) ? 'day' : 'second', sign);
  return { type: date, run: ([x, y], rowCount) => (swapped ? run(y!, x!, rowCount) : run(x!, y!, rowCount)) };
}

/** Days between two Dates, seconds between two DateTimes, exact seconds when one has a fraction. */
function bindDifference(a: TemporalType, b: TemporalType): BoundFunction | undefined {
  if (isDay(a) || isDay(b) || (a.kind === 'DateTime' && b.kind === 'DateTime')) {
    if (a.kind !== b.kind || a.kind === 'Date32') return undefined;
    const type: DataType = { kind: 'Int32' };
    return {
      type,
      run: ([x, y], rowCount) => {
        const ys = floatsOf(y!, rowCount);
        return columnOfFloats(
          type,
          floatsOf(x!, rowCount).map((value, row) => value - ys[row]!),
          rowCount,
        );
      },
    };
  }
  const scale = Math.max(a.kind === 'DateTime64' ? a.scale : 0, b.kind === 'DateTime64' ? b.scale : 0);
  const fine: DataType = { kind: 'DateTime64', scale, timezone: undefined };
  const [left, right] = [castKernel(a, fine), castKernel(b, fine)];
  const type: DataType = { kind: 'Decimal', precision: 18, scale };
  return {
    type,
    run: ([x, y], rowCount) => {
      const [xs, ys] = [bigintsOf(left(x!, rowCount), rowCount), bigintsOf(right(y!, rowCount), rowCount)];
      const out = new BigInt64Array(rowCount);
      for (let row = 0; row < rowCount; row++) out[row] = xs[row]! - ys[row]!;
      return columnOfBigints(type, out, rowCount);
    },
  };
}

type AddKernel = (dates: Column, amounts: Column, rowCount: number) => Column;

/** Binds date + amount × unit. A Date plus a unit below a day becomes a DateTime, a Date32 a DateTime64. */
export function bindAdd(
  date: TemporalType,
  unit: Unit,
  sign: 1 | -1,
): { readonly type: DataType; readonly run: AddKernel } {
  if (!isDay(date) || !(unit === 'second' || unit === 'minute' || unit === 'hour')) {
    return { type: date, run: addKernel(date, unit, sign) };
  }
  const type: TemporalType =
    date.kind === 'Date'
      ? { kind: 'DateTime', timezone: undefined }
      : { kind: 'DateTime64', scale: 3, timezone: undefined };
  const [widen, add] = [castKernel(date, type), addKernel(type, unit, sign)];
  return { type, run: (dates, amounts, rowCount) => add(widen(dates, rowCount), amounts, rowCount) };
}

function addKernel(type: TemporalType, unit: Unit, sign: 1 | -1): AddKernel {
  if (unit in unitMonths) {
    const months = sign * unitMonths[unit as keyof typeof unitMonths];
    return (dates, amounts, rowCount) =>
      addMonthsTo(type, dates, floatsOf(amounts, rowCount), months, rowCount);
  }
  const seconds = sign * unitSeconds[unit as keyof typeof unitSeconds];
  const step = isDay(type) ? seconds / DAY_SECONDS : seconds;
  if (type.kind !== 'DateTime64') {
    return (dates, amounts, rowCount) => {
      const by = floatsOf(amounts, rowCount);
      return columnOfFloats(
        type,
        floatsOf(dates, rowCount).map((value, row) => value + Math.trunc(by[row]!) * step),
        rowCount,
      );
    };
  }
  const ticks = BigInt(step) * 10n ** BigInt(type.scale);
  return (dates, amounts, rowCount) => {
    const [values, by, out] = [
      bigintsOf(dates, rowCount),
      floatsOf(amounts, rowCount),
      new BigInt64Array(rowCount),
    ];
    for (let row = 0; row < rowCount; row++) out[row] = values[row]! + wholeNumber(by[row]!) * ticks;
    return columnOfBigints(type, out, rowCount);
  };
}

function wholeNumber(value: number): bigint {
  if (Number.isFinite(value)) return BigInt(Math.trunc(value));
  throw new WinnowError('DECIMAL_OVERFLOW', `${value} cannot be added to a DateTime64`);
}

function addMonthsTo(
  type: TemporalType,
  dates: Column,
  amounts: Float64Array,
  months: number,
  rowCount: number,
): Column {
  const later = (day: number, row: number): number => addMonths(day, Math.trunc(amounts[row]!) * months);
  if (isDay(type)) {
    const least = type.kind === 'Date' ? 0 : -Infinity;
    const days = floatsOf(dates, rowCount).map((day, row) => Math.max(least, later(day, row)));
    return columnOfFloats(type, days, rowCount);
  }
  if (type.kind === 'DateTime') {
    const seconds = floatsOf(dates, rowCount).map((second, row) => {
      const day = Math.floor(second / DAY_SECONDS);
      return Math.max(0, later(day, row) * DAY_SECONDS + (second - day * DAY_SECONDS));
    });
    return columnOfFloats(type, seconds, rowCount);
  }
  const dayTicks = BigInt(DAY_SECONDS) * 10n ** BigInt(type.scale);
  const [values, out] = [bigintsOf(dates, rowCount), new BigInt64Array(rowCount)];
  for (let row = 0; row < rowCount; row++) {
    const day = floorDivide(values[row]!, dayTicks);
    out[row] = BigInt(later(Number(day), row)) * dayTicks + (values[row]! - day * dayTicks);
  }
  return columnOfBigints(type, out, rowCount);
}
