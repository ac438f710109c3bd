// lz4-compress.ts — an LZ4 block by greedy search: one candidate per hash of five bytes, wider steps where nothing matches.
//
// Keeps true, as decoders require: the last 5 bytes are literals, and no match begins in the last 12.

const hashBits: u64 = 13;
const noMatchBytes: usize = 12;
const lastLiterals: usize = 5;
const maxOffset: u32 = 65535;
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

/** Where the bytes at `at` and at `candidate` begin to differ, at most `end`. */
function matchEnd(at: usize, candidate: usize, end: usize): usize {
  while (at + 8 <= end) {
    const difference = load<u64>(at) ^ load<u64>(candidate);
    if (difference != 0) return at + (<usize>ctz(difference) >> 3);
    at += 8;
    candidate += 8;
  }
  while (at < end && load<u8>(at) == load<u8>(candidate)) {
    at++;
    candidate++;
  }
  return at;
}

/** Writes token and literals; the match length is still missing from the token. */
function putLiterals(from: usize, count: u32, to: usize): usize {
  store<u8>(to++, <u8>(min(count, 15) << 4));
  if (count >= 15) to = putMore(count - 15, to);
  const end = to + count;
  while (to < end) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  return end;
}

function putMatchLength(token: usize, length: u32, to: usize): usize {
  store<u8>(token, load<u8>(token) | <u8>min(length, 15));
  return length < 15 ? to : putMore(length - 15, to);
}

function putMore(rest: u32, to: usize): usize {
  while (rest >= 255) {
    store<u8>(to++, 255);
    rest -= 255;
  }
  store<u8>(to, <u8>rest);
  return to + 1;
}

function putLast(from: usize, end: usize, to: usize): usize {
  return putLiterals(from, <u32>(end - from), to);
}
