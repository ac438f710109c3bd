// t64.ts — codec T64: of every 64 whole numbers only the bits that differ at all, value by value turned into planes.
//
//   (what names the type) · first bytes that make no number · smallest i64/u64 · largest i64/u64
//   · per 64 numbers, the last of them filled up with zeros: planes of their low bits
//
// A plane holds one byte of each of the 64 numbers, lowest byte first. What is left of the bits, in the bit variant all
// of them, are planes of 8 bytes with one bit of each number.

const groupSize: u32 = 64;
const rangeBytes: u32 = 16;

/** See Kernels.t64Encode. */
export function t64Encode(
  source: usize,
  sourceBytes: u32,
  width: u32,
  isSigned: bool,
  hasBitPlanes: bool,
  target: usize,
): u32 {
  const rest = sourceBytes % width;
  memory.copy(target, source, rest);
  if (sourceBytes == rest) return rest;
  const from = source + rest;
  const end = source + sourceBytes;
  const range = target + rest;
  if (width == 1) isSigned ? putRange<i8>(from, end, range) : putRange<u8>(from, end, range);
  else if (width == 2) isSigned ? putRange<i16>(from, end, range) : putRange<u16>(from, end, range);
  else if (width == 4) isSigned ? putRange<i32>(from, end, range) : putRange<u32>(from, end, range);
  else isSigned ? putRange<i64>(from, end, range) : putRange<u64>(from, end, range);
  const bits = bitsOf(load<u64>(range), load<u64>(range, 8), isSigned);
  let to = range + rangeBytes;
  if (bits == 0) return <u32>(to - target);
  for (let group = from; group < end; group += groupSize * width) {
    const count = min<u32>(groupSize, <u32>(end - group) / width);
    putPlanes(group, count, width, bits, hasBitPlanes, to);
    to += 8 * bits;
  }
  return <u32>(to - target);
}

/** See Kernels.t64Decode. */
export function t64Decode(
  source: usize,
  sourceBytes: u32,
  width: u32,
  isSigned: bool,
  hasBitPlanes: bool,
  target: usize,
  targetBytes: u32,
): i32 {
  const rest = targetBytes % width;
  if (sourceBytes < rest) return -1;
  memory.copy(target, source, rest);
  if (targetBytes == rest) return sourceBytes == rest ? <i32>targetBytes : -1;
  if (sourceBytes < rest + rangeBytes) return -1;
  const smallest = load<u64>(source + rest);
  const largest = load<u64>(source + rest, 8);
  const bits = bitsOf(smallest, largest, isSigned);
  const count = (targetBytes - rest) / width;
  const groups = (<u64>count + groupSize - 1) / groupSize;
  if (bits > 8 * width || sourceBytes != rest + rangeBytes + groups * 8 * bits) return -1;
  let from = source + rest + rangeBytes;
  const start = target + rest;
  const end = target + targetBytes;
  for (let to = start; to < end; to += groupSize * width) {
    takePlanes(from, min<u32>(groupSize, <u32>(end - to) / width), width, bits, hasBitPlanes, to);
    from += 8 * bits;
  }
  const known = bits == 64 ? 0 : (<u64>-1) << bits;
  const sign = isSigned && <i64>(smallest ^ largest) < 0 ? ((<u64>1) << bits) >> 1 : 0;
  if ((smallest & known) == 0 && (largest & known) == 0) return <i32>targetBytes;
  if (width == 1) complete<u8>(start, end, smallest & known, largest & known, sign);
  else if (width == 2) complete<u16>(start, end, smallest & known, largest & known, sign);
  else if (width == 4) complete<u32>(start, end, smallest & known, largest & known, sign);
  else complete<u64>(start, end, smallest & known, largest & known, sign);
  return <i32>targetBytes;
}

function putRange<T>(from: usize, end: usize, to: usize): void {
  let smallest = load<T>(from);
  let largest = smallest;
  for (; from < end; from += sizeof<T>()) {
    const value = load<T>(from);
    if (value < smallest) smallest = value;
    if (value > largest) largest = value;
  }
  store<i64>(to, <i64>smallest);
  store<i64>(to, <i64>largest, 8);
}

/** How many low bits tell numbers of the range apart, and negative ones from others. */
function bitsOf(smallest: u64, largest: u64, isSigned: bool): u32 {
  if (isSigned && <i64>smallest < 0 && <i64>largest >= 0) {
    const widest = <i64>(smallest + largest) >= 0 ? largest : ~smallest;
    return 65 - <u32>clz(widest);
  }
  return 64 - <u32>clz(smallest ^ largest);
}

function putPlanes(from: usize, count: u32, width: u32, bits: u32, hasBitPlanes: bool, to: usize): void {
  for (let bit: u32 = 0; bit < bits; bit += 8) {
    const lowByte = from + (bit >> 3);
    const planes = min<u32>(8, bits - bit);
    if (planes == 8 && !hasBitPlanes) {
      memory.fill(to, 0, groupSize);
      for (let i: u32 = 0; i < count; i++) store<u8>(to + i, load<u8>(lowByte + i * width));
    } else {
      for (let eight: u32 = 0; eight < groupSize; eight += 8) {
        let block: u64 = 0;
        for (let i = eight; i < min(eight + 8, count); i++)
          block |= (<u64>load<u8>(lowByte + i * width)) << (8 * (i - eight));
        block = transposed(block);
        for (let plane: u32 = 0; plane < planes; plane++)
          store<u8>(to + 8 * plane + (eight >> 3), <u8>(block >> (8 * plane)));
      }
    }
    to += 8 * planes;
  }
}

