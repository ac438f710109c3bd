// SYSTEM REWIND and REPLAY LANES: the log is applied to an index table once more, and nothing changes by it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../src/base/random.ts';
import { type Database, open } from '../src/index.ts';

let folder: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-rewind-'));
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const indexTables = ['by_buyer', 'by_amount', 'facts'] as const;

async function openOrders(settings: Record<string, number> = {}): Promise<void> {
  database = await open(folder, { settings });
  for (const statement of [
    'CREATE TABLE orders (id UInt32, buyer UInt32, amount Int32) ENGINE = RowTable PRIMARY KEY (id)',
    'CREATE INDEX TABLE by_buyer ON orders (buyer) SHARD BY hash(buyer) INTO 4 LAYOUT KEYS SETTINGS lanes = 2',
    'CREATE INDEX TABLE by_amount ON orders (amount) SHARD BY hash(amount) INTO 3 LAYOUT COVERING (buyer)',
    'CREATE INDEX TABLE facts ON orders LAYOUT COLUMNAR (amount) SHARD BY hash(buyer) INTO 2 ORDER BY (buyer) SETTINGS index_granularity = 8',
  ])
    await database.query(statement);
}

/** Orders come, move between buyers, go, and come again under the same key. */
async function writeOrders(count: number, seed: number): Promise<void> {
  const random = createRandom(seed);
  for (let i = 0; i < count; i++) {
    const id = random.int(40);
    if (random.chance(0.2)) await database.table('orders').delete({ id });
    else await database.table('orders').put({ id, buyer: random.int(6), amount: random.int(9) });
  }
}

type Position = { name: string; state: string; applied: number };

async function positionOf(index: string): Promise<Position> {
  const rows = await database.query<Position>(
    `SELECT name, state, toFloat64(applied_sequence) AS applied FROM system.index_tables WHERE name = '${index}'`,
  );
  return rows[0]!;
}

/** The applied entries alone, and those with the tail over them, are the rows. */
async function expectSameRows(index: string): Promise<void> {
  const columns = index === 'by_buyer' ? 'id, buyer' : 'id, buyer, amount';
  const read = (path: string, freshness: string): Promise<unknown[]> =>
    database.query(
      `SELECT ${columns} FROM orders USE INDEX (${path}) ORDER BY ${columns} SETTINGS freshness = '${freshness}'`,
    );
  const rows = await read('PRIMARY', 'strong');
  expect(await read(index, 'strong'), index).toEqual(rows);
  expect(await read(index, 'eventual'), index).toEqual(rows);
}

test('replayed from the oldest position, every index table has the same entries', async () => {
  await openOrders();
  await writeOrders(400, 1);
  await database.drain();
  for (const index of indexTables) {
    const before = await positionOf(index);
    await database.query('SYSTEM STOP LANES');
    await database.query(`SYSTEM REPLAY LANES ${index}`);
    const rewound = await positionOf(index);
    expect(rewound).toMatchObject({ state: 'behind', applied: 0 });
    // Not even as it was applied: that is of no one moment.
    for (const freshness of ['strong', 'eventual'])
      await expect(
        database.query(`SELECT count() FROM orders USE INDEX (${index}) SETTINGS freshness = '${freshness}'`),
      ).rejects.toMatchObject({ code: 'INDEX_NOT_USABLE' });
    await database.query('SYSTEM START LANES');
    await database.drain();
    expect(await positionOf(index)).toEqual(before);
    await expectSameRows(index);
  }
});

test('rewound again and again while writers go on, and opened again in between', async () => {
  await openOrders();
  for (let round = 0; round < 8; round++) {
    const writing = writeOrders(60, round);
    for (const index of indexTables) {
      const { applied } = await positionOf(index);
      await database.query(`SYSTEM REWIND LANES ${index} TO ${Math.floor((applied * round) / 8)}`);
    }
    await writing;
    if (round % 3 === 2) {
      // Positions are somewhere between; what is applied already is beyond them.
      await database.query('SYSTEM STOP LANES');
      for (const index of indexTables) await database.query(`SYSTEM REWIND LANES ${index} TO ${60 * round}`);
      await writeOrders(10, round);
      await database.close();
      database = await open(folder);
    }
    await database.drain();
    for (const index of indexTables) await expectSameRows(index);
  }
});

test('a position that the log no longer reaches, or that is not reached yet, is refused', async () => {
  await openOrders({ log_trim_bytes: 1 });
  await writeOrders(300, 3);
  await database.drain();
  await writeOrders(300, 4);
  await database.drain();
  const { applied } = await positionOf('by_buyer');
  const refused = { code: 'ARGUMENT_OUT_OF_BOUND' };
  await expect(database.query('SYSTEM REWIND LANES by_buyer TO 1')).rejects.toMatchObject(refused);
  await expect(database.query(`SYSTEM REWIND LANES by_buyer TO ${applied + 1}`)).rejects.toMatchObject(
    refused,
  );
  const error = (await database
    .query('SYSTEM REWIND LANES facts TO 1')
    .catch((caught: unknown) => caught)) as Error;
  const oldest = Number(/rewound to (\d+)/.exec(error.message)![1]);
  await database.query(`SYSTEM REWIND LANES facts TO ${oldest}`);
  await database.query('SYSTEM REPLAY LANES by_amount');
  await database.drain();
  for (const index of indexTables) await expectSameRows(index);
  expect((await positionOf('facts')).state).toBe('live');
});
