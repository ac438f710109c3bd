// city-hash.ts — CityHash 1.0.2 over big integers, word for word as its definition reads.

type Pair = readonly [bigint, bigint];

const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;
const k3 = 0xc949d7c7509e6557n;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint =>
  bits === 0n ? wrap(value) : wrap((wrap(value) >> bits) | (value << (64n - bits)));
const mix = (value: bigint): bigint => wrap(value) ^ (wrap(value) >> 47n);

/** CityHash64WithSeed. */
export function cityHash64WithSeed(source: Uint8Array, seed: bigint): bigint {
  return combine(cityHash64(source) - k2, seed);
}

/** Two halves, hashed to one. */
export function combine(low: bigint, high: bigint): bigint {
  const m = 0x9ddfea08eb382d69n;
  const a = mix((wrap(low) ^ wrap(high)) * m);
  return wrap(mix((wrap(high) ^ a) * m) * m);
}

/** CityHash64. */
export function cityHash64(source: Uint8Array): bigint {
  const n = source.length;
  const f = (at: number): bigint => word(source, at);
  const size = BigInt(n);
  if (n === 0) return k2;
  if (n <= 3) {
    const y = BigInt(source[0]! + 256 * source[n >> 1]!);
    const z = BigInt(n + 4 * source[n - 1]!);
    return wrap(mix(wrap(y * k2) ^ wrap(z * k3)) * k2);
  }
  if (n <= 8) return combine(size + 8n * halfWord(source, 0), halfWord(source, n - 4));
  if (n <= 16) return combine(f(0), rotate(f(n - 8) + size, size)) ^ f(n - 8);
  if (n <= 32) {
    const [a, b, c, d] = [f(0) * k1, f(8), f(n - 8) * k2, f(n - 16) * k0];
    return combine(rotate(a - b, 43n) + rotate(c, 30n) + d, a + rotate(b ^ k3, 20n) - c + size);
  }
  if (n <= 64) {
    const v = fold(f(0) + (size + f(n - 16)) * k0, f(24), f(8), f(16));
    const w = fold(f(16) + f(n - 32), f(n - 8), f(n - 24), f(n - 16));
    const r = mix((v[0] + w[1]) * k2 + (w[0] + v[1]) * k0);
    return wrap(mix(r * k0 + v[1]) * k2);
  }
  let state = {
    x: f(0),
    y: f(n - 16) ^ k1,
    z: f(n - 56) ^ k0,
    v: renew(source, n - 64, size, f(n - 16) ^ k1),
    w: renew(source, n - 32, size * k1, k0),
  };
  state.z = wrap(state.z + mix(state.v[1]) * k1);
  state.x = wrap(rotate(state.z + state.x, 39n) * k1);
  state.y = wrap(rotate(state.y, 33n) * k1);
  for (let at = 0; at < ((n - 1) & ~63); at += 64) state = step(source, at, state);
  const { x, y, z, v, w } = state;
  return combine(combine(v[0], w[0]) + mix(y) * k1 + z, combine(v[1], w[1]) + x);
}

/** CityHash128: low and high half. */
export function cityHash128(source: Uint8Array): Pair {
  const n = source.length;
  if (n >= 16) return cityHash128WithSeed(source.subarray(16), [word(source, 0) ^ k3, word(source, 8)]);
  if (n >= 8) {
    const seed: Pair = [word(source, 0) ^ wrap(BigInt(n) * k0), word(source, n - 8) ^ k1];
    return cityHash128WithSeed(new Uint8Array(), seed);
  }
  return cityHash128WithSeed(source, [k0, k1]);
}

export function cityHash128WithSeed(source: Uint8Array, [low, high]: Pair): Pair {
  return source.length < 128 ? hashShort(source, low, high) : hashLong(source, low, high);
}

/** The hash of a file in checksums.txt. */
export function chunkedHash(source: Uint8Array): Pair {
  let state: Pair = [0n, 0n];
  for (let at = 0; at < source.length; at += 2048)
    state = cityHash128WithSeed(source.subarray(at, at + 2048), state);
  return state;
}

