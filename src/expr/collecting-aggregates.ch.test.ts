// groupArray, quantiles and their kin, and all aggregates that take arrays, tuples and LowCardinality, beside ClickHouse.

import { Session } from 'chdb';
import { afterAll, expect, test } from 'vitest';
import { Workspace } from '../kernels/workspace.ts';
import { sliceColumn } from '../types/block.ts';
import type { Column, Value } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { textAt } from '../types/text.ts';
import { columnOf } from '../types/value.ts';
import { bindAggregate, type AggregateFunction, type AggregateState } from './aggregates.ts';

const workspace = new Workspace();
const session = new Session();
afterAll(() => {
  workspace.close();
  session.cleanup();
});

const ROWS = 60;
const GROUPS = 5;

/** Value of row i, as text; NULL for null. */
const table: Readonly<Record<string, readonly [type: string, text: (i: number) => string | null]>> = {
  g: ['UInt8', (i) => String((i * i) % GROUPS)],
  i: ['Int32', (i) => String(((i * 37) % 23) - 11)],
  ni: ['Nullable(Int32)', (i) => (i % 3 === 0 ? null : String((i * 31) % 17))],
  u: ['UInt64', (i) => String((BigInt(i) * 2n ** 59n) % 2n ** 64n)],
  f: ['Float64', (i) => (i % 11 === 0 ? 'nan' : i % 13 === 0 ? '-inf' : String(((i * 7) % 19) / 4))],
  d: ['Date', (i) => `2024-0${1 + (i % 9)}-1${i % 10}`],
  dt: ['DateTime', (i) => `2024-02-29 12:${10 + (i % 50)}:07`],
  dt3: ['DateTime64(3)', (i) => `2024-02-29 12:34:${10 + (i % 50)}.125`],
  dec: ['Decimal(9, 2)', (i) => `${((i * 7) % 13) - 5}.${10 + (i % 80)}`],
  b: ['Bool', (i) => (i % 4 === 0 ? 'true' : 'false')],
  s: ['String', (i) => 'abcab'.slice(0, (i * 5) % 6)],
  ns: ['Nullable(String)', (i) => (i % 2 === 0 ? null : `x${i % 5}`)],
  l: ['LowCardinality(String)', (i) => `k${(i * 3) % 7}`],
  nl: ['LowCardinality(Nullable(String))', (i) => (i % 4 === 0 ? null : `n${i % 3}`)],
  a: ['Array(Int32)', (i) => `[${Array.from({ length: i % 4 }, (_, k) => (i * k) % 5).join(',')}]`],
  la: [
    'Array(LowCardinality(String))',
    (i) => `[${Array.from({ length: i % 3 }, (_, k) => `'e${k + (i % 2)}'`).join(',')}]`,
  ],
  t: ['Tuple(Int32, String)', (i) => `(${i % 5},'${'ab'.slice(0, i % 3)}')`],
  m: ['Map(String, UInt8)', (i) => `{'k${i % 3}':${i % 7}}`],
  never: ['UInt8', () => '0'],
  rank: ['Int32', (i) => String((i * 7919) % ROWS)],
};

const columns = new Map(
  Object.entries(table).map(([name, [type, text]]) => [
    name,
    columnOf(
      parseDataType(type),
      Array.from({ length: ROWS }, (_, i) => text(i)),
    ),
  ]),
);
const groups = Uint32Array.from({ length: ROWS }, (_, i) => Number(table['g']![1](i)));

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;
session.query(
  `CREATE TABLE x (n UInt32, ${Object.entries(table)
    .map(([name, [type]]) => `${name} ${type}`)
    .join(', ')}) ENGINE = Memory`,
);
session.query(
  `INSERT INTO x VALUES ${Array.from({ length: ROWS }, (_, i) => {
    const cells = Object.values(table).map(([type, text]) => {
      const cell = text(i);
      return cell === null ? 'NULL' : /^(Array|Tuple|Map)/.test(type) ? cell : quoted(cell);
    });
    return `(${i}, ${cells.join(', ')})`;
  }).join(', ')}`,
);

