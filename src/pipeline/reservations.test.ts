// Reservations against a model, and after crashes: rows and reservations always agree.

import { expect, test } from 'vitest';
import type { Random } from '../base/random.ts';
import { WinnowError } from '../base/errors.ts';
import type { Database } from '../engine/api.ts';
import { engineOf } from '../engine/database.ts';
import { openDatabase } from '../engine/open.ts';
import { allReservedKey, indexReservationsRange, tableRowsRange } from '../log/keyspace.ts';
import type { Kv, KvEntry, KvRange } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import { DecodedRows } from '../rows/decoded-rows.ts';
import { createSimulatedKv, type SimulatedKv } from '../testing/simulated-kv.ts';
import { runSimulation, type SimulatedProcess, type Simulation } from '../testing/simulated-ports.ts';
import { Reservations } from './reservations.ts';

type Row = { id: number; a: number | null; b: string };

const createTable =
  'CREATE TABLE t (id UInt32, a Nullable(UInt8), b String) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4';
const createBoth = 'CREATE UNIQUE INDEX TABLE both ON t (a, b) SHARD BY hash(b) INTO 3';
const createSome = "CREATE UNIQUE INDEX TABLE some ON t (b) SHARD BY hash(b) INTO 2 WHERE b != ''";

/** The values that a row takes for itself, by index table. */
const taken: Record<string, (row: Row) => string | undefined> = {
  both: ({ a, b }) => (a === null ? undefined : `${a}/${b}`),
  some: ({ b }) => (b === '' ? undefined : b),
};

const drawRow = (random: Random): Row => ({
  id: random.int(12),
  a: random.pick([null, 0, 1, 2]),
  b: random.pick(['', 'x', 'y', 'z', 'x\0', 'zz']),
});

function isUnique(rows: Iterable<Row>): boolean {
  const all = [...rows];
  return Object.values(taken).every((valueOf) => {
    const values = all.map(valueOf).filter((value) => value !== undefined);
    return new Set(values).size === values.length;
  });
}

async function entriesIn(kv: Kv, range: KvRange): Promise<KvEntry[]> {
  const entries: KvEntry[] = [];
  for await (const chunk of rangeChunks(kv, range, 100)) entries.push(...chunk);
  return entries;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Every row has its reservations, and there are no others. Answers with how many there are. */
async function checkAgreement(database: Database, kv: Kv): Promise<number> {
  const { store } = engineOf(database);
  const { definition, layout } = store.rowTable(store.rowTables('default')[0]!.id);
  const rows = new DecodedRows(layout, await entriesIn(kv, tableRowsRange(definition.id)));
  let count = 0;
  for (const index of store.indexTables('default')) {
    if (!index.unique) continue;
    const marker = hex(allReservedKey(index.id));
    const stored = (await entriesIn(kv, indexReservationsRange(index.id))).filter(
      ([key]) => hex(key) !== marker,
    );
    const expected = new Reservations(index, layout).entriesOf(rows);
    const texts = (entries: readonly KvEntry[]): string[] =>
      entries.map(([key, value]) => `${hex(key)} ${hex(value)}`).sort();
    expect(texts(stored), index.name).toEqual(texts(expected));
    count += stored.length;
  }
  return count;
}

async function refusedAsDuplicate(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return false;
  } catch (error) {
    if (error instanceof WinnowError && error.code === 'DUPLICATE_KEY') return true;
    throw error;
  }
}

const baseSeed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
const SEEDS = 20;

test(
  'a write is refused exactly when two rows would have the same values',
  { timeout: 120_000 },
  async () => {
    const counts = { accepted: 0, refused: 0, reservations: 0 };
    for (let seed = baseSeed; seed < baseSeed + SEEDS; seed++) {
      await runSimulation(seed, async ({ ports, random }) => {
        const kv = createSimulatedKv({ timers: ports.timers });
        const database = await openDatabase({ kv, ports });
        for (const statement of [createTable, createBoth, createSome]) await database.query(statement);
        let rows = new Map<number, Row>();
        for (let round = 0; round < 60; round++) {
          const next = new Map(rows);
          const written = Array.from({ length: 1 + random.int(4) }, () => drawRow(random));
          const removed = random.chance(0.2) ? random.int(12) : undefined;
          for (const row of written) next.set(row.id, row);
          if (removed !== undefined) next.delete(removed);
          const refused = await refusedAsDuplicate(
            database.transaction(async (transaction) => {
              await transaction.table('t').putMany(written);
              if (removed !== undefined) await transaction.table('t').delete({ id: removed });
            }),
          );
          expect(refused, JSON.stringify({ rows: [...rows.values()], written, removed })).toBe(
            !isUnique(next.values()),
          );
          counts[refused ? 'refused' : 'accepted']++;
          if (!refused) rows = next;
          if (round % 10 === 0) counts.reservations += await checkAgreement(database, kv);
        }
        await database.close();
      });
    }
    console.log(`seed ${baseSeed}: ${JSON.stringify(counts)}`);
    expect(Math.min(counts.accepted, counts.refused, counts.reservations)).toBeGreaterThan(3 * SEEDS);
  },
);

