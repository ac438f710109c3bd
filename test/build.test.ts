// Building an index table while everything goes on: writers never wait for it, and a crash does not begin it again.

import { expect, test } from 'vitest';
import { modelIndexTables } from './support/model-table.ts';
import { runSimulation } from '../src/testing/simulated-ports.ts';
import { CHUNK_ROWS, drift, fillModel, ROWS, startLife, stateOf, writeRows } from './support/held-store.ts';

test('commits go on, any number of them, while a build is held up', () =>
  runSimulation(1, async (simulation) => {
    const { store, reads } = await startLife(simulation);
    await fillModel(store);
    for (const { id } of modelIndexTables(store)) {
      reads.holdAt = reads.count + ROWS / 2;
      const rebuilt = store.rebuild(id);
      while (reads.count < reads.holdAt) await simulation.ports.timers.sleep(1);
      const head = store.head;
      for (let i = 0; i < 300; i++) await writeRows(store, [i, 999 - i, ROWS + i]);
      expect(store.head - head).toBe(300);
      expect(stateOf(store, id)).toBe('building');
      reads.holdAt = Infinity;
      reads.goesOn.raise();
      await rebuilt;
    }
    expect(await drift(store)).toEqual([]);
    await store.close();
  }));

test('a build that a crash interrupts goes on where it was', { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 8; seed++)
    await runSimulation(seed, async (simulation) => {
      const before = await startLife(simulation);
      await fillModel(before.store);
      const [index] = modelIndexTables(before.store);
      before.reads.count = 0;
      before.reads.holdAt = simulation.random.int(ROWS);
      void before.store.rebuild(index!.id);
      while (before.reads.count < before.reads.holdAt) await simulation.ports.timers.sleep(1);
      await writeRows(before.store, [1, 500, 999]);
      before.process.kill();

      const { store, reads } = await startLife(simulation, before);
      for (let i = 0; i < 20; i++) await writeRows(store, [i, 999 - i, ROWS + i]);
      while (stateOf(store, index!.id) !== 'live') await simulation.ports.timers.sleep(1);
      // The chunk that was being written may be copied again, and new rows are rows, too.
      expect(reads.count).toBeLessThanOrEqual(ROWS + 20 - before.reads.count + 2 * CHUNK_ROWS);
      expect(reads.count).toBeGreaterThanOrEqual(ROWS - before.reads.count);
      expect(await drift(store)).toEqual([]);
      await store.close();
    });
});
