import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import type { Kv } from '../kv/kv.ts';
import { describeKvContract } from './kv-contract.ts';
import { createSimulatedKv, type SimulatedKv } from './simulated-kv.ts';
import { runSimulation } from './simulated-ports.ts';

describeKvContract({
  name: 'the simulated store',
  open: async () => createSimulatedKv(),
  reopen: async (kv) => {
    await kv.close();
    return (kv as SimulatedKv).reopen();
  },
});

const key = Buffer.from('newest');

function write(kv: Kv, number: number, sync: boolean): Promise<void> {
  const batch = kv.batch();
  batch.put(key, Buffer.from([number]));
  batch.put(Buffer.from([number]), key);
  return kv.write(batch, { sync });
}

/** How many batches survived; fails unless they are whole and a prefix. */
function survivors(kv: Kv, written: number): number {
  const newest = kv.get(key)?.[0] ?? 0;
  for (let number = 1; number <= written; number++) {
    expect(kv.get(Buffer.from([number])) !== undefined).toBe(number <= newest);
  }
  return newest;
}

test('a crash keeps every synced batch and some prefix of the rest, each whole', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(fc.boolean(), { maxLength: 8 }), async (seed, syncs) => {
      const kv = createSimulatedKv();
      for (const [index, sync] of syncs.entries()) await write(kv, index + 1, sync);
      const survived = survivors(kv.crash(createRandom(seed)), syncs.length);
      expect(survived).toBeGreaterThanOrEqual(syncs.lastIndexOf(true) + 1);
    }),
  );
});

test('over many seeds a crash loses each unsynced suffix and keeps each', async () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 60; seed++) {
    const kv = createSimulatedKv();
    await write(kv, 1, true);
    await write(kv, 2, false);
    await write(kv, 3, false);
    seen.add(survivors(kv.crash(createRandom(seed)), 3));
  }
  expect([...seen].sort()).toEqual([1, 2, 3]);
});

test('a write in flight at the crash survives whole or not at all, and is never acknowledged', async () => {
  const seen = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const outcome = await runSimulation(seed, async ({ startProcess, random, ports }) => {
      const process = startProcess();
      const kv = createSimulatedKv({ timers: process.ports.timers, random });
      let acknowledged = false;
      void write(kv, 1, true).then(() => (acknowledged = true));
      await ports.timers.sleep(random.int(4));
      const known = acknowledged;
      process.kill();
      const survived = survivors(kv.crash(random, {}), 1);
      await ports.timers.sleep(100);
      expect(acknowledged).toBe(known);
      expect(() => kv.get(key)).toThrow('crashed');
      if (known) expect(survived).toBe(1);
      return survived;
    });
    seen.add(outcome);
  }
  expect([...seen].sort()).toEqual([0, 1]);
});

test('over many seeds other tasks run before and after a write that is under way', async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    await runSimulation(seed, async ({ ports }) => {
      const kv = createSimulatedKv({ timers: ports.timers });
      const seen: string[] = [];
      const writing = write(kv, 1, true).then(() => seen.push('written'));
      await ports.timers.yield();
      seen.push('other');
      await writing;
      orders.add(seen.join());
    });
  }
  expect([...orders].sort()).toEqual(['other,written', 'written,other']);
});

test('after a failed write nothing answers but close', async () => {
  const kv = createSimulatedKv({
    failWrite: ({ index }) => (index === 1 ? 'no space left on device' : undefined),
  });
  await write(kv, 1, true);
  const failed = expect.objectContaining({ code: 'STORE_FAILED' });
  await expect(write(kv, 2, true)).rejects.toThrow(failed);
  expect(() => kv.get(key)).toThrow(failed);
  expect(() => kv.snapshot()).toThrow(failed);
  expect(() => kv.batch()).toThrow(failed);
  expect(survivors(kv.crash(createRandom(1)), 2)).toBeGreaterThanOrEqual(1);
});
