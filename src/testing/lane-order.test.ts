import { expect, test, vi } from 'vitest';
import type { applyBatch } from '../pipeline/apply-batch.ts';
import { simulateSeed } from './simulate.ts';
import { newCounts } from './world.ts';

type ApplyBatch = typeof applyBatch;

/** The position of each shard by who writes in one life of a store, owner or log threads; a rewind begins anew for both. */
const lives = new Map<object, Map<string, number>>();
const found = { operations: 0, outOfTurn: [] as string[] };

vi.mock('../pipeline/apply-batch.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/apply-batch.ts')>();
  const observed: ApplyBatch = (committer, definition, shards, sums) => {
    const positions = positionsIn(committer);
    for (const { shard, operations, position } of shards) {
      if (operations.length === 0) continue;
      const place = `${definition.id}/${shard}`;
      const before = positions.get(place) ?? 0;
      const sequences = operations.map(({ sequence }) => sequence);
      const isRising = sequences.every((sequence, i) => sequence >= (sequences[i - 1] ?? before + 1));
      if (!isRising || position < sequences.at(-1)!)
        found.outOfTurn.push(`${place} at ${before}: ${sequences.join()} up to ${position}`);
      found.operations += sequences.length;
      positions.set(place, position);
    }
    return original.applyBatch(committer, definition, shards, sums);
  };
  return { ...original, applyBatch: observed };
});

vi.mock('../pipeline/rewind.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/rewind.ts')>();
  const rewind: typeof original.rewind = async (index, committer, to) => {
    await original.rewind(index, committer, to);
    for (const positions of lives.values())
      for (const shard of index.applied.keys()) positions.delete(`${index.definition.id}/${shard}`);
  };
  return { ...original, rewind };
});

function positionsIn(life: object): Map<string, number> {
  let positions = lives.get(life);
  if (!positions) lives.set(life, (positions = new Map()));
  return positions;
}

test('lanes apply every operation once, in the order of the log', { timeout: 300_000 }, async () => {
  for (let seed = 1; seed <= 30; seed++) await simulateSeed(seed, newCounts());
  expect(found.outOfTurn).toEqual([]);
  expect(found.operations).toBeGreaterThan(1000);
});
