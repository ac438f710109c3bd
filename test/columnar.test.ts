// A columnar index table from SQL to parts on disk: made, filled, read, changed, dropped, opened again.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Database, open } from '../src/index.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-columnar-'));
  database = await open(folder);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const createOrders =
  'CREATE TABLE orders (id UInt32, buyer UInt32, day Date, amount Decimal(12, 2), city LowCardinality(String), note Nullable(String), tags Array(String)) ENGINE = RowTable PRIMARY KEY (id)';
const createFacts =
  'CREATE INDEX TABLE facts ON orders LAYOUT COLUMNAR (amount, city, note, tags) PARTITION BY toYYYYMM(day) ORDER BY (buyer, day) SETTINGS index_granularity = 64';

type Order = Parameters<ReturnType<Database['table']>['put']>[0];

function order(id: number, change: Partial<Order> = {}): Order {
  return {
    id,
    buyer: id % 50,
    day: `2026-0${1 + (id % 3)}-1${id % 10}`,
    amount: `${id}.5`,
    city: ['Oslo', 'Rome', 'Lima'][id % 3]!,
    note: id % 4 === 0 ? null : `note ${id}`,
    tags: id % 5 === 0 ? [] : [`t${id % 2}`, 'x'],
    ...change,
  };
}

async function fill(count: number): Promise<void> {
  await database.query(createOrders);
  await database.table('orders').putMany(Array.from({ length: count }, (_, id) => order(id)));
  await database.query(createFacts);
}

const all = (index: string): Promise<unknown[]> =>
  database.query(`SELECT * FROM orders USE INDEX (${index}) ORDER BY id`);

async function expectSameRows(): Promise<void> {
  expect(await all('facts')).toEqual(await all('PRIMARY'));
}

/** Names of parts on disk, in whatever shard. */
const partFolders = (): string[] => partPaths().map((part) => path.basename(part));

async function measured(sql: string, stage: string): Promise<{ kept: number; of: number }> {
  const [row] = await database.query<{ explain: string }>(`EXPLAIN FUNNEL ANALYZE json = 1 ${sql}`);
  const { stages } = JSON.parse(Object.values(row!)[0] as string) as {
    stages: { stage: string; measured: { kept: number; of: number } }[];
  };
  return stages.find((each) => each.stage === stage)!.measured;
}

test('a columnar index table of a table with rows holds them all, in one part per partition', async () => {
  await fill(5000);
  await expectSameRows();
  expect(
    partFolders()
      .map((name) => name.slice(0, 6))
      .sort(),
  ).toEqual(['202601', '202602', '202603']);
});

test('inserts, updates and deletes are seen at once, before lanes apply them and after', async () => {
  await fill(1000);
  const orders = database.table('orders');
  await database.query('SYSTEM STOP LANES facts');
  await orders.putMany([order(2000), order(2001)]);
  await orders.update({ id: 7 }, { amount: '0.01' });
  await orders.update({ id: 8 }, { buyer: 49, day: '2026-03-31' });
  await orders.delete({ id: 9 });
  await orders.put(order(2002));
  await orders.delete({ id: 2002 });
  await expectSameRows();
  expect(
    await database.query('SELECT id FROM orders USE INDEX (facts) WHERE id IN (8, 9, 2000, 2002)'),
  ).toEqual(expect.arrayContaining([{ id: 8 }, { id: 2000 }]));
  await database.query('SYSTEM START LANES facts');
  await database.drain();
  await expectSameRows();
  expect(await all('facts')).toHaveLength(1001);
});

test('conditions on the sorting key and the partition leave few granules, and the funnel counts them', async () => {
  await fill(5000);
  const where = "FROM orders USE INDEX (facts) WHERE buyer = 7 AND day >= '2026-03-01'";
  const sql = `SELECT count(), sum(amount) ${where}`;
  expect(await database.query(sql)).toEqual(await database.query(sql.replace('facts', 'PRIMARY')));
  expect(await measured(sql, 'partitions')).toEqual({ kept: 1, of: 3 });
  expect(await measured(sql, 'parts')).toEqual({ kept: 1, of: 3 });
  const granules = await measured(sql, 'granules');
  expect(granules.of).toBeGreaterThan(70);
  expect(granules.kept).toBeLessThanOrEqual(3);
});

