import { expect, test } from 'vitest';
import type { ActivePart } from './locate-keys.ts';
import { towardsOnePart } from './part-merger.ts';

const part = (partitionId: string, minBlock: number, maxBlock: number, deletedRows = 0): ActivePart =>
  ({
    part: { name: { partitionId, minBlock, maxBlock, level: maxBlock - minBlock }, sizeBytes: 1 },
    mask: { count: deletedRows },
  }) as unknown as ActivePart;

const delete1 = ({ part: same }: ActivePart): ActivePart =>
  ({ part: same, mask: { count: 1 } }) as ActivePart;

test('every partition becomes one part without deleted rows', () => {
  const [a1, a3, b2] = [part('a', 1, 1), part('a', 3, 3), part('b', 2, 2, 5)];
  const choose = towardsOnePart([a1, a3, b2]);
  expect(choose([a1, a3, b2])).toEqual([a1, a3]);
  expect(choose([part('a', 1, 3), b2])).toEqual([b2]);
  expect(choose([part('a', 1, 3), part('b', 2, 2)])).toBeUndefined();
});

test('it ends: parts that came later, and rows deleted from what was merged, are left alone', () => {
  const [a1, a2] = [part('a', 1, 1), part('a', 2, 2)];
  const choose = towardsOnePart([a1, a2]);
  const merged = part('a', 1, 2);
  expect(choose([a1, a2, part('a', 3, 3, 1)])).toEqual([a1, a2]);
  expect(choose([delete1(merged), part('a', 3, 3), part('a', 4, 4)])).toBeUndefined();
  expect(choose([part('a', 1, 3)])).toBeUndefined();
});

test('rows deleted since from a part that needs no merge are dropped once', () => {
  const a1 = part('a', 1, 1);
  const choose = towardsOnePart([a1]);
  expect(choose([a1])).toBeUndefined();
  expect(choose([delete1(a1)])).toEqual([delete1(a1)]);
});
