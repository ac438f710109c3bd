// Pruning by key ranges and shards, against evaluating the predicate on every row.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bindExpression } from '../expr/bind.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Sharding } from '../rows/definition.ts';
import { shardOfColumns } from '../rows/sharding.ts';
import type { Expression } from '../sql/ast.ts';
import { parseExpression } from '../sql/parser.ts';
import type { Block, NamedType, ValueInput } from '../types/column.ts';
import { createKeyCodec } from '../types/key-codec.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf } from '../types/value.ts';
import { narrowKey, type NarrowedKey } from './key-ranges.ts';
import { combineRestrictions, conjunctsOf, type Conjunct } from './predicates.ts';
import { sourceScope } from './source-scope.ts';

type Case = {
  readonly type: string;
  readonly values: readonly ValueInput[];
  readonly constants: readonly string[];
};

/** Per type: values of the column, and constants as SQL that are near, between and beyond them. */
const cases: readonly Case[] = [
  {
    type: 'UInt8',
    values: [0, 1, 3, 4, 127, 254, 255],
    constants: ['0', '3', '3.5', '-1', '255', '256', '300', '1e3', "'4'", 'NULL', 'true', '2.0'],
  },
  {
    type: 'Int16',
    values: [-32768, -5, -1, 0, 1, 5, 32767],
    constants: ['-1', '-0.5', '0', '0.5', '5', '-32769', '32767', '40000', 'toInt64(-5)'],
  },
  {
    type: 'UInt64',
    values: [0n, 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n],
    constants: ['9007199254740992', '9007199254740993', '18446744073709551615', '-1', '1e19', '1.5'],
  },
  {
    type: 'Int64',
    values: [-(2n ** 63n), -1n, 0n, 1n, 2n ** 63n - 1n],
    constants: ['-9223372036854775808', '9223372036854775807', '18446744073709551615', '0.5', '-1'],
  },
  {
    type: 'Float64',
    values: [-Infinity, -1.5, -0, 0, 0.1, 1.5, Infinity, NaN],
    constants: ['0', '-0.0', '0.1', '1.5', '1', 'nan', 'inf', '-inf', 'NULL'],
  },
  {
    type: 'Float32',
    values: [-1.5, 0, Math.fround(0.1), 1.5, Infinity, NaN],
    constants: ['0.1', '1.5', '0', '1e300', 'nan', 'inf'],
  },
  { type: 'Bool', values: [false, true], constants: ['true', 'false', '1', '0', '2'] },
  {
    type: 'String',
    values: ['', 'a', 'a\0', 'a\0b', 'ab', 'abc', 'abd', 'b', 'é', '\u{10ffff}', 'a%', 'a_c'],
    constants: [
      "''",
      "'a'",
      "'ab'",
      "'abc'",
      "'b'",
      "'a%'",
      "'ab%'",
      "'%'",
      "'a_c'",
      "'a\\\\%%'",
      "'é'",
      'NULL',
    ],
  },
  {
    type: 'FixedString(3)',
    values: ['abc', 'ab', 'a', '', 'abd'],
    constants: ["'abc'", "'ab'", "'a'", "''", "toFixedString('ab', 3)"],
  },
  {
    type: 'Date',
    values: ['1970-01-01', '2020-02-28', '2020-02-29', '2149-06-06'],
    constants: [
      "'2020-02-29'",
      "toDate('2020-02-28')",
      "toDateTime('2020-02-28 12:00:00')",
      "toDate('1970-01-01')",
    ],
  },
  {
    type: 'DateTime',
    values: ['1970-01-01 00:00:00', '2020-02-29 00:00:00', '2020-02-29 12:00:00'],
    constants: ["'2020-02-29 12:00:00'", "toDate('2020-02-29')", "toDateTime('2020-02-29 00:00:00')"],
  },
  {
    type: 'DateTime64(3)',
    values: ['1969-12-31 23:59:59.999', '2020-02-29 00:00:00.000', '2020-02-29 00:00:00.001'],
    constants: [
      "'2020-02-29 00:00:00.001'",
      "'2020-02-29 00:00:00.000'",
      "toDateTime('2020-02-29 00:00:00')",
      "toDate('2020-02-29')",
    ],
  },
  {
    type: 'Decimal(9, 2)',
    values: ['-1.50', '0.00', '0.10', '3.49', '3.50', '9999999.99'],
    constants: ['3.5', '0.1', '3', '-1.5', "toDecimal64('3.495', 3)", "'3.49'", '1e9'],
  },
  { type: "Enum8('a' = -1, 'b' = 2, 'c' = 100)", values: ['a', 'b', 'c'], constants: ["'a'", "'b'", "'c'"] },
  {
    type: 'UUID',
    values: ['00000000-0000-0000-0000-000000000000', '61f0c404-5cb3-11e7-907b-a6006ad3dba0'],
    constants: ["'61f0c404-5cb3-11e7-907b-a6006ad3dba0'"],
  },
];