/** The low bits of `count` numbers; their other bits are 0. */
function takePlanes(from: usize, count: u32, width: u32, bits: u32, hasBitPlanes: bool, to: usize): void {
  for (let eight: u32 = 0; eight < count; eight += 8) {
    if (count - eight < 8) takeFew(from, eight, count, width, bits, hasBitPlanes, to);
    else if (width == 1) store<u64>(to, eightBytes(from, eight, 0, bits, hasBitPlanes));
    else if (width == 2) takeEight16(from, eight, bits, hasBitPlanes, to);
    else if (width == 4) takeEight32(from, eight, bits, hasBitPlanes, to);
    else takeEight64(from, eight, bits, hasBitPlanes, to);
    to += 8 * width;
  }
}

function takeEight16(from: usize, eight: u32, bits: u32, hasBitPlanes: bool, to: usize): void {
  let numbers = i64x2.splat(0);
  for (let bit: u32 = 0; bit < bits; bit += 8) {
    const bytes = v128.extend_low<u8>(i64x2.splat(eightBytes(from, eight, bit, bits, hasBitPlanes)));
    numbers = v128.or(numbers, v128.shl<i16>(bytes, bit));
  }
  v128.store(to, numbers);
}

function takeEight32(from: usize, eight: u32, bits: u32, hasBitPlanes: bool, to: usize): void {
  let first = i64x2.splat(0);
  let second = i64x2.splat(0);
  for (let bit: u32 = 0; bit < bits; bit += 8) {
    const bytes = v128.extend_low<u8>(i64x2.splat(eightBytes(from, eight, bit, bits, hasBitPlanes)));
    first = v128.or(first, v128.shl<i32>(v128.extend_low<u16>(bytes), bit));
    second = v128.or(second, v128.shl<i32>(v128.extend_high<u16>(bytes), bit));
  }
  v128.store(to, first);
  v128.store(to, second, 16);
}

/** Half of each number at a time. */
function takeEight64(from: usize, eight: u32, bits: u32, hasBitPlanes: bool, to: usize): void {
  let low = i64x2.splat(0);
  let lowEnd = low;
  let high = low;
  let highEnd = low;
  for (let bit: u32 = 0; bit < bits; bit += 8) {
    const bytes = v128.extend_low<u8>(i64x2.splat(eightBytes(from, eight, bit, bits, hasBitPlanes)));
    const begin = v128.shl<i32>(v128.extend_low<u16>(bytes), bit & 31);
    const end = v128.shl<i32>(v128.extend_high<u16>(bytes), bit & 31);
    if (bit < 32) {
      low = v128.or(low, begin);
      lowEnd = v128.or(lowEnd, end);
    } else {
      high = v128.or(high, begin);
      highEnd = v128.or(highEnd, end);
    }
  }
  v128.store(to, v128.shuffle<i32>(low, high, 0, 4, 1, 5));
  v128.store(to, v128.shuffle<i32>(low, high, 2, 6, 3, 7), 16);
  v128.store(to, v128.shuffle<i32>(lowEnd, highEnd, 0, 4, 1, 5), 32);
  v128.store(to, v128.shuffle<i32>(lowEnd, highEnd, 2, 6, 3, 7), 48);
}

/** The last numbers, up to `count`, which are fewer than eight. */
function takeFew(
  from: usize,
  eight: u32,
  count: u32,
  width: u32,
  bits: u32,
  hasBitPlanes: bool,
  to: usize,
): void {
  memory.fill(to, 0, (count - eight) * width);
  for (let bit: u32 = 0; bit < bits; bit += 8) {
    const bytes = eightBytes(from, eight, bit, bits, hasBitPlanes);
    for (let i: u32 = 0; i < count - eight; i++)
      store<u8>(to + i * width + (bit >> 3), <u8>(bytes >> (8 * i)));
  }
}

/** Of eight numbers the byte that begins at `bit`. */
function eightBytes(from: usize, eight: u32, bit: u32, bits: u32, hasBitPlanes: bool): u64 {
  const planes = from + 8 * bit;
  if (!hasBitPlanes && bits - bit >= 8) return load<u64>(planes + eight);
  const end = planes + 8 * min<u32>(8, bits - bit);
  let block: u64 = 0;
  let shift: u64 = 0;
  for (let plane = planes + (eight >> 3); plane < end; plane += 8) {
    block |= (<u64>load<u8>(plane)) << shift;
    shift += 8;
  }
  return transposed(block);
}

/** Eight bytes as a square of bits, rows for columns. */
function transposed(block: u64): u64 {
  let swap = (block ^ (block >> 7)) & 0x00aa_00aa_00aa_00aa;
  block ^= swap ^ (swap << 7);
  swap = (block ^ (block >> 14)) & 0x0000_cccc_0000_cccc;
  block ^= swap ^ (swap << 14);
  swap = (block ^ (block >> 28)) & 0x0000_0000_f0f0_f0f0;
  return block ^ swap ^ (swap << 28);
}

/** Adds the bits that all numbers have in common, or all with the same sign. */
function complete<T>(from: usize, end: usize, ofSmallest: u64, ofLargest: u64, sign: u64): void {
  for (; from < end; from += sizeof<T>()) {
    const low = <u64>load<T>(from);
    const high = sign == 0 || (low & sign) != 0 ? ofSmallest : ofLargest;
    store<T>(from, <T>(low | high));
  }
}
