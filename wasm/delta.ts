// delta.ts — codec Delta: differences of neighbouring numbers, as wide as they are.
//
//   header · differences, the first from 0

import { headerBytes, putHeader, takeHeader } from './codec-header';

/** See Kernels.deltaEncode. */
export function deltaEncode(source: usize, sourceBytes: u32, width: u32, target: usize): u32 {
  const rest = putHeader(source, sourceBytes, width, target);
  const from = source + rest;
  const end = source + sourceBytes;
  const to = target + headerBytes + rest;
  if (width == 1) encode<u8>(from, end, to);
  else if (width == 2) encode<u16>(from, end, to);
  else if (width == 4) encode<u32>(from, end, to);
  else encode<u64>(from, end, to);
  return headerBytes + sourceBytes;
}

/** See Kernels.deltaDecode. */
export function deltaDecode(source: usize, sourceBytes: u32, target: usize, targetBytes: u32): i32 {
  const rest = takeHeader(source, sourceBytes, target, targetBytes);
  if (rest < 0 || sourceBytes != targetBytes + headerBytes) return -1;
  const width = <u32>load<u8>(source);
  const from = source + headerBytes + rest;
  const to = target + rest;
  const end = target + targetBytes;
  if (width == 1) decode<u8>(from, to, end);
  else if (width == 2) decode<u16>(from, to, end);
  else if (width == 4) decode<u32>(from, to, end);
  else decode<u64>(from, to, end);
  return <i32>targetBytes;
}

function encode<T>(from: usize, end: usize, to: usize): void {
  let previous: T = 0;
  while (from < end) {
    const value = load<T>(from);
    store<T>(to, value - previous);
    previous = value;
    from += sizeof<T>();
    to += sizeof<T>();
  }
}

function decode<T>(from: usize, to: usize, end: usize): void {
  let value: T = 0;
  while (to < end) {
    value += load<T>(from);
    store<T>(to, value);
    from += sizeof<T>();
    to += sizeof<T>();
  }
}
