// double-delta.ts — codec DoubleDelta: how much each difference of neighbouring numbers differs from the one before.
//
//   header · first number · first difference · bits of each further difference:
//   0 it is the same, else a prefix that names a width, a sign, and in this width less one what it differs by, less one
//   10: 7 bits · 110: 9 · 1110: 12 · 11110: 32 · 11111: 64

import { peekBits, putBits, readBits, writeBits } from './bits';
import { putCountedHeader, takeCountedHeader } from './codec-header';

/** See Kernels.doubleDeltaEncode. */
export function doubleDeltaEncode(source: usize, sourceBytes: u32, width: u32, target: usize): u32 {
  const to = putCountedHeader(source, sourceBytes, width, target);
  const from = source + (sourceBytes % width);
  const count = sourceBytes / width;
  let end: usize;
  if (width == 1) end = encode<u8>(from, count, to);
  else if (width == 2) end = encode<u16>(from, count, to);
  else if (width == 4) end = encode<u32>(from, count, to);
  else end = encode<u64>(from, count, to);
  return <u32>(end - target);
}

/** See Kernels.doubleDeltaDecode. */
export function doubleDeltaDecode(source: usize, sourceBytes: u32, target: usize, targetBytes: u32): i32 {
  const from = takeCountedHeader(source, sourceBytes, target, targetBytes, 2);
  if (from == 0) return -1;
  const width = <u32>load<u8>(source);
  const bytes = <u32>(source + sourceBytes - from);
  const to = target + (targetBytes % width);
  const count = targetBytes / width;
  let isWhole: bool;
  if (width == 1) isWhole = decode<u8>(from, bytes, to, count);
  else if (width == 2) isWhole = decode<u16>(from, bytes, to, count);
  else if (width == 4) isWhole = decode<u32>(from, bytes, to, count);
  else isWhole = decode<u64>(from, bytes, to, count);
  return isWhole ? <i32>targetBytes : -1;
}

/** Where the bits end. */
function encode<T>(from: usize, count: u32, to: usize): usize {
  const unused: u64 = 64 - 8 * sizeof<T>();
  let previous: u64 = 0;
  let difference: u64 = 0;
  for (let i: u32 = 0; i < min<u32>(count, 2); i++) {
    const value = <u64>load<T>(from);
    difference = value - previous;
    store<T>(to, <T>difference);
    previous = value;
    from += sizeof<T>();
    to += sizeof<T>();
  }
  let position: u64 = 0;
  for (let i: u32 = 2; i < count; i++) {
    const value = <u64>load<T>(from);
    from += sizeof<T>();
    const next = value - previous;
    const change = <i64>((next - difference) << unused) >> unused;
    difference = next;
    previous = value;
    position = putChange(to, position, change);
  }
  return to + <usize>((position + 7) >> 3);
}

/** The position behind it. */
function putChange(target: usize, position: u64, change: i64): u64 {
  if (change == 0) {
    putBits(target, position, 0, 1);
    return position + 1;
  }
  const sign = <u64>(change < 0);
  const size = <u64>(change < 0 ? -change : change) - 1;
  if (change > -63 && change < 64) {
    putBits(target, position, (((0b10 << 1) | sign) << 6) | size, 9);
    return position + 9;
  }
  if (change > -255 && change < 256) {
    putBits(target, position, (((0b110 << 1) | sign) << 8) | size, 12);
    return position + 12;
  }
  if (change > -2047 && change < 2048) {
    putBits(target, position, (((0b1110 << 1) | sign) << 11) | size, 16);
    return position + 16;
  }
  if (change > i32.MIN_VALUE && change < i32.MAX_VALUE) {
    putBits(target, position, (((0b11110 << 1) | sign) << 31) | size, 37);
    return position + 37;
  }
  putBits(target, position, (0b11111 << 1) | sign, 6);
  writeBits(target, position + 6, size, 63);
  return position + 69;
}

function decode<T>(source: usize, sourceBytes: u32, to: usize, count: u32): bool {
  let value: u64 = 0;
  let difference: u64 = 0;
  const first = min<u32>(count, 2);
  for (let i: u32 = 0; i < first; i++) {
    difference = <u64>load<T>(source);
    source += sizeof<T>();
    value += difference;
    store<T>(to, <T>value);
    to += sizeof<T>();
  }
  const endPosition = (<u64>sourceBytes - first * sizeof<T>()) << 3;
  let position: u64 = 0;
  for (let i = first; i < count; i++) {
    if (position >= endPosition) return false;
    const bits = peekBits(source, position);
    // How many ones begin the prefix, 5 at most.
    const ones = min<u32>(<u32>clz(~bits), 5);
    if (ones == 0) {
      position++;
    } else {
      const width = widthAfter(ones);
      const signAt = min<u32>(ones + 1, 5);
      const size = readBits(source, position + signAt + 1, width - 1) + 1;
      difference += (bits >> (63 - signAt)) & 1 ? 0 - size : size;
      position += signAt + width;
    }
    value += difference;
    store<T>(to, <T>value);
    to += sizeof<T>();
  }
  return position <= endPosition;
}

function widthAfter(ones: u32): u32 {
  // One byte per number of ones, from 0 on: 0, 7, 9, 12, 32, 64.
  return <u32>((<u64>0x4020_0c09_0700 >> (ones << 3)) & 0xff);
}
