// Bytes of an index table change on disk: queries stay right, and it is built again by itself.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, open } from '../src/index.ts';
import type { KvRange } from '../src/kv/kv.ts';
import { openLevelKv } from '../src/kv/level-kv.ts';
import { rangeChunks } from '../src/kv/range-chunks.ts';
import {
  indexDetailsRange,
  indexEntriesRange,
  indexReservationsRange,
  tableRowsRange,
} from '../src/log/keyspace.ts';
import { sealed } from '../src/pipeline/sealed-value.ts';

const ROWS = 6000;

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-damaged-'));
  database = await open(folder);
  for (const statement of [
    'CREATE TABLE orders (id UInt32, buyer UInt32, amount Int32) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 2',
    `INSERT INTO orders SELECT number, number % 10, number % 7 FROM numbers(${ROWS})`,
  ])
    await database.query(statement);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Ids of tables and index tables are given in the order they are made. */
const TABLE_ID = 1;
const INDEX_ID = 2;

/** Closes the database, turns one bit of every `step`-th value of the range, and opens it again with its lanes stopped. */
async function damageStore(range: KvRange, from: number, step: number): Promise<void> {
  await database.drain();
  await database.close();
  const kv = await openLevelKv(path.join(folder, 'rows'));
  let count = 0;
  const batch = kv.batch();
  for await (const entries of rangeChunks(kv, range, 1000)) {
    for (const [key, value] of entries) {
      if (count++ < from || count % step !== 0) continue;
      const damaged = Buffer.from(value);
      damaged[damaged.length - 1]! ^= 1;
      batch.put(key, damaged);
    }
  }
  expect(batch.count).toBeGreaterThan(0);
  await kv.write(batch, { sync: true });
  await kv.close();
  await reopen();
}

async function reopen(): Promise<void> {
  database = await open(folder, { settings: { index_check_interval_ms: 0 } });
  await database.query('SYSTEM STOP LANES');
}

function damageParts(column: string): void {
  const names = readdirSync(path.join(folder, 'store'), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith(`/${column}.bin`) && !name.includes('tmp_'));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) {
    const file = path.join(folder, 'store', name);
    const bytes = readFileSync(file);
    for (let i = 16; i < bytes.length; i += 40) bytes[i]! ^= 0xff;
    writeFileSync(file, bytes);
  }
}

const stateOf = async (): Promise<{ state: string; last_error: string }> => {
  const rows = await database.query<{ state: string; last_error: string }>(
    "SELECT state, last_error FROM system.index_tables WHERE name = 'by_buyer'",
  );
  return rows[0]!;
};

/** The query is right, though the index table would have been its path; then that is built again. */
async function expectHealed(query: string): Promise<void> {
  // The plan of a subquery of IN is not in that of the query.
  const [, planned = query] = /IN \((.*)\)/.exec(query) ?? [];
  const plan = await database.query<{ explain: string }>(`EXPLAIN ${planned}`);
  expect(JSON.stringify(plan)).toContain('by_buyer');
  const expected = await database.query(query.replaceAll('FROM orders', 'FROM orders USE INDEX (PRIMARY)'));
  expect(expected.length).toBeGreaterThan(0);
  expect(await stateOf()).toEqual({ state: 'live', last_error: '' });
  expect(await database.query(query)).toEqual(expected);
  const { state, last_error } = await stateOf();
  expect(state).toBe('invalid');
  expect(last_error).toMatch(/damaged data in .*(by_buyer|\.bin)/);
  const forced = query.replaceAll('FROM orders', 'FROM orders USE INDEX (by_buyer)');
  await expect(database.query(forced)).rejects.toMatchObject({ code: 'INDEX_NOT_USABLE' });
  await database.query('SYSTEM START LANES');
  await database.drain();
  expect(await stateOf()).toEqual({ state: 'live', last_error: '' });
  expect(await database.query(forced)).toEqual(expected);
  const [check] = await database.query('CHECK INDEX TABLE by_buyer');
  expect(check).toMatchObject({ missing: 0n, orphaned: 0n, different: 0n });
}

const byBuyer = 'SELECT id, amount FROM orders WHERE buyer = 3 ORDER BY id';

test.each([
  ['KEYS', 'SELECT id FROM orders WHERE buyer = 3 ORDER BY id LIMIT 5'],
  ['COVERING (amount)', byBuyer],
  ['COVERING (amount)', `${byBuyer} SETTINGS freshness = 'eventual'`],
  [
    'COVERING (amount)',
    'SELECT amount, count() AS n FROM orders WHERE buyer = 3 GROUP BY amount ORDER BY amount',
  ],
  ['FULL', byBuyer],
  ['COVERING (amount)', `SELECT sum(id) AS s FROM (${byBuyer})`],
  [
    'COVERING (amount)',
    `SELECT id FROM orders WHERE id IN (SELECT id FROM orders WHERE buyer = 3) ORDER BY id`,
  ],
])('an entry of LAYOUT %s, met by %s', async (layout, query) => {
  await database.query(
    `CREATE INDEX TABLE by_buyer ON orders (buyer) SHARD BY hash(buyer) INTO 2 LAYOUT ${layout}`,
  );
  await damageStore(indexEntriesRange(INDEX_ID), 0, 1);
  await expectHealed(query);
});

test('a detail of LAYOUT SPLIT', async () => {
  await database.query('CREATE INDEX TABLE by_buyer ON orders (buyer) LAYOUT SPLIT (amount)');
  await damageStore(indexDetailsRange(INDEX_ID), 0, 1);
  await expectHealed(`${byBuyer} LIMIT 5`);
});

