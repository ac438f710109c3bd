import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { Arena } from './arena.ts';
import { bytesValue, edgeCounts, fixedTypes, joinStrings } from './fixed-arrays.test-support.ts';
import { comparisons } from './mask-kernels.ts';
import { MemoryEdge } from './memory-edge.test-support.ts';
import { kernelRuntime } from './runtime.ts';
import * as twin from './twins/masks.ts';
import type { FixedArray } from './fixed-arrays.test-support.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
beforeEach(() => arena.rewind());
afterAll(() => arena.release());

/** The mask that a kernel writes; it begins as rubbish. */
function mask(rowCount: number, kernel: (target: number) => void): Uint8Array {
  const target = arena.u8(rowCount).fill(0xee);
  kernel(target.byteOffset);
  return Uint8Array.from(target);
}

const randomMask = (rowCount: number, seed: number, probability: number): Uint8Array => {
  const random = createRandom(seed);
  return Uint8Array.from({ length: rowCount }, () => (random.chance(probability) ? 1 : 0));
};

test.each(fixedTypes)(
  'a column of $suffix compares with constants as row by row',
  ({ suffix, make, value }) => {
    const compare = kernels[`compare${suffix}`] as (...args: unknown[]) => void;
    const between = kernels[`between${suffix}`] as (...args: unknown[]) => void;
    const check = (values: FixedArray, low: number | bigint, high: number | bigint): void => {
      arena.rewind();
      const { byteOffset, length } = arena.take(values);
      for (const comparison of Object.values(comparisons)) {
        const found = mask(length, (target) => compare(byteOffset, length, comparison, low, target));
        expect(found).toEqual(twin.compare(values, comparison, low));
      }
      const found = mask(length, (target) => between(byteOffset, length, low, high, target));
      expect(found).toEqual(twin.between(values, low, high));
    };
    fc.assert(
      fc.property(fc.array(value, { maxLength: 70 }), value, value, (values, low, high) => {
        check(make(values), low, high);
      }),
      { numRuns: 200 },
    );
    const [some] = fc.sample(fc.array(value, { minLength: 50, maxLength: 50 }), { numRuns: 1, seed: 1 });
    for (const count of edgeCounts)
      check(make(Array.from({ length: count }, (_, i) => some![i % 50]!)), some![0]!, some![1]!);
  },
);

test('codes are members by a table, whatever their width', () => {
  const random = createRandom(3);
  const table = arena.take(randomMask(70_000, 4, 0.5));
  for (const count of edgeCounts) {
    const u8 = arena.take(Uint8Array.from({ length: count }, () => random.int(256)));
    const u16 = arena.take(Uint16Array.from({ length: count }, () => random.int(65_536)));
    const u32 = arena.take(Uint32Array.from({ length: count }, () => random.int(70_000)));
    const found = [
      mask(count, (target) => kernels.memberU8(u8.byteOffset, count, table.byteOffset, target)),
      mask(count, (target) => kernels.memberU16(u16.byteOffset, count, table.byteOffset, target)),
      mask(count, (target) => kernels.memberU32(u32.byteOffset, count, table.byteOffset, target)),
    ];
    expect(found).toEqual([u8, u16, u32].map((codes) => twin.member(codes, table)));
  }
});

test('masks combine, turn around and are counted row by row', () => {
  for (const count of edgeCounts) {
    const [a, b] = [arena.take(randomMask(count, 5, 0.5)), arena.take(randomMask(count, 6, 0.3))];
    const args = [a.byteOffset, b.byteOffset, count] as const;
    expect(mask(count, (target) => kernels.maskAnd(...args, target))).toEqual(a.map((x, i) => x & b[i]!));
    expect(mask(count, (target) => kernels.maskOr(...args, target))).toEqual(a.map((x, i) => x | b[i]!));
    expect(mask(count, (target) => kernels.maskAndNot(...args, target))).toEqual(a.map((x, i) => x & ~b[i]!));
    expect(mask(count, (target) => kernels.maskNot(a.byteOffset, count, target))).toEqual(
      a.map((x) => 1 - x),
    );
    expect(kernels.maskCount(a.byteOffset, count)).toBe(a.reduce((total, x) => total + x, 0));
    const inPlace = arena.take(Uint8Array.from(a));
    kernels.maskAnd(inPlace.byteOffset, b.byteOffset, count, inPlace.byteOffset);
    expect(inPlace).toEqual(a.map((x, i) => x & b[i]!));
  }
});

