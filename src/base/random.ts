// random.ts — repeatable randomness: the same seed gives the same numbers on every machine and release.

/** A seeded generator; not for secrets. */
export interface Random {
  /** A uniform number in [0, 2^32). */
  uint32(): number;
  bytes(count: number): Uint8Array;
  /** A uniform whole number in [0, below); `below` is at most 2^32. */
  int(below: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One of the items, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** A generator of its own, so that what it feeds draws without shifting anyone else's numbers. */
  fork(): Random;
}

/** xoshiro128** over a state that splitmix32 makes from the seed. Only the low 32 bits of `seed` count. */
export function createRandom(seed: number): Random {
  const nextSeed = splitmix32(seed);
  let a = nextSeed();
  let b = nextSeed();
  let c = nextSeed();
  let d = nextSeed();

  function uint32(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return scrambled;
  }

  // A product with a fraction has a bias below 2^-21 for the ranges used here.
  const int = (below: number): number => Math.floor((uint32() / 2 ** 32) * below);

  return {
    uint32,
    int,
    bytes: (count) => Uint8Array.from({ length: count }, () => uint32() >>> 24),
    chance: (probability) => uint32() < probability * 2 ** 32,
    pick: (items) => items[int(items.length)]!,
    fork: () => createRandom(uint32()),
  };
}

function splitmix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
