// hash.ts — the hashes of the kernels over big integers.

const factorA = 0x9e3779b97f4a7c15n;
const factorB = 0xd6e8feb86659fd93n;
const factorC = 0xff51afd7ed558ccdn;
const factorD = 0xc4ceb9fe1a85ec53n;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint => wrap(value << bits) | (wrap(value) >> (64n - bits));

export function hashValue(bits: bigint, seed: bigint): bigint {
  return mix(wrap(bits ^ seed));
}

/** The two halves. */
export function hashString(string: Uint8Array, seed: bigint): readonly [bigint, bigint] {
  const size = BigInt(string.length);
  let a = seed ^ wrap(size * factorA);
  let b = wrap(seed + size * factorD);
  const step = (even: bigint, odd: bigint): void => {
    a = wrap(rotate(wrap((a ^ even) * factorB), 29n) + b);
    b = rotate(wrap((b ^ odd) * factorC), 31n) ^ a;
  };
  let at = 0;
  for (; string.length - at > 16; at += 16) step(word(string, at), word(string, at + 8));
  step(word(string, at), word(string, at + 8));
  const low = mix(wrap(a + b * factorD));
  return [low, mix(b ^ low)];
}

function mix(value: bigint): bigint {
  const once = wrap((value ^ (value >> 32n)) * factorB);
  const twice = wrap((once ^ (once >> 32n)) * factorB);
  return twice ^ (twice >> 32n);
}

/** Up to 8 bytes as a number. */
function word(bytes: Uint8Array, at: number): bigint {
  const padded = Buffer.alloc(8);
  padded.set(bytes.subarray(at, at + 8));
  return padded.readBigUInt64LE();
}
