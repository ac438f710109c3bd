// ORDER BY with and without LIMIT, against sorting all rows by comparing values.

import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { asDictionary } from '../../test/support/dictionary-column.ts';
import { allTypes, anyType, lowCardinalityTypes, valuesOf } from '../../test/support/random-columns.ts';
import type { Expression } from '../expr/expression.ts';
import { Arena } from '../kernels/arena.ts';
import { takenBytes } from '../kernels/chunk-pool.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { SortKey } from '../plan/plan.ts';
import { concatBlocks, sliceBlock } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import type { DataType } from '../types/data-type.ts';
import { takeBlockTo } from '../types/gather.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { MemoryTracker } from './memory-tracker.ts';
import { Sorter, type Order } from './sort.ts';

const takenBefore = takenBytes(kernelRuntime().memory);
afterAll(() => expect(takenBytes(kernelRuntime().memory)).toBe(takenBefore));

const reference = (type: DataType, index: number): Expression => ({
  kind: 'column',
  index,
  name: `c${index}`,
  type,
});

/** Row numbers after sorting blocks whose last column they are. Each block lies in memory that is used again for the next. */
function sortedBy(order: Order, blocks: readonly Block[]): unknown[] {
  const memory = new MemoryTracker(0);
  const sorter = new Sorter(order, memory);
  const arena = new Arena();
  try {
    for (const { rowCount, columns } of blocks) {
      arena.rewind();
      const byCodes = columns.map((column, i) => asDictionary(column, i + rowCount));
      sorter.consume(takeBlockTo({ rowCount, columns: byCodes }, arena));
    }
    const found: unknown[] = [];
    for (const { columns, rowCount } of sorter.finish(7))
      for (let row = 0; row < rowCount; row++) found.push(valueAt(columns.at(-1)!, row));
    return found;
  } finally {
    sorter.close();
    arena.release();
    expect(() => memory.add(0)).not.toThrow();
  }
}

function naively({ keys, limit }: Order, blocks: readonly Block[]): unknown[] {
  if (blocks.length === 0) return [];
  const all = concatBlocks(blocks);
  const rows = Array.from({ length: all.rowCount }, (_, row) => row);
  rows.sort((i, j) => {
    for (const { index, descending, nullsFirst } of keys) {
      const column = all.columns[index]!;
      const nullsDirection = nullsFirst === descending ? 1 : -1;
      const order = compareAt(column, i, column, j, nullsDirection) * (descending ? -1 : 1);
      if (order !== 0) return order;
    }
    return i - j;
  });
  return rows.slice(0, limit).map((row) => valueAt(all.columns.at(-1)!, row));
}

/** Types of which some values are equal often. */
const keyTypes = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...allTypes, ...lowCardinalityTypes) },
  { weight: 1, arbitrary: anyType },
);

const cases = fc
  .record({
    types: fc.array(keyTypes, { minLength: 1, maxLength: 2 }),
    rowCount: fc.nat(150),
    limit: fc.option(fc.nat(12), { nil: undefined }),
    cuts: fc.array(fc.nat(150), { maxLength: 5 }),
    directions: fc.array(fc.record({ descending: fc.boolean(), nullsFirst: fc.boolean() }), {
      minLength: 2,
      maxLength: 2,
    }),
  })
  .chain((each) =>
    fc
      .tuple(
        ...each.types.map((type) =>
          fc.array(fc.oneof(valuesOf(type), valuesOf(type)), {
            minLength: each.rowCount,
            maxLength: each.rowCount,
          }),
        ),
      )
      .map((values) => ({ ...each, values })),
  );

test('rows come in the order of their keys, equal ones as they came, and no more than the limit', () => {
  fc.assert(
    fc.property(cases, ({ types, rowCount, limit, cuts, directions, values }) => {
      const numbers = Array.from({ length: rowCount }, (_, row) => row);
      const columns: Column[] = [
        ...types.map((type, i) => columnOf(type, values[i]!)),
        columnOf({ kind: 'UInt32' }, numbers),
      ];
      const ends = [...new Set([0, ...cuts.map((cut) => cut % (rowCount + 1)), rowCount])].sort(
        (a, b) => a - b,
      );
      const blocks = ends.slice(1).map((end, i) => sliceBlock({ rowCount, columns }, ends[i]!, end));
      const projection = columns.map(({ type }, i) => reference(type, i));
      const keys: SortKey[] = types.map((_, index) => ({ index, ...directions[index]! }));
      const order = { projection, keys, limit };
      expect(sortedBy(order, blocks)).toEqual(naively(order, blocks));
    }),
    { numRuns: 600 },
  );
});

test('once the first rows are known, the others are passed over without computing what is selected', () => {
  const rowCount = 1000;
  const type: DataType = { kind: 'Int32' };
  const column = columnOf(
    type,
    Array.from({ length: rowCount }, (_, row) => row),
  );
  let computed = 0;
  const counting: Expression = {
    kind: 'call',
    name: 'counting',
    args: [reference(type, 0)],
    type,
    run: ([arg], rows) => {
      computed += rows;
      return arg!;
    },
  };
  const keys = [{ index: 0, descending: false, nullsFirst: false }];
  const order = { projection: [reference(type, 0), counting], keys, limit: 3 };
  const block = { rowCount, columns: [column] };
  expect(sortedBy(order, [block, block, block])).toEqual([0, 0, 0]);
  expect(computed).toBeLessThan(10);
});
