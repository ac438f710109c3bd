import { expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { EntryBuckets } from './entry-buckets.ts';

const keyOf = (i: number): Buffer => {
  const key = Buffer.alloc(11);
  key.writeUInt32BE(i, 7);
  return key;
};

test('sets in any order are equal; of others, the buckets of what differs are named', () => {
  const random = createRandom(1);
  const all = Array.from({ length: 5000 }, (_, i) => ({ key: keyOf(i), checksum: random.uint32() | 0 }));
  const buckets = new EntryBuckets(2_000_000);
  for (const { key, checksum } of all) buckets.expect(key, checksum);
  for (const { key, checksum } of [...all].reverse()) buckets.find(key, checksum);
  expect(buckets.unequal(10)).toEqual([]);

  const [missing, orphaned, first, second] = [all[7]!, keyOf(9999), all[8]!, all[9]!];
  buckets.expect(missing.key, missing.checksum);
  buckets.find(orphaned, 5);
  // Two entries exchange their checksums.
  for (const [a, b] of [[first, second] as const, [second, first] as const]) {
    buckets.expect(a.key, a.checksum);
    buckets.find(a.key, b.checksum);
  }
  const wanted = [missing.key, orphaned, first.key, second.key].map((key) => buckets.of(key));
  expect(new Set(buckets.unequal(1_000_000).flatMap((group) => [...group]))).toEqual(new Set(wanted));
  expect(buckets.unequal(1).length).toBe(new Set(wanted).size);
  expect(buckets.surplus(buckets.of(missing.key))).toBe(-1);
  expect(buckets.surplus(buckets.of(orphaned))).toBe(1);
});
