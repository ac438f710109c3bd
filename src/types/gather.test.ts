import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { anyType, valuesOf } from '../../test/support/random-columns.ts';
import { Arena } from '../kernels/arena.ts';
import { takeRows } from './block.ts';
import type { Column, DictionaryColumn, BytesColumn } from './column.ts';
import { expandCodes, gatherRows, rowsOfMask } from './gather.ts';
import { columnOf, valueAt } from './value.ts';

const arena = new Arena();
afterAll(() => arena.release());

const list = (column: Column): unknown[] =>
  Array.from({ length: column.rowCount }, (_, row) => valueAt(column, row));

const columns = anyType.chain((type) =>
  fc.array(valuesOf(type, { anyBytes: true }), { maxLength: 50 }).map((values) => columnOf(type, values)),
);

test('kernels choose the rows that loops choose, of every type', () => {
  fc.assert(
    fc.property(columns, fc.array(fc.nat(), { maxLength: 80 }), (column, picks) => {
      arena.rewind();
      const rows = arena.take(
        Uint32Array.from(column.rowCount > 0 ? picks : [], (pick) => pick % column.rowCount),
      );
      const gathered = gatherRows(column, rows, arena);
      expect({ ...gathered, rows: list(gathered) }).toMatchObject({
        type: column.type,
        rowCount: rows.length,
        rows: list(takeRows(column, rows)),
      });
      expect(gathered.nulls?.length).toBe(column.nulls && rows.length);
    }),
  );
});

test('of a dictionary only the codes are chosen', () => {
  const dictionary = columnOf({ kind: 'String' }, ['a', 'b', 'c']) as BytesColumn;
  const type = { kind: 'LowCardinality', inner: { kind: 'String' } } as const;
  const column: DictionaryColumn = {
    layout: 'dictionary',
    type,
    rowCount: 4,
    codes: Uint16Array.of(2, 0, 1, 2),
    dictionary,
    nulls: undefined,
  };
  arena.rewind();
  const gathered = gatherRows(column, rowsOfMask(arena.take(Uint8Array.of(1, 0, 1, 1)), arena), arena);
  expect(gathered).toMatchObject({ layout: 'dictionary', rowCount: 3, type });
  expect(gathered).toHaveProperty('dictionary', dictionary);
  expect([...(gathered as DictionaryColumn).codes]).toEqual([2, 1, 2]);
  for (const codes of [Uint8Array.of(2, 0, 1, 2), column.codes, Uint32Array.of(2, 0, 1, 2)]) {
    const expanded = expandCodes({ ...column, codes }, arena);
    expect(expanded).toMatchObject({ layout: 'bytes', type });
    expect(list(expanded)).toEqual(['c', 'a', 'b', 'c']);
  }
});
