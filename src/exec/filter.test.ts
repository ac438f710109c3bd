// Filtering by kernels, against evaluating every conjunct row by row.

import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { asDictionary } from '../../test/support/dictionary-column.ts';
import { valuesOf } from '../../test/support/random-columns.ts';
import { WinnowError } from '../base/errors.ts';
import { bindExpression } from '../expr/bind.ts';
import type { Expression } from '../expr/expression.ts';
import { tableScope } from '../expr/table-scope.ts';
import { takenBytes } from '../kernels/chunk-pool.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { parseExpression } from '../sql/parser.ts';
import { fixedArrays, type Block, type Column } from '../types/column.ts';
import { isNullable, physicalOf, type DataType } from '../types/data-type.ts';
import { lazyList } from '../types/lazy-list.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { Filter, filterRows } from './filter.ts';
import { predicateOf } from './predicate.ts';

const takenBefore = takenBytes(kernelRuntime().memory);
afterAll(() => expect(takenBytes(kernelRuntime().memory)).toBe(takenBefore));

const context = { parameters: {}, nowMs: 0, currentDatabase: 'default' };

const numbers = ['0', '1', '-1', '5', '1.5', '-0.25', '127', '128', '300', '-129', '65535', '2147483648'];
const wide = [
  '9007199254740993',
  '18446744073709551615',
  '-9223372036854775808',
  '1e30',
  'nan',
  'inf',
  '0.1',
];
const texts = ["''", "'a'", "'ab'", "'b'", "'%'", "'a%'", "'%b'", "'%b%'", "'a_'", "'a\\\\%'", "'ab\\0'"];

/** Literals that are tried beside a column of each type. */
const literals: Readonly<Record<string, readonly string[]>> = {
  Int8: [...numbers, ...wide],
  UInt8: [...numbers, ...wide],
  Int16: [...numbers, ...wide],
  UInt16: numbers,
  Int32: [...numbers, ...wide],
  UInt32: numbers,
  Int64: [...numbers, ...wide],
  UInt64: [...numbers, ...wide],
  Float32: [...numbers, ...wide],
  Float64: [...numbers, ...wide],
  Bool: ['true', 'false', '0', '1', '2'],
  Date: ["'1970-01-01'", "'2026-11-26'", "toDate('2106-02-07')", "toDateTime('2026-11-26 00:00:00', 'UTC')"],
  DateTime: ["'1970-01-01 00:00:00'", "'2026-11-26 12:00:00'", '86400', "toDate('2026-11-26')"],
  'DateTime64(3)': ["'2026-11-26 12:00:00.123'", "'1970-01-01 00:00:00'", "toDate('2026-11-26')"],
  "Enum8('old' = -5, 'a' = 1, 'new' = 127)": ["'old'", "'a'", "'none'", '1', '-5', '3'],
  'Decimal(9, 2)': [...numbers, "toDecimal64('1.25', 3)", '0.1'],
  'Decimal(18, 4)': [...numbers, '0.3'],
  Int128: [...numbers, ...wide, "toInt128('-170141183460469231731687303715884105728')", "'7'"],
  UInt256: [...numbers, ...wide],
  'Decimal(38, 5)': [...numbers, "toDecimal64('1.25', 3)", '0.1', "'1.25'"],
  Date32: ["'1925-01-01'", "'2026-11-26'", "toDate('2106-02-07')"],
  "Enum16('old' = -500, 'a' = 1)": ["'old'", "'a'", '1', '-500'],
  IPv4: ["'0.0.0.0'", "'1.2.3.4'", '5', '4294967296'],
  IPv6: ["'::'", "'::ffff:1.2.3.4'", "toIPv4('1.2.3.4')"],
  String: texts,
  'FixedString(2)': texts,
  UUID: ["'00000000-0000-0000-0000-000000000000'", "'61f0c404-5cb3-11e7-907b-a6006ad3dba0'"],
  'LowCardinality(String)': texts,
  'LowCardinality(Nullable(String))': texts,
};

const columns = Object.keys(literals).flatMap((name, i) => {
  const nullable = `Nullable(${name})`;
  const plain = { name: `c${i}`, type: parseDataType(name), literals: literals[name]! };
  return name.startsWith('Low')
    ? [plain]
    : [plain, { ...plain, name: `n${i}`, type: parseDataType(nullable) }];
});

