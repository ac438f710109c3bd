// What a user of `winnowdb/testing` writes; docs/testing.md explains it.

import { expect, test } from 'vitest';
import type { Database } from 'winnowdb';
import { runSimulation, SimulatedStore, type Simulation } from 'winnowdb/testing';

async function sellUntilTheCrash(simulation: Simulation): Promise<string> {
  const store = new SimulatedStore(simulation);
  let stepsLeft = Infinity;
  let db = await store.open({ faults: () => (stepsLeft-- === 0 ? 'crash' : undefined) });
  await db.query('CREATE TABLE orders (id UInt32, buyer UInt32) ENGINE = RowTable PRIMARY KEY (id)');
  await db.query('CREATE INDEX TABLE by_buyer ON orders (buyer) LAYOUT KEYS');
  stepsLeft = simulation.random.int(60);

  const acknowledged: number[] = [];
  const client = async (buyer: number): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      const id = buyer * 100 + i;
      await db.table('orders').put({ id, buyer });
      acknowledged.push(id);
    }
  };
  const done = Promise.all([client(1), client(2), client(3)]).then(() => 'done');
  const outcome = await Promise.race([done, store.crashed.then(() => 'crash')]);

  db = await store.open();
  expect(await idsOf(db, 'orders')).toEqual(expect.arrayContaining(acknowledged));
  expect(await idsOf(db, 'orders USE INDEX (by_buyer)')).toEqual(await idsOf(db, 'orders'));
  await db.close();
  return outcome;
}

async function idsOf(db: Database, from: string): Promise<number[]> {
  const rows = await db.query<{ id: number }>(`SELECT id FROM ${from} WHERE buyer > 0 ORDER BY id`);
  return rows.map(({ id }) => id);
}

test('no acknowledged order is lost, whenever the power goes', { timeout: 120_000 }, async () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 40; seed++) outcomes.add(await runSimulation(seed, sellUntilTheCrash));
  expect(outcomes).toEqual(new Set(['done', 'crash']));
});

test('a store whose disk is full acknowledges nothing, and goes on when it is opened again', async () => {
  await runSimulation(7, async (simulation) => {
    const store = new SimulatedStore(simulation);
    let isFull = false;
    let db = await store.open({ faults: () => (isFull ? 'full' : undefined) });
    await db.query('CREATE TABLE t (id UInt32) ENGINE = RowTable PRIMARY KEY (id)');
    await db.table('t').put({ id: 1 });
    isFull = true;
    await expect(db.table('t').put({ id: 2 })).rejects.toThrow('a write to disk failed');
    await expect(db.table('t').put({ id: 3 })).rejects.toThrow('a write to disk failed');
    db = await store.open();
    await db.table('t').put({ id: 4 });
    const ids = await db.query<{ id: number }>('SELECT id FROM t ORDER BY id');
    expect(ids.map(({ id }) => id)).toEqual(ids.length === 3 ? [1, 2, 4] : [1, 4]);
    await db.close();
  });
});