test.each([
  ['rows', 'SELECT id, amount FROM orders WHERE buyer = 3 AND amount > 1 ORDER BY amount, id LIMIT 3'],
  ['groups', 'SELECT amount, count() AS n FROM orders GROUP BY amount ORDER BY amount'],
  ['blocks', 'SELECT id, amount FROM orders WHERE buyer < 3 ORDER BY amount, id'],
  [
    'eventual',
    "SELECT amount, count() AS n FROM orders GROUP BY amount ORDER BY amount SETTINGS freshness = 'eventual'",
  ],
])('a file of a part, met by a query for %s', async (_, query) => {
  await database.query(
    'CREATE INDEX TABLE by_buyer ON orders LAYOUT COLUMNAR (amount) ORDER BY (buyer) SETTINGS index_granularity = 256',
  );
  await database.close();
  damageParts('amount');
  await reopen();
  await expectHealed(query);
});

test('a file of a part, met by a merge', async () => {
  const create = 'CREATE INDEX TABLE by_buyer ON orders LAYOUT COLUMNAR (amount) ORDER BY (buyer)';
  await database.query(create);
  await database.query('INSERT INTO orders VALUES (7000, 3, 1)');
  await database.drain();
  await database.close();
  damageParts('amount');
  await reopen();
  await expect(database.query('OPTIMIZE TABLE by_buyer FINAL')).rejects.toMatchObject({
    code: 'CHECKSUM_DOESNT_MATCH',
  });
  expect((await stateOf()).state).toBe('invalid');
  await database.query('SYSTEM START LANES');
  await database.drain();
  expect(await stateOf()).toEqual({ state: 'live', last_error: '' });
  await database.query('OPTIMIZE TABLE by_buyer FINAL');
  expect(await database.query('CHECK INDEX TABLE by_buyer')).toMatchObject([{ equal: 1 }]);
});

test('when rows have been handed out already, the query ends with the checksum error, and never with a wrong row', async () => {
  await database.query(
    'CREATE INDEX TABLE by_buyer ON orders (buyer) SHARD BY hash(buyer) INTO 2 LAYOUT FULL',
  );
  await damageStore(indexEntriesRange(INDEX_ID), ROWS - 100, 1);
  const { blocks } = await database.execute('SELECT id, buyer, amount FROM orders USE INDEX (by_buyer)');
  let rowCount = 0;
  const reading = (async () => {
    for await (const block of blocks) rowCount += block.rowCount;
  })();
  await expect(reading).rejects.toMatchObject({ code: 'CHECKSUM_DOESNT_MATCH', hint: /built again/ });
  expect(rowCount).toBeGreaterThan(0);
  expect((await stateOf()).state).toBe('invalid');
});

test('a damaged row is an error, and no index table is to blame for it', async () => {
  await database.query('CREATE INDEX TABLE by_buyer ON orders (buyer) LAYOUT KEYS');
  await damageStore(tableRowsRange(TABLE_ID), 0, 1);
  await expect(
    database.query('SELECT amount FROM orders USE INDEX (by_buyer) WHERE buyer = 3'),
  ).rejects.toMatchObject({
    code: 'CHECKSUM_DOESNT_MATCH',
  });
  expect(await stateOf()).toEqual({ state: 'live', last_error: '' });
});

test('reservations of a UNIQUE index table: a lost, a strange and a damaged one are found and mended', async () => {
  await database.query(
    'CREATE UNIQUE INDEX TABLE by_buyer ON orders (buyer, id) SHARD BY hash(buyer) INTO 2',
  );
  await database.drain();
  await database.close();
  const kv = await openLevelKv(path.join(folder, 'rows'));
  const batch = kv.batch();
  for await (const entries of rangeChunks(kv, indexReservationsRange(INDEX_ID), 10_000)) {
    const [lost, damaged, other] = entries.filter(([key]) => key.length > 5);
    batch.delete(lost![0]);
    const flipped = Buffer.from(damaged![1]);
    flipped[flipped.length - 1]! ^= 1;
    batch.put(damaged![0], flipped);
    // Of values that no row has.
    const strange = Buffer.from(other![0]);
    strange.writeUInt32BE(900_000, strange.length - 4);
    batch.put(strange, sealed(strange, other![1].subarray(4)));
    break;
  }
  await kv.write(batch, { sync: true });
  await kv.close();
  await reopen();
  const [check] = await database.query<{ samples: string[] }>('CHECK INDEX TABLE by_buyer');
  expect(check).toMatchObject({ equal: 0, missing: 1n, orphaned: 1n, different: 1n, entries: BigInt(ROWS) });
  expect(
    check!.samples.filter((sample) => /: reservation of buyer = \d, id = \d+$/.test(sample)),
  ).toHaveLength(3);
  const shards = await database.query<{ missing: bigint; orphaned: bigint; different: bigint }>(
    'CHECK INDEX TABLE by_buyer SHARDS (0)',
  );
  const others = await database.query<{ missing: bigint; orphaned: bigint; different: bigint }>(
    'CHECK INDEX TABLE by_buyer SHARDS (1)',
  );
  expect(shards[0]!.missing + others[0]!.missing).toBe(1n);
  expect(shards[0]!.orphaned + others[0]!.orphaned).toBeGreaterThan(0n);
  expect(await database.query('REPAIR INDEX TABLE by_buyer')).toMatchObject([{ method: 'entries' }]);
  expect(await database.query('CHECK INDEX TABLE by_buyer')).toMatchObject([{ equal: 1 }]);
  expect(await database.query('REPAIR INDEX TABLE by_buyer')).toMatchObject([{ method: 'none' }]);
});