const comparisons = ['=', '<', '<=', '>', '>=', '!='];

function predicateOn(column: string, { type, constants }: Case): fc.Arbitrary<string> {
  const constant = fc.constantFrom(...constants);
  const listed = fc.array(
    constant.filter((text) => text !== 'NULL'),
    { minLength: 1, maxLength: 4 },
  );
  const forms: fc.Arbitrary<string>[] = [
    fc
      .tuple(fc.constantFrom(...comparisons), constant, fc.boolean())
      .map(([comparison, value, flip]) =>
        flip ? `${value} ${comparison} ${column}` : `${column} ${comparison} ${value}`,
      ),
    listed.map((values) => `${column} IN (${values.join(', ')})`),
    listed.map((values) => `${column} NOT IN (${values.join(', ')})`),
    fc
      .tuple(constant, constant, fc.boolean())
      .map(([low, high, not]) => `${column} ${not ? 'NOT ' : ''}BETWEEN ${low} AND ${high}`),
    fc.boolean().map((not) => `${column} IS ${not ? 'NOT ' : ''}NULL`),
  ];
  if (type === 'String') {
    const pattern = constant.filter((text) => text !== 'NULL');
    forms.push(
      pattern.map((text) => `${column} LIKE ${text}`),
      pattern.map((text) => `startsWith(${column}, ${text})`),
    );
  }
  return fc.oneof(...forms);
}

type Table = {
  readonly columns: readonly NamedType[];
  readonly rows: Block;
  readonly sharding: Sharding;
  readonly where: string;
};

const tables: fc.Arbitrary<Table> = fc
  .array(fc.tuple(fc.constantFrom(...cases), fc.boolean()), { minLength: 1, maxLength: 3 })
  .chain((chosen) => {
    const columns = chosen.map(([{ type }, isNullable], i) => ({
      name: `c${i}`,
      type: parseDataType(isNullable ? `Nullable(${type})` : type),
    }));
    const row = fc.tuple(
      ...chosen.map(([{ values }, isNullable]) => fc.constantFrom(...values, ...(isNullable ? [null] : []))),
    );
    const atom = fc.oneof(...chosen.map(([each], i) => predicateOn(`c${i}`, each)));
    const joined = (depth: number): fc.Arbitrary<string> =>
      depth === 0
        ? atom
        : fc.oneof(
            atom,
            fc
              .tuple(joined(depth - 1), fc.constantFrom('AND', 'OR'), joined(depth - 1))
              .map(([a, op, b]) => `(${a} ${op} ${b})`),
          );
    const sharding = fc.record({
      method: fc.constant('hash' as const),
      columns: fc.subarray(
        columns.map((_, i) => i),
        { minLength: 1 },
      ),
      shardCount: fc.constantFrom(1, 3, 8),
    });
    return fc
      .record({ rows: fc.array(row, { maxLength: 30 }), where: joined(2), sharding })
      .map(({ rows, where, sharding: by }) => ({
        columns,
        rows: {
          rowCount: rows.length,
          columns: columns.map(({ type }, i) =>
            columnOf(
              type,
              rows.map((each) => each[i]),
            ),
          ),
        },
        sharding: by,
        where,
      }));
  });

function narrowed(table: Table): { conjuncts: Conjunct[]; key: NarrowedKey } {
  const context = { parameters: {}, nowMs: 0, currentDatabase: 'default' };
  const scope = sourceScope(table.columns, []);
  const conjuncts = conjunctsOf(parseExpression(table.where), (e: Expression) =>
    bindExpression(e, scope, context),
  );
  const { columns } = combineRestrictions(conjuncts.map((conjunct) => conjunct.restrictions));
  const path = {
    columns: table.columns.map((_, i) => i),
    sharding: table.sharding,
    typeOf: (i: number) => table.columns[i]!.type,
  };
  return { conjuncts, key: narrowKey(path, columns) };
}

