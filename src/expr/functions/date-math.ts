// date-math.ts — adding to dates, differences, and the clock.

import type { DataType } from '../../types/data-type.ts';
import { DAY_SECONDS, monthIndex, yearOf } from '../calendar.ts';
import { castKernel } from '../cast.ts';
import type { ScalarKernel } from '../expression.ts';
import {
  argType,
  constantInteger,
  illegalTypes,
  type BoundFunction,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { bindAdd, unitSeconds, type Unit } from '../temporal-arithmetic.ts';
import { int64, isTemporal, numberShape } from '../type-classes.ts';
import { columnOfFloats, fixedColumn, newValues } from '../vectors.ts';
import { unitAt, units } from './date-interval.ts';
import { requireTemporal, secondsOf } from './date.ts';

/** Binds date (at `date`) ± amount (at `amount`) × unit. */
function bindShift(
  call: FunctionCall,
  date: number,
  amount: number,
  unit: Unit,
  sign: 1 | -1,
): BoundFunction {
  const type = argType(call, date);
  if (!isTemporal(type) || !numberShape(argType(call, amount)))
    throw illegalTypes(call, 'a date and a number');
  const bound = bindAdd(type, unit, sign);
  return { type: bound.type, run: (args, rowCount) => bound.run(args[date]!, args[amount]!, rowCount) };
}

/** addDays(date, n) and the like. */
function shift(verb: 'add' | 'subtract', unit: Unit): ScalarFunction {
  const name = `${verb}${unit[0]!.toUpperCase()}${unit.slice(1)}s`;
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => bindShift(call, 0, 1, unit, verb === 'add' ? 1 : -1),
  };
}

/** dateAdd(date, INTERVAL n unit), which arrives as (date, n, unit); or dateAdd(unit, n, date). */
function shiftByUnit(names: readonly string[], sign: 1 | -1): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [3, 3],
    bind: (call) =>
      isTemporal(argType(call, 0))
        ? bindShift(call, 0, 1, unitAt(call, 2), sign)
        : bindShift(call, 2, 1, unitAt(call, 0), sign),
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
        return columnOfFloats(
          int64,
          starts.map((start, row) => count(ends[row]!) - count(start)),
          rowCount,
        );
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
    const ticks =
      scale >= 3
        ? BigInt(call.nowMs) * 10n ** BigInt(scale - 3)
        : BigInt(call.nowMs) / 10n ** BigInt(3 - scale);
    return {
      type,
      run: (_, rowCount) =>
        fixedColumn(type, (newValues('i64', rowCount) as BigInt64Array).fill(ticks), rowCount),
    };
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
    return {
      type,
      run: ([arg], rowCount) => columnOfFloats(type, secondsOf(cast(arg!, rowCount), rowCount), rowCount),
    };
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
  clock(['now', 'current_timestamp'], { kind: 'DateTime', timezone: undefined }, (nowMs) =>
    Math.floor(nowMs / 1000),
  ),
  clock(['today', 'current_date', 'curdate'], { kind: 'Date' }, (nowMs) => Math.floor(nowMs / 86_400_000)),
  clock(['yesterday'], { kind: 'Date' }, (nowMs) => Math.floor(nowMs / 86_400_000) - 1),
  now64,
  unixTime,
  fromUnixTime,
];
