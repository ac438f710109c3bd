import { expect, test } from 'vitest';
import { median } from '../bench/measure.ts';
import { compareWithWinnow, reportText } from '../bench/report.ts';

const measured = (operation: string, engine: string, medianUs: number) => ({
  operation,
  engine,
  medianUs,
  rounds: [medianUs],
  calls: 1,
});

const result = {
  engines: ['winnow', 'other'].map((name) => ({ name, version: '1', durability: 'fsync' })),
  measured: [
    measured('get', 'winnow', 5),
    measured('get', 'other', 10),
    measured('put', 'winnow', 30),
    measured('put', 'other', 10),
    measured('range', 'winnow', 20),
    measured('range', 'other', 10),
  ],
};

test('a ratio is Winnow’s time by the other’s, and the largest loss stands first', () => {
  const ratios = compareWithWinnow(result.measured).map(({ operation, ratio }) => [operation, ratio]);
  expect(ratios).toEqual([
    ['put', 3],
    ['range', 2],
    ['get', 0.5],
  ]);
});

test('the report counts what is lost', () => {
  expect(reportText(result)).toContain('2 of 3 lost');
});

test('the median of an even number of rounds lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
});