function hashShort(source: Uint8Array, low: bigint, high: bigint): Pair {
  const n = source.length;
  const size = BigInt(n);
  let [a, b, c, d] = [low, high, 0n, 0n];
  if (n <= 16) {
    a = wrap(mix(a * k1) * k1);
    c = wrap(b * k1 + cityHash64(source));
    d = mix(a + (n >= 8 ? word(source, 0) : c));
  } else {
    c = combine(word(source, n - 8) + k1, a);
    d = combine(b + size, c + word(source, n - 16));
    a = wrap(a + d);
    for (let at = 0; at < n - 16; at += 16) {
      a = wrap((a ^ wrap(mix(word(source, at) * k1) * k1)) * k1);
      b ^= a;
      c = wrap((c ^ wrap(mix(word(source, at + 8) * k1) * k1)) * k1);
      d ^= c;
    }
  }
  a = combine(a, c);
  b = combine(d, b);
  return [a ^ b, combine(b, a)];
}

type State = { x: bigint; y: bigint; z: bigint; v: Pair; w: Pair };

function hashLong(source: Uint8Array, low: bigint, high: bigint): Pair {
  const n = source.length;
  const z = wrap(BigInt(n) * k1);
  const v1 = wrap(rotate(high ^ k1, 49n) * k1 + word(source, 0));
  const v: Pair = [v1, wrap(rotate(v1, 42n) * k1 + word(source, 8))];
  const w: Pair = [wrap(rotate(high + z, 35n) * k1 + low), wrap(rotate(low + word(source, 88), 53n) * k1)];
  let state: State = { x: low, y: high, z, v, w };
  for (let at = 0; at < n - (n % 128); at += 64) state = step(source, at, state);
  state.y = wrap(state.y + rotate(state.w[0], 37n) * k0 + state.z);
  state.x = wrap(state.x + rotate(state.v[0] + state.z, 49n) * k0);
  for (let done = 32; done - 32 < n % 128; done += 32) {
    const at = n - done;
    state.y = wrap(rotate(state.y - state.x, 42n) * k0 + state.v[1]);
    const w1 = wrap(state.w[0] + word(source, at + 16));
    state.x = wrap(rotate(state.x, 49n) * k0 + w1);
    state.w = [wrap(w1 + state.v[0]), state.w[1]];
    state.v = renew(source, at, state.v[0], state.v[1]);
  }
  const x = combine(state.x, state.v[0]);
  const y = combine(state.y, state.w[0]);
  return [wrap(combine(x + state.v[1], state.w[1]) + y), combine(x + state.w[1], y + state.v[1])];
}

function step(source: Uint8Array, at: number, { x, y, z, v, w }: State): State {
  const nextX = wrap(rotate(x + y + v[0] + word(source, at + 16), 37n) * k1) ^ w[1];
  const nextY = wrap(rotate(y + v[1] + word(source, at + 48), 42n) * k1) ^ v[0];
  const nextZ = rotate(z ^ w[0], 33n);
  return {
    x: nextZ,
    y: nextY,
    z: nextX,
    v: renew(source, at, v[1] * k1, nextX + w[0]),
    w: renew(source, at + 32, nextZ + w[1], nextY),
  };
}

/** A pair made of 32 bytes and the pair before. */
function renew(source: Uint8Array, at: number, low: bigint, high: bigint): Pair {
  const z = word(source, at + 24);
  const a = low + word(source, at);
  const b = rotate(high + a + z, 21n);
  const c = a + word(source, at + 8) + word(source, at + 16);
  return [wrap(c + z), wrap(b + rotate(c, 44n) + a)];
}

function fold(start: bigint, z: bigint, first: bigint, second: bigint): Pair {
  const b = rotate(start + z, 52n);
  const middle = start + first;
  const last = middle + second;
  return [wrap(last + z), wrap(b + rotate(last, 31n) + rotate(start, 37n) + rotate(middle, 7n))];
}

function word(source: Uint8Array, at: number): bigint {
  return new DataView(source.buffer, source.byteOffset).getBigUint64(at, true);
}

function halfWord(source: Uint8Array, at: number): bigint {
  return BigInt(new DataView(source.buffer, source.byteOffset).getUint32(at, true));
}
