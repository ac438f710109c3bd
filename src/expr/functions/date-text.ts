// date-text.ts — formatDateTime, and reading times written in the common ISO forms.

import { notImplemented, WinnowError } from '../../base/errors.ts';
import { createColumnBuilder } from '../../types/column-builder.ts';
import type { Column } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { nullable } from '../../types/data-type.ts';
import { civilDate } from '../../types/temporal-text.ts';
import { parseDateTime } from '../../types/temporal-text.ts';
import { DAY_SECONDS, dayOfYear, isoWeek, weekday } from '../calendar.ts';
import { floorDivide } from '../cast-temporal.ts';
import { callError, constantString, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { requireTexts, rowBytes } from '../text-kernels.ts';
import { text } from '../type-classes.ts';
import { bigintsOf } from '../vectors.ts';
import { requireTemporal, secondsOf } from './date.ts';

/** A moment, taken apart. `micros` is the fraction of the second. */
type Moment = {
  readonly day: number;
  readonly year: number;
  readonly month: number;
  readonly dayOfMonth: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
};

const two = (value: number): string => String(value).padStart(2, '0');
const three = (value: number): string => String(value).padStart(3, '0');
const hour12 = (hour: number): number => hour % 12 || 12;
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const date = (m: Moment): string => `${String(m.year).padStart(4, '0')}-${two(m.month)}-${two(m.dayOfMonth)}`;
const time = (m: Moment): string => `${two(m.hour)}:${two(m.minute)}:${two(m.second)}`;
const dayName = (m: Moment): string => weekdays[weekday(m.day) - 1] ?? '';
const monthName = (m: Moment): string => months[m.month - 1] ?? '';

/** What each letter after % stands for. */
const codes: Readonly<Record<string, (m: Moment) => string>> = {
  a: (m) => dayName(m).slice(0, 3),
  b: (m) => monthName(m).slice(0, 3),
  C: (m) => two(Math.floor(m.year / 100)),
  c: (m) => two(m.month),
  d: (m) => two(m.dayOfMonth),
  D: (m) => `${two(m.month)}/${two(m.dayOfMonth)}/${two(m.year % 100)}`,
  e: (m) => String(m.dayOfMonth),
  f: (m) => String(m.micros).padStart(6, '0'),
  F: date,
  g: (m) => two(isoWeek(m.day).year % 100),
  G: (m) => String(isoWeek(m.day).year).padStart(4, '0'),
  h: (m) => two(hour12(m.hour)),
  H: (m) => two(m.hour),
  i: (m) => two(m.minute),
  I: (m) => two(hour12(m.hour)),
  j: (m) => three(dayOfYear(m.day)),
  k: (m) => two(m.hour),
  l: (m) => two(hour12(m.hour)),
  m: (m) => two(m.month),
  M: monthName,
  n: () => '\n',
  p: (m) => (m.hour < 12 ? 'AM' : 'PM'),
  Q: (m) => String(Math.ceil(m.month / 3)),
  r: (m) => `${two(hour12(m.hour))}:${two(m.minute)} ${m.hour < 12 ? 'AM' : 'PM'}`,
  R: (m) => `${two(m.hour)}:${two(m.minute)}`,
  s: (m) => two(m.second),
  S: (m) => two(m.second),
  t: () => '\t',
  T: time,
  u: (m) => String(weekday(m.day)),
  V: (m) => two(isoWeek(m.day).week),
  w: (m) => String(weekday(m.day) % 7),
  W: dayName,
  y: (m) => two(m.year % 100),
  Y: (m) => String(m.year).padStart(4, '0'),
  z: () => '+0000',
  '%': () => '%',
};

/** The pieces of a format: fixed text, or what to take from the moment. */
function compileFormat(format: string, call: FunctionCall): ((m: Moment) => string)[] {
  return [...format.matchAll(/%(.?)|[^%]+/gsu)].map(([piece, letter]) => {
    if (letter === undefined) return () => piece;
    const code = codes[letter];
    if (!code) throw callError(call, 'BAD_ARGUMENTS', `%${letter} is not a code of formatDateTime`);
    return code;
  });
}

function momentOf(second: number, micros: number): Moment {
  const day = Math.floor(second / DAY_SECONDS);
  const rest = second - day * DAY_SECONDS;
  return {
    day,
    ...civilDate(day),
    hour: Math.floor(rest / 3600),
    minute: Math.floor(rest / 60) % 60,
    second: rest % 60,
    micros,
  };
}

/** Microseconds within the second, of a DateTime64. */
function microsOf(column: Column, rowCount: number): Float64Array {
  const out = new Float64Array(rowCount);
  const { type } = column;
  if (type.kind !== 'DateTime64') return out;
  const [ticks, unit] = [bigintsOf(column, rowCount), 10n ** BigInt(type.scale)];
  for (let row = 0; row < rowCount; row++) {
    out[row] = Number(((ticks[row]! - floorDivide(ticks[row]!, unit) * unit) * 1_000_000n) / unit);
  }
  return out;
}

const formatDateTime: ScalarFunction = {
  names: ['formatDateTime', 'DATE_FORMAT'],
  anyCase: true,
  arity: [2, 3],
  bind: (call) => {
    requireTemporal(call, 0);
    if (call.args.length > 2 && constantString(call, 2) !== 'UTC')
      throw notImplemented('a time zone other than UTC', call.position);
    const pieces = compileFormat(constantString(call, 1), call);
    return {
      type: text,
      run: ([arg], rowCount) => {
        const [seconds, micros] = [secondsOf(arg!, rowCount), microsOf(arg!, rowCount)];
        const builder = createColumnBuilder(text, rowCount);
        for (let row = 0; row < rowCount; row++) {
          const moment = momentOf(seconds[row]!, micros[row]!);
          const formatted = Buffer.from(pieces.map((piece) => piece(moment)).join(''));
          builder.appendBytes(formatted, 0, formatted.length);
        }
        return builder.finish();
      },
    };
  },
};

const isoForm =
  /^(\d{4}-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)? ?(Z|UTC|GMT|([+-])(\d{2}):?(\d{2}))?$/;

/** Seconds since 1970 of an ISO date or time, perhaps with an offset, or of a number of seconds. */
function parseIso(value: string): number {
  if (/^\d{9,10}$/.test(value)) return Number(value);
  const match = isoForm.exec(value.trim());
  if (!match) {
    throw new WinnowError('CANNOT_PARSE_DATETIME', `'${value}' is not a time in a form that Winnow reads`, {
      hint: 'it reads 2024-02-29, 2024-02-29 23:59:58, and ISO 8601 with Z or an offset',
    });
  }
  const [, day, hour = '0', minute = '0', second = '0', , sign, offsetHours = '0', offsetMinutes = '0'] =
    match;
  const local = parseDateTime(`${day} ${hour.padStart(2, '0')}:${minute}:${second.padStart(2, '0')}`);
  const offset = Number(offsetHours) * 3600 + Number(offsetMinutes) * 60;
  return local - (sign === '-' ? -offset : offset);
}

/** `onFailure` decides about text that is no time. */
function bestEffort(name: string, onFailure: 'throw' | 'null' | 'zero'): ScalarFunction {
  const plain: DataType = { kind: 'DateTime', timezone: undefined };
  const type = onFailure === 'null' ? nullable(plain) : plain;
  return {
    names: [name],
    arity: [1, 1],
    bind: (call) => {
      requireTexts(call, 0);
      return { type, run: ([arg], rowCount) => parseAll(arg!, type, onFailure, rowCount) };
    },
  };
}

function parseAll(
  column: Column,
  type: DataType,
  onFailure: 'throw' | 'null' | 'zero',
  rowCount: number,
): Column {
  const builder = createColumnBuilder(type, rowCount);
  for (let row = 0; row < rowCount; row++) {
    try {
      builder.appendNumber(parseIso(rowBytes(column, row).toString()));
    } catch (error) {
      if (onFailure === 'throw' || !(error instanceof WinnowError)) throw error;
      builder.appendDefault();
    }
  }
  return builder.finish();
}

export const dateTextFunctions: readonly ScalarFunction[] = [
  formatDateTime,
  bestEffort('parseDateTimeBestEffort', 'throw'),
  bestEffort('parseDateTimeBestEffortOrNull', 'null'),
  bestEffort('parseDateTimeBestEffortOrZero', 'zero'),
];
