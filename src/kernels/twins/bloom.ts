// bloom.ts — ClickHouse's bloom filters over big integers and lists, as their definition reads.

import { cityHash64WithSeed } from './city-hash.ts';

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

/** intHash64. */
export function hashWord(word: bigint): bigint {
  let value = wrap((word ^ (word >> 33n)) * 0xff51afd7ed558ccdn);
  value = wrap((value ^ (value >> 33n)) * 0xc4ceb9fe1a85ec53n);
  return value ^ (value >> 33n);
}

/** All runs of `length` characters; a byte that begins none is a character, and the last one may be cut off. */
export function ngramsOf(text: Uint8Array, length: number): Uint8Array[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length;) {
    starts.push(at);
    const lead = text[at]!;
    at += lead < 0xc0 || lead >= 0xf8 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  }
  return starts
    .slice(0, Math.max(0, starts.length - length + 1))
    .map((start, i) => text.subarray(start, starts[i + length] ?? text.length));
}

export function tokensOf(text: Uint8Array): Uint8Array[] {
  const words =
    Buffer.from(text)
      .toString('latin1')
      .match(/[0-9A-Za-z\x80-\xff]+/g) ?? [];
  return words.map((word) => Buffer.from(word, 'latin1'));
}

/** A filter with the bits of these texts. */
export function filterOf(
  texts: readonly Uint8Array[],
  {
    seed,
    hashCount,
    sizeBytes,
  }: { readonly seed: bigint; readonly hashCount: number; readonly sizeBytes: number },
): Uint8Array {
  const filter = new Uint8Array(sizeBytes);
  for (const text of texts) {
    const first = cityHash64WithSeed(text, seed);
    const second = cityHash64WithSeed(text, wrap(845897321n * seed + 217728422n));
    for (let i = 0n; i < hashCount; i++) {
      const bit = Number(wrap(first + i * second + i * i) % BigInt(8 * sizeBytes));
      filter[bit >> 3]! |= 1 << (bit & 7);
    }
  }
  return filter;
}
