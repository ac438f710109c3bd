// temporal-text.ts — dates and times as ClickHouse's text, both ways. All times are UTC.

import { WinnowError } from '../base/errors.ts';

const SECONDS_PER_DAY = 86_400;
/** 2149-06-06, the last day of a UInt16. */
const MAX_DAY = 0xffff;
/** 1900-01-01 and 2299-12-31, the range of Date32. */
export const [MIN_DAY_32, MAX_DAY_32] = [-25_567, 120_529];

const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));

/** Days of the Date range are few, and a column repeats them. */
const knownDates: (string | undefined)[] = [];

/** `2024-02-29`; days since 1970-01-01, also before it. */
export function formatDate(day: number): string {
  if (day < 0 || day > MAX_DAY) return formatAnyDate(day);
  return (knownDates[day] ??= formatAnyDate(day));
}

function formatAnyDate(day: number): string {
  const { year, month, dayOfMonth } = civilDate(day);
  return `${String(year).padStart(4, '0')}-${twoDigits[month]}-${twoDigits[dayOfMonth]}`;
}

/** `2024-02-29 23:59:58`; seconds since 1970-01-01, also before it. */
export function formatDateTime(second: number): string {
  const day = Math.floor(second / SECONDS_PER_DAY);
  const time = second - day * SECONDS_PER_DAY;
  const hour = Math.floor(time / 3600);
  const minute = Math.floor(time / 60) % 60;
  return `${formatDate(day)} ${twoDigits[hour]}:${twoDigits[minute]}:${twoDigits[time % 60]}`;
}

/** `2024-02-29 23:59:58.123`, with `scale` digits after the point. */
export function formatDateTime64(ticks: bigint, scale: number): string {
  if (scale === 0) return formatDateTime(Number(ticks));
  const unit = powersOfTen[scale]!;
  let second = ticks / unit;
  let fraction = ticks % unit;
  if (fraction < 0n) {
    second -= 1n;
    fraction += unit;
  }
  return `${formatDateTime(Number(second))}.${String(fraction).padStart(scale, '0')}`;
}

/** 10^0 to 10^76. */
export const powersOfTen: readonly bigint[] = Array.from({ length: 77 }, (_, i) => 10n ** BigInt(i));

/** The day number of `2024-02-29`, `2024-2-29` or `20240229`. Errors: CANNOT_PARSE_DATE. */
export function parseDate(text: string): number {
  return dayOfText(text, 'Date', 0, MAX_DAY);
}

/** As parseDate, 1900-01-01 to 2299-12-31. Errors: CANNOT_PARSE_DATE. */
export function parseDate32(text: string): number {
  return dayOfText(text, 'Date32', MIN_DAY_32, MAX_DAY_32);
}

function dayOfText(text: string, type: string, min: number, max: number): number {
  const scan: Scan = { text, at: 0 };
  const day = scanDate(scan);
  if (day === undefined || scan.at < text.length) throw badDate(text, 'is not a date (YYYY-MM-DD)');
  if (day >= min && day <= max) return day;
  throw badDate(text, `lies outside of ${type} (${formatDate(min)} to ${formatDate(max)})`);
}

/** Seconds since 1970: a date, a date with time, or a whole number of seconds. Errors: CANNOT_PARSE_DATETIME. */
export function parseDateTime(text: string): number {
  const second =
    isDigits(text) && text.length !== 8 ? Number(text) : scanDateTime(text, 'DateTime', 0).second;
  if (second >= 0 && second <= 0xffffffff) return second;
  throw badDateTime(text, 'lies outside of DateTime (1970-01-01 to 2106-02-07 06:28:15)');
}

/**
 * Ticks of 10^-scale seconds since 1970: a date, a date with time, seconds with a fraction, or a whole number of
 * milliseconds (13 digits), microseconds (16) or nanoseconds (19). Digits beyond the scale are dropped, as ClickHouse
 * does. Errors: CANNOT_PARSE_DATETIME.
 */
