import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, open } from '../src/index.ts';
import { openDatabase } from '../src/engine/open.ts';
import { nodePorts } from '../src/io/node-ports.ts';
import type { Kv, KvEntry, KvRange } from '../src/kv/kv.ts';
import { openLevelKv } from '../src/kv/level-kv.ts';
import { rangeChunks } from '../src/kv/range-chunks.ts';
import { indexDetailsRange, indexEntriesRange } from '../src/log/keyspace.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-hops-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Stage = { stage: string; measured: { kept: number; of: number | null } | null; by: string };

async function funnel(database: Database, sql: string): Promise<Map<string, Stage>> {
  const [row] = await database.query<{ explain: string }>(`EXPLAIN FUNNEL ANALYZE json = 1 ${sql}`);
  const { stages } = JSON.parse(row!.explain) as { stages: Stage[] };
  return new Map(stages.map((stage) => [stage.stage, stage]));
}

test('orders 1, 5 and 8 of a buyer: one shard of the index is read, and of 8 shards those that own them', async () => {
  await using database = await open(folder);
  for (const statement of [
    'CREATE TABLE orders (order_id UInt64, buyer String, amount Decimal(12, 2)) ENGINE = RowTable PRIMARY KEY order_id SHARD BY mod(order_id, 8)',
    "INSERT INTO orders SELECT number, concat('test', toString(number % 100)), number FROM numbers(100, 900)",
    "INSERT INTO orders VALUES (1, 'buyer', 10), (5, 'buyer', 50), (8, 'buyer', 80)",
    'CREATE INDEX TABLE by_buyer ON orders (buyer) SHARD BY hash(buyer) INTO 8 LAYOUT KEYS',
  ])
    await database.query(statement);
  const query = "SELECT order_id, amount FROM orders WHERE buyer = 'buyer' ORDER BY order_id";
  expect(await database.query(query)).toEqual([
    { order_id: 1n, amount: '10' },
    { order_id: 5n, amount: '50' },
    { order_id: 8n, amount: '80' },
  ]);
  const stages = await funnel(database, query);
  expect(stages.get('shards')!.measured).toEqual({ kept: 1, of: 8 });
  expect(stages.get('key ranges')!.measured!.kept).toBe(3);
  expect(stages.get('lookup')).toMatchObject({
    measured: { kept: 3 },
    by: 'rows of orders by primary key, shards 0, 1, 5 of 8',
  });
});

const createItems = [
  'CREATE TABLE items (id UInt32, shelf UInt8, price Int32, title String, note String) ENGINE = RowTable PRIMARY KEY id',
  "INSERT INTO items SELECT number, number % 5, number % 97, concat('item ', toString(number)), 'note' FROM numbers(1000)",
  'CREATE INDEX TABLE by_shelf ON items (shelf, price) LAYOUT SPLIT (title)',
];

test('details are fetched for the page that is shown, and rows only for what details lack', async () => {
  await using database = await open(folder);
  for (const statement of createItems) await database.query(statement);
  await database.query('SYSTEM STOP LANES');
  await database.query("UPDATE items SET title = 'new' WHERE id % 2 = 0");
  const page = 'FROM items WHERE shelf = 3 ORDER BY price DESC, id DESC LIMIT 7';
  const indexOnly = await funnel(database, `SELECT id, price ${page}`);
  expect([...indexOnly.keys()]).not.toContain('details');
  const withDetails = await funnel(database, `SELECT id, title ${page}`);
  expect(withDetails.get('details')!.measured!.kept).toBe(7);
  expect([...withDetails.keys()]).not.toContain('lookup');
  const filtered = await funnel(
    database,
    'SELECT id, title FROM items WHERE shelf = 3 AND id % 10 = 3 ORDER BY price LIMIT 7',
  );
  expect(filtered.get('details')).toMatchObject({
    measured: { kept: 7 },
    by: expect.stringContaining('stops after 7 rows'),
  });
  const sorted =
    'SELECT id, title FROM items USE INDEX (by_shelf) WHERE shelf < 3 ORDER BY id % 7, id LIMIT 9';
  expect((await funnel(database, sorted)).get('details')!.measured!.kept).toBe(9);
  expect(await database.query(sorted)).toEqual(await database.query(sorted.replace('by_shelf', 'PRIMARY')));
  const rows = sorted.replace('title', 'note');
  expect((await funnel(database, rows)).get('lookup')!.measured!.kept).toBe(9);
  expect(await database.query(rows)).toEqual(await database.query(rows.replace('by_shelf', 'PRIMARY')));
  const plan = await database.query<{ explain: string }>(`EXPLAIN PLAN ${sorted}`);
  expect(plan.map(({ explain }) => explain.trim())).toContain('Sort entries modulo(id, 7), id (first 9)');
  const withRows = await funnel(
    database,
    `SELECT id, note FROM items USE INDEX (by_shelf) WHERE shelf = 3 AND price < 2`,
  );
  expect(withRows.get('lookup')!.measured!.kept).toBe(4);
  expect([...withRows.keys()]).not.toContain('details');
});

