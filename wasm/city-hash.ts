// city-hash.ts — CityHash 1.0.2 (Google, 2011), as ClickHouse uses it: later versions give other hashes.
//
// The 128-bit functions write the low half, then the high half, as they are stored.

const k0: u64 = 0xc3a5c85c97cb3127;
const k1: u64 = 0xb492b66fbe98f273;
const k2: u64 = 0x9ae16a3b2f90404f;
const k3: u64 = 0xc949d7c7509e6557;
const chunkBytes: u32 = 2048;

/** See Kernels.cityHash64. */
export function cityHash64(source: usize, sourceBytes: u32): u64 {
  if (sourceBytes <= 16) return hashUpTo16(source, sourceBytes);
  if (sourceBytes <= 32) return hashUpTo32(source, sourceBytes);
  if (sourceBytes <= 64) return hashUpTo64(source, sourceBytes);
  return hashLong(source, sourceBytes);
}

/** See Kernels.cityHash128. */
export function cityHash128(source: usize, sourceBytes: u32, target: usize): void {
  const n = <u64>sourceBytes;
  if (sourceBytes >= 16) {
    cityHash128WithSeed(source + 16, sourceBytes - 16, load<u64>(source) ^ k3, load<u64>(source, 8), target);
  } else if (sourceBytes >= 8) {
    const low = load<u64>(source) ^ (n * k0);
    cityHash128WithSeed(source, 0, low, load<u64>(source + sourceBytes - 8) ^ k1, target);
  } else {
    cityHash128WithSeed(source, sourceBytes, k0, k1, target);
  }
}

/** See Kernels.cityHash128WithSeed. */
export function cityHash128WithSeed(
  source: usize,
  sourceBytes: u32,
  low: u64,
  high: u64,
  target: usize,
): void {
  if (sourceBytes < 128) hashShortWithSeed(source, sourceBytes, low, high, target);
  else hashLongWithSeed(source, sourceBytes, low, high, target);
}

/** See Kernels.chunkedHash. */
export function chunkedHash(source: usize, sourceBytes: u32, state: usize): void {
  while (sourceBytes > 0) {
    const size = min(sourceBytes, chunkBytes);
    cityHash128WithSeed(source, size, load<u64>(state), load<u64>(state, 8), state);
    source += size;
    sourceBytes -= size;
  }
}

function mix(value: u64): u64 {
  return value ^ (value >> 47);
}

/** CityHash64WithSeed of bytes whose CityHash64 is `hash`. */
export function seeded(hash: u64, seed: u64): u64 {
  return combine(hash - k2, seed);
}

/** Two halves of 64 bits, hashed to one. */
export function combine(low: u64, high: u64): u64 {
  const m: u64 = 0x9ddfea08eb382d69;
  const a = mix((low ^ high) * m);
  return mix((high ^ a) * m) * m;
}

function hashUpTo16(source: usize, n: u32): u64 {
  const end = source + n;
  if (n > 8) {
    const a = load<u64>(source);
    const b = load<u64>(end - 8);
    return combine(a, rotr(b + n, n)) ^ b;
  }
  if (n >= 4) return combine(n + ((<u64>load<u32>(source)) << 3), <u64>load<u32>(end - 4));
  if (n == 0) return k2;
  const y = <u64>load<u8>(source) + ((<u64>load<u8>(source + (n >> 1))) << 8);
  const z = n + ((<u64>load<u8>(end - 1)) << 2);
  return mix((y * k2) ^ (z * k3)) * k2;
}

function hashUpTo32(source: usize, n: u32): u64 {
  const end = source + n;
  const a = load<u64>(source) * k1;
  const b = load<u64>(source, 8);
  const c = load<u64>(end - 8) * k2;
  const d = load<u64>(end - 16) * k0;
  return combine(rotr(a - b, 43) + rotr(c, 30) + d, a + rotr(b ^ k3, 20) - c + n);
}

function hashUpTo64(source: usize, n: u32): u64 {
  const end = source + n;
  let z = load<u64>(source, 24);
  let a = load<u64>(source) + (n + load<u64>(end - 16)) * k0;
  let b = rotr(a + z, 52);
  let c = rotr(a, 37);
  a += load<u64>(source, 8);
  c += rotr(a, 7);
  a += load<u64>(source, 16);
  const firstLow = a + z;
  const firstHigh = b + rotr(a, 31) + c;
  a = load<u64>(source, 16) + load<u64>(end - 32);
  z = load<u64>(end - 8);
  b = rotr(a + z, 52);
  c = rotr(a, 37);
  a += load<u64>(end - 24);
  c += rotr(a, 7);
  a += load<u64>(end - 16);
  const lastLow = a + z;
  const lastHigh = b + rotr(a, 31) + c;
  const r = mix((firstLow + lastHigh) * k2 + (lastLow + firstHigh) * k0);
  return mix(r * k0 + firstHigh) * k2;
}

