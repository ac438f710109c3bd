// date-math.ts — adding to dates, differences, beginnings of intervals, and the clock.

import type { DataType } from '../../types/data-type.ts';
import { dayNumber } from '../../types/temporal-text.ts';
import { DAY_SECONDS, monthIndex, weekday, yearOf } from '../calendar.ts';
import { castKernel } from '../cast.ts';
import type { ScalarKernel } from '../expression.ts';
import {
  argType, callError, constantInteger, constantString, illegalTypes, type BoundFunction, type FunctionCall, type ScalarFunction,
} from '../scalar-function.ts';
import { bindAdd, isUnit, unitMonths, unitSeconds, type Unit } from '../temporal-arithmetic.ts';
import { int64, isTemporal, numberShape } from '../type-classes.ts';
import { columnOfFloats, fixedColumn, newValues } from '../vectors.ts';
import { daysOf, requireTemporal, secondsOf } from './date.ts';

const units: readonly Unit[] = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
const shortUnits: Readonly<Record<string, Unit>> = {
  ss: 'second', s: 'second', mi: 'minute', n: 'minute', hh: 'hour', h: 'hour', dd: 'day', d: 'day',
  wk: 'week', ww: 'week', mm: 'month', m: 'month', qq: 'quarter', q: 'quarter', yy: 'year', yyyy: 'year',
};

/** The unit that the constant string at `index` names. */
function unitAt(call: FunctionCall, index: number): Unit {
  const name = constantString(call, index).toLowerCase();
  const singular = name.endsWith('s') && isUnit(name.slice(0, -1)) ? name.slice(0, -1) : name;
  if (isUnit(singular)) return singular;
  const unit = shortUnits[name];
  if (unit) return unit;
  throw callError(call, 'BAD_ARGUMENTS', `'${name}' is not a unit of time that Winnow knows (${units.join(', ')})`);
}

/** Binds date (at `date`) ± amount (at `amount`) × unit. */
function bindShift(call: FunctionCall, date: number, amount: number, unit: Unit, sign: 1 | -1): BoundFunction {
  const type = argType(call, date);
  if (!isTemporal(type) || !numberShape(argType(call, amount))) throw illegalTypes(call, 'a date and a number');
  const bound = bindAdd(type, unit, sign);
  return { type: bound.type, run: (args, rowCount) => bound.run(args[date]!, args[amount]!, rowCount) };
}

/** addDays(date, n) and the like. */
function shift(verb: 'add' | 'subtract', unit: Unit): ScalarFunction {
  const name = `${verb}${unit[0]!.toUpperCase()}${unit.slice(1)}s`;
  return { names: [name], arity: [2, 2], bind: (call) => bindShift(call, 0, 1, unit, verb === 'add' ? 1 : -1) };
}

/** dateAdd(date, INTERVAL n unit), which arrives as (date, n, unit); or dateAdd(unit, n, date). */
function shiftByUnit(names: readonly string[], sign: 1 | -1): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [3, 3],
    bind: (call) => (isTemporal(argType(call, 0)) ? bindShift(call, 0, 1, unitAt(call, 2), sign) : bindShift(call, 2, 1, unitAt(call, 0), sign)),
  };
}

/** How many borders of `unit` lie between two dates; negative when the second is earlier. */
const difference: ScalarFunction = {
  names: ['dateDiff', 'date_diff', 'timestampDiff', 'timestamp_diff'],
  anyCase: true,
  arity: [3, 3],
  bind: (call) => {
    const unit = unitAt(call, 0);
    requireTemporal(call, 1);
    requireTemporal(call, 2);
    const count = borderCounter(unit);
    return {
      type: int64,
      run: ([, from, to], rowCount) => {
        const [starts, ends] = [secondsOf(from!, rowCount), secondsOf(to!, rowCount)];
        return columnOfFloats(int64, starts.map((start, row) => count(ends[row]!) - count(start)), rowCount);
      },
    };
  },
};

/** Numbers the periods of a unit, by second. */
function borderCounter(unit: Unit): (second: number) => number {
  const dayAt = (second: number): number => Math.floor(second / DAY_SECONDS);
  switch (unit) {
    case 'year':
      return (second) => yearOf(dayAt(second));
    case 'quarter':
      return (second) => Math.floor(monthIndex(dayAt(second)) / 3);
    case 'month':
      return (second) => monthIndex(dayAt(second));
    case 'week':
      return (second) => Math.floor((dayAt(second) + 3) / 7);
    default:
      return (second) => Math.floor(second / unitSeconds[unit]);
  }
}

/** Month periods count from January 1900, as ClickHouse counts them; year periods from year 0. */
const MONTH_ORIGIN = 1900 * 12;

/** The day on which the `count`-unit period of a day begins; for units of a day and more. */
function periodStart(unit: Unit, count: number): (day: number) => number {
  switch (unit) {
    case 'year':
      return (day) => dayNumber(yearOf(day) - (yearOf(day) % count), 1, 1);
    case 'quarter':
    case 'month': {
      const months = count * unitMonths[unit];
      return (day) => {
        const index = Math.floor((monthIndex(day) - MONTH_ORIGIN) / months) * months + MONTH_ORIGIN;
        return dayNumber(Math.floor(index / 12), (index % 12) + 1, 1);
      };
    }
    case 'week':
      // Day 4, 1970-01-05, is the first Monday.
      return count === 1 ? (day) => day - weekday(day) + 1 : (day) => Math.floor((day - 4) / (7 * count)) * 7 * count + 4;
    default:
      return (day) => Math.floor(day / count) * count;
  }
}

