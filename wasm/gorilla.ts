// gorilla.ts — codec Gorilla: which bits of each number differ from the one before; made for floating point numbers.
//
//   header · first number · bits of each further number, of its XOR with the one
//   before: 0 the same · 10 the bits in the window before · 11 a new window: zeros before it, its width, the bits in it

import { peekBits, putBits, readBits, writeBits } from './bits';
import { putCountedHeader, takeCountedHeader } from './codec-header';

/** See Kernels.gorillaEncode. */
export function gorillaEncode(source: usize, sourceBytes: u32, width: u32, target: usize): u32 {
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

/** See Kernels.gorillaDecode. */
export function gorillaDecode(source: usize, sourceBytes: u32, target: usize, targetBytes: u32): i32 {
  const from = takeCountedHeader(source, sourceBytes, target, targetBytes, 1);
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

/** How many bits name the width of a window; one less name the zeros before it. */
function widthBits<T>(): u32 {
  return 4 + ctz(<u32>sizeof<T>());
}

/** Where the bits end. */
function encode<T>(from: usize, count: u32, to: usize): usize {
  if (count == 0) return to;
  const numberBits: u32 = 8 * sizeof<T>();
  let previous = <u64>load<T>(from);
  store<T>(to, <T>previous);
  to += sizeof<T>();
  let position: u64 = 0;
  let before: u32 = 0;
  let width: u32 = 0;
  let behind: u32 = 0;
  for (let i: u32 = 1; i < count; i++) {
    from += sizeof<T>();
    const value = <u64>load<T>(from);
    const difference = value ^ previous;
    previous = value;
    if (difference == 0) {
      putBits(to, position++, 0, 1);
      continue;
    }
    const zerosBefore = <u32>clz(difference) - (64 - numberBits);
    const zerosBehind = <u32>ctz(difference);
    if (width != 0 && before <= zerosBefore && behind <= zerosBehind) {
      putBits(to, position, 0b10, 2);
      position += 2;
    } else {
      before = zerosBefore;
      behind = zerosBehind;
      width = numberBits - before - behind;
      const names = ((((<u64>0b11) << (widthBits<T>() - 1)) | before) << widthBits<T>()) | width;
      putBits(to, position, names, 2 * widthBits<T>() + 1);
      position += 2 * widthBits<T>() + 1;
    }
    writeBits(to, position, difference >> behind, width);
    position += width;
  }
  return to + <usize>((position + 7) >> 3);
}

function decode<T>(source: usize, sourceBytes: u32, to: usize, count: u32): bool {
  if (count == 0) return true;
  const numberBits: u32 = 8 * sizeof<T>();
  let value = <u64>load<T>(source);
  store<T>(to, <T>value);
  source += sizeof<T>();
  const endPosition = (<u64>sourceBytes - sizeof<T>()) << 3;
  let position: u64 = 0;
  let width: u32 = 0;
  let behind: u32 = 0;
  for (let i: u32 = 1; i < count; i++) {
    if (position >= endPosition) return false;
    const bits = peekBits(source, position);
    if (<i64>bits >= 0) {
      position++;
    } else {
      position += 2;
      if ((bits >> 62) & 1) {
        const before = <u32>((bits << 2) >> (65 - widthBits<T>()));
        width = <u32>((bits << (widthBits<T>() + 1)) >> (64 - widthBits<T>()));
        if (before + width > numberBits) return false;
        behind = numberBits - before - width;
        position += 2 * widthBits<T>() - 1;
      }
      if (width == 0) return false;
      value ^= readBits(source, position, width) << behind;
      position += width;
    }
    to += sizeof<T>();
    store<T>(to, <T>value);
  }
  return position <= endPosition;
}