async function countIn(kv: Kv, range: KvRange): Promise<number> {
  let count = 0;
  for await (const entries of rangeChunks(kv, range, 1000)) count += entries.length;
  return count;
}

test('entries and details come and go together: written, rebuilt, truncated, dropped', async () => {
  const kv = await openLevelKv(path.join(folder, 'rows'));
  const database = await openDatabase({ kv, ports: nodePorts });
  const counts = async (id: number): Promise<[number, number]> => [
    await countIn(kv, indexEntriesRange(id)),
    await countIn(kv, indexDetailsRange(id)),
  ];
  try {
    for (const statement of createItems) await database.query(statement);
    expect(await counts(2)).toEqual([1000, 1000]);
    await database.query('DELETE FROM items WHERE id < 100');
    await database.query('UPDATE items SET price = price + 1 WHERE id < 200');
    await database.drain();
    expect(await counts(2)).toEqual([900, 900]);
    await database.query('REBUILD INDEX TABLE by_shelf');
    expect(await counts(2)).toEqual([900, 900]);
    await database.query('TRUNCATE TABLE items');
    await database.query("INSERT INTO items VALUES (1, 2, 3, 'a', 'b')");
    await database.drain();
    await expect.poll(() => counts(2)).toEqual([0, 0]);
    expect(await counts(4)).toEqual([1, 1]);
    await database.query('DROP INDEX TABLE by_shelf');
    await expect.poll(() => counts(4)).toEqual([0, 0]);
  } finally {
    await database.close();
  }
});

async function damageDetails(kv: Kv): Promise<void> {
  const details: KvEntry[] = [];
  for await (const chunk of rangeChunks(kv, indexDetailsRange(2), 1000)) details.push(...chunk);
  const [first, second, third] = details;
  const batch = kv.batch();
  batch.put(first![0], Buffer.concat([first![1].subarray(0, -1), Buffer.from('!')]));
  batch.delete(second![0]);
  batch.put(third![0], first![1]);
  await kv.write(batch, { sync: true });
}

test('a detail that is damaged or gone is found by CHECK, mended by REPAIR, and never answered with', async () => {
  const kv = await openLevelKv(path.join(folder, 'rows'));
  // The background would find the damage first, and build the index table again.
  const database = await openDatabase({ kv, ports: nodePorts, settings: { index_check_interval_ms: 0 } });
  const expected = 'SELECT id, title FROM items USE INDEX (PRIMARY) ORDER BY id';
  try {
    for (const statement of createItems) await database.query(statement);
    await damageDetails(kv);
    const [check] = await database.query('CHECK INDEX TABLE by_shelf');
    expect(check).toMatchObject({ missing: 0n, orphaned: 0n, different: 3n });
    await database.query('REPAIR INDEX TABLE by_shelf');
    expect(await database.query('SELECT id, title FROM by_shelf ORDER BY id')).toEqual(
      await database.query(expected),
    );
    await damageDetails(kv);
    // A query that has given rows already fails, and says so; the next one goes another way, or finds it built again.
    const wanted = await database.query(expected);
    const titles = 'SELECT id, title FROM by_shelf ORDER BY id';
    await expect(database.query(titles)).rejects.toMatchObject({
      code: expect.stringMatching(/CHECKSUM_DOESNT_MATCH|INDEX_NOT_USABLE/) as string,
    });
    const answer = (): Promise<unknown> => database.query(titles).catch(() => 'not yet');
    await expect.poll(answer, { timeout: 20_000 }).toEqual(wanted);
  } finally {
    await database.close();
  }
});
