// infer-types.ts — types of columns from the texts of their values, by the rules by which ClickHouse's file() finds them.
//
// Whole numbers are Int64, larger ones UInt64, others Float64; true and false are Bool; dates and times are Date, DateTime
// and DateTime64(9). Where values of a column do not agree, they are numbers of the wider type, times of the finer one,
// or else String. Values that are missing say nothing; a column without any is String. All are Nullable.

import type { DataType } from '../types/data-type.ts';
import { nullable } from '../types/data-type.ts';

/** What a value may be; `nothing` of a missing one. */
export type Inferred =
  | 'nothing'
  | 'Int64'
  | 'UInt64'
  | 'Float64'
  | 'Bool'
  | 'Date'
  | 'DateTime'
  | 'DateTime64'
  | 'String'
  | { readonly elements: Inferred }
  | { readonly fields: ReadonlyMap<string, Inferred> };

const MAX_INT64 = 2n ** 63n;
const MAX_UINT64 = 2n ** 64n;

/** Of a text without quotes. */
export function inferText(text: string): Inferred {
  if (text === 'true' || text === 'false') return 'Bool';
  return inferNumber(text) ?? inferTime(text);
}

/** Without exponents, which file() takes for text. */
export function inferNumber(text: string): 'Int64' | 'UInt64' | 'Float64' | undefined {
  if (/^[+-]?(\d+\.\d*|\.\d+|inf|nan)$/.test(text)) return 'Float64';
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const number = BigInt(text.replace('+', ''));
  if (number >= -MAX_INT64 && number < MAX_INT64) return 'Int64';
  return number >= 0 && number < MAX_UINT64 ? 'UInt64' : 'Float64';
}

/** Of a text in quotes: a date or a time that its type can hold, or just text. */
export function inferTime(text: string): 'Date' | 'DateTime' | 'DateTime64' | 'String' {
  const [, date, year, time, fraction] =
    /^((\d{4})-\d\d-\d\d)(?: (\d\d:\d\d:\d\d)(\.\d{1,9})?)?$/.exec(text) ?? [];
  if (date === undefined || Number.isNaN(Date.parse(`${date}T${time ?? '00:00:00'}Z`))) return 'String';
  const isNear = Number(year) >= 1970 && Number(year) < (time === undefined ? 2149 : 2106);
  if (fraction !== undefined) return Number(year) >= 1900 && Number(year) < 2262 ? 'DateTime64' : 'String';
  if (!isNear) return 'String';
  return time === undefined ? 'Date' : 'DateTime';
}

const numbers: readonly Inferred[] = ['Bool', 'Int64', 'UInt64', 'Float64'];
const times: readonly Inferred[] = ['Date', 'DateTime', 'DateTime64'];

/** What holds both. `boolsAreNumbers`: as in JSON; in texts, true beside 1 is text. */
export function merged(a: Inferred, b: Inferred, boolsAreNumbers: boolean): Inferred {
  if (a === b || b === 'nothing') return a;
  if (a === 'nothing') return b;
  if (typeof a === 'object' || typeof b === 'object') return mergedComposite(a, b, boolsAreNumbers);
  for (const kinds of [boolsAreNumbers ? numbers : numbers.slice(1), times]) {
    const [i, j] = [kinds.indexOf(a), kinds.indexOf(b)];
    if (i >= 0 && j >= 0) return widest(kinds, i, j);
  }
  return 'String';
}

/** Of Int64 and UInt64 only a Float64 has the values of both. */
function widest(kinds: readonly Inferred[], i: number, j: number): Inferred {
  const [low, high] = [kinds[Math.min(i, j)]!, kinds[Math.max(i, j)]!];
  return low === 'Int64' && high === 'UInt64' ? 'Float64' : high;
}

function mergedComposite(a: Inferred, b: Inferred, boolsAreNumbers: boolean): Inferred {
  if (typeof a !== 'object' || typeof b !== 'object') return 'String';
  if ('elements' in a && 'elements' in b)
    return { elements: merged(a.elements, b.elements, boolsAreNumbers) };
  if (!('fields' in a) || !('fields' in b)) return 'String';
  const fields = new Map(a.fields);
  for (const [name, type] of b.fields)
    fields.set(name, merged(fields.get(name) ?? 'nothing', type, boolsAreNumbers));
  return { fields };
}

export function typeOf(inferred: Inferred): DataType {
  if (typeof inferred !== 'object') return nullable(simpleType(inferred));
  if ('elements' in inferred) return { kind: 'Array', inner: typeOf(inferred.elements) };
  const fields = [...inferred.fields].map(([name, type]) => ({ name, type: typeOf(type) }));
  return fields.length === 0 ? nullable({ kind: 'String' }) : { kind: 'Tuple', elements: fields };
}

function simpleType(inferred: Exclude<Inferred, object>): DataType {
  switch (inferred) {
    case 'nothing':
      return { kind: 'String' };
    case 'DateTime':
      return { kind: 'DateTime', timezone: undefined };
    case 'DateTime64':
      return { kind: 'DateTime64', scale: 9, timezone: undefined };
    default:
      return { kind: inferred };
  }
}
