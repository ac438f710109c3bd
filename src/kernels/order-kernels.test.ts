import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { takeRows } from '../types/block.ts';
import { compareAt } from '../types/compare.ts';
import { Arena } from './arena.ts';
import { bytesValue, edgeCounts, fixedTypes, joinStrings } from './fixed-arrays.test-support.ts';
import { mergeScratchBytes, mergeSourceWords, sortScratchBytes } from './order-kernels.ts';
import { kernelRuntime } from './runtime.ts';
import { writeSortKeys } from './sort-keys.ts';
import type { Column } from '../types/column.ts';
import type { SortKey } from './sort-keys.ts';

// The oracle is the order of the row engine: compareAt, and the stable sort of JavaScript.

const { kernels } = kernelRuntime();
const arena = new Arena();
beforeEach(() => arena.rewind());
afterAll(() => arena.release());

type Key = SortKey & { readonly column: Column };

const shared = { type: { kind: 'String' }, nulls: undefined } as const;

/** A column whose row i has value choices[i] mod as many as there are, and is NULL where `nulls` says so. */
type KeyMaker = (choices: readonly number[], nulls: Uint8Array | undefined) => Key;

const fixedMaker = fc.constantFrom(...fixedTypes).chain(({ make, value }) =>
  fc.array(value, { minLength: 1, maxLength: 12 }).map((pool): KeyMaker => (choices, nulls) => {
    const values = make(choices.map((choice) => pool[choice % pool.length]!));
    return { column: { ...shared, layout: 'fixed', rowCount: choices.length, values, nulls } };
  }),
);
const stringMaker = fc
  .array(bytesValue, { minLength: 1, maxLength: 12 })
  .map((pool): KeyMaker => (choices, nulls) => {
    const strings = joinStrings(choices.map((choice) => pool[choice % pool.length]!));
    return { column: { ...shared, layout: 'bytes', rowCount: choices.length, ...strings, nulls } };
  });
const uuidMaker = fc
  .array(fc.uint8Array({ minLength: 16, maxLength: 16, max: 2 }), { minLength: 1, maxLength: 12 })
  .map((pool): KeyMaker => (choices, nulls) => {
    const strings = joinStrings(choices.map((choice) => pool[choice % pool.length]!));
    const column = { ...shared, layout: 'bytes', rowCount: choices.length, ...strings, nulls } as const;
    return { column: { ...column, type: { kind: 'UUID' } }, uuid: true };
  });
const dictionaryMaker = fc
  .tuple(fc.array(bytesValue, { minLength: 1, maxLength: 12 }), fc.constantFrom(8, 16, 32), fc.boolean())
  .map(([pool, bits, nullCode]): KeyMaker => (choices) => {
    const nulls = nullCode ? Uint8Array.from(pool, (_, i) => (i === 0 ? 1 : 0)) : undefined;
    const strings = joinStrings(pool);
    const dictionary = { ...shared, layout: 'bytes', rowCount: pool.length, ...strings, nulls } as const;
    const numbers = choices.map((choice) => choice % pool.length);
    const wide = bits === 16 ? Uint16Array.from(numbers) : Uint32Array.from(numbers);
    const codes = bits === 8 ? Uint8Array.from(numbers) : wide;
    return {
      column: { ...shared, layout: 'dictionary', rowCount: choices.length, codes, dictionary },
      nullCode,
    };
  });

/** Makers of several keys with their directions; `choice` gives the rows of each key. */
const makers = fc.array(
  fc.record({
    maker: fc.oneof(
      { weight: 4, arbitrary: fixedMaker },
      { weight: 3, arbitrary: stringMaker },
      { weight: 1, arbitrary: uuidMaker },
      { weight: 1, arbitrary: dictionaryMaker },
    ),
    descending: fc.boolean(),
    nullsFirst: fc.boolean(),
    nullChance: fc.constantFrom(0, 0, 0.1, 1),
  }),
  { minLength: 1, maxLength: 4 },
);
type Makers = typeof makers extends fc.Arbitrary<infer T> ? T : never;