function hashLong(source: usize, n: u32): u64 {
  const end = source + n;
  let x = load<u64>(source);
  let y = load<u64>(end - 16) ^ k1;
  let z = load<u64>(end - 56) ^ k0;
  // v and w are pairs that a function of 32 bytes renews.
  let a = <u64>n;
  let b = y;
  b = rotr(b + (a += load<u64>(end - 64)) + load<u64>(end - 40), 21);
  let v1 = a + load<u64>(end - 56) + load<u64>(end - 48);
  let v2 = b + rotr(v1, 44) + a;
  v1 += load<u64>(end - 40);
  a = n * k1 + load<u64>(end - 32);
  b = rotr(k0 + a + load<u64>(end - 8), 21);
  let w1 = a + load<u64>(end - 24) + load<u64>(end - 16);
  let w2 = b + rotr(w1, 44) + a;
  w1 += load<u64>(end - 8);
  z += mix(v2) * k1;
  x = rotr(z + x, 39) * k1;
  y = rotr(y, 33) * k1;
  const last = source + ((n - 1) & ~63);
  for (let at = source; at < last; at += 64) {
    x = rotr(x + y + v1 + load<u64>(at, 16), 37) * k1;
    y = rotr(y + v2 + load<u64>(at, 48), 42) * k1;
    x ^= w2;
    y ^= v1;
    z = rotr(z ^ w1, 33);
    a = v2 * k1 + load<u64>(at);
    b = rotr(x + w1 + a + load<u64>(at, 24), 21);
    v1 = a + load<u64>(at, 8) + load<u64>(at, 16);
    v2 = b + rotr(v1, 44) + a;
    v1 += load<u64>(at, 24);
    a = z + w2 + load<u64>(at, 32);
    b = rotr(y + a + load<u64>(at, 56), 21);
    w1 = a + load<u64>(at, 40) + load<u64>(at, 48);
    w2 = b + rotr(w1, 44) + a;
    w1 += load<u64>(at, 56);
    const swapped = z;
    z = x;
    x = swapped;
  }
  return combine(combine(v1, w1) + mix(y) * k1 + z, combine(v2, w2) + x);
}

function hashShortWithSeed(source: usize, n: u32, low: u64, high: u64, target: usize): void {
  const end = source + n;
  let a = low;
  let b = high;
  let c: u64;
  let d: u64;
  if (n <= 16) {
    a = mix(a * k1) * k1;
    c = b * k1 + hashUpTo16(source, n);
    d = mix(a + (n >= 8 ? load<u64>(source) : c));
  } else {
    c = combine(load<u64>(end - 8) + k1, a);
    d = combine(b + n, c + load<u64>(end - 16));
    a += d;
    for (let at = source; at < end - 16; at += 16) {
      a = (a ^ (mix(load<u64>(at) * k1) * k1)) * k1;
      b ^= a;
      c = (c ^ (mix(load<u64>(at, 8) * k1) * k1)) * k1;
      d ^= c;
    }
  }
  a = combine(a, c);
  b = combine(d, b);
  store<u64>(target, a ^ b);
  store<u64>(target, combine(b, a), 8);
}

function hashLongWithSeed(source: usize, n: u32, low: u64, high: u64, target: usize): void {
  let x = low;
  let y = high;
  let z = n * k1;
  let v1 = rotr(y ^ k1, 49) * k1 + load<u64>(source);
  let v2 = rotr(v1, 42) * k1 + load<u64>(source, 8);
  let w1 = rotr(y + z, 35) * k1 + x;
  let w2 = rotr(x + load<u64>(source, 88), 53) * k1;
  const last = source + (n & ~127);
  for (let at = source; at < last; at += 64) {
    x = rotr(x + y + v1 + load<u64>(at, 16), 37) * k1;
    y = rotr(y + v2 + load<u64>(at, 48), 42) * k1;
    x ^= w2;
    y ^= v1;
    z = rotr(z ^ w1, 33);
    let a = v2 * k1 + load<u64>(at);
    let b = rotr(x + w1 + a + load<u64>(at, 24), 21);
    v1 = a + load<u64>(at, 8) + load<u64>(at, 16);
    v2 = b + rotr(v1, 44) + a;
    v1 += load<u64>(at, 24);
    a = z + w2 + load<u64>(at, 32);
    b = rotr(y + a + load<u64>(at, 56), 21);
    w1 = a + load<u64>(at, 40) + load<u64>(at, 48);
    w2 = b + rotr(w1, 44) + a;
    w1 += load<u64>(at, 56);
    const swapped = z;
    z = x;
    x = swapped;
  }
  y += rotr(w1, 37) * k0 + z;
  x += rotr(v1 + z, 49) * k0;
  const rest = n & 127;
  for (let done: u32 = 0; done < rest;) {
    done += 32;
    const at = source + n - done;
    y = rotr(y - x, 42) * k0 + v2;
    w1 += load<u64>(at, 16);
    x = rotr(x, 49) * k0 + w1;
    w1 += v1;
    const a = v1 + load<u64>(at);
    const b = rotr(v2 + a + load<u64>(at, 24), 21);
    v1 = a + load<u64>(at, 8) + load<u64>(at, 16);
    v2 = b + rotr(v1, 44) + a;
    v1 += load<u64>(at, 24);
  }
  x = combine(x, v1);
  y = combine(y, w1);
  store<u64>(target, combine(x + v2, w2) + y);
  store<u64>(target, combine(x + w2, y + v2), 8);
}
