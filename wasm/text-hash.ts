// text-hash.ts — hashing and comparing texts in the memory. Both may read 7 bytes behind a text.

const factorA: u64 = 0x9e3779b97f4a7c15;
const factorB: u64 = 0xc2b2ae3d27d4eb4f;

/** The first `length` bytes, 1 to 8, as a number that no other bytes of that length have. */
function head(text: usize, length: u32): u64 {
  return load<u64>(text) << (64 - ((<u64>length) << 3));
}

/** 32 bits of a hash; that texts are equal is for `sameBytes` to say. */
export function hashText(text: usize, length: u32): u32 {
  let hash: u64 = factorA ^ (<u64>length * factorB);
  let left = length;
  while (left > 8) {
    hash = rotl<u64>((hash ^ load<u64>(text)) * factorA, 29) * factorB;
    text += 8;
    left -= 8;
  }
  if (left > 0) hash = (hash ^ head(text, left)) * factorA;
  return <u32>(((hash ^ (hash >> 32)) * factorB) >> 32);
}

export function sameBytes(a: usize, b: usize, length: u32): bool {
  let left = length;
  while (left > 8) {
    if (load<u64>(a) != load<u64>(b)) return false;
    a += 8;
    b += 8;
    left -= 8;
  }
  return left == 0 || head(a, left) == head(b, left);
}
