// lz4-sequences.ts — what compressors write LZ4 blocks with (lz4-decompress.ts has the format).
//
// Keeps true, as decoders require: the last 5 bytes are literals, and no match begins in the last 12.

export const noMatchBytes: usize = 12;
export const lastLiterals: usize = 5;
export const maxOffset: u32 = 65535;

/** Where the bytes at `at` and at `candidate` begin to differ, at most `end`. */
export function matchEnd(at: usize, candidate: usize, end: usize): usize {
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
export function putLiterals(from: usize, count: u32, to: usize): usize {
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

export function putMatchLength(token: usize, length: u32, to: usize): usize {
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

export function putLast(from: usize, end: usize, to: usize): usize {
  return putLiterals(from, <u32>(end - from), to);
}
