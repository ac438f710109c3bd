// text-hash.ts — hashing and comparing texts in the memory. Both may read 15 bytes behind a text.

const factorA: u64 = 0x9e3779b97f4a7c15;
const factorB: u64 = 0xc2b2ae3d27d4eb4f;

/** The first `length` bytes, 1 to 8, as a number that no other bytes of that length have. */
function head(text: usize, length: u32): u64 {
  return load<u64>(text) << (64 - ((<u64>length) << 3));
}

/** 32 bits of a hash; that texts are equal is for `sameBytes` to say. */
export function hashText(text: usize, length: u32): u32 {
  // Two sums that do not wait for each other.
  let a: u64 = factorA ^ (<u64>length * factorB);
  let b: u64 = factorB;
  let left = length;
  while (left > 16) {
    a = rotl<u64>((a ^ load<u64>(text)) * factorA, 29);
    b = rotl<u64>((b ^ load<u64>(text, 8)) * factorB, 31);
    text += 16;
    left -= 16;
  }
  if (left > 8) {
    a = rotl<u64>((a ^ load<u64>(text)) * factorA, 29);
    b = (b ^ head(text + 8, left - 8)) * factorB;
  } else if (left > 0) {
    b = (b ^ head(text, left)) * factorB;
  }
  const hash = (a ^ rotl<u64>(b, 32)) * factorA;
  return <u32>((hash ^ (hash >> 29)) >> 32);
}

export function sameBytes(a: usize, b: usize, length: u32): bool {
  let left = length;
  while (left > 16) {
    if (v128.any_true(v128.xor(v128.load(a), v128.load(b)))) return false;
    a += 16;
    b += 16;
    left -= 16;
  }
  if (left > 8) {
    return load<u64>(a) == load<u64>(b) && head(a + 8, left - 8) == head(b + 8, left - 8);
  }
  return left == 0 || head(a, left) == head(b, left);
}
