// Building an index table while everything goes on: writers never wait for it, and a crash does not begin it again.

import { expect, test } from 'vitest';
import { createRandom } from '../src/base/random.ts';
import { Signal } from '../src/base/signal.ts';
import { Store, type StoreSettings } from '../src/engine/store.ts';
import type { Kv, KvIterator, KvRange } from '../src/kv/kv.ts';
import { blockOf, createModelTable, modelIndexTables, modelTable } from './support/model-table.ts';
import { createSimulatedKv, type SimulatedKv } from '../src/testing/simulated-kv.ts';
import { runSimulation, type Simulation, type SimulatedProcess } from '../src/testing/simulated-ports.ts';

const ROWS = 1000;
const CHUNK_ROWS = 20;

const settings: StoreSettings = {
  tailMaxChanges: 200,
  tailMaxBytes: 1_000_000_000,
  // Whoever waited for a tail that a held build does not take would wait for ever.
  tailMaxWriteDelayMs: Number.MAX_SAFE_INTEGER,
  logMaxBytes: 1_000_000_000,
  logTrimBytes: 1,
  laneBatchChanges: CHUNK_ROWS,
  indexCheckIntervalMs: 0,
  columnCacheBytes: 0,
  partsToDelayInsert: 1000,
  partsToThrowInsert: 3000,
};

/** Counts the rows that snapshots give to whoever reads row tables, and can hold the reading up. */
class RowReads {
  count = 0;
  /** Reading waits once so many rows are given out. */
  holdAt = Infinity;
  readonly goesOn: Signal = new Signal();

  kv(kv: SimulatedKv): Kv {
    return {
      get: (key) => kv.get(key),
      iterate: (range, options) => kv.iterate(range, options),
      batch: () => kv.batch(),
      write: (batch, options) => kv.write(batch, options),
      approximateSizeBytes: (range) => kv.approximateSizeBytes(range),
      close: () => kv.close(),
      snapshot: () => {
        const snapshot = kv.snapshot();
        return { ...snapshot, iterate: (range) => this.#counted(range, snapshot.iterate(range)) };
      },
    };
  }

  #counted(range: KvRange, iterator: KvIterator): KvIterator {
    if (range.start[0] !== 2) return iterator;
    return {
      next: async (count) => {
        while (this.count >= this.holdAt) await this.goesOn.wait();
        const rows = await iterator.next(count);
        this.count += rows.length;
        return rows;
      },
      close: () => iterator.close(),
    };
  }
}

type Life = {
  readonly process: SimulatedProcess;
  readonly disk: SimulatedKv;
  readonly reads: RowReads;
  readonly store: Store;
};

async function live(simulation: Simulation, before?: Life): Promise<Life> {
  const process = simulation.startProcess();
  const options = { timers: process.ports.timers };
  const disk = before ? before.disk.crash(simulation.random, options) : createSimulatedKv(options);
  const reads = new RowReads();
  const store = await Store.open({ kv: reads.kv(disk), ports: process.ports, settings, folder: '/store' });
  return { process, disk, reads, store };
}

async function fill(store: Store): Promise<void> {
  await createModelTable(store, { columnar: true });
  for (let first = 0; first < ROWS; first += 100)
    await write(
      store,
      Array.from({ length: 100 }, (_, i) => first + i),
    );
  await store.drain();
}

const write = (store: Store, ids: readonly number[]): Promise<unknown> =>
  store.rowTable(modelTable(store).id).write((transaction) => {
    const random = createRandom(transaction.sequence);
    const rows = ids.map((id) => ({ id, a: random.int(4), b: random.pick(['', 'x', null]), n: id }));
    transaction.put(blockOf(rows));
  });

const stateOf = (store: Store, index: number): string =>
  store.status(modelTable(store).id).indexTables.find(({ definition }) => definition.id === index)!.state;

async function expectExact(store: Store): Promise<void> {
  await store.drain();
  for (const { id, name } of modelIndexTables(store)) {
    const found = await store.checks.check(id, { breathe: () => Promise.resolve() });
    expect({ name, samples: found.samples }).toEqual({ name, samples: [] });
  }
}

test('commits go on, any number of them, while a build is held up', () =>
  runSimulation(1, async (simulation) => {
    const { store, reads } = await live(simulation);
    await fill(store);
    for (const { id } of modelIndexTables(store)) {
      reads.holdAt = reads.count + ROWS / 2;
      const rebuilt = store.rebuild(id);
      while (reads.count < reads.holdAt) await simulation.ports.timers.sleep(1);
      const head = store.head;
      for (let i = 0; i < 300; i++) await write(store, [i, 999 - i, ROWS + i]);
      expect(store.head - head).toBe(300);
      expect(stateOf(store, id)).toBe('building');
      reads.holdAt = Infinity;
      reads.goesOn.raise();
      await rebuilt;
    }
    await expectExact(store);
    await store.close();
  }));

test('a build that a crash interrupts goes on where it was', { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 8; seed++)
    await runSimulation(seed, async (simulation) => {
      const before = await live(simulation);
      await fill(before.store);
      const [index] = modelIndexTables(before.store);
      before.reads.count = 0;
      before.reads.holdAt = simulation.random.int(ROWS);
      void before.store.rebuild(index!.id);
      while (before.reads.count < before.reads.holdAt) await simulation.ports.timers.sleep(1);
      await write(before.store, [1, 500, 999]);
      before.process.kill();

      const { store, reads } = await live(simulation, before);
      expect(stateOf(store, index!.id)).toBe('building');
      for (let i = 0; i < 20; i++) await write(store, [i, 999 - i, ROWS + i]);
      while (stateOf(store, index!.id) !== 'live') await simulation.ports.timers.sleep(1);
      // The chunk that was being written may be copied again, and new rows are rows, too.
      expect(reads.count).toBeLessThanOrEqual(ROWS + 20 - before.reads.count + 2 * CHUNK_ROWS);
      expect(reads.count).toBeGreaterThanOrEqual(ROWS - before.reads.count);
      await expectExact(store);
      await store.close();
    });
});
