// random.ts — a small seeded generator, so that the live traffic is the same on every machine.

export interface Random {
  /** A uniform whole number in [0, limit); `limit` up to 2^32. */
  below(limit: number): number;
}

/** Marsaglia's xorshift with a Weyl sequence, 32-bit words; any seed will do. */
export function createRandom(seed: number): Random {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  let weyl = seed >>> 0;
  const uint32 = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    weyl = (weyl + 0x6d2b79f5) | 0;
    const mixed = Math.imul((state + weyl) ^ ((state + weyl) >>> 15), 0x85ebca6b);
    return (mixed ^ (mixed >>> 13)) >>> 0;
  };
  return { below: (limit) => Math.floor((uint32() / 0x1_0000_0000) * limit) };
}
