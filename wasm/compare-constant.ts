// compare-constant.ts — fixed columns compared with constants, 16 rows at a time, into masks of bytes 0 and 1.
//
// Floats follow SQL: nothing is equal to, less or greater than NaN, so of NaN only != holds.

/** The comparisons, told apart at compile time by `idof`; no object of them exists. */
class Equal {}
class Less {}
class LessOrEqual {}
class Greater {}
class GreaterOrEqual {}

const signBit: u64 = 0x8000000000000000;

function matchesScalar<T, Comparison>(a: T, b: T): bool {
  if (idof<Comparison>() == idof<Equal>()) return a == b;
  if (idof<Comparison>() == idof<Less>()) return a < b;
  if (idof<Comparison>() == idof<LessOrEqual>()) return a <= b;
  if (idof<Comparison>() == idof<Greater>()) return a > b;
  return a >= b;
}

function matchesLanes<T, Comparison>(a: v128, b: v128): v128 {
  if (idof<Comparison>() == idof<Equal>()) return v128.eq<T>(a, b);
  if (idof<Comparison>() == idof<Less>()) return v128.lt<T>(a, b);
  if (idof<Comparison>() == idof<LessOrEqual>()) return v128.le<T>(a, b);
  if (idof<Comparison>() == idof<Greater>()) return v128.gt<T>(a, b);
  return v128.ge<T>(a, b);
}

/** The constant in all lanes. Unsigned 64 bits are compared as signed ones with the sign bit turned: so the machine has it. */
function lanesOf<T>(constant: T): v128 {
  const lanes = v128.splat<T>(constant);
  return isInteger<T>() && !isSigned<T>() && sizeof<T>() == 8
    ? v128.xor(lanes, v128.splat<u64>(signBit))
    : lanes;
}

/** One vector of values, as -1 and 0. */
function matchesVector<T, Comparison>(values: usize, constant: v128): v128 {
  const lanes = v128.load(values);
  if (isInteger<T>() && !isSigned<T>() && sizeof<T>() == 8) {
    return matchesLanes<i64, Comparison>(v128.xor(lanes, v128.splat<u64>(signBit)), constant);
  }
  return matchesLanes<T, Comparison>(lanes, constant);
}

/** Four values of 32 or 64 bits, as -1 and 0 of 32 bits. */
function matches4<T, Comparison>(values: usize, constant: v128): v128 {
  const low = matchesVector<T, Comparison>(values, constant);
  if (sizeof<T>() == 4) return low;
  return v128.shuffle<i32>(low, matchesVector<T, Comparison>(values + 16, constant), 0, 2, 4, 6);
}

/** Eight values of 16 to 64 bits, as -1 and 0 of 16 bits. */
function matches8<T, Comparison>(values: usize, constant: v128): v128 {
  if (sizeof<T>() == 2) return matchesVector<T, Comparison>(values, constant);
  return v128.narrow<i32>(
    matches4<T, Comparison>(values, constant),
    matches4<T, Comparison>(values + (sizeof<T>() << 2), constant),
  );
}

/** Sixteen values, as -1 and 0 of 8 bits. */
function matches16<T, Comparison>(values: usize, constant: v128): v128 {
  if (sizeof<T>() == 1) return matchesVector<T, Comparison>(values, constant);
  return v128.narrow<i16>(
    matches8<T, Comparison>(values, constant),
    matches8<T, Comparison>(values + (sizeof<T>() << 3), constant),
  );
}

/** `flip` 1 asks for the rows that do not match. */
function compareRows<T, Comparison>(values: usize, count: u32, constant: T, flip: u8, mask: usize): void {
  const lanes = lanesOf<T>(constant);
  const flips = v128.splat<u8>(flip);
  const ones = v128.splat<u8>(1);
  const end = mask + count;
  while (mask + 16 <= end) {
    v128.store(mask, v128.and(v128.xor(matches16<T, Comparison>(values, lanes), flips), ones));
    mask += 16;
    values += sizeof<T>() << 4;
  }
  while (mask < end) {
    store<u8>(mask++, <u8>matchesScalar<T, Comparison>(load<T>(values), constant) ^ flip);
    values += sizeof<T>();
  }
}

