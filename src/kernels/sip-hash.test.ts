import { expect, test } from 'vitest';
import { sipHash128 } from './sip-hash.ts';

test('the two halves give the 64-bit hash of 0 to 14 that is known of the zero key', () => {
  const hash = sipHash128(Uint8Array.from({ length: 15 }, (_, i) => i));
  expect(hash.readBigUInt64LE(0) ^ hash.readBigUInt64LE(8)).toBe(0xd0567cd44e891363n);
});