const condition: fc.Arbitrary<string> = fc.letrec<{ leaf: string; any: string }>((tie) => ({
  leaf: fc.constantFrom(...columns).chain(({ name, literals: all }) => {
    const literal = fc.constantFrom(...all);
    const operator = fc.constantFrom('=', '!=', '<', '<=', '>', '>=');
    return fc.oneof(
      fc.tuple(operator, literal).map(([op, value]) => `${name} ${op} ${value}`),
      fc.tuple(operator, literal).map(([op, value]) => `${value} ${op} ${name}`),
      fc.tuple(literal, literal).map(([low, high]) => `${name} BETWEEN ${low} AND ${high}`),
      fc
        .tuple(fc.constantFrom('IN', 'NOT IN'), fc.array(literal, { minLength: 1, maxLength: 4 }))
        .map(([op, list]) => `${name} ${op} (${list.join(', ')})`),
      fc.constantFrom('IS NULL', 'IS NOT NULL').map((op) => `${name} ${op}`),
      fc.tuple(fc.constantFrom('LIKE', 'NOT LIKE'), literal).map(([op, value]) => `${name} ${op} ${value}`),
      literal.map((value) => `startsWith(${name}, ${value})`),
      fc.constantFrom(
        `length(${name}) = 1`,
        `${name} + 1 > 3`,
        `toMonth(${name}) = 3`,
        `isNull(nullIf(${name}, 1))`,
        name,
        `ifNull(${name}, 1) = 1`,
      ),
    );
  }),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('any').map((inner) => `NOT (${inner})`),
    fc.tuple(tie('any'), fc.constantFrom('AND', 'OR'), tie('any')).map(([a, op, b]) => `(${a} ${op} ${b})`),
  ),
})).any;