test('a mask of 100 000 ones is counted whole', () => {
  expect(kernels.maskCount(arena.u8(100_000).fill(1).byteOffset, 100_000)).toBe(100_000);
});

test('positions are those of the ones, ascending, however many there are', () => {
  for (const count of edgeCounts) {
    for (const probability of [0, 0.02, 0.5, 0.98, 1]) {
      const chosen = arena.take(randomMask(count, 7, probability));
      const positions = arena.u32(count);
      const found = kernels.maskPositions(chosen.byteOffset, count, positions.byteOffset);
      expect(positions.slice(0, found)).toEqual(twin.positions(chosen));
    }
  }
});

test('rows named by their positions in the part are cleared, and no others', () => {
  const rows = arena.take(Uint32Array.of(8192, 8200, 16_383));
  const cleared = mask(8192, (target) => {
    kernels.fill8(target, 8192, 1);
    kernels.maskClearAt(target, rows.byteOffset, 3, 8192);
  });
  expect([...cleared.keys()].filter((row) => cleared[row] === 0)).toEqual([0, 8, 8191]);
});

const kinds = ['Equal', 'StartWith', 'Contain'] as const;

test('strings are equal to, start with and contain a needle as row by row', () => {
  const needles = fc.oneof(
    bytesValue,
    fc.constantFrom('', 'a', 'aa', 'ab').map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(bytesValue, { maxLength: 70 }), needles, (strings, needle) => {
      arena.rewind();
      const { offsets, bytes } = joinStrings(strings);
      const [placed, text] = [arena.take(offsets), arena.take(bytes)];
      const sought = arena.take(needle);
      for (const kind of kinds) {
        const args = [placed.byteOffset, text.byteOffset, strings.length] as const;
        const found = mask(strings.length, (target) =>
          kernels[`strings${kind}`](...args, sought.byteOffset, needle.length, target),
        );
        expect(found).toEqual(twin.stringsMatch(strings, needle, kind));
      }
    }),
    { numRuns: 1000 },
  );
});

test('a needle is found wherever it begins, in long texts and at the edge of the memory', () => {
  const edge = new MemoryEdge();
  for (const needle of ['q', 'qz', 'a needle of twenty-odd letters']) {
    for (let at = 0; at < 150; at++) {
      const text = 'e'.repeat(at) + needle + 'e'.repeat(150 - at);
      const strings = ['e', text, '', text.slice(0, at + needle.length)].map((string) => Buffer.from(string));
      const { offsets, bytes } = joinStrings(strings);
      const placed = edge.putLast(bytes);
      const middle = edge.middle(4096);
      new Uint32Array(middle.buffer, middle.byteOffset).set(offsets);
      middle.set(Buffer.from(needle), 64);
      const [where, sought, target] = [middle.byteOffset, middle.byteOffset + 64, middle.byteOffset + 2048];
      edge.kernels.stringsContain(where, placed.byteOffset, 4, sought, needle.length, target);
      expect([...middle.subarray(2048, 2052)]).toEqual([0, 1, 0, 1]);
    }
  }
});

test('a needle that lies across two rows is in neither', () => {
  const { offsets, bytes } = joinStrings(['xxne', 'edle', 'needle'].map((text) => Buffer.from(text)));
  const needle = arena.take(Buffer.from('needle'));
  const [placed, text] = [arena.take(offsets).byteOffset, arena.take(bytes).byteOffset];
  const found = mask(3, (target) => kernels.stringsContain(placed, text, 3, needle.byteOffset, 6, target));
  expect(found).toEqual(Uint8Array.of(0, 0, 1));
});
