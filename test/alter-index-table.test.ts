// ALTER INDEX TABLE while everything goes on: lanes, layout and shards change, answers do not.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../src/base/random.ts';
import { type Database, open } from '../src/index.ts';
import { indexEntriesRange, indexPositionsRange } from '../src/log/keyspace.ts';
import { modelIndexTables, modelTable } from './support/model-table.ts';
import { runSimulation } from '../src/testing/simulated-ports.ts';
import { drift, fillModel, ROWS, startLife, stateOf, writeRows } from './support/held-store.ts';

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-alter-'));
  database = await open(folder);
  for (const statement of [
    'CREATE TABLE orders (id UInt32, buyer UInt32, amount Int32, note Nullable(String)) ENGINE = RowTable PRIMARY KEY (id)',
    "INSERT INTO orders SELECT number, number % 50, number % 7, if(number % 3 = 0, NULL, 'note') FROM numbers(2000)",
    'CREATE INDEX TABLE by_buyer ON orders (buyer) SHARD BY hash(buyer) INTO 4 LAYOUT KEYS',
  ])
    await database.query(statement);
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes one order after the other until `stop`, each time asking for the buyer who has it now. */
function shopping(random = createRandom(7)): { readonly stop: () => Promise<number> } {
  let isOver = false;
  const run = async (): Promise<number> => {
    let rounds = 0;
    for (; !isOver; rounds++) {
      const id = random.int(2000);
      const buyer = random.int(50);
      await database.table('orders').put({ id, buyer, amount: rounds % 7, note: null });
      const found = `SELECT amount FROM orders USE INDEX (by_buyer) WHERE buyer = ${buyer} AND id = ${id}`;
      expect(await database.query(found)).toEqual([{ amount: rounds % 7 }]);
    }
    return rounds;
  };
  const running = run();
  return {
    stop: () => {
      isOver = true;
      return running;
    },
  };
}

async function expectEqual(): Promise<void> {
  await database.drain();
  const [answer] = await database.query('CHECK INDEX TABLE by_buyer');
  expect(answer).toMatchObject({ missing: 0n, orphaned: 0n, different: 0n });
}

const definition = async (): Promise<string> => {
  const rows = await database.query<{ statement: string }>('SHOW CREATE TABLE by_buyer');
  return rows[0]!.statement.replaceAll('\n', ' ');
};

test(
  'the number of lanes changes under load, while they are stopped, and for good',
  { timeout: 60_000 },
  async () => {
    const shoppers = shopping();
    for (const lanes of [4, 1, 2, 3, 4]) {
      await database.query(`ALTER INDEX TABLE by_buyer MODIFY SETTING lanes = ${lanes}`);
      const shards = await database.query<{ shards: number }>(
        "SELECT toUInt32(shards) AS shards FROM system.lanes WHERE index_table = 'by_buyer'",
      );
      expect(shards).toHaveLength(lanes);
      expect(shards.reduce((total, lane) => total + lane.shards, 0)).toBe(4);
    }
    expect(await shoppers.stop()).toBeGreaterThan(0);
    await expectEqual();
    await database.query('SYSTEM STOP LANES by_buyer');
    await database.table('orders').put({ id: 1, buyer: 77, amount: 0, note: null });
    await database.query('ALTER INDEX TABLE by_buyer MODIFY SETTING lanes = 2');
    expect(
      await database.query(
        'SELECT stopped, tail_changes > 0 AS waiting FROM system.lanes JOIN system.index_tables USING name LIMIT 0'.replace(
          /.*/,
          "SELECT lanes_stopped AS stopped, tail_changes > 0 AS waiting FROM system.index_tables WHERE name = 'by_buyer'",
        ),
      ),
    ).toEqual([{ stopped: 1, waiting: 1 }]);
    await database.close();
    database = await open(folder);
    expect(await definition()).toContain('lanes = 2');
    await expectEqual();
  },
);

test('layout and shards change under load, and every answer is right', { timeout: 120_000 }, async () => {
  const shoppers = shopping();
  for (const [change, expected] of [
    ['MODIFY LAYOUT COVERING (amount)', 'LAYOUT COVERING (amount)'],
    ['MODIFY SHARDS 3', 'SHARD BY hash(buyer) INTO 3'],
    ['MODIFY LAYOUT FULL', '(buyer) SHARD BY hash(buyer) INTO 3 LAYOUT FULL'],
    [
      'MODIFY LAYOUT COLUMNAR (amount) PARTITION BY amount % 2, MODIFY SETTING index_granularity = 64, lanes = 2',
      'LAYOUT COLUMNAR (amount) PARTITION BY amount % 2 ORDER BY (buyer) SETTINGS lanes = 2, index_granularity = 64',
    ],
    [
      'MODIFY LAYOUT COLUMNAR (amount, note) ORDER BY (buyer, amount)',
      'PARTITION BY amount % 2 ORDER BY (buyer, amount)',
    ],
    ['MODIFY SHARDS 2', 'SHARD BY hash(buyer) INTO 2 LAYOUT COLUMNAR'],
    ['MODIFY LAYOUT KEYS', '(buyer, amount) SHARD BY hash(buyer) INTO 2 LAYOUT KEYS SETTINGS lanes = 2'],
  ] as const) {
    await database.query(`ALTER INDEX TABLE by_buyer ${change}`);
    expect(await definition()).toContain(expected);
  }
  expect(await shoppers.stop()).toBeGreaterThan(0);
  await expectEqual();
  await database.close();
  database = await open(folder);
  await expectEqual();
});