export function parseDateTime64(text: string, scale: number): bigint {
  const type = `DateTime64(${scale})`;
  const [, whole, fraction] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole !== undefined && (whole.length !== 8 || fraction !== undefined)) {
    const fits = whole.length <= 10 || (fraction === undefined && [13, 16, 19].includes(whole.length));
    if (!fits) throw badDateTime(text, `is not a ${type}: ${whole.length} digits`);
    const wholeSeconds = BigInt(whole.slice(0, 10)) * powersOfTen[scale]!;
    return inTicks(text, wholeSeconds + fractionTicks(fraction ?? whole.slice(10), scale), type);
  }
  const { second, fraction: ticks } = scanDateTime(text, type, scale);
  return inTicks(text, BigInt(second) * powersOfTen[scale]! + ticks, type);
}

function inTicks(text: string, ticks: bigint, type: string): bigint {
  if (BigInt.asIntN(64, ticks) === ticks) return ticks;
  throw badDateTime(text, `lies outside of ${type}`);
}

/** The digits after a point, as ticks. */
function fractionTicks(digits: string, scale: number): bigint {
  return scale === 0 ? 0n : BigInt(digits.slice(0, scale).padEnd(scale, '0'));
}

function badDate(text: string, why: string): WinnowError {
  return new WinnowError('CANNOT_PARSE_DATE', `'${text}' ${why}`);
}

function badDateTime(text: string, why: string): WinnowError {
  return new WinnowError('CANNOT_PARSE_DATETIME', `'${text}' ${why}`);
}

type Scan = { readonly text: string; at: number };

/** Date, then optionally a blank or T, hh:mm[:ss[.fraction]] and Z. */
function scanDateTime(
  text: string,
  type: string,
  scale: number,
): { readonly second: number; readonly fraction: bigint } {
  const scan: Scan = { text, at: 0 };
  const day = scanDate(scan);
  if (day === undefined) throw badDateTime(text, `is not a ${type} (YYYY-MM-DD hh:mm:ss)`);
  let second = day * SECONDS_PER_DAY;
  let fraction = 0n;
  if (text[scan.at] === ' ' || text[scan.at] === 'T') {
    scan.at++;
    const hour = scanNumber(scan, 2);
    const minute = skip(scan, ':') ? scanNumber(scan, 2) : -1;
    const rest = skip(scan, ':') ? scanNumber(scan, 2) : 0;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || rest < 0 || rest > 59)
      throw badDateTime(text, 'is no time of day');
    second += hour * 3600 + minute * 60 + rest;
    if (skip(scan, '.')) fraction = fractionTicks(scanDigits(scan), scale);
    skip(scan, 'Z');
  }
  if (scan.at < text.length) throw badDateTime(text, `is not a ${type}: unexpected '${text.slice(scan.at)}'`);
  return { second, fraction };
}

/** A calendar date, with dashes or as eight digits; undefined when there is none. */
function scanDate(scan: Scan): number | undefined {
  const { text } = scan;
  const year = scanNumber(scan, 4);
  const dashed = text[4] === '-';
  if (dashed) scan.at++;
  const month = scanNumber(scan, 2);
  if (dashed && !skip(scan, '-')) return undefined;
  const dayOfMonth = scanNumber(scan, 2);
  if (year < 1000 || (!dashed && scan.at !== 8)) return undefined;
  if (month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysInMonth(year, month)) return undefined;
  return dayNumber(year, month, dayOfMonth);
}

/** At most `maxDigits` digits; -1 when there is none. */
function scanNumber(scan: Scan, maxDigits: number): number {
  const end = scan.at + maxDigits;
  let value = -1;
  for (; scan.at < end; scan.at++) {
    const digit = scan.text.charCodeAt(scan.at) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    value = Math.max(value, 0) * 10 + digit;
  }
  return value;
}

function scanDigits(scan: Scan): string {
  const start = scan.at;
  while (scan.at < scan.text.length && isDigits(scan.text[scan.at]!)) scan.at++;
  return scan.text.slice(start, scan.at);
}

function skip(scan: Scan, symbol: string): boolean {
  if (scan.text[scan.at] !== symbol) return false;
  scan.at++;
  return true;
}

function isDigits(text: string): boolean {
  return /^\d+$/.test(text);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar. */
export function dayNumber(year: number, month: number, dayOfMonth: number): number {
  // Years begin in March here, so that the leap day is a year's last.
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + dayOfMonth - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

type CivilDate = { readonly year: number; readonly month: number; readonly dayOfMonth: number };

/** The calendar date of a day number; month and day count from 1. */
export function civilDate(day: number): CivilDate {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfMonth };
}
