// The buyer of the same few orders changes again and again, and with it the shard that their entries lie in, while lanes
// stall, stores crash, and lanes are rescaled. At every cut an order has exactly one entry, the one that its row makes.

import { expect, test } from 'vitest';
import { createRandom, type Random } from '../src/base/random.ts';
import type { ReadView } from '../src/catalog/access.ts';
import { entryColumns, type IndexTableDefinition } from '../src/catalog/definitions.ts';
import { Store, type StoreSettings } from '../src/engine/store.ts';
import { createSimulatedKv, type SimulatedKv } from '../src/testing/simulated-kv.ts';
import { runSimulation, type Simulation, type SimulatedProcess } from '../src/testing/simulated-ports.ts';
import { valueAt } from '../src/types/value.ts';
import { blockOf, createModelTable, modelIndexTables, modelTable, nameOf } from './support/model-table.ts';

const FLIPS = Number(process.env['WINNOW_FLIPS'] ?? 5000);
const FLIPS_PER_ROUND = 500;
const ORDERS = 4;
const LANES = [1, 4, 2];

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

const settings: StoreSettings = {
  tailMaxChanges: 300,
  tailMaxBytes: 1_000_000,
  tailMaxWriteDelayMs: 20,
  logMaxBytes: 20_000,
  logTrimBytes: 2000,
  laneBatchChanges: 16,
  indexCheckIntervalMs: 0,
  columnCacheBytes: 0,
  partsToDelayInsert: 1000,
  partsToThrowInsert: 3000,
};

type Life = { readonly process: SimulatedProcess; readonly kv: SimulatedKv; readonly store: Store };

async function startLife(simulation: Simulation, before?: Life): Promise<Life> {
  const process = simulation.startProcess();
  const options = {
    timers: process.ports.timers,
    random: createRandom(simulation.random.uint32()),
    maxWriteMs: 3,
  };
  const kv = before ? before.kv.crash(simulation.random, options) : createSimulatedKv(options);
  const store = await Store.open({ kv, ports: process.ports, settings, folder: '/store' });
  return { process, kv, store };
}

/** What writers did: how often each order was flipped, and how many of the flips were acknowledged. */
class Flips {
  readonly #random: Random;
  readonly tried: number[] = new Array<number>(ORDERS).fill(0);
  readonly acknowledged: number[] = new Array<number>(ORDERS).fill(0);
  total = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** One after the other, until the store is no more. */
  async run({ store }: Life, order: number, count: number): Promise<void> {
    const table = store.rowTable(modelTable(store).id);
    for (let i = 0; i < count; i++) {
      const n = ++this.tried[order]!;
      const row = {
        id: order,
        a: this.#random.int(8),
        b: this.#random.pick(['', 'x', 'y\0', 'z', null]),
        n,
      };
      await table.write((transaction) => transaction.put(blockOf([row])));
      this.acknowledged[order] = n;
      this.total++;
    }
  }
}

async function entriesOf(
  view: ReadView,
  store: Store,
  path: IndexTableDefinition | undefined,
  appliedOnly: boolean,
): Promise<string[]> {
  const table = modelTable(store);
  const columns = path ? entryColumns(path, table) : [0, 1, 2, 3];
  const found: string[] = [];
  const how = { columns, reverse: false, limit: undefined, ordered: false, appliedOnly };
  const { shardCount } = (path ?? table).sharding;
  const shards = Array.from({ length: shardCount }, (_, shard) => shard);
  const ranges = [{ start: new Uint8Array(), end: undefined }];
  for await (const block of view.scan({ ...how, path: path ?? table, shards, ranges })) {
    for (let row = 0; row < block.rowCount; row++) {
      const values = columns.map((column, i) => [nameOf(column), valueAt(block.columns[i]!, row)] as const);
      found.push(JSON.stringify(Object.fromEntries(values), ['id', ...columns.map(nameOf).sort()]));
    }
  }
  return found.sort();
}

/** Exactly the entries that the rows of the same read point make; false when no index table could be read. */
async function checkCut(store: Store, flips: Flips, appliedOnly: boolean): Promise<number> {
  const acknowledged = [...flips.acknowledged];
  const view = store.readView();
  let readCount = 0;
  try {
    const rows = (await entriesOf(view, store, undefined, false)).map(
      (text) => JSON.parse(text) as Record<string, unknown>,
    );
    for (const { id, n } of rows as { id: number; n: number }[])
      expect(n).toBeGreaterThanOrEqual(acknowledged[id]!);
    for (const index of modelIndexTables(store)) {
      if (view.moment(index.id)?.state !== 'live') continue;
      const names = ['id', ...entryColumns(index, modelTable(store)).map(nameOf).sort()];
      const expected = rows.map((row) => JSON.stringify(row, names)).sort();
      expect(await entriesOf(view, store, index, appliedOnly), index.name).toEqual(expected);
      readCount++;
    }
  } finally {
    view.release();
  }
  return readCount;
}

async function rescale(store: Store, lanes: number): Promise<void> {
  for (const index of modelIndexTables(store))
    await store.definitions.setLaneCount(index, Math.min(lanes, index.sharding.shardCount));
}

test(
  `an order whose buyer changes has one entry at every cut (${FLIPS} changes, seed ${seed})`,
  { timeout: 3_600_000 },
  () =>
    runSimulation(
      seed,
      async (simulation) => {
        const { random, ports } = simulation;
        const flips = new Flips(random.fork());
        let life = await startLife(simulation);
        await createModelTable(life.store, { columnar: false });
        let [cuts, crashes] = [0, 0];
        for (let round = 0; flips.total < FLIPS; round++) {
          const { store } = life;
          let isOver = false;
          const writing = Promise.all(
            Array.from({ length: ORDERS }, (_, order) => flips.run(life, order, FLIPS_PER_ROUND / ORDERS)),
          );
          const stalling = (async () => {
            for (; !isOver; await ports.timers.sleep(random.int(20)))
              if (random.chance(0.4)) store.stopLanes(random.pick(modelIndexTables(store)).id);
              else store.startLanes(undefined);
          })();
          const looking = (async () => {
            for (; !isOver; await ports.timers.sleep(random.int(15)))
              cuts += await checkCut(store, flips, false);
          })();
          const work = (async () => {
            await ports.timers.sleep(random.int(100));
            await rescale(store, LANES[round % LANES.length]!);
            await writing;
            isOver = true;
            await Promise.all([stalling, looking]);
          })();
          // What a dead process has not done is not waited for.
          const ended = crashes === 0 || random.chance(0.5) ? ports.timers.sleep(random.int(300)) : work;
          await Promise.race([work, ended]);
          if (!isOver) {
            isOver = true;
            crashes++;
            life.process.kill();
            for (const part of [writing, stalling, looking, work]) part.catch(() => undefined);
            life = await startLife(simulation, life);
          }
          life.store.startLanes(undefined);
          cuts += await checkCut(life.store, flips, false);
          if (round % 3 > 0) continue;
          await life.store.drain();
          expect(await checkCut(life.store, flips, true)).toBe(2);
        }
        await life.store.close();
        console.log(`${flips.total} flips, ${cuts} cuts, ${crashes} crashes`);
        expect(cuts).toBeGreaterThan(FLIPS / 50);
        expect(crashes).toBeGreaterThan(0);
      },
      { maxSteps: 1_000_000_000 },
    ),
);
