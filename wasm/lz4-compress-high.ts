// lz4-compress-high.ts — an LZ4 block by thorough search: all places with the same four bytes, nearest first, up to a
// number of attempts; and a match waits one byte for a longer one.

import {
  lastLiterals,
  matchEnd,
  maxOffset,
  noMatchBytes,
  putLast,
  putLiterals,
  putMatchLength,
} from './lz4-sequences';

const hashBits: u32 = 15;
/** Behind the slots, per position modulo 64 Ki: how far before it the last one of its hash is, u16; 0 for none. */
const chains: usize = (<usize>4) << hashBits;
const minMatch: u32 = 4;
/** Longer ones are not to be had often; the search ends. */
const longEnough: u32 = 2048;

/** See Kernels.lz4CompressHigh. */
export function lz4CompressHigh(
  source: usize,
  sourceBytes: u32,
  target: usize,
  scratch: usize,
  attempts: u32,
): u32 {
  const sourceEnd = source + sourceBytes;
  let anchor = source;
  let to = target;
  if (sourceBytes > <u32>noMatchBytes) {
    // A slot holds a position plus one, from the source's first byte.
    memory.fill(scratch, 0, chains);
    const searchEnd = sourceEnd - noMatchBytes;
    const end = sourceEnd - lastLiterals;
    let at = source;
    while (at <= searchEnd) {
      let match = longestMatch(source, at, end, scratch, attempts);
      remember(source, at, scratch);
      if (lengthOf(match) < minMatch) {
        at++;
        continue;
      }
      while (at < searchEnd && lengthOf(match) < longEnough) {
        const later = longestMatch(source, at + 1, end, scratch, attempts);
        if (lengthOf(later) <= lengthOf(match)) break;
        match = later;
        at++;
        remember(source, at, scratch);
      }
      const token = to;
      to = putLiterals(anchor, <u32>(at - anchor), to);
      store<u16>(to, <u16>match);
      to = putMatchLength(token, lengthOf(match) - minMatch, to + 2);
      anchor = at + lengthOf(match);
      for (at++; at < anchor; at++) if (at <= searchEnd) remember(source, at, scratch);
    }
  }
  return <u32>(putLast(anchor, sourceEnd, to) - target);
}

function slotOf(at: usize): usize {
  return (<usize>((load<u32>(at) * 2654435761) >> (32 - hashBits))) << 2;
}

function remember(source: usize, at: usize, scratch: usize): void {
  const slot = scratch + slotOf(at);
  const position = <u32>(at - source) + 1;
  const distance = position - load<u32>(slot);
  const isNear = load<u32>(slot) != 0 && distance <= maxOffset;
  store<u16>(scratch + chains + <usize>((position & 0xffff) << 1), isNear ? <u16>distance : 0);
  store<u32>(slot, position);
}

/** Length in the high half, offset in the low one; length 0 when there is none. */
function longestMatch(source: usize, at: usize, end: usize, scratch: usize, attempts: u32): u64 {
  const four = load<u32>(at);
  let position = load<u32>(scratch + slotOf(at));
  let length: u32 = 0;
  let best: u64 = 0;
  while (position != 0 && attempts-- != 0) {
    const candidate = source + position - 1;
    const offset = <u32>(at - candidate);
    if (offset > maxOffset) break;
    if (load<u32>(candidate) == four && load<u8>(candidate + length) == load<u8>(at + length)) {
      const found = <u32>(matchEnd(at + 4, candidate + 4, end) - at);
      if (found > length) {
        length = found;
        best = ((<u64>found) << 32) | offset;
        if (found >= longEnough || at + found == end) break;
      }
    }
    const distance = <u32>load<u16>(scratch + chains + <usize>((position & 0xffff) << 1));
    if (distance == 0) break;
    position -= distance;
  }
  return best;
}

function lengthOf(match: u64): u32 {
  return <u32>(match >> 32);
}