/** toStartOfInterval(date, INTERVAL n unit), which arrives as (date, n, unit). */
function bindStart(call: FunctionCall, count: number, unit: Unit): BoundFunction {
  const from = requireTemporal(call, 0);
  const timezone = from.kind === 'Date' ? undefined : from.timezone;
  const dateTime: DataType = { kind: 'DateTime', timezone };
  if (unit in unitMonths || unit === 'week' || unit === 'day') {
    const begin = periodStart(unit, count);
    // Before 1970 a DateTime64 wraps; the others cannot lie there, but their periods may begin there.
    const start = from.kind === 'DateTime64' ? begin : (day: number) => Math.max(0, begin(day));
    if (unit !== 'day' || from.kind === 'Date') return ofDays({ kind: 'Date' }, start);
    return ofDays(dateTime, (day) => start(day) * DAY_SECONDS);
  }
  if (from.kind === 'Date') throw illegalTypes(call, `a DateTime for periods of a ${unit}`);
  const step = count * unitSeconds[unit as 'second' | 'minute' | 'hour'];
  // Periods of hours begin anew each day.
  const origin = (second: number): number => (unit === 'hour' ? Math.floor(second / DAY_SECONDS) * DAY_SECONDS : 0);
  const round = (second: number): number => origin(second) + Math.floor((second - origin(second)) / step) * step;
  return { type: dateTime, run: (args, rowCount) => columnOfFloats(dateTime, secondsOf(args[0]!, rowCount).map(round), rowCount) };
}

function ofDays(type: DataType, map: (day: number) => number): BoundFunction {
  return { type, run: (args, rowCount) => columnOfFloats(type, daysOf(args[0]!, rowCount).map(map), rowCount) };
}

const startOfInterval: ScalarFunction = {
  names: ['toStartOfInterval'],
  arity: [3, 3],
  bind: (call) => bindStart(call, constantInteger(call, 1, 1, 2 ** 31), unitAt(call, 2)),
};

const truncate: ScalarFunction = {
  names: ['dateTrunc', 'date_trunc'],
  anyCase: true,
  arity: [2, 2],
  bind: (call) => {
    const { type, run } = bindStart({ ...call, args: call.args.slice(1) }, 1, unitAt(call, 0));
    return { type, run: ([, date], rowCount) => run([date!], rowCount) };
  },
};

/** A constant of the statement's start. */
function clock(names: readonly string[], type: DataType, read: (nowMs: number) => number): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [0, 0],
    bind: (call) => ({ type, run: constantNumber(type, read(call.nowMs)) }),
  };
}

function constantNumber(type: DataType, value: number): ScalarKernel {
  return (_, rowCount) => columnOfFloats(type, new Float64Array(rowCount).fill(value), rowCount);
}

const now64: ScalarFunction = {
  names: ['now64'],
  anyCase: true,
  arity: [0, 1],
  bind: (call) => {
    const scale = call.args.length > 0 ? constantInteger(call, 0, 0, 9) : 3;
    const type: DataType = { kind: 'DateTime64', scale, timezone: undefined };
    const ticks = scale >= 3 ? BigInt(call.nowMs) * 10n ** BigInt(scale - 3) : BigInt(call.nowMs) / 10n ** BigInt(3 - scale);
    return { type, run: (_, rowCount) => fixedColumn(type, (newValues('i64', rowCount) as BigInt64Array).fill(ticks), rowCount) };
  },
};

/** Seconds since 1970 of a date, or of its text. */
const unixTime: ScalarFunction = {
  names: ['toUnixTimestamp'],
  arity: [1, 1],
  bind: (call) => {
    const type: DataType = { kind: 'UInt32' };
    const from = argType(call, 0);
    if (!isTemporal(from) && from.kind !== 'String') throw illegalTypes(call, 'a date');
    const cast = castKernel(from, { kind: 'DateTime', timezone: undefined }, call.position);
    return { type, run: ([arg], rowCount) => columnOfFloats(type, secondsOf(cast(arg!, rowCount), rowCount), rowCount) };
  },
};

const fromUnixTime: ScalarFunction = {
  names: ['fromUnixTimestamp', 'FROM_UNIXTIME'],
  anyCase: true,
  arity: [1, 1],
  bind: (call) => {
    const type: DataType = { kind: 'DateTime', timezone: undefined };
    if (!numberShape(argType(call, 0))) throw illegalTypes(call, 'a number of seconds');
    const cast = castKernel(argType(call, 0), type, call.position);
    return { type, run: ([arg], rowCount) => cast(arg!, rowCount) };
  },
};

export const dateMathFunctions: readonly ScalarFunction[] = [
  ...units.flatMap((unit) => [shift('add', unit), shift('subtract', unit)]),
  shiftByUnit(['dateAdd', 'date_add', 'timestampAdd', 'timestamp_add'], 1),
  shiftByUnit(['dateSub', 'date_sub', 'timestampSub', 'timestamp_sub'], -1),
  difference,
  startOfInterval,
  truncate,
  clock(['now', 'current_timestamp'], { kind: 'DateTime', timezone: undefined }, (nowMs) => Math.floor(nowMs / 1000)),
  clock(['today', 'current_date', 'curdate'], { kind: 'Date' }, (nowMs) => Math.floor(nowMs / 86_400_000)),
  clock(['yesterday'], { kind: 'Date' }, (nowMs) => Math.floor(nowMs / 86_400_000) - 1),
  now64,
  unixTime,
  fromUnixTime,
];
