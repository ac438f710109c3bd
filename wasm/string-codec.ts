// string-codec.ts — strings as a file holds them, each as `length varint · bytes`, to and from offsets + bytes.

import { copyShort } from './copy';

/** Most bytes of a varint below 2^32. */
const maxVarintBytes: u32 = 5;

/** See Kernels.decodeStrings. */
export function decodeStrings(
  source: usize,
  sourceBytes: u32,
  count: u32,
  offsets: usize,
  bytes: usize,
): i32 {
  const end = source + sourceBytes;
  let from = source;
  let to = bytes;
  store<u32>(offsets, 0);
  for (let i: u32 = 0; i < count; i++) {
    if (from >= end) return -1;
    let length = <u64>load<u8>(from);
    let after = from + 1;
    if (length >= 128) {
      after = varintEnd(from, end);
      if (after == 0) return -1;
      length = varint(from, after);
    }
    if (length > <u64>(end - after)) return -1;
    copyShort(after, to, <u32>length);
    from = after + <usize>length;
    to += <usize>length;
    offsets += 4;
    store<u32>(offsets, <u32>(to - bytes));
  }
  return <i32>(from - source);
}

/** See Kernels.skipStrings. */
export function skipStrings(source: usize, sourceBytes: u32, count: u32): i32 {
  const end = source + sourceBytes;
  let from = source;
  for (let i: u32 = 0; i < count; i++) {
    if (from >= end) return -1;
    let length = <u64>load<u8>(from);
    let after = from + 1;
    if (length >= 128) {
      after = varintEnd(from, end);
      if (after == 0) return -1;
      length = varint(from, after);
    }
    if (length > <u64>(end - after)) return -1;
    from = after + <usize>length;
  }
  return <i32>(from - source);
}

/** See Kernels.encodedStringsBytes. */
export function encodedStringsBytes(offsets: usize, count: u32): u32 {
  let size = load<u32>(offsets + (count << 2)) - load<u32>(offsets) + count;
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(offsets, 4) - load<u32>(offsets);
    if (length >= 128) size += (31 - clz(length)) / 7;
    offsets += 4;
  }
  return size;
}

/** See Kernels.encodeStrings. */
export function encodeStrings(offsets: usize, bytes: usize, count: u32, target: usize): u32 {
  let to = target;
  for (let i: u32 = 0; i < count; i++) {
    const start = load<u32>(offsets);
    const length = load<u32>(offsets, 4) - start;
    offsets += 4;
    let rest = length;
    while (rest >= 128) {
      store<u8>(to++, <u8>(rest | 128));
      rest >>= 7;
    }
    store<u8>(to++, <u8>rest);
    copyShort(bytes + start, to, length);
    to += length;
  }
  return <u32>(to - target);
}

/** Behind the varint at `from`; 0 when it does not end before `end` or is too long. */
function varintEnd(from: usize, end: usize): usize {
  const last = min(end, from + maxVarintBytes);
  while (from < last) {
    if (load<u8>(from++) < 128) return from;
  }
  return 0;
}

function varint(from: usize, end: usize): u64 {
  let value = <u64>load<u8>(from) & 127;
  for (let shift: u64 = 7; ++from < end; shift += 7) value |= (<u64>load<u8>(from) & 127) << shift;
  return value;
}
