import { describe, expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import { parseExpression } from '../sql/parser.ts';
import type { Block, ValueInput } from '../types/column.ts';
import { typeName, type DataType } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { bindExpression, isConstant } from './bind.ts';
import { evaluate } from './evaluate.ts';
import type { Expression, Scope } from './expression.ts';

const fields = {
  id: ['UInt64', [1n, 2n, 3n]],
  divisor: ['Int32', [0, 2, -3]],
  note: ['Nullable(String)', ['a', null, 'ab%c']],
  price: ['Nullable(Decimal(9, 2))', ['1.50', null, '-2.25']],
  day: ['Date', ['2024-02-29', '1970-01-01', '2149-06-06']],
} as const satisfies Record<string, readonly [string, readonly ValueInput[]]>;
const names = Object.keys(fields);
const types = Object.values(fields).map(([type]) => parseDataType(type));
const block: Block = {
  rowCount: 3,
  columns: Object.values(fields).map(([, values], i) => columnOf(types[i]!, values)),
};
const scope: Scope = {
  resolve: ([name]) => {
    const index = names.indexOf(name ?? '');
    return index < 0
      ? undefined
      : { kind: 'column', index, name: names[index]!, type: types[index] as DataType };
  },
  names: () => names,
};

const bind = (sql: string, parameters: Record<string, ValueInput> = {}): Expression =>
  bindExpression(parseExpression(sql), scope, {
    parameters,
    nowMs: Date.UTC(2024, 1, 29, 12, 30, 15),
    currentDatabase: 'shop',
  });

function run(sql: string, parameters: Record<string, ValueInput> = {}): unknown[] {
  const column = evaluate(bind(sql, parameters), block);
  expect(column.rowCount).toBe(3);
  return [0, 1, 2].map((row) => valueAt(column, row));
}

function failure(sql: string, parameters: Record<string, ValueInput> = {}): WinnowError {
  try {
    run(sql, parameters);
  } catch (error) {
    if (error instanceof WinnowError) return error;
    throw error;
  }
  throw new Error(`${sql} did not fail`);
}

test('literals have the smallest type that holds them', () => {
  const expected = {
    '0': 'UInt8',
    '256': 'UInt16',
    '65536': 'UInt32',
    '4294967296': 'UInt64',
    '-1': 'Int8',
    '-129': 'Int16',
    '-9223372036854775808': 'Int64',
    '18446744073709551616': 'Float64',
    '1.0': 'Float64',
    "'x'": 'String',
    NULL: 'Nullable(Nothing)',
    true: 'Bool',
    '0xff': 'UInt8',
  };
  for (const [sql, type] of Object.entries(expected)) expect(typeName(bind(sql).type), sql).toBe(type);
});

test('what depends on no column is computed when bound', () => {
  expect(isConstant(bind("concat('a', toString(1 + 2 * 3))"))).toBe(true);
  expect(isConstant(bind("now() - INTERVAL 1 DAY > '2024-01-01 00:00:00'"))).toBe(true);
  expect(isConstant(bind('id + (1 + 2)'))).toBe(false);
  expect(isConstant(bind('materialize(1)'))).toBe(false);
});

describe('branches', () => {
  test('a branch is computed only for the rows that take it', () => {
    expect(run('if(divisor = 0, -1, intDiv(6, divisor))')).toEqual([-1, 3, -2]);
    expect(run('multiIf(divisor = 0, 0, id > 2, intDiv(9, divisor), 7)')).toEqual([0, 7, -3]);
    expect(run('CASE WHEN divisor != 0 THEN 6 % divisor ELSE 99 END')).toEqual([99, 0, 0]);
    expect(failure('intDiv(6, divisor)').code).toBe('ILLEGAL_DIVISION');
  });

  test('a constant that fails in a branch that no row takes does not fail', () => {
    expect(run('if(id = 9, intDiv(1, 0), 5)')).toEqual([5, 5, 5]);
    expect(failure('if(id = 3, intDiv(1, 0), 5)').code).toBe('ILLEGAL_DIVISION');
  });

  test('AND and OR guard what stands behind them', () => {
    expect(run('divisor != 0 AND intDiv(6, divisor) > 0')).toEqual([0, 1, 0]);
    expect(run('divisor = 0 OR intDiv(6, divisor) > 0')).toEqual([1, 1, 0]);
    expect(run("note = 'a' AND divisor != 0 AND 1 % divisor = 1")).toEqual([0, null, 0]);
    expect(failure('id > 0 AND intDiv(6, divisor) > 0').code).toBe('ILLEGAL_DIVISION');
  });

  test('a NULL condition is not taken', () => {
    expect(run("if(note = 'a', 1, 2)")).toEqual([1, 2, 2]);
  });

  test('nested branches are guarded by all conditions around them', () => {
    expect(
      run('if(id > 1, if(divisor > 0, intDiv(8, divisor), 0), if(divisor = 0, 1, intDiv(1, divisor)))'),
    ).toEqual([1, 4, 0]);
  });
});

describe('NULL', () => {
  test('AND and OR know three values', () => {
    expect(run("note = 'a' AND id > 0")).toEqual([1, null, 0]);
    expect(run("note = 'a' AND id > 9")).toEqual([0, 0, 0]);
    expect(run("note = 'a' OR id = 2")).toEqual([1, 1, 0]);
  });

  test('a function of NULL is NULL, and not an error of the default beneath', () => {
    expect(run('10 / price')[1]).toBe(null);
    expect(run('intDiv(1, nullIf(divisor, 0))')).toEqual([null, 0, 0]);
  });

  test('IN finds no NULL, and asks none', () => {
    expect(run("note IN ('a', NULL)")).toEqual([1, null, 0]);
    expect(run("note NOT IN ('a', NULL)")).toEqual([0, null, 1]);
    expect(run("(id, note) IN ((1, 'a'), (2, NULL))")).toEqual([1, 0, 0]);
  });
});

test('constants that the type of the operand cannot hold are in no set', () => {
  expect(run('divisor IN (2, 2.5, 99999999999, -3)')).toEqual([0, 1, 1]);
  expect(run("day IN ('2024-02-29')")).toEqual([1, 0, 0]);
  const bound = bind('divisor IN (2, 2.5, 99999999999, NULL)');
  expect(bound.kind === 'in' && bound.set.rowCount).toBe(1);
});

test('an interval moves a date, and the end of a month holds it back', () => {
  expect(run('day + INTERVAL 1 YEAR')[0]).toBe('2025-02-28');
  expect(run('day - INTERVAL 1 MONTH')[0]).toBe('2024-01-29');
  expect(run('INTERVAL 36 HOUR + day')[0]).toBe('2024-03-01 12:00:00');
  expect(run('day + toIntervalWeek(1)')[0]).toBe('2024-03-07');
});

test('the clock and the database come from the context', () => {
  expect(run('now()')[0]).toBe('2024-02-29 12:30:15');
  expect(run('today() - yesterday()')[0]).toBe(1);
  expect(run('currentDatabase()')[0]).toBe('shop');
});

describe('parameters', () => {
  test('are read as their type', () => {
    expect(run('{x:UInt64} + id', { x: '18446744073709551610' })[0]).toBe(18446744073709551611n);
    expect(run('{x:Nullable(String)}', { x: '\\N' })[0]).toBe(null);
    expect(run('{x:Date} = day', { x: '2024-02-29' })[0]).toBe(1);
    expect(run('{x:Int8}', { x: -5 })[0]).toBe(-5);
  });

  test('are refused when missing or malformed', () => {
    expect(failure('{x:UInt8}')).toMatchObject({ code: 'UNKNOWN_QUERY_PARAMETER', number: 456 });
    expect(failure('{x:UInt8}', { x: '256' })).toMatchObject({ code: 'BAD_QUERY_PARAMETER', number: 457 });
    expect(failure('{x:UInt8}', { x: '1; DROP' }).code).toBe('BAD_QUERY_PARAMETER');
  });
});

describe('errors', () => {
  test('name the place and the nearest name', () => {
    const unknown = failure('1 + lenght(note)');
    expect(unknown).toMatchObject({ code: 'UNKNOWN_FUNCTION', position: { column: 5 } });
    expect(unknown.hint).toContain('length');
    expect(failure('1 + dvisor')).toMatchObject({ code: 'UNKNOWN_IDENTIFIER', position: { column: 5 } });
    expect(failure('1 + dvisor').hint).toContain('divisor');
    expect(failure('suum(id)').hint).toContain('sum');
  });

  test('name the function, what it got and what it takes', () => {
    expect(failure('length(id)').message).toContain('length does not take arguments of type (UInt64)');
    expect(failure('substring(note)').message).toContain('substring takes 2 to 3 arguments, not 1');
    expect(failure('sum(id)').code).toBe('ILLEGAL_AGGREGATION');
    expect(failure('if(id > 1, id, day)').code).toBe('NO_COMMON_TYPE');
  });

  test('say when something is known but not there yet', () => {
    for (const sql of ['cityHash64(id)', 'rand()', 'arrayJoin([id])', 'id IN (1, id)', 'INTERVAL 1 DAY'])
      expect(failure(sql).code, sql).toBe('NOT_IMPLEMENTED');
  });
});
