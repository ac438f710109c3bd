// States of aggregate functions: their bytes, what they come to, and their columns in parts, beside ClickHouse.

import { Session } from 'chdb';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from './api.ts';
import { exportParts } from './export-parts.ts';
import { open } from './open.ts';
import { answerText, comparable } from './sql-oracle.test-support.ts';

const columns: Readonly<Record<string, string>> = {
  u8: 'toUInt8(number % 7)',
  i16: 'toInt16(number % 9) - 4',
  u64: 'number * 1000003',
  i64: 'toInt64(number) - 150',
  f32: 'toFloat32(number) / 4',
  f64: 'toFloat64(number) / 8 - 3',
  s: "concat('s', toString(number % 5))",
  fs: "toFixedString(concat('f', toString(number % 9)), 3)",
  d: "toDate('2026-01-01') + number % 40",
  dt: "toDateTime('2026-01-01 00:00:00') + number * 7",
  b: 'number % 3 = 0',
  nu: 'if(number % 3 = 0, NULL, toUInt32(number % 50))',
  ns: "if(number % 2 = 0, NULL, concat('n', toString(number % 7)))",
  never: 'if(number >= 0, NULL, toUInt32(number))',
};
const names = Object.keys(columns);
const numbers = ['u8', 'i16', 'u64', 'i64', 'f32', 'f64', 'b', 'nu', 'never'];

const calls: readonly (readonly [name: string, args: string])[] = [
  ['count', ''],
  ...names.flatMap((name) => ['min', 'max', 'anyLast'].map((call) => [call, name] as const)),
  ...['s', 'nu', 'never'].flatMap((name) => [['count', name] as const, ['any', name] as const]),
  ...numbers.flatMap((name) => ['sum', 'avg'].map((call) => [call, name] as const)),
  ...['f32', 's', 'fs', 'nu', 'ns', 'never'].flatMap((name) => [
    ['argMin', `${name}, u64`] as const,
    ['argMax', `u8, ${name}`] as const,
  ]),
  ...names.filter((name) => !name.startsWith('f')).map((name) => ['uniq', name] as const),
  ['uniq', 'fs'],
  ...names.map((name) => ['uniqExact', name] as const),
  ...names.filter((name) => name !== 'fs').map((name) => ['groupArray', name] as const),
  ...names.filter((name) => name !== 'fs').map((name) => ['groupUniqArray', name] as const),
  ['sumIf', 'u64, b'],
  ['avgIf', 'nu, b'],
  ['countIf', 'b'],
  ['minIf', 's, b'],
  ['uniqExactIf', 'ns, b'],
];

/** Sets have no order of their own. */
const inOrder = (name: string): boolean => !/^(uniq|groupUniq)/.test(name);
const source = `(SELECT ${names.map((name) => `${columns[name]} AS ${name}`).join(', ')}, number % 4 AS g FROM numbers(300))`;

let path: string;
let database: Database;
let clickHouse: Session;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-states-'));
  database = await open(join(path, 'data'));
  clickHouse = new Session();
  clickHouse.query('CREATE DATABASE oracle');
  await database.query('CREATE DATABASE oracle');
}, 60_000);

afterAll(async () => {
  clickHouse.cleanup();
  await database.close();
  await rm(path, { recursive: true });
});

const ours = async (sql: string): Promise<string[]> =>
  comparable(sql, await answerText(database, sql, 'oracle').catch(String));
const theirs = (sql: string): string[] =>
  comparable(sql, clickHouse.query(sql, 'TabSeparatedWithNamesAndTypes'));

test.each(calls)('the state of %s(%s)', async (name, args) => {
  const state = `${name}State(${args}) AS state`;
  const bytes = inOrder(name) ? 'hex(state)' : 'length(hex(state))';
  const grouped = `(SELECT g, ${state} FROM ${source} GROUP BY g)`;
  const nothing = `(SELECT ${state} FROM ${source} WHERE g > 9)`;
  const result = inOrder(name) || name.startsWith('uniq') ? '' : 'arraySort';
  for (const sql of [
    `SELECT g, ${bytes} FROM ${grouped} ORDER BY g`,
    `SELECT toTypeName(state), ${bytes}, ${result}(finalizeAggregation(state)) FROM ${nothing}`,
    `SELECT g, ${result}(finalizeAggregation(state)) FROM ${grouped} ORDER BY g`,
    // any and groupArray depend on the order in which groups come.
    ...(/^(any|groupArray)/.test(name)
      ? []
      : [
          `SELECT ${result}(${name}Merge(state)) FROM ${grouped}`,
          `SELECT g % 2 AS h, ${result}(${name}Merge(state)) FROM ${grouped} GROUP BY h ORDER BY h`,
        ]),
  ])
    expect.soft(await ours(sql), sql).toEqual(theirs(sql));
});

const stored = calls.filter(([name]) => !['groupUniqArray', 'uniqExactIf'].includes(name));
const typesOf = (list: typeof stored): string[] => {
  const sql = `SELECT ${list.map(([name, args]) => `toTypeName(${name}State(${args}))`).join(', ')} FROM ${source}`;
  return clickHouse.query(sql, 'TabSeparatedRaw').trim().split('\t');
};
const merged = stored
  .map(([name], i) =>
    /^(any|groupArray)/.test(name) ? `length(hex(finalizeAggregation(any(c${i}))))` : `${name}Merge(c${i})`,
  )
  .map((call, i) => (call.startsWith('length') ? `sum(length(hex(c${i})))` : call));

