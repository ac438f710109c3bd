// calendar.ts — what SQL asks of civil dates beyond their text. All in UTC.
//
// A day is the number of days since 1970-01-01 (a Thursday), possibly negative.

import { civilDate, dayNumber } from '../types/temporal-text.ts';

export const DAY_SECONDS = 86_400;

/** year × 512 + month × 32 + day of month of each day that Date holds, once it was asked for. */
const knownDays = new Int32Array(0x1_0000);

function packed(day: number): number {
  const known = knownDays[day];
  if (known) return known;
  const { year, month, dayOfMonth } = civilDate(day);
  const computed = year * 512 + month * 32 + dayOfMonth;
  if (day >= 0 && day < knownDays.length) knownDays[day] = computed;
  return computed;
}

export const yearOf = (day: number): number => packed(day) >> 9;
export const monthOf = (day: number): number => (packed(day) >> 5) & 15;
export const dayOfMonthOf = (day: number): number => packed(day) & 31;

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Monday = 1 … Sunday = 7. */
export function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

/** 1 on 1 January. */
export function dayOfYear(day: number): number {
  return day - dayNumber(yearOf(day), 1, 1) + 1;
}

/** The same day of the month `months` later, held back by the end of a shorter month. */
export function addMonths(day: number, months: number): number {
  // Beyond these years no type holds the date; the wrap of the result is as good as any.
  const index = Math.max(0, Math.min(9999 * 12, monthIndex(day) + months));
  const [year, month] = [Math.floor(index / 12), (index % 12) + 1];
  return dayNumber(year, month, Math.min(dayOfMonthOf(day), daysInMonth(year, month)));
}

/** Months since year 0. */
export function monthIndex(day: number): number {
  return yearOf(day) * 12 + monthOf(day) - 1;
}

/** ISO 8601: the year that owns most of the day's week, and the number of the week in it. */
export function isoWeek(day: number): { readonly year: number; readonly week: number } {
  const thursday = day - weekday(day) + 4;
  const year = yearOf(thursday);
  return { year, week: Math.floor((thursday - dayNumber(year, 1, 1)) / 7) + 1 };
}

/** Weeks begin on Sunday; week 1 is the first that begins in the year, days before it are week 0. */
export function sundayWeek(day: number): number {
  const inYear = dayOfYear(day) - 1;
  return Math.floor((inYear + 7 - (weekday(day) % 7)) / 7);
}
