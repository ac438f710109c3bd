// hash.ts — fast seeded hashes of values, for tables and sketches in memory; not for anything that is stored.
//
// WebAssembly multiplies 64 bits to 64, so a multiplication is followed by folding the high bits down.

const factorA: u64 = 0x9e3779b97f4a7c15;
const factorB: u64 = 0xd6e8feb86659fd93;
const factorC: u64 = 0xff51afd7ed558ccd;
const factorD: u64 = 0xc4ceb9fe1a85ec53;

/** A bijection: equal hashes of 64 bits mean equal values. */
function mix(value: u64): u64 {
  value = (value ^ (value >> 32)) * factorB;
  value = (value ^ (value >> 32)) * factorB;
  return value ^ (value >> 32);
}

function hashRows<T>(values: usize, count: u32, seed: u64, target: usize): void {
  const end = target + ((<usize>count) << 3);
  for (; target < end; target += 8, values += sizeof<T>()) {
    store<u64>(target, mix(<u64>load<T>(values) ^ seed));
  }
}

/** See Kernels.hash64. */
export function hash8(values: usize, count: u32, seed: u64, target: usize): void {
  hashRows<u8>(values, count, seed, target);
}

/** See Kernels.hash64. */
export function hash16(values: usize, count: u32, seed: u64, target: usize): void {
  hashRows<u16>(values, count, seed, target);
}

/** See Kernels.hash64. */
export function hash32(values: usize, count: u32, seed: u64, target: usize): void {
  hashRows<u32>(values, count, seed, target);
}

/** See Kernels.hash64. */
export function hash64(values: usize, count: u32, seed: u64, target: usize): void {
  hashRows<u64>(values, count, seed, target);
}

/** See Kernels.hashStrings. */
export function hashStrings(offsets: usize, bytes: usize, count: u32, seed: u64, target: usize): void {
  const end = target + ((<usize>count) << 4);
  for (; target < end; target += 16, offsets += 4) {
    const start = load<u32>(offsets);
    const size = load<u32>(offsets, 4) - start;
    hashString(bytes + start, size, seed, target);
  }
}

/** Two lanes over the even and the odd words, crossed at the end, so that each half depends on every byte. */
function hashString(text: usize, size: u32, seed: u64, target: usize): void {
  let a = seed ^ (<u64>size * factorA);
  let b = seed + <u64>size * factorD;
  let left = size;
  while (left > 16) {
    a = rotl<u64>((a ^ load<u64>(text)) * factorB, 29) + b;
    b = rotl<u64>((b ^ load<u64>(text, 8)) * factorC, 31) ^ a;
    text += 16;
    left -= 16;
  }
  a = rotl<u64>((a ^ firstBytes(text, min(left, 8))) * factorB, 29) + b;
  b = rotl<u64>((b ^ firstBytes(text + 8, left > 8 ? left - 8 : 0)) * factorC, 31) ^ a;
  a = mix(a + b * factorD);
  store<u64>(target, a);
  store<u64>(target, mix(b ^ a), 8);
}

/** Up to 8 bytes as a number. */
function firstBytes(text: usize, size: u32): u64 {
  return size == 0 ? 0 : load<u64>(text) & (u64.MAX_VALUE >> (64 - ((<u64>size) << 3)));
}