function bound(sql: string): Expression | undefined {
  try {
    const expression = bindExpression(parseExpression(sql), tableScope(columns), context);
    return physicalOf(expression.type) in fixedArrays ? expression : undefined;
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

const ROW_COUNT = 700;

/** Values that often equal a literal. */
const plainTexts = fc.constantFrom('', 'a', 'ab', 'b', 'ba', 'abc', '%', 'a%', 'ä');

function randomColumn(type: DataType, seed: number): Column {
  const inner = type.kind === 'Nullable' || type.kind === 'LowCardinality' ? type.inner : type;
  const kind = inner.kind === 'Nullable' ? inner.inner.kind : inner.kind;
  const texts = isNullable(type) ? fc.option(plainTexts, { freq: 3 }) : plainTexts;
  const values =
    kind === 'String'
      ? fc.oneof(texts, valuesOf(type))
      : /^U?Int|Float/.test(kind)
        ? fc.oneof(
            valuesOf(type),
            fc.integer({ min: 0, max: 5 }).map((n) => (kind.endsWith('Int64') ? BigInt(n) : n)),
          )
        : valuesOf(type);
  return columnOf(type, fc.sample(values, { seed, numRuns: ROW_COUNT }));
}

function randomBlock(seed: number): Block {
  const rowNumbers = columnOf(
    { kind: 'UInt32' },
    Array.from({ length: ROW_COUNT }, (_, row) => row),
  );
  return {
    rowCount: ROW_COUNT,
    columns: [...columns.map(({ type }, i) => randomColumn(type, seed + i)), rowNumbers],
  };
}

const withDictionaries = (block: Block, seed: number): Block => ({
  rowCount: block.rowCount,
  columns: block.columns.map((column) => asDictionary(column, seed)),
});

/** The values of one column, and the numbers of rows that stand in the last one. */
const rowsOf = ({ rowCount, columns: all }: Block, index = 0): unknown[][] =>
  Array.from({ length: rowCount }, (_, row) => [valueAt(all[index]!, row), valueAt(all.at(-1)!, row)]);

function filtered(block: Block, conjuncts: readonly Expression[], index = 0): unknown[][] {
  const filter = new Filter(conjuncts);
  try {
    return rowsOf(filter.apply(block), index);
  } finally {
    filter.close();
  }
}

const blocks = [1, 2, 3].map((seed) => randomBlock(1000 * seed));

let byKernels = 0;

test('kernels keep the rows that evaluation keeps, whatever the conditions and the types', () => {
  fc.assert(
    fc.property(
      fc.array(condition, { minLength: 1, maxLength: 3 }),
      fc.nat(blocks.length - 1),
      fc.nat(columns.length - 1),
      (all, index, shown) => {
        const block = blocks[index]!;
        const conjuncts = all.map(bound);
        fc.pre(conjuncts.every((each) => each !== undefined));
        let expected: unknown[][];
        try {
          expected = rowsOf(filterRows(block, conjuncts), shown);
        } catch (error) {
          if (error instanceof WinnowError) return fc.pre(false);
          throw error;
        }
        byKernels += conjuncts.filter((each) => predicateOf(each)).length;
        expect(filtered(block, conjuncts, shown)).toEqual(expected);
        expect(filtered(withDictionaries(block, index), conjuncts, shown)).toEqual(expected);
      },
    ),
    { numRuns: 250 },
  );
  expect(byKernels).toBeGreaterThan(100);
});

test('a condition that fails for rows dropped before is not asked about them', () => {
  const type = parseDataType('Int64');
  const values = Array.from({ length: 1000 }, (_, row) => BigInt(row % 3));
  const scope = tableScope([{ name: 'x', type }]);
  const bind = (sql: string): Expression => bindExpression(parseExpression(sql), scope, context);
  const block = { rowCount: 1000, columns: [columnOf(type, values)] };
  const fails = bind('intDiv(6, x) = 3');
  expect(filtered(block, [bind('x != 0'), fails])).toHaveLength(333);
  expect(filtered(block, [fails, bind('x != 0')])).toHaveLength(333);
  expect(() => filtered(block, [fails])).toThrow(expect.objectContaining({ code: 'ILLEGAL_DIVISION' }));
});

test('a column that no condition and nobody else looks at is not read', () => {
  const rowCount = 1000;
  const types = ['Int32', 'String', 'UInt8', 'Int16'].map((name) => parseDataType(name));
  const columnOfRows = (type: DataType): Column =>
    columnOf(
      type,
      Array.from({ length: rowCount }, (_, row) => (type.kind === 'String' ? `t${row}` : row % 256)),
    );
  const read: number[] = [];
  const lazy: Block = {
    rowCount,
    columns: lazyList(types.length, (i) => {
      read.push(i);
      return columnOfRows(types[i]!);
    }),
  };
  const scope = tableScope(['a', 'b', 'c', 'd'].map((name, i) => ({ name, type: types[i]! })));
  const filter = new Filter(
    ['a >= 250', "b LIKE '%9'", 'd = 1'].map((sql) => bindExpression(parseExpression(sql), scope, context)),
  );
  // The cheapest condition keeps few rows, the next one none of them: then nothing else is read.
  expect(filter.apply(lazy).rowCount).toBe(0);
  expect(read).toEqual([3, 0]);
  filter.close();
});

test('a condition on 16 bits is decided for every value there can be, and for NULL', () => {
  const rowCount = 40_000;
  const types = ['Int16', 'Nullable(Int16)', 'Date', 'Nullable(UInt16)'].map((name) => parseDataType(name));
  const valueOf = (type: DataType, row: number): number | null => {
    if (isNullable(type) && row % 5 === 0) return null;
    const value = (row * 7919) % 32_768;
    return type === types[0] || type === types[1] ? (row % 2 ? -value : value) : value;
  };
  const columnsOfBlock = types.map((type) =>
    columnOf(
      type,
      Array.from({ length: rowCount }, (_, row) => valueOf(type, row)),
    ),
  );
  const block: Block = { rowCount, columns: columnsOfBlock };
  const scope = tableScope(['a', 'b', 'd', 'u'].map((name, i) => ({ name, type: types[i]! })));
  const bind = (sql: string): Expression => bindExpression(parseExpression(sql), scope, context);
  const conditions = ['a % 7 = 2', 'b % 7 = -2', 'ifNull(b, 2) % 7 = 2', 'toMonth(d) = 3', 'u * 2 > 1000'];
  for (const sql of conditions) {
    expect(predicateOf(bind(sql)), sql).toBeUndefined();
    const expected = rowsOf(filterRows(block, [bind(sql)]));
    expect(expected.length, sql).toBeGreaterThan(10);
    expect(filtered(block, [bind(sql)]), sql).toEqual(expected);
  }
  // It fails for 0, which no row that is left has.
  const divides = [bind('u != 0'), bind('intDiv(9, u) = 1')];
  expect(filtered(block, divides)).toEqual(rowsOf(filterRows(block, divides)));
});
