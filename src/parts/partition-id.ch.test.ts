// Partition ids against ClickHouse: the same values name the same partitions.

import { Session } from 'chdb';
import { expect, test } from 'vitest';
import { typeName } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf } from '../types/value.ts';
import { partitionIdOf } from './partition-id.ts';

const keys: readonly (readonly [
  types: string,
  rows: readonly (string | number | bigint | boolean | null)[][],
])[] = [
  ['UInt8', [[0], [255]]],
  ['UInt64', [[18446744073709551615n]]],
  ['Int32', [[-5], [7]]],
  ['Int64', [[-9223372036854775808n]]],
  ['Bool', [[true], [false]]],
  ["Enum8('a' = -2, 'b' = 1)", [['a'], ['b']]],
  ['Date', [['2024-03-07'], ['1970-01-01'], ['2149-06-06']]],
  ["DateTime('UTC')", [['2024-03-07 12:00:00']]],
  ['Nullable(Date)', [['2024-03-07'], [null]]],
  ['Nullable(UInt8)', [[3], [null]]],
  ['Float64', [[1.5], [-0.25]]],
  ['Float32', [[1.5]]],
  ['String', [['eu'], [''], ['a longer text of more than eight bytes']]],
  ['FixedString(3)', [['ab\0']]],
  ['UUID', [['61f0c404-5cb3-11e7-907b-a6006ad3dba0']]],
  ['Decimal(9, 2)', [['-1.25']]],
  ['Decimal(18, 4)', [['12345.6789']]],
  ["DateTime64(3, 'UTC')", [['2024-03-07 12:00:00.123']]],
  ["Enum16('a' = -200, 'b' = 1000)", [['a'], ['b']]],
  ['Date32', [['2024-03-07'], ['1925-01-01']]],
  [
    'Nullable(Date32), String',
    [
      ['2024-03-07', 'x'],
      [null, 'y'],
    ],
  ],
  ['IPv4', [['1.2.3.4'], ['255.255.255.255']]],
  ['IPv6', [['2001:db8::1']]],
  ['IPv4, String', [['1.2.3.4', 'eu']]],
  ['Int128', [[-5n], [2n ** 127n - 1n]]],
  ['UInt128', [[5n]]],
  ['Int256', [[-(2n ** 255n)], [7n]]],
  ['UInt256', [[2n ** 256n - 1n]]],
  ['Decimal(38, 4)', [['-12345.6789'], ['1234567890123456789012345.5']]],
  ['Decimal(76, 10)', [['-12345.6789']]],
  [
    'Nullable(Int128), UInt8',
    [
      [-5n, 1],
      [null, 2],
    ],
  ],
  ['LowCardinality(String)', [['eu']]],
  ['UInt32, UInt8', [[202403, 1]]],
  ['Int32, Int8', [[-5, 1]]],
  ['Date, String', [['2024-03-07', 'eu']]],
  ['Int8, Bool, Nullable(String)', [[-1, true, null]]],
];

/** `UInt32, Decimal(9, 2)` as two types. */
const splitTypes = (text: string): string[] => text.split(/, (?![^()]*\))/);

const literal = (value: string | number | bigint | boolean | null): string =>
  value === null
    ? 'NULL'
    : typeof value === 'bigint'
      ? `'${value}'`
      : typeof value === 'string'
        ? `'${value.replaceAll('\0', '\\0')}'`
        : String(value);

test.each(keys)('a partition of %s is named as ClickHouse names it', (types, rows) => {
  const session = new Session();
  try {
    const parsed = splitTypes(types).map((type) => parseDataType(type));
    const columns = parsed.map((type, i) => `c${i} ${typeName(type)}`).join(', ');
    const names = parsed.map((_, i) => `c${i}`).join(', ');
    session.query('CREATE DATABASE d ENGINE = Atomic');
    session.query(
      `CREATE TABLE d.t (n UInt32, ${columns}) ENGINE = MergeTree PARTITION BY (${names}) ORDER BY n
       SETTINGS allow_nullable_key = 1, allow_floating_point_partition_key = 1`,
    );
    const values = rows.map((row, n) => `(${[n, ...row.map(literal)].join(', ')})`).join(', ');
    session.query(`INSERT INTO d.t VALUES ${values}`);
    const theirs = session.query('SELECT _partition_id FROM d.t ORDER BY n', 'TSV').trim().split('\n');
    const ours = rows.map((row) =>
      partitionIdOf(
        parsed.map((type, i) => columnOf(type, [row[i]])),
        0,
      ),
    );
    expect(ours).toEqual(theirs);
  } finally {
    session.cleanup();
  }
});

test('the only partition of a table without PARTITION BY is called all', () => {
  expect(partitionIdOf([], 0)).toBe('all');
});
