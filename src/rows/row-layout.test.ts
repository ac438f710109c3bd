import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CorruptionError } from '../base/errors.ts';
import { anyKeyType, anyType, valuesOf } from '../../test/support/random-columns.ts';
import { withoutNullable, type DataType } from '../types/data-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import type { Block, Value } from '../types/column.ts';
import type { RowTableDefinition } from './definition.ts';
import { RowLayout } from './row-layout.ts';
import { shardOfColumns } from './sharding.ts';

function tableOf(types: readonly DataType[], keyCount: number): RowTableDefinition {
  return {
    kind: 'rowTable',
    id: 5,
    database: 'default',
    name: 't',
    columns: types.map((type, i) => ({ name: `c${i}`, type, defaultSql: undefined, comment: '' })),
    primaryKey: Array.from({ length: keyCount }, (_, i) => i),
    sharding: { method: 'hash', columns: [0], shardCount: 4 },
    comment: '',
  };
}

const rows = fc
  .tuple(fc.array(anyKeyType, { minLength: 1, maxLength: 3 }), fc.array(anyType, { maxLength: 4 }))
  .chain(([keyTypes, types]) => {
    const keyCount = keyTypes.length;
    const columnTypes = [...keyTypes.map(withoutNullable), ...types];
    const row = fc.tuple(...columnTypes.map((type) => valuesOf(type, { anyBytes: true })));
    return fc.record({
      types: fc.constant(columnTypes),
      keyCount: fc.constant(keyCount),
      rows: fc.array(row, { minLength: 1, maxLength: 5 }),
    });
  });

const blockOf = (types: readonly DataType[], list: readonly (readonly Value[])[]): Block => ({
  rowCount: list.length,
  columns: types.map((type, i) =>
    columnOf(
      type,
      list.map((row) => row[i]),
    ),
  ),
});

test('rows come back from their stored key and image, in any choice of columns', () => {
  fc.assert(
    fc.property(rows, ({ types, keyCount, rows: list }) => {
      const layout = new RowLayout(tableOf(types, keyCount));
      const block = blockOf(types, list);
      const encoder = layout.encoder(block);
      const stored = list.map((_, row) => {
        const { storedKey } = encoder.storedKeyAt(row);
        return [storedKey, encoder.imageAt(row, storedKey, 42)] as const;
      });
      stored.forEach((row) => layout.check(row));
      const columns = types.map((_, i) => types.length - 1 - i);
      const decoded = layout.decode(stored, columns);
      columns.forEach((column, i) => {
        // -0 in a key comes back as 0, its equal.
        const plain = (value: Value): Value => (column < keyCount && Object.is(value, -0) ? 0 : value);
        const before = list.map((_, row) => plain(valueAt(block.columns[column]!, row)));
        expect(list.map((_, row) => valueAt(decoded.columns[i]!, row))).toEqual(before);
      });
    }),
  );
});

test('a flipped byte, a truncation and an image under another key are each noticed', () => {
  const types: DataType[] = [
    { kind: 'UInt32' },
    { kind: 'Nullable', inner: { kind: 'String' } },
    { kind: 'Float64' },
  ];
  const layout = new RowLayout(tableOf(types, 1));
  const encoder = layout.encoder(
    blockOf(types, [
      [1, 'text', 2.5],
      [2, null, 0],
    ]),
  );
  const { storedKey } = encoder.storedKeyAt(0);
  const image = encoder.imageAt(0, storedKey, 7);
  for (let i = 0; i < image.length; i++) {
    const damaged = Buffer.from(image);
    damaged[i]! ^= 1;
    expect(() => layout.check([storedKey, damaged])).toThrow(CorruptionError);
    expect(() => layout.check([storedKey, image.subarray(0, i)])).toThrow(CorruptionError);
  }
  expect(() => layout.check([encoder.storedKeyAt(1).storedKey, image])).toThrow(CorruptionError);
});

test('rows and keys past their limits are refused', () => {
  const types: DataType[] = [{ kind: 'String' }, { kind: 'String' }];
  const layout = new RowLayout(tableOf(types, 1));
  const longKey = layout.encoder(blockOf(types, [['k'.repeat(5000), '']]));
  expect(() => longKey.storedKeyAt(0)).toThrow(expect.objectContaining({ code: 'KEY_TOO_LARGE' }));
  const longRow = layout.encoder(blockOf(types, [['k', 'v'.repeat(17 * 1024 * 1024)]]));
  expect(() => longRow.imageAt(0, longRow.storedKeyAt(0).storedKey, 1)).toThrow(
    expect.objectContaining({ code: 'ROW_TOO_LARGE' }),
  );
});

test('the address of a key is where its row was written', () => {
  const types: DataType[] = [{ kind: 'UInt64' }, { kind: 'String' }, { kind: 'Int8' }];
  const layout = new RowLayout(tableOf(types, 2));
  const { shard, storedKey } = layout.encoder(blockOf(types, [[7n, 'x', 1]])).storedKeyAt(0);
  const address = layout.addressOf({ c0: 7n, c1: 'x' });
  expect(address.shard).toBe(shard);
  expect(layout.storedKey(address)).toEqual(storedKey);
  expect(() => layout.addressOf({ c0: 7n })).toThrow(/c1/);
  expect(() => layout.addressOf({ c0: 7n, c1: 'x', c2: 1 })).toThrow(/c2/);
});

test('shards never change: these are on disk', () => {
  const hash = { method: 'hash', columns: [0], shardCount: 8 } as const;
  const ids = columnOf({ kind: 'UInt64' }, [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n]);
  expect(Array.from({ length: 8 }, (_, row) => shardOfColumns(hash, [ids], row))).toMatchInlineSnapshot(`
    [
      4,
      6,
      3,
      3,
      7,
      2,
      3,
      2,
    ]
  `);
  const names = columnOf({ kind: 'String' }, ['', 'ATL', 'LAX', 'ORD']);
  expect(Array.from({ length: 4 }, (_, row) => shardOfColumns(hash, [names], row))).toMatchInlineSnapshot(`
    [
      7,
      4,
      7,
      4,
    ]
  `);
  const signed = columnOf({ kind: 'Int32' }, [-9, -1, 0, 9]);
  expect(
    Array.from({ length: 4 }, (_, row) => shardOfColumns({ ...hash, method: 'mod' }, [signed], row)),
  ).toEqual([7, 7, 0, 1]);
});

test('a million sequential ids spread evenly over 16 shards', () => {
  const counts = new Array<number>(16).fill(0);
  const rowCount = 1_000_000;
  const ids = {
    layout: 'fixed',
    type: { kind: 'UInt32' },
    rowCount,
    values: Uint32Array.from({ length: rowCount }, (_, i) => i),
    nulls: undefined,
  } as const;
  for (let row = 0; row < rowCount; row += 10)
    counts[shardOfColumns({ method: 'hash', columns: [0], shardCount: 16 }, [ids], row)]!++;
  const expected = rowCount / 10 / 16;
  const chiSquare = counts.reduce((total, count) => total + (count - expected) ** 2 / expected, 0);
  // 15 degrees of freedom: 99.99 % of random spreads lie below.
  expect(chiSquare).toBeLessThan(44);
});
