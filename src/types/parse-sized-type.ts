// parse-sized-type.ts — data types whose arguments are numbers, time zones or entries, and no types: FixedString, DateTime,
// Decimal, Enum.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { DataType, EnumEntry, EnumType } from './data-type.ts';
import { accept, expect, peek, readNumber, readQuoted, syntaxError, type TypeSource } from './type-source.ts';

export function parseFixedString(source: TypeSource): DataType {
  const [sizeBytes] = numberArguments(source);
  if (sizeBytes === undefined) throw syntaxError(source, 'FixedString(size in bytes)');
  return {
    kind: 'FixedString',
    sizeBytes: inRange(source, 'the size of FixedString', sizeBytes, 1, 0xffffff),
  };
}

export function parseDateTime(source: TypeSource): DataType {
  if (!accept(source, '(')) return { kind: 'DateTime', timezone: undefined };
  const timezone = readTimezone(source);
  expect(source, ')');
  return { kind: 'DateTime', timezone };
}

export function parseDateTime64(source: TypeSource): DataType {
  if (!accept(source, '(')) return { kind: 'DateTime64', scale: 3, timezone: undefined };
  const scale = inRange(source, 'the scale of DateTime64', readNumber(source), 0, 9);
  const timezone = accept(source, ',') ? readTimezone(source) : undefined;
  expect(source, ')');
  return { kind: 'DateTime64', scale, timezone };
}

function readTimezone(source: TypeSource): 'UTC' {
  const name = readQuoted(source);
  if (name !== 'UTC') throw notImplemented(`time zone '${name}' (only 'UTC')`, source.position);
  return name;
}

export function parseDecimal(source: TypeSource): DataType {
  const [precision = 10, ...scale] = peek(source) === '(' ? numberArguments(source) : [];
  return decimal(source, precision, scale.length ? scale : [0]);
}

export function decimal(source: TypeSource, precision: number, [scale]: number[]): DataType {
  if (scale === undefined) throw syntaxError(source, 'a scale');
  inRange(source, 'the precision of Decimal', precision, 1, 76);
  inRange(source, 'the scale of Decimal', scale, 0, precision);
  return { kind: 'Decimal', precision, scale };
}

/** Entries without a number follow their predecessor, from 1; the type lists them by number. Without a kind it is the first that holds them. */
export function parseEnum(source: TypeSource, kind?: EnumType['kind']): DataType {
  const entries: EnumEntry[] = [];
  expect(source, '(');
  do {
    const name = readQuoted(source);
    const value = accept(source, '=') ? readNumber(source) : (entries.at(-1)?.value ?? 0) + 1;
    inRange(source, 'a number of Enum16', value, -0x8000, 0x7fff);
    if (kind === 'Enum8') inRange(source, 'a number of Enum8', value, -0x80, 0x7f);
    if (entries.some((entry) => entry.name === name || entry.value === value)) {
      throw new WinnowError('SYNTAX_ERROR', `enum entry '${name}' = ${value} repeats a name or number`, {
        position: source.position,
      });
    }
    entries.push({ name, value });
  } while (accept(source, ','));
  expect(source, ')');
  const isSmall = entries.every(({ value }) => value >= -0x80 && value <= 0x7f);
  return { kind: kind ?? (isSmall ? 'Enum8' : 'Enum16'), entries: entries.sort((a, b) => a.value - b.value) };
}

export function numberArguments(source: TypeSource): number[] {
  const numbers: number[] = [];
  expect(source, '(');
  do numbers.push(readNumber(source));
  while (accept(source, ','));
  expect(source, ')');
  return numbers;
}

function inRange(source: TypeSource, what: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new WinnowError('ARGUMENT_OUT_OF_BOUND', `${what} must be ${min} to ${max}, not ${value}`, {
    position: source.position,
  });
}