test('what stays as it is builds nothing; what is wrong is refused and changes nothing', async () => {
  const before = await definition();
  await database.query(
    'ALTER INDEX TABLE by_buyer MODIFY SHARDS 4, MODIFY LAYOUT KEYS, MODIFY SETTING lanes = 1',
  );
  for (const [change, code] of [
    ['MODIFY SETTING lanes = 5', 'ARGUMENT_OUT_OF_BOUND'],
    ['MODIFY SETTING loans = 5', 'UNKNOWN_SETTING'],
    ['MODIFY SHARDS 0', 'ARGUMENT_OUT_OF_BOUND'],
    ['MODIFY LAYOUT COVERING (amunt)', 'NO_SUCH_COLUMN_IN_TABLE'],
    ['MODIFY LAYOUT KEYS ORDER BY amount', 'NOT_IMPLEMENTED'],
    ['MODIFY ORDER BY amount', 'NOT_IMPLEMENTED'],
    ['RENAME TO by_seller', 'NOT_IMPLEMENTED'],
  ])
    await expect(database.query(`ALTER INDEX TABLE by_buyer ${change}`), change).rejects.toMatchObject({
      code,
    });
  await expect(database.query('ALTER INDEX TABLE orders MODIFY SHARDS 2')).rejects.toMatchObject({
    code: 'BAD_ARGUMENTS',
  });
  await database.query('CREATE INDEX TABLE facts ON orders LAYOUT COLUMNAR (amount) ORDER BY (buyer)');
  await expect(database.query('ALTER INDEX TABLE facts MODIFY SHARDS 2')).rejects.toThrow(/UNSHARDED/);
  expect(await definition()).toBe(before);
  await expectEqual();
});

test('a crash before the new one is live leaves the old one in use, and nothing of the other', () =>
  runSimulation(5, async (simulation) => {
    const before = await startLife(simulation);
    await fillModel(before.store);
    const old = modelIndexTables(before.store).find(({ name }) => name === 'by_a')!;
    before.reads.holdAt = before.reads.count + ROWS / 2;
    const { id: _id, kind: _kind, ...shape } = old;
    void before.store.definitions.replaceIndexTable(old, {
      ...shape,
      layout: 'COVERING',
      coveredColumns: [2],
      sharding: { ...old.sharding, shardCount: 7 },
    });
    while (before.reads.count < before.reads.holdAt) await simulation.ports.timers.sleep(1);
    expect(before.store.status(modelTable(before.store).id).indexTables).toHaveLength(3);
    await writeRows(before.store, [1, 500, 999]);
    expect(stateOf(before.store, old.id)).toBe('live');
    before.process.kill();

    const { store, disk } = await startLife(simulation, before);
    expect(modelIndexTables(store).find(({ name }) => name === 'by_a')).toEqual(old);
    expect(stateOf(store, old.id)).toBe('live');
    expect(await drift(store)).toEqual([]);
    const halfBuilt = Math.max(...modelIndexTables(store).map(({ id }) => id)) + 1;
    await simulation.ports.timers.sleep(1000);
    for (const range of [indexEntriesRange(halfBuilt), indexPositionsRange(halfBuilt)])
      expect(await disk.iterate(range).next(10)).toEqual([]);
    await store.close();
  }));

test('dropped while it is altered, it is gone, and so is what was to take its place', () =>
  runSimulation(6, async (simulation) => {
    const { store, reads } = await startLife(simulation);
    await fillModel(store);
    const [old] = modelIndexTables(store);
    const { id: _id, kind: _kind, ...shape } = old!;
    for (const dropped of [old!.id, modelTable(store).id]) {
      reads.holdAt = reads.count + ROWS / 2;
      const index = modelIndexTables(store)[0]!;
      const altered = store.definitions.replaceIndexTable(index, {
        ...shape,
        ...(dropped === old!.id ? {} : index),
        laneCount: 1,
      });
      const outcome = altered.then(
        () => 'altered',
        (error: unknown) => (error as { code: string }).code,
      );
      while (reads.count < reads.holdAt) await simulation.ports.timers.sleep(1);
      const done = store.definitions.drop(dropped);
      await simulation.ports.timers.sleep(20);
      reads.holdAt = Infinity;
      reads.goesOn.raise();
      await done;
      expect(await outcome).toBe('UNKNOWN_TABLE');
    }
    expect(store.tables('default')).toEqual([]);
    await store.close();
  }));
