// parse-cells.ts — values of text, as wasm/split-delimited.ts found them, to columns. The common forms only: other rows are
// listed as odd, for someone else to read.
//
// All take: the text, starts and ends (u32) and flags (u8) of `count` values, where the values go, and where the odd rows
// (u32) go. They give the number of odd rows. NULL and absent values become 0.

const PLAIN: u8 = 0;
const ESCAPED: u8 = 1;

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
/** Not a number of digits. */
const NONE: u64 = u64.MAX_VALUE;
const MAX_EXACT: u64 = 999_999_999_999_999;

const ZEROS: u64 = 0x3030_3030_3030_3030;
const SIXES: u64 = 0x0606_0606_0606_0606;
const ALL_THREES: u64 = 0x3333_3333_3333_3333;
const UPPER_HALVES: u64 = 0xf0f0_f0f0_f0f0_f0f0;
const LOWER_HALVES: u64 = 0x0f0f_0f0f_0f0f_0f0f;

/** 10^0 to 10^19. */
const POWERS = memory.data<u64>([
  1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
  100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
  10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
]);

export function parseU8(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<u8>(text, starts, ends, flags, count, values, odd);
}
export function parseU16(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<u16>(text, starts, ends, flags, count, values, odd);
}
export function parseU32(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<u32>(text, starts, ends, flags, count, values, odd);
}
export function parseU64(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<u64>(text, starts, ends, flags, count, values, odd);
}
export function parseI8(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<i8>(text, starts, ends, flags, count, values, odd);
}
export function parseI16(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<i16>(text, starts, ends, flags, count, values, odd);
}
export function parseI32(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<i32>(text, starts, ends, flags, count, values, odd);
}
export function parseI64(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseIntegers<i64>(text, starts, ends, flags, count, values, odd);
}

function parseIntegers<T>(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  const largest = u64.MAX_VALUE >> (64 - 8 * sizeof<T>() + (isSigned<T>() ? 1 : 0));
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += sizeof<T>()) {
    const flag = load<u8>(flags + row);
    store<T>(values, 0);
    if (flag > ESCAPED) continue;
    let at = text + load<u32>(starts + ((<usize>row) << 2));
    const end = text + load<u32>(ends + ((<usize>row) << 2));
    const isNegative = isSigned<T>() && at < end && load<u8>(at) == DASH;
    if (isNegative) at++;
    const number = flag == ESCAPED ? NONE : digits(at, <u32>(end - at));
    const most = isNegative ? largest + 1 : largest;
    if (number <= most && number != NONE) store<T>(values, <T>(isNegative ? 0 - number : number));
    else {
      store<u32>(next, row);
      next += 4;
    }
  }
  return <u32>((next - odd) >> 2);
}

/** See Kernels.parseDecimals32. */
export function parseDecimals32(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
  precision: u32,
  scale: u32,
): u32 {
  return parseDecimals<i32>(text, starts, ends, flags, count, values, odd, precision, scale);
}
export function parseDecimals64(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
  precision: u32,
  scale: u32,
): u32 {
  return parseDecimals<i64>(text, starts, ends, flags, count, values, odd, precision, scale);
}

function parseDecimals<T>(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
  precision: u32,
  scale: u32,
): u32 {
  let next = odd;
  const limit = powerOfTen(precision);
  for (let row: u32 = 0; row < count; row++, values += sizeof<T>()) {
    const flag = load<u8>(flags + row);
    store<T>(values, 0);
    if (flag > ESCAPED) continue;
    let at = text + load<u32>(starts + ((<usize>row) << 2));
    const end = text + load<u32>(ends + ((<usize>row) << 2));
    const isNegative = at < end && load<u8>(at) == DASH;
    if (isNegative) at++;
    const number = flag == ESCAPED ? NONE : scaled(at, end, scale);
    if (number < limit) store<T>(values, <T>(isNegative ? 0 - number : number));
    else {
      store<u32>(next, row);
      next += 4;
    }
  }
  return <u32>((next - odd) >> 2);
}

/** Digits, perhaps with a point and at most `scale` digits behind it, × 10^scale; NONE of anything else. */
function scaled(at: usize, end: usize, scale: u32): u64 {
  const point = positionOfPoint(at, end, scale);
  const wholeDigits = <u32>(point - at);
  const fractionDigits = point < end ? <u32>(end - point) - 1 : 0;
  if (fractionDigits > scale || wholeDigits + scale > 18) return NONE;
  const whole = digits(at, wholeDigits);
  if (whole == NONE) return NONE;
  if (point == end) return whole * powerOfTen(scale);
  const fraction = digits(point + 1, fractionDigits);
  if (fraction == NONE) return NONE;
  return whole * powerOfTen(scale) + fraction * powerOfTen(scale - fractionDigits);
}

/** Mostly a decimal has all its digits; `end` when there is no point. */
function positionOfPoint(at: usize, end: usize, scale: u32): usize {
  const likely = end - scale - 1;
  if (at < likely && likely < end && load<u8>(likely) == POINT) return likely;
  while (at < end && load<u8>(at) != POINT) at++;
  return at;
}

