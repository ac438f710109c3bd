import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExactSum } from './exact-sum.ts';

const extremes = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, -1n];

test('sums of signed 64-bit integers are exact in every group', () => {
  const values = fc.array(
    fc.tuple(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.constantFrom(...extremes)), fc.nat(3)),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(fc.array(values, { maxLength: 4 }), (batches) => {
      const [sum, expected] = [new ExactSum(), [0n, 0n, 0n, 0n]];
      for (const batch of batches) {
        sum.add(
          BigInt64Array.from(batch, ([value]) => value),
          Uint32Array.from(batch, ([, group]) => group),
          4,
          batch.length,
        );
        for (const [value, group] of batch) expected[group]! += value;
      }
      expect(expected.map((_, group) => sum.total(group))).toEqual(expected);
    }),
  );
});

test('sums stay exact past the point where a float would round', () => {
  const sum = new ExactSum();
  const rowCount = 3_000_000;
  sum.add(new Uint32Array(rowCount).fill(2 ** 32 - 1), undefined, 1, rowCount);
  sum.add(new BigUint64Array(rowCount).fill(2n ** 64n - 1n), undefined, 1, rowCount);
  sum.add(new BigInt64Array(rowCount).fill(-3n), undefined, 1, rowCount);
  expect(sum.total(0)).toBe(BigInt(rowCount) * (2n ** 32n - 1n + 2n ** 64n - 1n - 3n));
});
