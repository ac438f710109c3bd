import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyType, valuesOf } from '../../test/support/random-columns.ts';
import {
  concatBlocks,
  concatColumns,
  filterBlock,
  filterColumn,
  repeatRow,
  sliceBlock,
  sliceColumn,
  takeBlock,
  takeRows,
} from './block.ts';
import type { Block, Column, Value } from './column.ts';
import { createColumnBuilder } from './column-builder.ts';
import { columnOf, valueAt } from './value.ts';

const typedValues = anyType.chain((type) =>
  fc.record({
    type: fc.constant(type),
    values: fc.array(valuesOf(type, { anyBytes: true }), { maxLength: 40 }),
  }),
);

const list = (column: Column): Value[] =>
  Array.from({ length: column.rowCount }, (_, row) => valueAt(column, row));

test('a column gives back the values it was built from', () => {
  fc.assert(
    fc.property(typedValues, ({ type, values }) => {
      expect(list(columnOf(type, values))).toEqual(values);
    }),
  );
});

test('choosing, filtering, slicing and repeating rows does to a column what it does to an array', () => {
  fc.assert(
    fc.property(
      typedValues,
      fc.array(fc.nat(), { maxLength: 60 }),
      fc.nat(),
      fc.nat(),
      ({ type, values }, picks, from, to) => {
        const column = columnOf(type, values);
        const size = values.length;
        const rows = size ? picks.map((pick) => pick % size) : [];
        expect(list(takeRows(column, Uint32Array.from(rows)))).toEqual(rows.map((row) => values[row]));

        const keeps = values.map((_, row) => (picks[row] ?? 0) % 2);
        const kept = keeps.filter(Boolean).length;
        expect(list(filterColumn(column, Uint8Array.from(keeps), kept))).toEqual(
          values.filter((_, row) => keeps[row]),
        );

        const [start, end] = [from % (size + 1), to % (size + 1)].sort((a, b) => a - b) as [number, number];
        expect(list(sliceColumn(column, start, end))).toEqual(values.slice(start, end));
        // A slice of a slice begins its offsets anew.
        expect(list(sliceColumn(sliceColumn(column, start, end), end - start ? 1 : 0, end - start))).toEqual(
          values.slice(start, end).slice(end - start ? 1 : 0),
        );
        if (size) expect(list(repeatRow(column, from % size, 3))).toEqual(Array(3).fill(values[from % size]));
      },
    ),
  );
});

test('concatenated columns hold the rows of all of them in order, sliced ones included', () => {
  fc.assert(
    fc.property(
      anyType.chain((type) =>
        fc.tuple(fc.constant(type), fc.array(fc.array(valuesOf(type), { maxLength: 8 }), { minLength: 1 })),
      ),
      ([type, lists]) => {
        const columns = lists.map((values) =>
          sliceColumn(columnOf(type, [...values, ...values]), values.length, 2 * values.length),
        );
        expect(list(concatColumns(columns))).toEqual(lists.flat());
      },
    ),
  );
});

test('all columns of a block keep their rows together', () => {
  const numbers = columnOf({ kind: 'Int64' }, [1n, 2n, 3n, 4n]);
  const names = columnOf({ kind: 'Nullable', inner: { kind: 'String' } }, ['a', null, 'c', '']);
  const block = { rowCount: 4, columns: [numbers, names] };
  const rowsOf = (b: Block): unknown => b.columns.map(list);
  expect(rowsOf(takeBlock(block, Uint32Array.of(3, 1)))).toEqual([
    [4n, 2n],
    ['', null],
  ]);
  expect(rowsOf(filterBlock(block, Uint8Array.of(1, 0, 0, 1), 2))).toEqual([
    [1n, 4n],
    ['a', ''],
  ]);
  expect(rowsOf(sliceBlock(block, 1, 3))).toEqual([
    [2n, 3n],
    [null, 'c'],
  ]);
  expect(rowsOf(concatBlocks([sliceBlock(block, 2, 4), block]))).toEqual([
    [3n, 4n, 1n, 2n, 3n, 4n],
    ['c', '', 'a', null, 'c', ''],
  ]);
});

test('a builder copies rows of other columns and puts defaults under NULL', () => {
  const source = columnOf({ kind: 'Nullable', inner: { kind: 'UUID' } }, [
    null,
    '00112233-4455-6677-8899-aabbccddeeff',
  ]);
  const builder = createColumnBuilder(source.type);
  for (let i = 0; i < 100; i++) builder.appendFrom(source, i % 2);
  builder.appendDefault();
  const column = builder.finish();
  expect(list(column)).toEqual([...Array.from({ length: 100 }, (_, i) => valueAt(source, i % 2)), null]);
  expect(column.layout === 'bytes' && column.offsets[1]).toBe(16);

  const smallest = createColumnBuilder({
    kind: 'Enum8',
    entries: [
      { name: 'low', value: -3 },
      { name: 'zero', value: 0 },
    ],
  });
  smallest.appendDefault();
  expect(valueAt(smallest.finish(), 0)).toBe('low');
});