/** See Kernels.parseDates. */
export function parseDates(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += 2) {
    const flag = load<u8>(flags + row);
    store<u16>(values, 0);
    if (flag > ESCAPED) continue;
    const at = text + load<u32>(starts + ((<usize>row) << 2));
    const end = text + load<u32>(ends + ((<usize>row) << 2));
    const day = flag == PLAIN && end - at == 10 ? dayAt(at) : NO_DAY;
    if (day >= 0 && day <= MAX_DAY) store<u16>(values, <u16>day);
    else {
      store<u32>(next, row);
      next += 4;
    }
  }
  return <u32>((next - odd) >> 2);
}

/** See Kernels.parseDateTimes. */
export function parseDateTimes(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += 4) {
    const flag = load<u8>(flags + row);
    store<u32>(values, 0);
    if (flag > ESCAPED) continue;
    const at = text + load<u32>(starts + ((<usize>row) << 2));
    const end = text + load<u32>(ends + ((<usize>row) << 2));
    const second = flag == PLAIN && end - at == 19 ? secondAt(at) : NO_SECOND;
    if (second >= 0 && second <= <i64>u32.MAX_VALUE) store<u32>(values, <u32>second);
    else {
      store<u32>(next, row);
      next += 4;
    }
  }
  return <u32>((next - odd) >> 2);
}

/** See Kernels.parseDateTimes64. */
export function parseDateTimes64(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
  scale: u32,
): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += 8) {
    const flag = load<u8>(flags + row);
    store<i64>(values, 0);
    if (flag > ESCAPED) continue;
    const at = text + load<u32>(starts + ((<usize>row) << 2));
    const end = text + load<u32>(ends + ((<usize>row) << 2));
    const second = flag == PLAIN && end - at >= 19 ? secondAt(at) : NO_SECOND;
    const fraction = second == NO_SECOND ? NONE : fractionAt(at + 19, end, scale);
    const isNear = second > -MAX_NANOSECOND_SECOND && second < MAX_NANOSECOND_SECOND;
    if (fraction != NONE && (isNear || scale < 8))
      store<i64>(values, second * <i64>powerOfTen(scale) + <i64>fraction);
    else {
      store<u32>(next, row);
      next += 4;
    }
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

/** See Kernels.parseFloats32. */
export function parseFloats32(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseFloats<f32>(text, starts, ends, flags, count, values, odd);
}

/** See Kernels.parseFloats64. */
export function parseFloats64(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  return parseFloats<f64>(text, starts, ends, flags, count, values, odd);
}

/** Up to 15 digits and a power of ten up to 10^15 are both exact, so that one division rounds as it should. */
function parseFloats<T>(
  text: usize,
  starts: usize,
  ends: usize,
  flags: usize,
  count: u32,
  values: usize,
  odd: usize,
): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += sizeof<T>()) {
    const flag = load<u8>(flags + row);
    store<T>(values, 0);
    if (flag > ESCAPED) continue;
    let at = text + load<u32>(starts + ((<usize>row) << 2));
    const end = text + load<u32>(ends + ((<usize>row) << 2));
    const isNegative = at < end && load<u8>(at) == DASH;
    if (isNegative) at++;
    const point = positionOfPoint(at, end, 2);
    const fractionDigits = point < end ? <u32>(end - point) - 1 : 0;
    const isCommon = flag == PLAIN && end > at && <u32>(end - at) <= 16 && point > at && fractionDigits <= 15;
    const number = isCommon ? scaled(at, end, fractionDigits) : NONE;
    if (number <= MAX_EXACT) {
      const value = <f64>number / <f64>powerOfTen(fractionDigits);
      store<T>(values, <T>(isNegative ? -value : value));
    } else {
      store<u32>(next, row);
      next += 4;
    }
  }
  return <u32>((next - odd) >> 2);
}

/** Up to 19 digits as a number; NONE of anything else. */
function digits(at: usize, count: u32): u64 {
  if (count - 1 < 8) return eightDigits(at, count);
  if (count - 1 >= 19) return NONE;
  const head = count > 16 ? count - 16 : count - 8;
  const first = eightDigits(at, head);
  const second = eightDigits(at + head, 8);
  if (first == NONE || second == NONE) return NONE;
  const upper = first * 100_000_000 + second;
  if (count <= 16) return upper;
  const third = eightDigits(at + head + 8, 8);
  return third == NONE ? NONE : upper * 100_000_000 + third;
}

/** 1 to 8 digits at once: the byte of a digit has 3 in its upper half, also when 6 is added to it. */
function eightDigits(at: usize, count: u32): u64 {
  const shift = (<u64>(8 - count)) << 3;
  // Digits stand last; those that are missing before them are zeros.
  const word = shift == 0 ? load<u64>(at) : (load<u64>(at) << shift) | (ZEROS >> (64 - shift));
  const upper = word & UPPER_HALVES;
  if ((upper | (((word + SIXES) & UPPER_HALVES) >> 4)) != ALL_THREES) return NONE;
  const ones = (word & LOWER_HALVES) * 2561;
  const pairs = ((ones >> 8) & 0x00ff_00ff_00ff_00ff) * 6_553_601;
  return (((pairs >> 16) & 0x0000_ffff_0000_ffff) * 42_949_672_960_001) >> 32;
}

function powerOfTen(exponent: u32): u64 {
  return load<u64>(POWERS + ((<usize>exponent) << 3));
}
