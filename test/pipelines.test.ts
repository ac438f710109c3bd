import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, definePipeline, type DefinedPipeline, open } from '../src/index.ts';

let folder: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-pipelines-'));
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const byCity = definePipeline({
  name: 'by_city',
  version: 1,
  from: { id: 'UInt64', city: 'Nullable(String)', amount: 'Decimal(12, 2)' },
  columns: { city: 'String', total: 'Float64', even: 'Bool' },
  map: (row) => {
    if (row.city === null) return undefined;
    if (row.city === 'nowhere') throw new Error('no such city');
    return { city: row.city.toUpperCase(), total: 2 * Number(row.amount), even: row.id % 2n === 0n };
  },
});

const start = async (...pipelines: DefinedPipeline[]): Promise<void> => {
  database = await open(folder, { pipelines });
};
const restart = async (...pipelines: DefinedPipeline[]): Promise<void> => {
  await database.close();
  await start(...pipelines);
};

const createOrders =
  'CREATE TABLE orders (id UInt64, city Nullable(String), amount Decimal(12, 2), note String) ENGINE = RowTable PRIMARY KEY id';

async function fill(): Promise<void> {
  await database.query(createOrders);
  await database.query(
    "INSERT INTO orders SELECT number, if(number % 5 = 0, NULL, concat('town ', toString(number % 3))), number / 2, 'x' FROM numbers(40)",
  );
}

const layouts = [
  '(city) LAYOUT KEYS USING by_city',
  '(city, even) SHARD BY hash(even) INTO 3 LAYOUT COVERING (total) USING by_city SETTINGS lanes = 2',
  '(even, city) LAYOUT SPLIT (total) USING by_city',
  '(city) UNSHARDED LAYOUT FULL USING by_city',
  'LAYOUT COLUMNAR (total, even, city) PARTITION BY even ORDER BY (city) USING by_city',
];

/** What the filter gives, by the filter itself. */
async function expectedRows(pipeline: DefinedPipeline): Promise<unknown[]> {
  const rows = await database.query('SELECT * FROM orders USE INDEX (PRIMARY) ORDER BY id');
  return rows.flatMap(({ id, ...rest }) => {
    const mapped = pipeline.map({ id: id!, ...rest });
    return mapped ? [{ id, ...mapped }] : [];
  });
}

const state = async (name: string): Promise<unknown> =>
  (
    await database.query('SELECT state, last_error FROM system.index_tables WHERE name = {n:String}', {
      parameters: { n: name },
    })
  )[0];

test('index tables of every layout hold what the filter makes of the rows, at once and once applied', async () => {
  await start(byCity);
  await fill();
  for (const [i, rest] of layouts.entries())
    await database.query(`CREATE INDEX TABLE index_${i} ON orders ${rest}`);
  const compare = async (freshness: string): Promise<void> => {
    const expected = await expectedRows(byCity);
    for (const [i, rest] of layouts.entries()) {
      const names = rest.includes('KEYS') ? 'id, city' : 'id, city, total, even';
      const found = await database.query(`SELECT ${names} FROM index_${i} ORDER BY id`, {
        settings: { freshness },
      });
      const wanted = expected.map((row) =>
        rest.includes('KEYS')
          ? { id: (row as { id: bigint }).id, city: (row as { city: string }).city }
          : row,
      );
      expect(found, rest).toEqual(wanted);
    }
  };
  await compare('strong');
  await database.query('SYSTEM STOP LANES');
  await database.query("UPDATE orders SET city = 'elsewhere' WHERE id IN (0, 1, 2)");
  await database.query('UPDATE orders SET city = NULL WHERE id IN (3, 5)');
  await database.query('UPDATE orders SET amount = amount + 1 WHERE id < 12');
  await database.query('DELETE FROM orders WHERE id = 7');
  await compare('strong');
  await restart(byCity);
  await database.drain();
  await compare('eventual');
  for (const i of layouts.keys()) {
    const [check] = await database.query(`CHECK INDEX TABLE index_${i}`);
    expect(check).toMatchObject({ missing: 0n, orphaned: 0n, different: 0n });
    const [shown] = await database.query<{ statement: string }>(`SHOW CREATE TABLE index_${i}`);
    await database.query(`DROP INDEX TABLE index_${i}`);
    await database.query(shown!.statement);
  }
  await compare('eventual');
});

test('a query on the row table never goes through a filter that may leave rows out', async () => {
  await start(byCity);
  await fill();
  await database.query('CREATE INDEX TABLE totals ON orders (city) LAYOUT COVERING (total) USING by_city');
  expect(
    await database.query("SELECT total FROM totals WHERE city = 'TOWN 1' AND id < 5 ORDER BY id"),
  ).toEqual([{ total: 1 }, { total: 4 }]);
  await expect(
    database.query("SELECT count() FROM orders USE INDEX (totals) WHERE city = 'town 1'"),
  ).rejects.toThrow(/totals cannot be used: its filter by_city may leave rows out/);
  expect(await database.query("SELECT count() AS n FROM orders WHERE city = 'town 1'")).toEqual([{ n: 11n }]);
});