function makeKeys(of: Makers, rowCount: number, seed: number): Key[] {
  const random = createRandom(seed);
  return of.map(({ maker, descending, nullsFirst, nullChance }) => {
    const choices = Array.from({ length: rowCount }, () => random.int(1000));
    const nulls =
      nullChance > 0
        ? Uint8Array.from({ length: rowCount }, () => (random.chance(nullChance) ? 1 : 0))
        : undefined;
    return { ...maker(choices, nulls), descending, nullsFirst };
  });
}

function compare(a: readonly Key[], i: number, b: readonly Key[], j: number): number {
  for (const [k, { column, descending, nullsFirst }] of a.entries()) {
    const sign = descending ? -1 : 1;
    const order =
      sign * compareAt(column, i, b[k]!.column, j, nullsFirst ? (-sign as 1 | -1) : (sign as 1 | -1));
    if (order !== 0) return order;
  }
  return 0;
}

function sorted(keys: readonly Key[], positions: Uint32Array): Uint32Array {
  return Uint32Array.from(Array.from(positions).sort((i, j) => compare(keys, i, keys, j)));
}

function sortByKernel(keys: readonly Key[], positions: Uint32Array): Uint32Array {
  const placed = arena.take(Uint32Array.from(positions));
  const scratch = arena.allocate(sortScratchBytes(positions.length));
  kernels.sortRows(writeSortKeys(arena, keys), keys.length, placed.byteOffset, positions.length, scratch);
  return Uint32Array.from(placed);
}

const rowCounts = fc.oneof(
  fc.nat(20),
  fc.nat(400),
  fc.constantFrom(...edgeCounts.filter((count) => count < 100)),
);
const sequence = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);

test('rows compare as the row engine has it', () => {
  fc.assert(
    fc.property(makers, fc.nat(), (of, seed) => {
      arena.rewind();
      const [a, b] = [makeKeys(of, 8, seed), makeKeys(of, 8, seed + 1)];
      const [left, right] = [writeSortKeys(arena, a), writeSortKeys(arena, b)];
      for (let i = 0; i < 8; i++)
        for (let j = 0; j < 8; j++)
          expect(Math.sign(kernels.compareRows(left, i, right, j, of.length))).toBe(
            Math.sign(compare(a, i, b, j)),
          );
    }),
    { numRuns: 500 },
  );
});

test('sorted rows are those of a stable sort by comparison', () => {
  fc.assert(
    fc.property(makers, rowCounts, fc.nat(), (of, rowCount, seed) => {
      arena.rewind();
      const keys = makeKeys(of, rowCount, seed);
      expect(sortByKernel(keys, sequence(rowCount))).toEqual(sorted(keys, sequence(rowCount)));
    }),
    { numRuns: 600 },
  );
});

test('keys whose NULL bits fill the prefix to the last are sorted', () => {
  const random = createRandom(22);
  const rowCount = 2000;
  const nulls = (): Uint8Array => Uint8Array.from({ length: rowCount }, () => random.int(2));
  const key = (values: Uint8Array | BigUint64Array): Key => ({
    column: { ...shared, layout: 'fixed', rowCount, values, nulls: nulls() },
  });
  const bytes = Array.from({ length: 7 }, () => key(new Uint8Array(rowCount)));
  const words = key(BigUint64Array.from({ length: rowCount }, () => BigInt(random.uint32()) << 32n));
  const strings = joinStrings(Array.from({ length: rowCount }, () => random.bytes(9)));
  const texts: Key = { column: { ...shared, layout: 'bytes', rowCount, ...strings, nulls: nulls() } };
  for (const last of [words, texts]) {
    const keys = [...bytes, last];
    expect(sortByKernel(keys, sequence(rowCount))).toEqual(sorted(keys, sequence(rowCount)));
  }
});

