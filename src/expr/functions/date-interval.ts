// date-interval.ts — the names of units, and the beginnings of intervals: toStartOfInterval and date_trunc.

import { notImplemented } from '../../base/errors.ts';
import type { DataType } from '../../types/data-type.ts';
import { dayNumber } from '../../types/temporal-text.ts';
import { DAY_SECONDS, monthIndex, weekday, yearOf } from '../calendar.ts';
import {
  callError,
  constantInteger,
  constantString,
  illegalTypes,
  type BoundFunction,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isUnit, unitMonths, unitSeconds, type Unit } from '../temporal-arithmetic.ts';
import { columnOfFloats } from '../vectors.ts';
import { daysOf, requireTemporal, secondsOf } from './date.ts';

export const units: readonly Unit[] = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'];
const shortUnits: Readonly<Record<string, Unit>> = {
  ss: 'second',
  s: 'second',
  mi: 'minute',
  n: 'minute',
  hh: 'hour',
  h: 'hour',
  dd: 'day',
  d: 'day',
  wk: 'week',
  ww: 'week',
  mm: 'month',
  m: 'month',
  qq: 'quarter',
  q: 'quarter',
  yy: 'year',
  yyyy: 'year',
};

/** The unit that the constant string at `index` names. */
export function unitAt(call: FunctionCall, index: number): Unit {
  const name = constantString(call, index).toLowerCase();
  const singular = name.endsWith('s') && isUnit(name.slice(0, -1)) ? name.slice(0, -1) : name;
  if (isUnit(singular)) return singular;
  const unit = shortUnits[name];
  if (unit) return unit;
  throw callError(
    call,
    'BAD_ARGUMENTS',
    `'${name}' is not a unit of time that Winnow knows (${units.join(', ')})`,
  );
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
      return count === 1
        ? (day) => day - weekday(day) + 1
        : (day) => Math.floor((day - 4) / (7 * count)) * 7 * count + 4;
    default:
      return (day) => Math.floor(day / count) * count;
  }
}

/** toStartOfInterval(date, INTERVAL n unit), which arrives as (date, n, unit). */
function bindStart(call: FunctionCall, count: number, unit: Unit): BoundFunction {
  const from = requireTemporal(call, 0);
  if (from.kind === 'Date32') throw notImplemented(`${call.name} of a Date32`, call.position);
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
  const origin = (second: number): number =>
    unit === 'hour' ? Math.floor(second / DAY_SECONDS) * DAY_SECONDS : 0;
  const round = (second: number): number =>
    origin(second) + Math.floor((second - origin(second)) / step) * step;
  return {
    type: dateTime,
    run: (args, rowCount) => columnOfFloats(dateTime, secondsOf(args[0]!, rowCount).map(round), rowCount),
  };
}

function ofDays(type: DataType, map: (day: number) => number): BoundFunction {
  return {
    type,
    run: (args, rowCount) => columnOfFloats(type, daysOf(args[0]!, rowCount).map(map), rowCount),
  };
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

export const dateIntervalFunctions: readonly ScalarFunction[] = [startOfInterval, truncate];