type Call = {
  readonly name: string;
  readonly parameters?: readonly Value[];
  readonly args: readonly string[];
  readonly distinct?: true;
};
const call = (name: string, args: string, ...parameters: readonly Value[]): Call => ({
  name,
  parameters,
  args: args.split(' '),
});

const numeric = ['i', 'ni', 'u', 'f', 'b', 'dec', 'd', 'dt', 'dt3'];
const all = Object.keys(table);
const calls: readonly Call[] = [
  ...all.flatMap((name) => [
    call('groupArray', name),
    call('groupArray', name, 3),
    call('groupUniqArray', name),
    call('uniqExact', name),
    call('count', name),
  ]),
  ...all.map((name) => call('groupArrayIf', `${name} b`)),
  ...all.map((name): Call => ({ ...call('groupArray', name), distinct: true })),
  ...numeric.flatMap((name) => [
    call('quantile', name),
    call('quantile', name, 0.9),
    call('median', name),
    call('quantiles', name, 0, 0.25, 0.5, 0.99, 1),
    call('quantileExact', name),
    call('quantileExact', name, 0.1),
    call('quantileExact', name, 1),
    call('medianExact', name),
    call('quantilesExact', name, 0.2, 0.7),
    call('quantileIf', `${name} b`, 0.3),
    call('quantileExactIf', `${name} never`),
    call('quantilesIf', `${name} never`, 0.3),
    call('medianIf', `${name} never`),
  ]),
  ...['a', 't', 'l', 'nl', 'la', 'm', 's'].flatMap((name) => [
    call('any', name),
    call('min', name),
    call('max', name),
    call('argMin', `${name} rank`),
    call('argMax', `${name} rank`),
    call('minIf', `${name} b`),
    call('anyIf', `${name} never`),
  ]),
  call('uniqExact', 'a t'),
  call('uniqExact', 'l nl'),
  call('uniqExactIf', 'la b'),
];

const sqlOf = ({ name, parameters = [], args, distinct }: Call): string =>
  `${name}${parameters.length > 0 ? `(${parameters.map(String).join(', ')})` : ''}(${distinct ? 'DISTINCT ' : ''}${args.join(', ')})`;

function bound({ name, parameters = [], args, distinct }: Call): AggregateFunction {
  return bindAggregate({
    name,
    parameters,
    argTypes: args.map((arg) => columns.get(arg)!.type),
    distinct: distinct ?? false,
    position: { offset: 0, line: 1, column: 1 },
  });
}

/** Takes in rows [start, end) in pieces; their groups are numbered in order of first sight there. */
function fed(
  state: AggregateState,
  { args }: Call,
  rowGroups: Uint32Array,
  start: number,
  end: number,
): void {
  for (let from = start; from < end; from += 17) {
    const to = Math.min(from + 17, end);
    const batch = rowGroups.slice(from, to);
    state.update(
      args.map((arg) => sliceColumn(columns.get(arg)!, from, to)),
      batch,
      Math.max(...batch) + 1,
      to - from,
    );
  }
}

