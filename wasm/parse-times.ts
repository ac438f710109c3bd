// parse-times.ts — dates and times from text.
//
// All take the cells (cells.ts), how many there are, where the values go, and where the odd rows (u32) go: those that have not
// the common form, for someone else to read. They give the number of odd rows. NULL and absent values become 0.

import { endOf, ESCAPED, flagOf, listed, PLAIN, startOf } from './cells';
import { digits, NONE, powerOfTen } from './parse-digits';

const BLANK: u8 = 0x20;
const DASH: u8 = 0x2d;
const POINT: u8 = 0x2e;
const COLON: u8 = 0x3a;
const LETTER_T: u8 = 0x54;

const MAX_DAY: i32 = 0xffff;
const SECONDS_PER_DAY: i64 = 86_400;
/** Further from 1970 than this, nanoseconds do not fit 64 bits. */
const MAX_NANOSECOND_SECOND: i64 = 9_000_000_000;
const NO_DAY: i32 = i32.MIN_VALUE;
const NO_SECOND: i64 = i64.MIN_VALUE;

/** See Kernels.parseDates. */
export function parseDates(cells: usize, count: u32, values: usize, odd: usize): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += 2) {
    const flag = flagOf(cells, row);
    store<u16>(values, 0);
    if (flag > ESCAPED) continue;
    const at = startOf(cells, row);
    const end = endOf(cells, row);
    const day = flag == PLAIN && end - at == 10 ? dayAt(at) : NO_DAY;
    if (day >= 0 && day <= MAX_DAY) store<u16>(values, <u16>day);
    else next = listed(next, row);
  }
  return <u32>((next - odd) >> 2);
}

/** See Kernels.parseDateTimes. */
export function parseDateTimes(cells: usize, count: u32, values: usize, odd: usize): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += 4) {
    const flag = flagOf(cells, row);
    store<u32>(values, 0);
    if (flag > ESCAPED) continue;
    const at = startOf(cells, row);
    const end = endOf(cells, row);
    const second = flag == PLAIN && end - at == 19 ? secondAt(at) : NO_SECOND;
    if (second >= 0 && second <= <i64>u32.MAX_VALUE) store<u32>(values, <u32>second);
    else next = listed(next, row);
  }
  return <u32>((next - odd) >> 2);
}

/** See Kernels.parseDateTimes64. */
export function parseDateTimes64(cells: usize, count: u32, values: usize, odd: usize, scale: u32): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += 8) {
    const flag = flagOf(cells, row);
    store<i64>(values, 0);
    if (flag > ESCAPED) continue;
    const at = startOf(cells, row);
    const end = endOf(cells, row);
    const second = flag == PLAIN && end - at >= 19 ? secondAt(at) : NO_SECOND;
    const fraction = second == NO_SECOND ? NONE : fractionAt(at + 19, end, scale);
    const isNear = second > -MAX_NANOSECOND_SECOND && second < MAX_NANOSECOND_SECOND;
    if (fraction != NONE && (isNear || scale < 8))
      store<i64>(values, second * <i64>powerOfTen(scale) + <i64>fraction);
    else next = listed(next, row);
  }
  return <u32>((next - odd) >> 2);
}

/** Nothing, or a point and at most `scale` digits, as ticks. */
function fractionAt(at: usize, end: usize, scale: u32): u64 {
  if (at == end) return 0;
  const count = <u32>(end - at) - 1;
  if (load<u8>(at) != POINT || count > scale) return NONE;
  const fraction = digits(at + 1, count);
  return fraction == NONE ? NONE : fraction * powerOfTen(scale - count);
}

/** `YYYY-MM-DD hh:mm:ss`, as seconds since 1970. */
function secondAt(at: usize): i64 {
  const day = dayAt(at);
  const separator = load<u8>(at, 10);
  if (day == NO_DAY || (separator != BLANK && separator != LETTER_T)) return NO_SECOND;
  if (load<u8>(at, 13) != COLON || load<u8>(at, 16) != COLON) return NO_SECOND;
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  const second = twoDigits(at + 17);
  if (hour > 23 || minute > 59 || second > 59) return NO_SECOND;
  return <i64>day * SECONDS_PER_DAY + <i64>(hour * 3600 + minute * 60 + second);
}

/** `YYYY-MM-DD` of the Gregorian calendar from 1000-01-01 on, as days since 1970. */
function dayAt(at: usize): i32 {
  if (load<u8>(at, 4) != DASH || load<u8>(at, 7) != DASH) return NO_DAY;
  const century = twoDigits(at);
  const yearOfCentury = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const dayOfMonth = twoDigits(at + 8);
  if (century < 10 || century > 99 || yearOfCentury > 99) return NO_DAY;
  const year = century * 100 + yearOfCentury;
  if (month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > daysInMonth(year, month)) return NO_DAY;
  // Years begin in March here, so that the leap day is a year's last.
  const shifted = month > 2 ? year : year - 1;
  const era = shifted / 400;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + dayOfMonth - 1;
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return <i32>(era * 146_097 + dayOfEra) - 719_468;
}

function daysInMonth(year: u32, month: u32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Above 99 when they are not two digits. */
function twoDigits(at: usize): u32 {
  const tens = <u32>load<u8>(at) - 0x30;
  const ones = <u32>load<u8>(at, 1) - 0x30;
  return tens <= 9 && ones <= 9 ? tens * 10 + ones : 100;
}