function isTrueAt(conjunct: Conjunct, rows: Block, row: number): boolean {
  const column = evaluate(conjunct.bound, rows);
  return column.layout === 'fixed' && column.nulls?.[row] !== 1 && Number(column.values[row]) !== 0;
}

test('no matching row lies outside the ranges and shards, and what the ranges answer is true inside them', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const { conjuncts, key } = narrowed(table);
      const codec = createKeyCodec(table.columns.map(({ type }) => type));
      const isAnswered = ({ restrictions }: Conjunct): boolean =>
        restrictions.exact && [...restrictions.columns.keys()].every((c) => key.answered.has(c));
      for (let row = 0; row < table.rows.rowCount; row++) {
        const encoded = codec.encode(table.rows.columns, row);
        const shard = shardOfColumns(
          table.sharding,
          table.sharding.columns.map((column) => table.rows.columns[column]!),
          row,
        );
        const covering = key.scans
          .flatMap((scan) => (scan.shards.includes(shard) ? scan.ranges : []))
          .filter(
            ({ start, end }) =>
              Buffer.compare(encoded, start) >= 0 && (end === undefined || Buffer.compare(encoded, end) < 0),
          );
        expect(covering.length).toBeLessThanOrEqual(1);
        const matches = conjuncts.every((conjunct) => isTrueAt(conjunct, table.rows, row));
        if (matches) expect(covering).toHaveLength(1);
        if (covering.length > 0)
          for (const conjunct of conjuncts.filter(isAnswered))
            expect(isTrueAt(conjunct, table.rows, row)).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

function rangesFor(columns: readonly string[], where: string): NarrowedKey {
  const named = columns.map((text) => ({
    name: text.split(' ')[0]!,
    type: parseDataType(text.split(' ').slice(1).join(' ')),
  }));
  const rows = { rowCount: 0, columns: named.map(({ type }) => columnOf(type, [])) };
  return narrowed({ columns: named, rows, sharding: { method: 'hash', columns: [0], shardCount: 8 }, where })
    .key;
}

test('a list of keys becomes one range each, every one in its own shard only', () => {
  const key = rangesFor(['id UInt64'], 'id IN (8, 1, 5, 5)');
  expect(key.rangeCount).toBe(3);
  expect(key.scans.flatMap(({ shards, ranges }) => shards.flatMap(() => ranges)).length).toBe(3);
  expect(key.scans.every(({ shards }) => shards.length === 1)).toBe(true);
});

test('bounds are exact: a constant beyond the type or between two values leaves nothing or the right half', () => {
  expect(rangesFor(['a UInt8'], 'a = 300').scans).toEqual([]);
  expect(rangesFor(['a UInt8'], 'a = 3.5').scans).toEqual([]);
  expect(rangesFor(['a UInt8'], 'a < -1').scans).toEqual([]);
  const below = rangesFor(['a UInt8'], 'a < 3.5').merged.ranges;
  expect(below.map(({ start, end }) => [start, end].map((key) => Buffer.from(key!).toString('hex')))).toEqual(
    [['00', '04']],
  );
});

test('equality on leading columns and a range on the next are one range', () => {
  const key = rangesFor(['a UInt8', 'b String', 'c UInt8'], "a = 1 AND b LIKE 'x%' AND c = 2");
  expect(key).toMatchObject({ rangeCount: 1, equalColumns: 1, ranged: true });
  expect([...key.answered]).toEqual([0, 1]);
});

test('equalities joined by OR on one column are a list', () => {
  expect(rangesFor(['a UInt8'], 'a = 1 OR a = 7 OR a IN (7, 9)')).toMatchObject({
    rangeCount: 3,
    equalColumns: 1,
  });
  expect(rangesFor(['a UInt8', 'b UInt8'], 'a = 1 OR b = 7')).toMatchObject({
    rangeCount: 1,
    equalColumns: 0,
  });
});

test('contradicting conditions read nothing', () => {
  expect(rangesFor(['a Int32'], 'a > 5 AND a < 3').scans).toEqual([]);
  expect(rangesFor(['a Int32'], 'a = NULL').scans).toEqual([]);
});
