import fc from 'fast-check';
import { expect, test } from 'vitest';
import { selectMerge, smallestRun } from './merge-selector.ts';

const MIB = 1024 * 1024;
const young = (...sizesMib: number[]): Parameters<typeof selectMerge>[0] =>
  sizesMib.map((size) => ({ sizeBytes: size * MIB, ageSeconds: 1 }));

test('few young parts are left alone, five of one size are merged', () => {
  expect(selectMerge([])).toBeUndefined();
  expect(selectMerge(young(10))).toBeUndefined();
  expect(selectMerge(young(10, 10, 10, 10))).toBeUndefined();
  expect(selectMerge(young(10, 10, 10, 10, 10))).toEqual({ start: 0, end: 5 });
});

test('a large part is not rewritten for the sake of small neighbours', () => {
  expect(selectMerge(young(1000, 1, 1, 1, 1, 1, 1))).toMatchObject({ start: 1 });
});

test('old parts are merged even when they are few', () => {
  const old = [10, 10].map((size) => ({ sizeBytes: size * MIB, ageSeconds: 40 * 86_400 }));
  expect(selectMerge(old)).toEqual({ start: 0, end: 2 });
});

test('with merges applied as they are chosen, thousands of inserts leave few parts, each row rewritten few times', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 200, maxLength: 1000 }), (sizes) => {
      let parts: { sizeBytes: number; ageSeconds: number }[] = [];
      let rewritten = 0;
      for (const size of sizes) {
        parts.push({ sizeBytes: size * MIB, ageSeconds: 1 });
        for (let merge = selectMerge(parts); merge; merge = selectMerge(parts)) {
          const { start, end } = merge;
          const sizeBytes = parts.slice(start, end).reduce((total, part) => total + part.sizeBytes, 0);
          rewritten += sizeBytes;
          parts = [...parts.slice(0, start), { sizeBytes, ageSeconds: 1 }, ...parts.slice(end)];
        }
      }
      const total = sizes.reduce((sum, size) => sum + size * MIB, 0);
      expect(parts.length).toBeLessThan(40);
      expect(rewritten / total).toBeLessThan(8);
    }),
    { numRuns: 20 },
  );
});

test('on the way to one part, as many neighbours as a merge may open are taken, where they are smallest', () => {
  const sizes = Array.from({ length: 260 }, (_, i) => ({ sizeBytes: i >= 130 && i < 230 ? 1 : 2 }));
  expect(smallestRun(sizes, (part) => part)).toEqual(sizes.slice(130, 230));
  expect(smallestRun(sizes.slice(0, 100), (part) => part)).toEqual(sizes.slice(0, 100));
});
