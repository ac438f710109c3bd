// lz4-compress.ts — an LZ4 block by greedy search: one candidate per hash of five bytes, wider steps where nothing matches.

import {
  lastLiterals,
  matchEnd,
  maxOffset,
  noMatchBytes,
  putLast,
  putLiterals,
  putMatchLength,
} from './lz4-sequences';

const hashBits: u64 = 13;
/** After so many steps in vain the search goes on one byte wider: data that does not compress is passed over quickly. */
const patienceBits: u32 = 6;

/** See Kernels.lz4Compress. */
export function lz4Compress(source: usize, sourceBytes: u32, target: usize, scratch: usize): u32 {
  const sourceEnd = source + sourceBytes;
  const searchEnd = sourceEnd - noMatchBytes;
  let anchor = source;
  let at = source + 1;
  let to = target;
  // A slot holds a position, from the source's first byte; unused ones name that byte, a candidate like any other.
  memory.fill(scratch, 0, (<usize>4) << (<usize>hashBits));
  while (sourceBytes > <u32>noMatchBytes && at <= searchEnd) {
    let candidate: usize = 0;
    let tries: u32 = 1 << patienceBits;
    while (true) {
      const eight = load<u64>(at);
      const slot = scratch + slotOf(eight);
      candidate = source + load<u32>(slot);
      store<u32>(slot, <u32>(at - source));
      if (<u32>eight == load<u32>(candidate) && <u32>(at - candidate) <= maxOffset) break;
      at += tries++ >> patienceBits;
      if (at > searchEnd) return <u32>(putLast(anchor, sourceEnd, to) - target);
    }
    while (at > anchor && candidate > source && load<u8>(at - 1) == load<u8>(candidate - 1)) {
      at--;
      candidate--;
    }
    let token = to;
    to = putLiterals(anchor, <u32>(at - anchor), to);
    while (true) {
      const end = matchEnd(at + 4, candidate + 4, sourceEnd - lastLiterals);
      store<u16>(to, <u16>(at - candidate));
      to = putMatchLength(token, <u32>(end - at) - 4, to + 2);
      at = end;
      anchor = end;
      if (at > searchEnd) return <u32>(putLast(anchor, sourceEnd, to) - target);
      store<u32>(scratch + slotOf(load<u64>(at - 2)), <u32>(at - 2 - source));
      // Matches often follow each other without literals.
      const eight = load<u64>(at);
      const slot = scratch + slotOf(eight);
      candidate = source + load<u32>(slot);
      store<u32>(slot, <u32>(at - source));
      if (<u32>eight != load<u32>(candidate) || <u32>(at - candidate) > maxOffset) break;
      token = to++;
      store<u8>(token, 0);
    }
    at++;
  }
  return <u32>(putLast(anchor, sourceEnd, to) - target);
}

function slotOf(eight: u64): usize {
  return (<usize>(((eight << 24) * 889523592379) >> (64 - hashBits))) << 2;
}
