// parse-numbers.ts — whole numbers, decimals and floats from text.
//
// All take the cells (cells.ts), how many there are, where the values go, and where the odd rows (u32) go: those that have not
// the common form, for someone else to read. They give the number of odd rows. NULL and absent values become 0.

import { endOf, ESCAPED, flagOf, listed, PLAIN, startOf } from './cells';
import { digits, NONE, positionOfPoint, powerOfTen, scaled } from './parse-digits';

const DASH: u8 = 0x2d;
const MAX_EXACT: u64 = 999_999_999_999_999;

export function parseU8(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<u8>(cells, count, values, odd);
}

export function parseU16(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<u16>(cells, count, values, odd);
}

export function parseU32(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<u32>(cells, count, values, odd);
}

export function parseU64(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<u64>(cells, count, values, odd);
}

export function parseI8(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<i8>(cells, count, values, odd);
}

export function parseI16(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<i16>(cells, count, values, odd);
}

export function parseI32(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<i32>(cells, count, values, odd);
}

export function parseI64(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseIntegers<i64>(cells, count, values, odd);
}

function parseIntegers<T>(cells: usize, count: u32, values: usize, odd: usize): u32 {
  const largest = u64.MAX_VALUE >> (64 - 8 * sizeof<T>() + (isSigned<T>() ? 1 : 0));
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += sizeof<T>()) {
    const flag = flagOf(cells, row);
    store<T>(values, 0);
    if (flag > ESCAPED) continue;
    let at = startOf(cells, row);
    const end = endOf(cells, row);
    const isNegative = isSigned<T>() && at < end && load<u8>(at) == DASH;
    if (isNegative) at++;
    const number = flag == ESCAPED ? NONE : digits(at, <u32>(end - at));
    const most = isNegative ? largest + 1 : largest;
    if (number <= most && number != NONE) store<T>(values, <T>(isNegative ? 0 - number : number));
    else next = listed(next, row);
  }
  return <u32>((next - odd) >> 2);
}

/** See Kernels.parseDecimals32. */
export function parseDecimals32(
  cells: usize,
  count: u32,
  values: usize,
  odd: usize,
  precision: u32,
  scale: u32,
): u32 {
  return parseDecimals<i32>(cells, count, values, odd, precision, scale);
}

export function parseDecimals64(
  cells: usize,
  count: u32,
  values: usize,
  odd: usize,
  precision: u32,
  scale: u32,
): u32 {
  return parseDecimals<i64>(cells, count, values, odd, precision, scale);
}

function parseDecimals<T>(
  cells: usize,
  count: u32,
  values: usize,
  odd: usize,
  precision: u32,
  scale: u32,
): u32 {
  let next = odd;
  const limit = powerOfTen(precision);
  for (let row: u32 = 0; row < count; row++, values += sizeof<T>()) {
    const flag = flagOf(cells, row);
    store<T>(values, 0);
    if (flag > ESCAPED) continue;
    let at = startOf(cells, row);
    const end = endOf(cells, row);
    const isNegative = at < end && load<u8>(at) == DASH;
    if (isNegative) at++;
    const number = flag == ESCAPED ? NONE : scaled(at, end, scale);
    if (number < limit) store<T>(values, <T>(isNegative ? 0 - number : number));
    else next = listed(next, row);
  }
  return <u32>((next - odd) >> 2);
}

/** See Kernels.parseFloats32. */
export function parseFloats32(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseFloats<f32>(cells, count, values, odd);
}

/** See Kernels.parseFloats64. */
export function parseFloats64(cells: usize, count: u32, values: usize, odd: usize): u32 {
  return parseFloats<f64>(cells, count, values, odd);
}

/** Up to 15 digits and a power of ten up to 10^15 are both exact, so that one division rounds as it should. */
function parseFloats<T>(cells: usize, count: u32, values: usize, odd: usize): u32 {
  let next = odd;
  for (let row: u32 = 0; row < count; row++, values += sizeof<T>()) {
    const flag = flagOf(cells, row);
    store<T>(values, 0);
    if (flag > ESCAPED) continue;
    let at = startOf(cells, row);
    const end = endOf(cells, row);
    const isNegative = at < end && load<u8>(at) == DASH;
    if (isNegative) at++;
    const point = positionOfPoint(at, end, 2);
    const fractionDigits = point < end ? <u32>(end - point) - 1 : 0;
    const isCommon = flag == PLAIN && end > at && <u32>(end - at) <= 16 && point > at && fractionDigits <= 15;
    const number = isCommon ? scaled(at, end, fractionDigits) : NONE;
    if (number <= MAX_EXACT) {
      const value = <f64>number / <f64>powerOfTen(fractionDigits);
      store<T>(values, <T>(isNegative ? -value : value));
    } else next = listed(next, row);
  }
  return <u32>((next - odd) >> 2);
}
