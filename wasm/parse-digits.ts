// parse-digits.ts — numbers from their digits, eight at a time.

const POINT: u8 = 0x2e;

/** Not a number of digits. */
export const NONE: u64 = u64.MAX_VALUE;

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

/** Digits, perhaps with a point and at most `scale` digits behind it, × 10^scale; NONE of anything else. */
export function scaled(at: usize, end: usize, scale: u32): u64 {
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
export function positionOfPoint(at: usize, end: usize, scale: u32): usize {
  const likely = end - scale - 1;
  if (at < likely && likely < end && load<u8>(likely) == POINT) return likely;
  while (at < end && load<u8>(at) != POINT) at++;
  return at;
}

/** Up to 19 digits as a number; NONE of anything else. */
export function digits(at: usize, count: u32): u64 {
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

export function powerOfTen(exponent: u32): u64 {
  return load<u64>(POWERS + ((<usize>exponent) << 3));
}