function compare<T>(values: usize, count: u32, comparison: u32, constant: T, mask: usize): void {
  switch (comparison) {
    case 0:
      return compareRows<T, Equal>(values, count, constant, 0, mask);
    case 1:
      return compareRows<T, Equal>(values, count, constant, 1, mask);
    case 2:
      return compareRows<T, Less>(values, count, constant, 0, mask);
    case 3:
      return compareRows<T, LessOrEqual>(values, count, constant, 0, mask);
    case 4:
      return compareRows<T, Greater>(values, count, constant, 0, mask);
    default:
      return compareRows<T, GreaterOrEqual>(values, count, constant, 0, mask);
  }
}

function between<T>(values: usize, count: u32, low: T, high: T, mask: usize): void {
  const lows = lanesOf<T>(low);
  const highs = lanesOf<T>(high);
  const ones = v128.splat<u8>(1);
  const end = mask + count;
  while (mask + 16 <= end) {
    const above = matches16<T, GreaterOrEqual>(values, lows);
    v128.store(mask, v128.and(v128.and(above, matches16<T, LessOrEqual>(values, highs)), ones));
    mask += 16;
    values += sizeof<T>() << 4;
  }
  while (mask < end) {
    const value = load<T>(values);
    store<u8>(mask++, <u8>(value >= low && value <= high));
    values += sizeof<T>();
  }
}

/** See Kernels.compareU32. */
export function compareU8(values: usize, count: u32, comparison: u32, constant: u8, mask: usize): void {
  compare<u8>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareI8(values: usize, count: u32, comparison: u32, constant: i8, mask: usize): void {
  compare<i8>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareU16(values: usize, count: u32, comparison: u32, constant: u16, mask: usize): void {
  compare<u16>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareI16(values: usize, count: u32, comparison: u32, constant: i16, mask: usize): void {
  compare<i16>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareU32(values: usize, count: u32, comparison: u32, constant: u32, mask: usize): void {
  compare<u32>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareI32(values: usize, count: u32, comparison: u32, constant: i32, mask: usize): void {
  compare<i32>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareU64(values: usize, count: u32, comparison: u32, constant: u64, mask: usize): void {
  compare<u64>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareI64(values: usize, count: u32, comparison: u32, constant: i64, mask: usize): void {
  compare<i64>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareF32(values: usize, count: u32, comparison: u32, constant: f32, mask: usize): void {
  compare<f32>(values, count, comparison, constant, mask);
}

/** See Kernels.compareU32. */
export function compareF64(values: usize, count: u32, comparison: u32, constant: f64, mask: usize): void {
  compare<f64>(values, count, comparison, constant, mask);
}

/** See Kernels.betweenU32. */
export function betweenU8(values: usize, count: u32, low: u8, high: u8, mask: usize): void {
  between<u8>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenI8(values: usize, count: u32, low: i8, high: i8, mask: usize): void {
  between<i8>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenU16(values: usize, count: u32, low: u16, high: u16, mask: usize): void {
  between<u16>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenI16(values: usize, count: u32, low: i16, high: i16, mask: usize): void {
  between<i16>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenU32(values: usize, count: u32, low: u32, high: u32, mask: usize): void {
  between<u32>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenI32(values: usize, count: u32, low: i32, high: i32, mask: usize): void {
  between<i32>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenU64(values: usize, count: u32, low: u64, high: u64, mask: usize): void {
  between<u64>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenI64(values: usize, count: u32, low: i64, high: i64, mask: usize): void {
  between<i64>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenF32(values: usize, count: u32, low: f32, high: f32, mask: usize): void {
  between<f32>(values, count, low, high, mask);
}

/** See Kernels.betweenU32. */
export function betweenF64(values: usize, count: u32, low: f64, high: f64, mask: usize): void {
  between<f64>(values, count, low, high, mask);
}
