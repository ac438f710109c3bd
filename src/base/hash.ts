// hash.ts — MurmurHash3 x86 32-bit (Austin Appleby, public domain), seed 0.
//
// It places rows on shards: the function is part of the stored format and never changes.

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** The hash of `bytes[start .. end)` as an unsigned 32-bit number. */
export function murmur3(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let hash = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    let word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    word = Math.imul(rotate(Math.imul(word, C1), 15), C2);
    hash = (Math.imul(rotate(hash ^ word, 13), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let i = end - 1; i >= at; i--) rest = (rest << 8) | bytes[i]!;
  if (at < end) hash ^= Math.imul(rotate(Math.imul(rest, C1), 15), C2);
  hash ^= end - start;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
