import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowMask } from './row-mask.ts';

const rowSets = fc.array(
  fc.oneof(
    fc.array(fc.nat(200_000), { maxLength: 50 }),
    // Dense enough for a bitmap.
    fc
      .record({ from: fc.nat(130_000), count: fc.integer({ min: 4000, max: 9000 }) })
      .map(({ from, count }) => Array.from({ length: count }, (_, i) => from + 3 * i)),
  ),
  { maxLength: 4 },
);

const roundTrip = (mask: RowMask): RowMask =>
  RowMask.decode(
    mask.groupNumbers().map((group) => [group, mask.encodeGroup(group)] as const),
    'a test',
  );

test('a mask holds exactly the rows that were added, before and after it was stored', () => {
  fc.assert(
    fc.property(rowSets, fc.nat(200_000), fc.nat(200_000), (sets, a, b) => {
      const mask = sets.reduce((before, rows) => before.with(rows), RowMask.none);
      const expected = [...new Set(sets.flat())].sort((x, y) => x - y);
      for (const each of [mask, roundTrip(mask)]) {
        expect(each.count).toBe(expected.length);
        expect([...each.positionsIn(0, 300_000)]).toEqual(expected);
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        expect([...each.positionsIn(start, end)]).toEqual(
          expected.filter((row) => row >= start && row < end),
        );
        for (const row of [a, b, ...expected.slice(0, 5)]) expect(each.has(row)).toBe(expected.includes(row));
      }
    }),
    { numRuns: 100 },
  );
});

test('adding rows leaves the mask they were added to as it was', () => {
  const before = RowMask.none.with([1, 70_000]);
  const after = before.with([2]);
  expect([before.count, after.count, before.has(2), after.has(1)]).toEqual([2, 3, false, true]);
  expect(before.with([])).toBe(before);
});

test('a stored group that is cut or of an unknown kind is refused with its place', () => {
  const group = RowMask.none.with([5, 6]).encodeGroup(0);
  const unknown = Buffer.from(group);
  unknown[0] = 7;
  for (const bytes of [group.subarray(0, 6), Buffer.alloc(0), unknown])
    expect(() => RowMask.decode([[0, bytes]], 'part all_1_1_0')).toThrow(/part all_1_1_0/);
});
