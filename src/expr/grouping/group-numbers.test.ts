import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { asDictionary } from '../../../test/support/dictionary-column.ts';
import { anyType, valuesOf } from '../../../test/support/random-columns.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import { Numbering } from '../../kernels/twins/group.ts';
import { takenBytes } from '../../kernels/chunk-pool.ts';
import { Workspace } from '../../kernels/workspace.ts';
import { sliceColumn } from '../../types/block.ts';
import type { Column, FixedColumn } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { parseDataType } from '../../types/parse-type.ts';
import { columnOf } from '../../types/value.ts';
import { GroupNumbers } from './group-numbers.ts';

const takenBefore = takenBytes(kernelRuntime().memory);
afterAll(() => expect(takenBytes(kernelRuntime().memory)).toBe(takenBefore));

/** What equal values, and only they, share: NaN is NaN, 0 is not -0. */
function keyAt(column: Column, row: number): string {
  if (column.nulls?.[row] === 1) return 'NULL';
  switch (column.layout) {
    case 'fixed':
      return Object.is(column.values[row], -0) ? '-0' : String(column.values[row]);
    case 'bytes':
      return `'${column.bytes.toString('hex', column.offsets[row], column.offsets[row + 1])}'`;
    case 'array': {
      const elements = sliceColumn(column.elements, column.offsets[row]!, column.offsets[row + 1]!);
      return `[${rowKeys([elements]).join()}]`;
    }
    case 'tuple':
      return `(${column.fields.map((field) => keyAt(field, row)).join()})`;
    case 'dictionary':
      return keyAt(column.dictionary, column.codes[row]!);
  }
}

const rowKeys = (columns: readonly Column[]): string[] =>
  Array.from({ length: columns[0]!.rowCount }, (_, row) =>
    columns.map((column) => keyAt(column, row)).join(),
  );

/** Numbers the blocks one after the other, by the kernels and by the twin, and compares all they say. */
function check(types: readonly DataType[], blocks: readonly (readonly Column[])[]): void {
  const workspace = new Workspace();
  try {
    const numbers = new GroupNumbers(types, workspace);
    const twin = new Numbering();
    for (const columns of blocks) {
      workspace.scratch.rewind();
      const said = numbers.assign(columns, columns[0]!.rowCount);
      const expected = twin.assign(rowKeys(columns));
      expect([...said.groups]).toEqual(expected.groups);
      expect([...said.firstRows]).toEqual(expected.firstRows);
      expect(numbers.count).toBe(twin.count);
    }
    const values = numbers.values(workspace.scratch);
    expect(values.map((column) => column.rowCount)).toEqual(types.map(() => twin.count));
    expect(rowKeys(values)).toEqual(twin.keys());
  } finally {
    workspace.close();
  }
}

const typesAndBlocks = fc.array(anyType, { minLength: 1, maxLength: 3 }).chain((types) =>
  fc.record({
    types: fc.constant(types),
    blocks: fc.array(
      fc
        .nat(40)
        .chain((rowCount) =>
          fc.tuple(
            ...types.map((type) =>
              fc
                .array(valuesOf(type), { minLength: rowCount, maxLength: rowCount })
                .map((values) => columnOf(type, values)),
            ),
          ),
        ),
      { maxLength: 5 },
    ),
  }),
);

test('rows have equal numbers exactly when they are equal, whatever the types of the columns', () => {
  fc.assert(
    fc.property(typesAndBlocks, ({ types, blocks }) => {
      check(types, blocks);
    }),
  );
});

const textBlocks = fc
  .constantFrom('LowCardinality(String)', 'LowCardinality(Nullable(String))')
  .chain((name) => {
    const type = parseDataType(name);
    const column = fc.array(valuesOf(type), { maxLength: 60 }).map((values) => columnOf(type, values));
    const block = fc.tuple(column, fc.option(fc.nat(20), { freq: 2, nil: undefined }));
    return fc.record({ type: fc.constant(type), blocks: fc.array(block, { maxLength: 6 }) });
  });

test('a text has one number, whether it comes by itself or by the codes of several dictionaries', () => {
  fc.assert(
    fc.property(textBlocks, ({ type, blocks }) => {
      const columns = blocks.map(([column, seed]) =>
        seed === undefined ? column : asDictionary(column, seed),
      );
      check(
        [type],
        columns.map((column) => [column]),
      );
      // The same dictionary comes again, cut into blocks.
      const halves = columns.flatMap((column) => {
        const middle = column.rowCount >> 1;
        return [sliceColumn(column, 0, middle), sliceColumn(column, middle, column.rowCount)];
      });
      check(
        [type, { kind: 'UInt8' }],
        halves.map((half) => [half, numbersOf('UInt8', half.rowCount, (row) => BigInt(row % 3))]),
      );
    }),
  );
});

function numbersOf(name: string, rowCount: number, value: (row: number) => bigint): FixedColumn {
  const type = parseDataType(name);
  const wide = name.endsWith('64');
  return columnOf(
    type,
    Array.from({ length: rowCount }, (_, row) => (wide ? value(row) : Number(value(row)))),
  ) as FixedColumn;
}

test('tables grow: by offset to both sides, then hashed, and texts past their first bytes', () => {
  const blocks = (name: string, value: (row: number) => bigint): Column[][] =>
    [0, 3000, 6000].map((from) => [numbersOf(name, 3000, (row) => value(from + row))]);
  for (const name of ['Int16', 'Int32', 'UInt32', 'Int64', 'UInt64']) {
    const type = parseDataType(name);
    const sign = name.startsWith('Int') ? -1n : 1n;
    check(
      [type],
      blocks(name, (row) => BigInt(row) * (row % 2 ? 1n : sign)),
    );
    check(
      [type],
      blocks(name, (row) => 20_000n - BigInt(row)),
    );
    if (name !== 'Int16')
      check(
        [type],
        blocks(name, (row) => (BigInt(row) * 7919n) % 2_000_003n),
      );
  }
  const top = 2n ** 64n - 1n;
  check(
    [{ kind: 'UInt64' }],
    blocks('UInt64', (row) => top - BigInt(row)),
  );
  check(
    [{ kind: 'UInt64' }],
    blocks('UInt64', (row) => (row % 2 ? top - BigInt(row) : BigInt(row))),
  );
  const string: DataType = { kind: 'String' };
  const texts = Array.from({ length: 5000 }, (_, row) => `${row % 2100}${'-long'.repeat(row % 17)}`);
  check([string], [[columnOf(string, texts)], [columnOf(string, ['x'.repeat(100_000), ...texts])]]);
});

test('pairs are numbered by offset while their numbers are small, and hashed when they are not', () => {
  const types = ['UInt32', 'UInt64', 'Int16'].map((name) => parseDataType(name));
  const blocks = [0, 4000, 8000].map((from) => [
    numbersOf('UInt32', 4000, (row) => BigInt((from + row) % 3001)),
    numbersOf('UInt64', 4000, (row) => BigInt((from + row) % 1999) * 2n ** 50n),
    numbersOf('Int16', 4000, (row) => BigInt(row % 7)),
  ]);
  check(types, blocks);
});
