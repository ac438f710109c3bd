// date.ts — parts of dates, and their beginnings. Everything is UTC.

import type { Column } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { dayNumber } from '../../types/temporal-text.ts';
import {
  DAY_SECONDS,
  dayOfMonthOf,
  dayOfYear,
  isoWeek,
  monthOf,
  sundayWeek,
  weekday,
  yearOf,
} from '../calendar.ts';
import { floorDivide } from '../cast-temporal.ts';
import {
  argType,
  constantInteger,
  illegalTypes,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isDay, isTemporal, type TemporalType } from '../type-classes.ts';
import { bigintsOf, columnOfFloats, floatsOf } from '../vectors.ts';

/** Whole seconds since 1970 of each row, rounded down. */
export function secondsOf(column: Column, rowCount: number): Float64Array {
  const { type } = column;
  if (type.kind === 'DateTime64') {
    const [ticks, unit, out] = [
      bigintsOf(column, rowCount),
      10n ** BigInt(type.scale),
      new Float64Array(rowCount),
    ];
    for (let row = 0; row < rowCount; row++) out[row] = Number(floorDivide(ticks[row]!, unit));
    return out;
  }
  const values = floatsOf(column, rowCount);
  return isDay(type) ? values.map((day) => day * DAY_SECONDS) : values;
}

/** Days since 1970 of each row. */
export function daysOf(column: Column, rowCount: number): Float64Array {
  if (isDay(column.type)) return floatsOf(column, rowCount);
  return secondsOf(column, rowCount).map((second) => Math.floor(second / DAY_SECONDS));
}

export function requireTemporal(call: FunctionCall, index: number, notDate?: 'not Date'): TemporalType {
  const type = argType(call, index);
  if (!isTemporal(type) || (notDate && isDay(type)))
    throw illegalTypes(call, notDate ? 'a DateTime or DateTime64' : 'a date');
  return type;
}

/** A function of the day. */
function ofDay(
  names: readonly string[],
  kind: DataType['kind'],
  part: (day: number) => number,
  anyCase?: true,
): ScalarFunction {
  const type = { kind } as DataType;
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [1, 1],
    bind: (call) => {
      requireTemporal(call, 0);
      return {
        type,
        run: ([arg], rowCount) => columnOfFloats(type, daysOf(arg!, rowCount).map(part), rowCount),
      };
    },
  };
}

/** A function of the second; a Date has none. */
function ofSecond(
  names: readonly string[],
  kind: DataType['kind'],
  part: (second: number) => number,
  anyCase?: true,
): ScalarFunction {
  const type = { kind } as DataType;
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [1, 1],
    bind: (call) => {
      requireTemporal(call, 0, 'not Date');
      return {
        type,
        run: ([arg], rowCount) => columnOfFloats(type, secondsOf(arg!, rowCount).map(part), rowCount),
      };
    },
  };
}

/** The beginning of a period as a Date, held within its range. */
const startOf = (names: readonly string[], start: (day: number) => number, anyCase?: true): ScalarFunction =>
  ofDay(names, 'Date', (day) => Math.max(0, Math.min(0xffff, start(day))), anyCase);

const modulo = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;

/** Rounds seconds down to a multiple. */
const roundedTo = (stepSeconds: number) => (second: number) => second - modulo(second, stepSeconds);

function firstOfMonth(day: number): number {
  return day - dayOfMonthOf(day) + 1;
}

function firstOfQuarter(day: number): number {
  const month = monthOf(day);
  return dayNumber(yearOf(day), month - ((month - 1) % 3), 1);
}

const firstOfYear = (day: number): number => dayNumber(yearOf(day), 1, 1);
const mondayOf = (day: number): number => day - weekday(day) + 1;
const sundayOf = (day: number): number => day - (weekday(day) % 7);

const yearMonth = (day: number): number => yearOf(day) * 100 + monthOf(day);
const yearMonthDay = (day: number): number => yearMonth(day) * 100 + dayOfMonthOf(day);

/** 20200506070809. */
function allDigits(second: number): number {
  const day = Math.floor(second / DAY_SECONDS);
  const time = second - day * DAY_SECONDS;
  return (
    yearMonthDay(day) * 1_000_000 +
    Math.floor(time / 3600) * 10_000 +
    (Math.floor(time / 60) % 60) * 100 +
    (time % 60)
  );
}

const everyDigit: ScalarFunction = {
  names: ['toYYYYMMDDhhmmss'],
  arity: [1, 1],
  bind: (call) => {
    requireTemporal(call, 0);
    const type: DataType = { kind: 'UInt64' };
    return {
      type,
      run: ([arg], rowCount) => columnOfFloats(type, secondsOf(arg!, rowCount).map(allDigits), rowCount),
    };
  },
};