test('some rows, in any order, are sorted as stably as all', () => {
  fc.assert(
    fc.property(makers, fc.array(fc.nat(499), { maxLength: 300 }), fc.nat(), (of, rows, seed) => {
      arena.rewind();
      const keys = makeKeys(of, 500, seed);
      const positions = Uint32Array.from(new Set(rows));
      expect(sortByKernel(keys, positions)).toEqual(sorted(keys, positions));
    }),
  );
});

test('many rows are sorted by one number, by several, and by texts that share long beginnings', () => {
  const random = createRandom(21);
  for (const rowCount of [8191, 8192, 8193, 20_000]) {
    const numbers = (below: number): Key => ({
      column: {
        ...shared,
        layout: 'fixed',
        rowCount,
        values: Float64Array.from({ length: rowCount }, () => random.int(below) - 50),
      },
    });
    const texts = (kinds: number): Key => {
      const strings = Array.from({ length: rowCount }, () =>
        Buffer.from(`https://www.example.org/${'x'.repeat(random.int(kinds))}`),
      );
      return { column: { ...shared, layout: 'bytes', rowCount, ...joinStrings(strings) } };
    };
    const orders = [[numbers(1e9)], [numbers(3), numbers(100)], [texts(60)], [texts(3), numbers(1e6)]];
    for (const keys of orders) {
      arena.rewind();
      expect(sortByKernel(keys, sequence(rowCount))).toEqual(sorted(keys, sequence(rowCount)));
    }
  }
});

test('texts that are beginnings of each other, with zero bytes behind, are sorted by length', () => {
  const strings = Array.from({ length: 3000 }, (_, i) => Buffer.alloc((i * 7) % 300));
  const keys: Key[] = [{ column: { ...shared, layout: 'bytes', rowCount: 3000, ...joinStrings(strings) } }];
  expect(sortByKernel(keys, sequence(3000))).toEqual(sorted(keys, sequence(3000)));
});

test('the first k rows are those of sorting everything', () => {
  const limits = fc.oneof(fc.nat(10), fc.nat(450));
  fc.assert(
    fc.property(makers, rowCounts, limits, fc.nat(), (of, rowCount, limit, seed) => {
      arena.rewind();
      const keys = makeKeys(of, rowCount, seed);
      const positions = arena.take(sequence(rowCount));
      const scratch = arena.allocate(sortScratchBytes(rowCount));
      const args = [writeSortKeys(arena, keys), keys.length, positions.byteOffset, rowCount, limit] as const;
      const found = kernels.topRows(...args, scratch);
      expect(positions.slice(0, found)).toEqual(sorted(keys, sequence(rowCount)).subarray(0, limit));
    }),
    { numRuns: 600 },
  );
});

test('the first row out of order is found, and none in sorted rows', () => {
  fc.assert(
    fc.property(makers, rowCounts, fc.nat(), (of, rowCount, seed) => {
      arena.rewind();
      const keys = makeKeys(of, rowCount, seed);
      const rows = sequence(rowCount);
      const wanted = rows.findIndex((row) => row > 0 && compare(keys, row - 1, keys, row) > 0);
      const records = writeSortKeys(arena, keys);
      expect(kernels.firstUnsorted(records, keys.length, rowCount)).toBe(wanted < 0 ? rowCount : wanted);
    }),
  );
});

function sortedKeys(of: Makers, rowCount: number, seed: number): Key[] {
  const keys = makeKeys(of, rowCount, seed);
  const rows = sorted(keys, sequence(rowCount));
  return keys.map((key) => ({ ...key, column: takeRows(key.column, rows) as Key['column'] }));
}