type Life = { readonly process: SimulatedProcess; readonly kv: SimulatedKv; readonly database: Database };

async function startLife(
  { startProcess, random }: Simulation,
  before: SimulatedKv | undefined,
): Promise<Life> {
  const process = startProcess();
  const options = { timers: process.ports.timers, random: random.fork(), maxWriteMs: random.pick([0, 2]) };
  const kv = before ? before.crash(random, options) : createSimulatedKv(options);
  return { process, kv, database: await openDatabase({ kv, ports: process.ports }) };
}

/** Until every UNIQUE index table has all its reservations, or is dropped. */
async function reserved({ kv, database }: Life, { ports }: Simulation): Promise<void> {
  const { store } = engineOf(database);
  while (store.indexTables('default').some(({ id, unique }) => unique && !kv.get(allReservedKey(id))))
    await ports.timers.sleep(1);
}

test(
  'after a crash at any time, also in a CREATE, rows and reservations agree',
  { timeout: 120_000 },
  async () => {
    const counts = { crashes: 0, created: 0, refused: 0, reservations: 0 };
    for (let seed = baseSeed; seed < baseSeed + 2 * SEEDS; seed++) {
      await runSimulation(seed, async (simulation) => {
        const { random, ports } = simulation;
        let life = await startLife(simulation, undefined);
        await life.database.query(createTable);
        if (random.chance(0.5)) await life.database.query(createSome);
        for (let part = 0; part < 4; part++) {
          const { database } = life;
          const isAlive = (): boolean => life.database === database;
          const write = async (): Promise<void> => {
            for (let round = 0; round < 20 && isAlive(); round++) {
              const rows = Array.from({ length: 1 + random.int(2) }, () => ({
                ...drawRow(random),
                // Seldom the same, so that a CREATE may succeed.
                b: random.pick(['', String(random.int(40))]),
              }));
              if (await refusedAsDuplicate(database.table('t').putMany(rows))) counts.refused++;
            }
          };
          const create = async (): Promise<void> => {
            await ports.timers.sleep(random.int(8));
            if (
              !(await refusedAsDuplicate(database.query(createBoth.replace('TABLE', 'TABLE IF NOT EXISTS'))))
            )
              counts.created++;
          };
          const work = Promise.all([write(), write(), create()]);
          const crashed = await Promise.race([
            ports.timers.sleep(random.int(25)).then(() => true),
            work.then(() => false),
          ]);
          if (crashed) {
            counts.crashes++;
            life.process.kill();
            life = await startLife(simulation, life.kv);
          }
          await reserved(life, simulation);
          counts.reservations += await checkAgreement(life.database, life.kv);
        }
        await life.database.close();
      });
    }
    console.log(`seed ${baseSeed}: ${JSON.stringify(counts)}`);
    expect(Math.min(counts.crashes, counts.created, counts.reservations)).toBeGreaterThan(0.5 * SEEDS);
  },
);

test('a row that gives up what another one has reserved does not give that back', async () => {
  await runSimulation(baseSeed, async ({ ports, random }) => {
    const kv = createSimulatedKv({ timers: ports.timers, random, maxWriteMs: 5 });
    const database = await openDatabase({ kv, ports });
    await database.query(createTable.replace('INTO 4', 'INTO 1'));
    await database.query(
      'INSERT INTO t SELECT number, 1, toString(if(number = 1999, 0, number)) FROM numbers(2000)',
    );
    const created = database.query(createSome);
    const reservations = (): Promise<KvEntry[]> => {
      const [index] = engineOf(database).store.indexTables('default');
      return entriesIn(kv, indexReservationsRange(index!.id));
    };
    await ports.timers.sleep(1);
    while ((await reservations()).length === 0) await ports.timers.sleep(1);
    expect((await reservations()).length).toBeLessThan(2000);
    await database.table('t').update({ id: 1999 }, { b: 'mine' });
    await created;
    expect(await checkAgreement(database, kv)).toBe(2000);
    await database.close();
  });
});