/** Weeks by mode: 0 begins on Sunday, 1 on Monday. */
const startOfWeek: ScalarFunction = {
  names: ['toStartOfWeek'],
  arity: [1, 2],
  bind: (call) => {
    requireTemporal(call, 0);
    const start = call.args.length > 1 && constantInteger(call, 1, 0, 1) === 1 ? mondayOf : sundayOf;
    const type: DataType = { kind: 'Date' };
    const held = (day: number): number => Math.max(0, Math.min(0xffff, start(day)));
    return {
      type,
      run: ([arg], rowCount) => columnOfFloats(type, daysOf(arg!, rowCount).map(held), rowCount),
    };
  },
};

const startOfDay: ScalarFunction = {
  names: ['toStartOfDay'],
  arity: [1, 1],
  bind: (call) => {
    const from = requireTemporal(call, 0);
    const type: DataType = { kind: 'DateTime', timezone: isDay(from) ? undefined : from.timezone };
    // Of a Date32 the nearest DateTime, as in ClickHouse; a DateTime64 wraps.
    const held =
      from.kind === 'Date32' ? (second: number) => Math.max(0, Math.min(0xffff_ffff, second)) : undefined;
    return {
      type,
      run: ([arg], rowCount) => {
        const seconds = daysOf(arg!, rowCount).map((day) => day * DAY_SECONDS);
        return columnOfFloats(type, held ? seconds.map(held) : seconds, rowCount);
      },
    };
  },
};

/** The beginning of a period below a day, as a DateTime. */
function startOfTime(name: string, stepSeconds: number): ScalarFunction {
  return {
    names: [name],
    arity: [1, 1],
    bind: (call) => {
      const from = requireTemporal(call, 0, 'not Date');
      const type: DataType = { kind: 'DateTime', timezone: isDay(from) ? undefined : from.timezone };
      const round = roundedTo(stepSeconds);
      return {
        type,
        run: ([arg], rowCount) => columnOfFloats(type, secondsOf(arg!, rowCount).map(round), rowCount),
      };
    },
  };
}

/** Only DateTime64 has something below the second to cut off. */
const startOfSecond: ScalarFunction = {
  names: ['toStartOfSecond'],
  arity: [1, 1],
  bind: (call) => {
    const type = argType(call, 0);
    if (type.kind !== 'DateTime64') throw illegalTypes(call, 'a DateTime64');
    const unit = 10n ** BigInt(type.scale);
    return {
      type,
      run: ([arg], rowCount) => {
        const [ticks, out] = [bigintsOf(arg!, rowCount), new BigInt64Array(rowCount)];
        for (let row = 0; row < rowCount; row++) out[row] = floorDivide(ticks[row]!, unit) * unit;
        return { layout: 'fixed', type, rowCount, values: out, nulls: undefined };
      },
    };
  },
};

export const dateFunctions: readonly ScalarFunction[] = [
  ofDay(['toYear', 'year'], 'UInt16', yearOf, true),
  ofDay(['toQuarter', 'quarter'], 'UInt8', (day) => Math.ceil(monthOf(day) / 3), true),
  ofDay(['toMonth', 'month'], 'UInt8', monthOf, true),
  ofDay(['toDayOfMonth', 'day', 'dayOfMonth'], 'UInt8', dayOfMonthOf, true),
  ofDay(['toDayOfWeek', 'dayOfWeek'], 'UInt8', weekday, true),
  ofDay(['toDayOfYear', 'dayOfYear'], 'UInt16', dayOfYear, true),
  ofDay(['toWeek', 'week'], 'UInt8', sundayWeek, true),
  ofDay(['toISOWeek'], 'UInt8', (day) => isoWeek(day).week),
  ofDay(['toISOYear'], 'UInt16', (day) => isoWeek(day).year),
  ofSecond(['toHour', 'hour'], 'UInt8', (second) => modulo(Math.floor(second / 3600), 24), true),
  ofSecond(['toMinute', 'minute'], 'UInt8', (second) => modulo(Math.floor(second / 60), 60), true),
  ofSecond(['toSecond', 'second'], 'UInt8', (second) => modulo(second, 60), true),
  ofDay(['toYYYYMM'], 'UInt32', yearMonth),
  ofDay(['toYYYYMMDD'], 'UInt32', yearMonthDay),
  everyDigit,
  startOf(['toStartOfYear'], firstOfYear),
  startOf(['toStartOfISOYear'], (day) => mondayOf(dayNumber(isoWeek(day).year, 1, 4))),
  startOf(['toStartOfQuarter'], firstOfQuarter),
  startOf(['toStartOfMonth'], firstOfMonth),
  startOf(['toMonday'], mondayOf),
  startOfWeek,
  startOfDay,
  startOfTime('toStartOfHour', 3600),
  startOfTime('toStartOfFifteenMinutes', 900),
  startOfTime('toStartOfTenMinutes', 600),
  startOfTime('toStartOfFiveMinutes', 300),
  startOfTime('toStartOfMinute', 60),
  startOfSecond,
];