test('columns of states in parts go both ways', { timeout: 60_000 }, async () => {
  const types = typesOf(stored);
  const list = types.map((type, i) => `c${i} ${type}`).join(', ');
  const create = `CREATE TABLE states (g UInt64, ${list}) ENGINE = MergeTree ORDER BY g SETTINGS index_granularity = 3`;
  const wide = `${create}, min_bytes_for_wide_part = 0`;
  const insert = `INSERT INTO states SELECT intDiv(g, 4) AS g, ${stored
    .map(([name, args]) => `${name}State(${args})`)
    .join(
      ', ',
    )} FROM (SELECT *, toUInt64(u64 / 1000003) AS g FROM ${source.replace('number % 4 AS g', '0 AS x')}) GROUP BY g`;
  clickHouse.query('USE oracle');
  clickHouse.query(wide);
  await database.query(create, { database: 'oracle' });
  await database.query(insert, { database: 'oracle' });
  await database.query('INSERT INTO states (g) VALUES (1000), (3)', { database: 'oracle' });
  await database.query('OPTIMIZE TABLE states FINAL', { database: 'oracle' });
  const folder = join(path, 'export');
  await exportParts(database, 'oracle.states', folder);
  const [data] = clickHouse
    .query("SELECT data_paths[1] FROM system.tables WHERE name = 'states'", 'TabSeparated')
    .split('\n');
  for (const part of await readdir(join(folder, 'detached'))) {
    await cp(join(folder, 'detached', part), join(data!, 'detached', part), { recursive: true });
    clickHouse.query(`ALTER TABLE states ATTACH PART '${part}'`);
  }
  for (const sql of [
    `SELECT ${merged.join(', ')} FROM states`,
    `SELECT g % 3 AS h, ${merged.join(', ')} FROM states GROUP BY h ORDER BY h`,
    ...stored.map(
      ([name], i) => `SELECT g, ${inOrder(name) ? '' : 'length'}(hex(c${i})) FROM states ORDER BY g LIMIT 5`,
    ),
  ])
    expect.soft(await ours(sql), sql).toEqual(theirs(sql));
  expect(clickHouse.query('CHECK TABLE states', 'TabSeparated')).toMatch(/^all_1_1_0\t1\t/);

  // And what ClickHouse wrote, in Compact and in Wide parts.
  for (const [name, settings] of [
    ['compact', ''],
    ['wide', ', min_bytes_for_wide_part = 0'],
  ] as const) {
    clickHouse.query(`${create.replace('states', name)}${settings}`);
    clickHouse.query(insert.replace('states', name));
    clickHouse.query(`INSERT INTO ${name} (g) VALUES (0)`);
    const [from] = clickHouse
      .query(`SELECT path FROM system.parts WHERE table = '${name}' AND active ORDER BY name`, 'TabSeparated')
      .split('\n');
    await database.query(create.replace('states', name), { database: 'oracle' });
    await database.query(`INSERT INTO ${name} (g) VALUES (0)`, { database: 'oracle' });
    const [part] = await database.query<{ path: string }>(
      `SELECT path FROM system.parts WHERE table = '${name}'`,
    );
    await cp(from!, join(dirname(part!.path), 'detached/all_1_1_0'), { recursive: true });
    await database.query(`ALTER TABLE ${name} ATTACH PART 'all_1_1_0'`, { database: 'oracle' });
    const sql = `SELECT g % 3 AS h, ${merged.join(', ')} FROM ${name} GROUP BY h ORDER BY h`;
    expect(await ours(sql), name).toEqual(theirs(sql));
  }
});

test.each([
  ['SELECT sumMerge(1)', 43],
  ['SELECT finalizeAggregation(1)', 43],
  ['SELECT countMerge(s) FROM (SELECT sumState(1) AS s)', 43],
  ['SELECT s = s FROM (SELECT sumState(1) AS s)', 43],
  ['SELECT uniqState(toDecimal32(1, 2))', 48],
  ['SELECT quantileState(1)', 48],
  ['CREATE TABLE no (k UInt8, a AggregateFunction(nosuch, UInt8)) ENGINE = MergeTree ORDER BY k', 63],
  ['CREATE TABLE no (k UInt8, a AggregateFunction(sum, String)) ENGINE = MergeTree ORDER BY k', 43],
  ['CREATE TABLE no (k UInt8, a AggregateFunction(uniqHLL12, String)) ENGINE = MergeTree ORDER BY k', 48],
  ['CREATE TABLE no (k UInt8, a AggregateFunction(sum, UInt8)) ENGINE = MergeTree ORDER BY a', 36],
  ['CREATE TABLE no (k UInt8, a AggregateFunction(sum, UInt8)) ENGINE = RowTable PRIMARY KEY k', 48],
  ["SELECT CAST('x', 'AggregateFunction(sum, UInt8)')", 48],
  ['SELECT uniqState(number) FROM numbers(70000)', 48],
])('%s is refused', async (sql, number) => {
  await expect(answerText(database, sql, 'oracle')).rejects.toMatchObject({ number });
});