test('the bounds of a key are where its equals begin and end', () => {
  fc.assert(
    fc.property(makers, fc.nat(100), fc.nat(), (of, rowCount, seed) => {
      arena.rewind();
      const keys = sortedKeys(of, rowCount, seed);
      const wanted = makeKeys(of, 5, seed + 1);
      const [records, sought] = [writeSortKeys(arena, keys), writeSortKeys(arena, wanted)];
      for (let row = 0; row < 5; row++) {
        const orders = Array.from(sequence(rowCount), (i) => compare(keys, i, wanted, row));
        const args = [records, keys.length, rowCount, sought, row] as const;
        expect(kernels.lowerBound(...args)).toBe(orders.filter((order) => order < 0).length);
        expect(kernels.upperBound(...args)).toBe(orders.filter((order) => order <= 0).length);
      }
    }),
  );
});

/** The record of a source that is at its first row. */
const sourceOf = (keys: readonly Key[], rowCount: number): number[] => [
  writeSortKeys(arena, keys),
  0,
  rowCount,
];

test('merged runs are the sorted rows of all sources, equal ones in the order of the sources, whatever the limit', () => {
  const counts = fc.array(fc.nat(60), { maxLength: 9 });
  fc.assert(
    fc.property(makers, counts, fc.integer({ min: 1, max: 80 }), fc.nat(), (of, rowCounts, limit, seed) => {
      arena.rewind();
      const runs = rowCounts.map((rowCount, i) => sortedKeys(of, rowCount, seed + i));
      const records = arena.u32(mergeSourceWords * runs.length);
      runs.forEach((keys, i) => records.set(sourceOf(keys, rowCounts[i]!), mergeSourceWords * i));
      const merged = merge(records, runs.length, of.length, limit);
      const all = runs.flatMap((keys, source) =>
        Array.from(sequence(rowCounts[source]!), (row) => ({ keys, source, row })),
      );
      const wanted = all.sort((a, b) => compare(a.keys, a.row, b.keys, b.row));
      expect(merged).toEqual(wanted.map(({ source, row }) => [source, row]));
    }),
    { numRuns: 300 },
  );
});

/** Calls the kernel until there is nothing left, and checks that it stops where a source ends. */
function merge(
  records: Uint32Array,
  sourceCount: number,
  keyCount: number,
  limit: number,
): [number, number][] {
  const [sources, rows, scratch] = [
    arena.u16(limit),
    arena.u32(limit),
    arena.allocate(mergeScratchBytes(sourceCount)),
  ];
  const merged: [number, number][] = [];
  const call = (): number =>
    kernels.mergeRuns(
      records.byteOffset,
      sourceCount,
      keyCount,
      limit,
      sources.byteOffset,
      rows.byteOffset,
      scratch,
    );
  for (let count = call(); count > 0; count = call()) {
    for (let i = 0; i < count; i++) {
      const [source, row] = [sources[i]!, rows[i]!];
      const isLast = row + 1 === records[mergeSourceWords * source + 2];
      expect(isLast && i < count - 1).toBe(false);
      expect(i === count - 1 && !isLast && count < limit).toBe(false);
      merged.push([source, row]);
    }
  }
  return merged;
}

test('a source that runs out goes on with its next rows', () => {
  const run = (...values: number[]): number[] => {
    const column = {
      ...shared,
      layout: 'fixed',
      rowCount: values.length,
      values: Int32Array.from(values),
    } as const;
    return sourceOf([{ column }], values.length);
  };
  const records = arena.take(Uint32Array.from([...run(1, 5), ...run(2, 3)]));
  const [sources, rows] = [arena.u16(10), arena.u32(10)];
  const call = (): [number, number][] => {
    const args = [records.byteOffset, 2, 1, 10, sources.byteOffset, rows.byteOffset] as const;
    const count = kernels.mergeRuns(...args, arena.allocate(mergeScratchBytes(2)));
    return Array.from({ length: count }, (_, i) => [sources[i]!, rows[i]!]);
  };
  expect(call()).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
  ]);
  records.set(run(4, 9), mergeSourceWords);
  expect(call()).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect(call()).toEqual([[1, 1]]);
  expect(call()).toEqual([]);
});
