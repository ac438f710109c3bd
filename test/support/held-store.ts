// held-store.ts — a store in simulated time whose reading of rows can be held up, and which can crash.

import { createRandom } from '../../src/base/random.ts';
import { Signal } from '../../src/base/signal.ts';
import { Store, type StoreSettings } from '../../src/engine/store.ts';
import type { Kv, KvIterator, KvRange } from '../../src/kv/kv.ts';
import { blockOf, createModelTable, modelIndexTables, modelTable } from './model-table.ts';
import { createSimulatedKv, type SimulatedKv } from '../../src/testing/simulated-kv.ts';
import type { Simulation, SimulatedProcess } from '../../src/testing/simulated-ports.ts';

export const ROWS = 1000;
export const CHUNK_ROWS = 20;

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
export class RowReads {
  count = 0;
  /** Reading waits once so many rows are given out. */
  holdAt = Infinity;
  readonly goesOn: Signal = new Signal();

  kv(kv: SimulatedKv): Kv {
    return {
      sharedPath: undefined,
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

export type Life = {
  readonly process: SimulatedProcess;
  readonly disk: SimulatedKv;
  readonly reads: RowReads;
  readonly store: Store;
};

export async function startLife(simulation: Simulation, before?: Life): Promise<Life> {
  const process = simulation.startProcess();
  const options = { timers: process.ports.timers };
  const disk = before ? before.disk.crash(simulation.random, options) : createSimulatedKv(options);
  const reads = new RowReads();
  const store = await Store.open({ kv: reads.kv(disk), ports: process.ports, settings, folder: '/store' });
  return { process, disk, reads, store };
}

export async function fillModel(store: Store): Promise<void> {
  await createModelTable(store, { columnar: true });
  for (let first = 0; first < ROWS; first += 100)
    await writeRows(
      store,
      Array.from({ length: 100 }, (_, i) => first + i),
    );
  await store.drain();
}

export const writeRows = (store: Store, ids: readonly number[]): Promise<unknown> =>
  store.rowTable(modelTable(store).id).write((transaction) => {
    const random = createRandom(transaction.sequence);
    const rows = ids.map((id) => ({ id, a: random.int(4), b: random.pick(['', 'x', null]), n: id }));
    transaction.put(blockOf(rows));
  });

export const stateOf = (store: Store, index: number): string =>
  store.status(modelTable(store).id).indexTables.find(({ definition }) => definition.id === index)!.state;

/** Entries that differ from what the rows make, once the lanes are done. */
export async function drift(store: Store): Promise<string[]> {
  await store.drain();
  const samples: string[] = [];
  for (const { id, name } of modelIndexTables(store)) {
    const found = await store.checks.check(id, { breathe: () => Promise.resolve() });
    samples.push(...found.samples.map((sample) => `${name}: ${sample}`));
  }
  return samples;
}
