// Every function, sent away as plain data and bound again, against the function itself.

import { expect, test } from 'vitest';
import { createRandom, type Random } from '../base/random.ts';
import { WinnowError } from '../base/errors.ts';
import { parseExpression } from '../sql/parser.ts';
import type { Block, Column, ValueInput } from '../types/column.ts';
import { sameType } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { bindExpression } from './bind.ts';
import { evaluate } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { boundExpression, plainExpression } from './plain-expression.ts';
import { findFunction, functionNames } from './registry.ts';
import { tableScope } from './table-scope.ts';

const table: Readonly<Record<string, readonly [type: string, values: readonly ValueInput[]]>> = {
  u8: ['UInt8', [0, 1, 2, 255]],
  i32: ['Int32', [-5, 0, 7, 100_000]],
  i64: ['Int64', [-5n, 0n, 7n, 2n ** 60n]],
  n16: ['Nullable(Int16)', [null, 0, -3, 300]],
  f64: ['Float64', [0.5, -1.25, NaN, 1e10]],
  d32: ['Decimal(9, 2)', ['0.5', '-1.25', '3', '10']],
  s: ['String', ['', 'a', 'ab c', '2020-02-03']],
  ns: ['Nullable(String)', [null, 'b', 'é', '12']],
  lc: ['LowCardinality(String)', ['x', 'y', 'x', '']],
  fs: ['FixedString(2)', ['a', 'bc', '', 'z']],
  d: ['Date', ['2020-02-03', '1970-01-01', '2024-12-31', '2000-02-29']],
  dt: [
    'DateTime',
    ['2020-02-03 04:05:06', '1970-01-01 00:00:00', '2024-12-31 23:59:59', '2000-02-29 12:00:00'],
  ],
  t64: [
    'DateTime64(3)',
    ['2020-02-03 04:05:06.789', '1970-01-01 00:00:00', '2024-12-31 23:59:59.999', '2000-02-29 12:00:00'],
  ],
  e: ["Enum8('old' = -5, 'new' = 1)", ['old', 'new', 'new', 'old']],
  b: ['Bool', [true, false, true, false]],
  u: ['UUID', Array.from({ length: 4 }, (_, i) => `61f0c404-5cb3-11e7-907b-a6006ad3dba${i}`)],
  a: ['Array(Int32)', [[], [1], [1, 2, 2], [-5]]],
  as: ['Array(String)', [[], ['a'], ['a', 'b'], ['']]],
  tu: [
    'Tuple(x Int32, y String)',
    [
      [1, 'a'],
      [2, 'b'],
      [3, ''],
      [4, 'a'],
    ],
  ],
  m: ['Map(String, Int32)', [{}, { a: 1 }, { a: 1, b: 2 }, { c: 3 }]],
};

const literals =
  "1 2 0 -1 1.5 '' 'a' 'ab' '%Y' 'UTC' 'day' 'month' 'a%' 'UInt8' 'y' NULL true [1,2] ['a'] toDate('2020-01-01') map('a',1) (1,'a')";
const operands = [...Object.keys(table), ...literals.split(' ')];

const columns = Object.entries(table).map(([name, [type]]) => ({ name, type: parseDataType(type) }));
const block: Block = {
  rowCount: 4,
  columns: columns.map(({ name, type }) => columnOf(type, table[name]![1])),
};

function bound(sql: string): Expression | undefined {
  try {
    const context = { parameters: {}, nowMs: Date.UTC(2026, 10, 26), currentDatabase: 'default' };
    return bindExpression(parseExpression(sql), tableScope(columns), context);
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

/** What the expression gives, or the code of its error. */
function answer(expression: Expression): unknown {
  try {
    const column = evaluate(expression, block);
    return valuesOf(column);
  } catch (error) {
    if (error instanceof WinnowError) return error.code;
    throw error;
  }
}

const valuesOf = (column: Column): unknown[] =>
  Array.from({ length: column.rowCount }, (_, row) => valueAt(column, row));

function check(sql: string, expression: Expression): void {
  const again = boundExpression(structuredClone(plainExpression(expression)));
  expect(sameType(again.type, expression.type), sql).toBe(true);
  expect(answer(again), sql).toEqual(answer(expression));
}

/** Calls of the function that bind, over operands chosen at random. */
function callsOf(name: string, random: Random): (readonly [sql: string, expression: Expression])[] {
  const [min, max] = findFunction(name)!.arity;
  const found: (readonly [string, Expression])[] = [];
  for (let attempt = 0; attempt < 400 && found.length < 12; attempt++) {
    const count = min + (attempt % (Math.min(max, min + 2) - min + 1));
    const args = Array.from({ length: count }, () => random.pick(operands));
    const sql = `${name}(${args.join(', ')})`;
    const expression = bound(sql);
    if (expression) found.push([sql, expression]);
  }
  return found;
}

test('every function gives the same after it was sent as plain data', () => {
  const random = createRandom(20_261_126);
  const uncovered: string[] = [];
  for (const name of functionNames()) {
    const calls = callsOf(name, random);
    for (const [sql, expression] of calls) check(sql, expression);
    if (calls.length === 0) uncovered.push(name);
  }
  // Takes states of aggregate functions, which only queries make.
  expect(uncovered).toEqual(['finalizeAggregation']);
});

test.each([
  'CAST(s AS FixedString(10))',
  'CAST(n16 AS Nullable(String))',
  'i32::Int64 + 1',
  'i32 IN (1, 7, 300)',
  'n16 NOT IN (300, NULL)',
  "lc IN ('x', 'z')",
  "(i32, s) IN ((7, 'ab c'), (0, 'a'))",
  '(n16, b) NOT IN ((0, true), (-3, false))',
  "tu IN ((1, 'a'), (2, 'x'))",
  'CASE WHEN i32 > 0 THEN s ELSE ns END',
  "CASE e WHEN 'old' THEN 1 ELSE NULL END",
  'd + INTERVAL 3 MONTH',
  "dt BETWEEN toDateTime('2000-01-01 00:00:00') AND now()",
  'materialize(3) + u8',
  "s LIKE 'a%' AND NOT (i32 = 7 OR ns IS NULL)",
  'tu.x + a[1]',
  "m['a']",
  'intDiv(1, u8)',
])('%s gives the same after it was sent as plain data', (sql) => {
  check(sql, bound(sql)!);
});