/** Sets have no order. */
const inOrder = (name: string, text: string): string =>
  name.startsWith('groupUniqArray')
    ? text
        .slice(1, -1)
        .split(/,(?=[^)\]}]*(?:[([{]|$))/)
        .sort()
        .join(',')
    : text;

function cells(column: Column, name: string): string[] {
  return Array.from({ length: GROUPS }, (_, row) =>
    column.nulls?.[row] === 1 ? 'NULL' : inOrder(name, textAt(column, row)),
  );
}

const present = [...new Set(groups)].sort((x, y) => x - y);

test.each(calls.map((each) => [sqlOf(each), each] as const))('%s', (sql, each) => {
  const answer = session.query(
    `SELECT toTypeName(${sql}) AS type, ifNull(toString(${sql}), 'NULL') AS cell FROM (SELECT * FROM x ORDER BY n)
     GROUP BY g ORDER BY g SETTINGS max_threads = 1 FORMAT JSONCompactColumns`,
  );
  const [types, theirs] = JSON.parse(answer) as [string[], string[]];
  const aggregate = bound(each);
  const state = aggregate.createState(workspace);
  fed(state, each, groups, 0, ROWS);
  const column = state.finish(GROUPS);
  expect(typeName(column.type)).toBe(typeName(aggregate.type));
  expect(typeName(aggregate.type)).toBe(types[0]);
  const ours = cells(column, each.name);
  expect(present.map((group) => ours[group])).toEqual(theirs.map((text) => inOrder(each.name, text)));
});

test.each(calls.map((each) => [sqlOf(each), each] as const))(
  '%s of two threads is that of one',
  (_sql, each) => {
    const aggregate = bound(each);
    const [whole, first, second] = [1, 2, 3].map(() => aggregate.createState(workspace)) as [
      AggregateState,
      AggregateState,
      AggregateState,
    ];
    fed(whole, each, groups, 0, ROWS);
    // The second thread numbers the groups the other way round.
    const mirrored = groups.map((group) => GROUPS - 1 - group);
    fed(first, each, groups, 0, 25);
    fed(second, each, mirrored, 25, ROWS);
    first.merge!(
      second.partial!(GROUPS),
      Uint32Array.from({ length: GROUPS }, (_, group) => GROUPS - 1 - group),
      GROUPS,
    );
    expect(cells(first.finish(GROUPS), each.name)).toEqual(cells(whole.finish(GROUPS), each.name));
  },
);

test('a sample of many values is the one that ClickHouse draws', () => {
  const count = 100_000;
  const values = columnOf(
    parseDataType('UInt64'),
    Array.from({ length: count }, (_, i) => (i * 7919) % 100_003),
  );
  const aggregate = bindAggregate({
    name: 'quantiles',
    parameters: [0.01, 0.25, 0.5, 0.9, 0.999],
    argTypes: [values.type],
    distinct: false,
    position: { offset: 0, line: 1, column: 1 },
  });
  const state = aggregate.createState(workspace);
  state.update([values], undefined, 1, count);
  const theirs = session.query(
    `SELECT quantiles(0.01, 0.25, 0.5, 0.9, 0.999)(number * 7919 % 100003) FROM numbers(${count}) SETTINGS max_threads = 1`,
    'TSV',
  );
  expect(textAt(state.finish(1), 0)).toBe(theirs.trim());
});

test.each([
  ['quantile', [1.5], 'i', 'BAD_ARGUMENTS'],
  ['quantile', [-0.1], 'i', 'BAD_ARGUMENTS'],
  ['quantile', ['a'], 'i', 'BAD_ARGUMENTS'],
  ['quantile', [null], 'i', 'BAD_ARGUMENTS'],
  ['quantile', [0.1, 0.2], 'i', 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH'],
  ['quantiles', [], 'i', 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH'],
  ['groupArray', [0], 'i', 'BAD_ARGUMENTS'],
  ['groupArray', [-1], 'i', 'BAD_ARGUMENTS'],
  ['groupArray', [1.5], 'i', 'BAD_ARGUMENTS'],
  ['groupArray', ['x'], 'i', 'BAD_ARGUMENTS'],
  ['groupArray', [1, 2], 'i', 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH'],
  ['groupArray', [], 'i s', 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH'],
  ['sum', [1], 'i', 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH'],
  ['count', [1], 'i', 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH'],
  ['quantile', [], 's', 'ILLEGAL_TYPE_OF_ARGUMENT'],
  ['quantileExact', [], 'a', 'ILLEGAL_TYPE_OF_ARGUMENT'],
  ['median', [], 'l', 'ILLEGAL_TYPE_OF_ARGUMENT'],
  ['sum', [], 'a', 'ILLEGAL_TYPE_OF_ARGUMENT'],
  ['avg', [], 't', 'ILLEGAL_TYPE_OF_ARGUMENT'],
  ['sumIf', [], 'i a', 'ILLEGAL_TYPE_OF_ARGUMENT'],
] as const)(
  '%s with parameters %j over %s is refused with %s, and by ClickHouse',
  (name, parameters, args, code) => {
    const refused: Call = { name, parameters, args: args.split(' ') };
    expect(() => bound(refused)).toThrow(expect.objectContaining({ code }));
    const shown = {
      ...refused,
      parameters: parameters.map((value) => (typeof value === 'string' ? quoted(value) : (value ?? 'NULL'))),
    };
    expect(() => session.query(`SELECT ${sqlOf(shown)} FROM x`)).toThrow();
  },
);
