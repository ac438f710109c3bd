import { expect, test } from 'vitest';
import type { TailOperation } from '../log/tail.ts';
import { createSimulatedKv } from '../testing/simulated-kv.ts';
import { EntrySum } from './entry-sum.ts';
import { ExpectedSums, readExpectedSum } from './expected-sums.ts';

const valueOf = (checksum: number): Buffer => {
  const value = Buffer.alloc(4);
  value.writeInt32LE(checksum);
  return value;
};

function operation(
  sequence: number,
  replaced: number | undefined,
  checksum: number | undefined,
): TailOperation {
  const value = checksum === undefined ? undefined : valueOf(checksum);
  return { sequence, shard: 0, name: 'k', storedKey: Buffer.from('k'), value, replaced, movedTo: undefined };
}

function sumOf(...checksums: readonly number[]): EntrySum {
  const sum = new EntrySum();
  for (const checksum of checksums) sum.add(checksum);
  return sum;
}

const kv = createSimulatedKv();

async function write(fill: Parameters<typeof fillBatch>[0]): Promise<void> {
  await kv.write(fillBatch(fill), { sync: true });
}
function fillBatch(fill: (batch: ReturnType<typeof kv.batch>) => void): ReturnType<typeof kv.batch> {
  const batch = kv.batch();
  fill(batch);
  return batch;
}

test('operations count once, whatever is applied again, and the store has it all', async () => {
  const sums = ExpectedSums.read(kv, 1, 1);
  await write((batch) => sums.reset(batch, true));
  const first = [operation(1, undefined, 11), operation(2, undefined, -22), operation(3, 11, 33)];
  await write((batch) => sums.count(batch, 0, first, 3));
  await write((batch) => sums.count(batch, 0, [...first.slice(1), operation(4, -22, undefined)], 4));
  const { isKnown, upTo, sum } = readExpectedSum(kv, 1, 0);
  expect([isKnown, upTo, sum.count]).toEqual([true, 4, 1]);
  expect(sum.equals(sumOf(33))).toBe(true);
  expect(readExpectedSum(kv, 1, 0)).toEqual({ isKnown, upTo, sum });
  await write((batch) => ExpectedSums.read(kv, 1, 1).count(batch, 0, [operation(5, 33, 44)], 5));
  expect(readExpectedSum(kv, 1, 0).sum.equals(sumOf(44))).toBe(true);
});

test('a sum that is not known counts from nothing, and is learned from what was held meanwhile', async () => {
  const sums = ExpectedSums.read(kv, 2, 1);
  await write((batch) => sums.count(batch, 0, [operation(7, 1, 2), operation(8, 3, undefined)], 8));
  const counted = readExpectedSum(kv, 2, 0);
  expect([counted.isKnown, counted.sum.count]).toEqual([false, -1]);
  await write((batch) => sums.count(batch, 0, [operation(9, undefined, 5)], 9));
  await write((batch) => sums.learn(batch, 0, { held: sumOf(2, 4), counted: counted.sum, position: 8 }));
  const { isKnown, sum } = readExpectedSum(kv, 2, 0);
  expect(isKnown).toBe(true);
  expect(sum.equals(sumOf(4, 5, 2))).toBe(true);
});

test('what a build copied does not count once more, nor what was there when a sum was learned', async () => {
  const sums = ExpectedSums.read(kv, 3, 1);
  await write((batch) => sums.reset(batch, false));
  await write((batch) => sums.reach(batch, 20));
  await write((batch) => sums.count(batch, 0, [operation(15, undefined, 1)], 15));
  expect(readExpectedSum(kv, 3, 0)).toMatchObject({ upTo: 20, sum: { count: 0 } });
  const { sum: counted } = readExpectedSum(kv, 3, 0);
  await write((batch) => sums.learn(batch, 0, { held: sumOf(1), counted, position: 30 }));
  await write((batch) => sums.count(batch, 0, [operation(25, undefined, 1)], 25));
  expect(readExpectedSum(kv, 3, 0)).toMatchObject({ isKnown: true, upTo: 30, sum: { count: 1 } });
});

test('exchanged values do not hide: the mixed sum tells', () => {
  // Two pairs with the same xor and the same sum.
  expect(sumOf(0b1100, 0b0011).equals(sumOf(0b1010, 0b0101))).toBe(false);
  expect(sumOf(1, 2).equals(sumOf(2, 1))).toBe(true);
  expect(sumOf(1).equals(sumOf(1, 0))).toBe(false);
});