test('another version of the filter has its index tables built again when the store is opened', async () => {
  await start(byCity);
  await fill();
  const create = (name: string, rest: string): Promise<unknown> =>
    database.query(`CREATE INDEX TABLE ${name} ON orders ${rest}`);
  await create('totals', '(city) LAYOUT COVERING (total) USING by_city');
  await create('facts', 'LAYOUT COLUMNAR (total) ORDER BY (city) USING by_city');
  await create('evens', '(even) USING by_city');
  await database.query('UPDATE orders SET amount = 100 WHERE id = 1');
  const second = definePipeline({
    name: 'by_city',
    version: 2,
    from: { city: 'Nullable(String)', note: 'String' },
    columns: { total: 'String', city: 'String' },
    map: (row) => ({ total: `${row.note}!`, city: row.city ?? 'none' }),
  });
  await restart(second);
  await database.drain();
  const expected = await database.query(
    "SELECT ifNull(city, 'none') AS city, concat(note, '!') AS total, id FROM orders ORDER BY id",
  );
  for (const name of ['totals', 'facts'])
    expect(
      await database.query(`SELECT city, total, id FROM ${name} ORDER BY id`, {
        settings: { freshness: 'eventual' },
      }),
    ).toEqual(expected);
  expect(await state('evens')).toEqual({
    state: 'invalid',
    last_error: 'version 2 of pipeline by_city gives no column even as the index table needs it',
  });
  await restart(second);
  expect(await state('totals')).toEqual({ state: 'live', last_error: '' });
});

test('without its filter an index table is not used, and stops no write; with it, it is right again', async () => {
  await start(byCity);
  await fill();
  await database.query('CREATE INDEX TABLE totals ON orders (city) LAYOUT COVERING (total) USING by_city');
  await restart();
  expect(await state('totals')).toEqual({
    state: 'invalid',
    last_error: 'pipeline by_city is not registered',
  });
  await database.query("UPDATE orders SET city = 'late' WHERE id = 0");
  await database.drain();
  await expect(database.query('SELECT count() FROM totals')).rejects.toMatchObject({
    code: 'INDEX_NOT_USABLE',
  });
  await expect(database.query('REBUILD INDEX TABLE totals')).rejects.toThrow(/by_city is not registered/);
  await database.query('TRUNCATE TABLE orders');
  expect(await state('totals')).toMatchObject({ state: 'invalid' });
  await database.query("INSERT INTO orders VALUES (1, 'a', 1, ''), (2, NULL, 2, '')");
  await restart(byCity);
  await database.drain();
  expect(await database.query('SELECT city, total, id FROM totals')).toEqual([
    { city: 'A', total: 2, id: 1n },
  ]);
});

test('a filter that throws stops no write: the index table names the row, and goes on when the row is changed', async () => {
  await start(byCity);
  await fill();
  await database.query('CREATE INDEX TABLE totals ON orders (city) LAYOUT COVERING (total) USING by_city');
  await database.query("UPDATE orders SET city = 'nowhere' WHERE id = 4");
  const lastError =
    'index table default.totals has no entry for row id = 4: pipeline by_city failed: no such city';
  expect(await state('totals')).toMatchObject({ last_error: lastError });
  await expect(database.query('SELECT count() FROM totals')).rejects.toMatchObject({
    code: 'INDEX_NOT_USABLE',
  });
  await database.query("UPDATE orders SET city = 'somewhere' WHERE id = 4");
  await database.query('REBUILD INDEX TABLE totals');
  expect(await state('totals')).toEqual({ state: 'live', last_error: '' });
  expect(await database.query('SELECT city FROM totals WHERE id = 4')).toEqual([{ city: 'SOMEWHERE' }]);
});

test('what a filter cannot be is refused by name', async () => {
  const other = definePipeline({
    name: 'other',
    version: 1,
    from: { id: 'UInt32' },
    columns: { x: 'UInt8' },
    map: () => ({ x: 1 }),
  });
  const keyed = definePipeline({
    name: 'keyed',
    version: 1,
    from: {},
    columns: { id: 'UInt8' },
    map: () => ({ id: 1 }),
  });
  await expect(open(folder, { pipelines: [other, other] })).rejects.toThrow(/there are two pipelines other/);
  await start(byCity, other, keyed);
  await database.query(createOrders);
  const refusals: readonly [string, RegExp][] = [
    ['(city) USING nothing', /pipeline nothing is not registered/],
    ['(x) USING other', /pipeline other reads id UInt32 of default.orders, which is UInt64/],
    ['(id) USING keyed', /pipeline keyed gives id, as the primary key does/],
    ['(note) USING by_city', /No such column note/],
    ['(lower(city)) USING by_city', /the lists name its columns, not expressions/],
    ["(city) USING by_city WHERE note = ''", /USING and WHERE exclude each other/],
  ];
  for (const [rest, message] of refusals)
    await expect(database.query(`CREATE INDEX TABLE totals ON orders ${rest}`), rest).rejects.toThrow(
      message,
    );
});