test('the planner takes the columnar table for an aggregate over all rows, and says why', async () => {
  await fill(5000);
  const lines = await database.query<{ explain: string }>(
    'EXPLAIN FUNNEL WHY SELECT city, sum(amount) FROM orders GROUP BY city',
  );
  const text = lines.map((line) => Object.values(line)[0]).join('\n');
  expect(text).toMatch(/access path .* facts, COLUMNAR index table/);
  expect(text).toMatch(/facts +COLUMNAR index table +taken: reads \d+ of \d+ granules, 5000 rows/);
  expect(text).toMatch(/orders +row table +no condition narrows its key; would read 5000 entries/);
});

test('a point read by primary key still goes to the row table', async () => {
  await fill(5000);
  const result = await database.execute('SELECT * FROM orders WHERE id = 17');
  for await (const _ of result.blocks) continue;
  expect(result.freshness()?.accessPath).toBe('default.orders');
});

test('opened again, it has the same rows, also those that were only in the log', async () => {
  await fill(1000);
  await database.query('SYSTEM STOP LANES facts');
  await database.table('orders').update({ id: 5 }, { city: 'Quito' });
  await database.table('orders').delete({ id: 6 });
  const before = await all('PRIMARY');
  await database.close();
  database = await open(folder);
  expect(await all('facts')).toEqual(before);
  await database.drain();
  expect(await all('facts')).toEqual(before);
});

test('SHOW CREATE gives a statement that makes the same index table again', async () => {
  await fill(10);
  const [{ statement }] = (await database.query('SHOW CREATE TABLE facts')) as [{ statement: string }];
  expect(statement).toContain('LAYOUT COLUMNAR (amount, city, note, tags)');
  expect(statement).toContain('PARTITION BY toYYYYMM(day)');
  await database.query('DROP INDEX TABLE facts');
  await database.query(statement);
  await expectSameRows();
  expect(await database.query('SHOW CREATE TABLE facts')).toEqual([{ statement }]);
});

test('dropped or truncated, its parts leave the disk', async () => {
  await fill(1000);
  await database.query('TRUNCATE TABLE orders');
  await expectSameRows();
  await database.query('DROP INDEX TABLE facts');
  await database.close();
  database = await open(folder);
  // In the background, and after a start what the end of the process left.
  await vi.waitFor(() => expect(partFolders()).toEqual([]));
});

test('an index table in which lanes meet damage is built again', async () => {
  await fill(2000);
  for (const part of partPaths()) flipBytes(path.join(part, 'buyer.bin'));
  // The old rows are looked for by their keys, which are damaged.
  for (let id = 0; id < 50; id++) await database.table('orders').update({ id }, { amount: '7' });
  await database.drain();
  await expectSameRows();
  expect(await database.query("SELECT last_error FROM system.index_tables WHERE name = 'facts'")).toEqual([
    { last_error: '' },
  ]);
});

/** Folders of parts on disk. */
function partPaths(): string[] {
  const names = readdirSync(path.join(folder, 'store'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /^\d+_\d+_\d+_\d+$/.test(path.basename(name)))
    .map((name) => path.join(folder, 'store', name));
}

function flipBytes(file: string): void {
  const bytes = readFileSync(file);
  for (let i = 16; i < bytes.length; i += 40) bytes[i]! ^= 0xff;
  writeFileSync(file, bytes);
}

test('what a columnar index table cannot have is refused by name and place', async () => {
  await database.query(createOrders);
  const refusals: readonly [string, RegExp][] = [
    ['LAYOUT COLUMNAR (nothing)', /No such column nothing/],
    ['LAYOUT COLUMNAR (city) ORDER BY (lowr(city))', /lowr/],
    ['LAYOUT COLUMNAR (city) ORDER BY (tags)', /tags of type Array\(String\) cannot be part of a key/],
    ['(city) LAYOUT COLUMNAR (amount)', /sorted by ORDER BY/],
    ['LAYOUT COLUMNAR (city) PARTITION BY nowhere(day)', /nowhere/],
    ['LAYOUT COLUMNAR (city) PARTITION BY tags', /PARTITION BY a value of type Array/],
    ['LAYOUT COLUMNAR (city) SETTINGS index_granularity = 0', /index_granularity must be/],
    ['LAYOUT COLUMNAR (city) SHARD BY hash(note) INTO 2', /shard column note is not part of/],
    ['LAYOUT COLUMNAR (city) WHERE day < today()', /WHERE must not depend on today/],
  ];
  for (const [rest, message] of refusals)
    await expect(database.query(`CREATE INDEX TABLE facts ON orders ${rest}`), rest).rejects.toThrow(message);
});
