import { test, vi } from 'vitest';
import type { ShardBatch } from '../pipeline/index-storage.ts';
import { expectCaught } from './caught.ts';

// Operations go to two lanes in turn, whatever their key; the second lane comes one batch later.
vi.mock('../pipeline/apply-batch.ts', async (importOriginal) => {
  const { applyBatch } = await importOriginal<typeof import('../pipeline/apply-batch.ts')>();
  const late = new Map<number, ShardBatch[]>();
  let turn = 0;
  return {
    applyBatch: async (...[committer, index, shards, sums]: Parameters<typeof applyBatch>): Promise<void> => {
      const now: ShardBatch[] = [];
      const later: ShardBatch[] = [];
      for (const batch of shards) {
        const first = batch.operations.filter(() => turn++ % 2 === 0);
        now.push({ ...batch, operations: first });
        later.push({
          ...batch,
          operations: batch.operations.filter((operation) => !first.includes(operation)),
        });
      }
      await applyBatch(committer, index, now, sums);
      await applyBatch(committer, index, late.get(index.id) ?? [], sums);
      late.set(index.id, later);
    },
  };
});

test('lanes chosen round-robin are caught', { timeout: 300_000 }, async () => {
  await expectCaught();
});
