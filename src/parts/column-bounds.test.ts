import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allTypes, valuesOf } from '../../test/support/random-columns.ts';
import { takeRows } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { textAt } from '../types/text.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf } from '../types/value.ts';
import { ColumnBounds } from './column-bounds.ts';

const textOf = (column: Column, row: number): string =>
  column.nulls?.[row] === 1 ? 'NULL' : textAt(column, row);

test('NaN is left out where it is not the only value beside NULL', () => {
  const boundsOf = (name: string, blocks: readonly (readonly (number | null)[])[]): string[] => {
    const bounds = new ColumnBounds('leaveOut');
    for (const block of blocks) bounds.add(columnOf(parseDataType(name), block));
    return [0, 1].map((row) => textOf(bounds.bounds!, row));
  };
  for (const name of ['Float32', 'Nullable(Float64)']) {
    expect(
      boundsOf(name, [
        [NaN, 2, NaN],
        [1, NaN],
      ]),
    ).toEqual(['1', '2']);
    expect(boundsOf(name, [[NaN], [-1]])).toEqual(['-1', '-1']);
    expect(boundsOf(name, [[NaN], [NaN, NaN]])).toEqual(['nan', 'nan']);
  }
  expect(boundsOf('Nullable(Float64)', [[NaN, null], [3]])).toEqual(['3', 'NULL']);
  expect(boundsOf('Nullable(Float64)', [[null], [null]])).toEqual(['NULL', 'NULL']);
  expect(boundsOf('Nullable(Float64)', [[null, NaN]])).toEqual(['nan', 'NULL']);
});

test('the bounds of columns are their first and last value in sorting order, NaN and NULL last', () => {
  const columns = fc.constantFrom(...allTypes).chain((type) => {
    const values = fc.array(valuesOf(type), { minLength: 1, maxLength: 30 });
    return fc
      .array(values, { minLength: 1, maxLength: 4 })
      .map((blocks) => blocks.map((some) => columnOf(type, some)));
  });
  fc.assert(
    fc.property(columns, (blocks) => {
      const bounds = new ColumnBounds();
      for (const block of blocks) bounds.add(block);
      for (const [row, direction] of [
        [0, 1],
        [1, -1],
      ] as const) {
        const firsts = blocks.map((block) => {
          const rows = Array.from({ length: block.rowCount }, (_, i) => i);
          return takeRows(
            block,
            Uint32Array.of(rows.sort((a, b) => direction * compareAt(block, a, block, b))[0]!),
          );
        });
        const expected = firsts.sort((a, b) => direction * compareAt(a, 0, b, 0))[0]!;
        expect(compareAt(bounds.bounds!, row, expected, 0), textOf(expected, 0)).toBe(0);
      }
    }),
  );
});
