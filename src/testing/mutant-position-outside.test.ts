import { test, vi } from 'vitest';
import { expectCaught } from './caught.ts';

// The position is written first, in a batch of its own: a crash in between loses the operations.
vi.mock('../pipeline/apply-batch.ts', async (importOriginal) => {
  const { positionKey, sequenceBytes } = await import('../log/keyspace.ts');
  const { applyBatch } = await importOriginal<typeof import('../pipeline/apply-batch.ts')>();
  return {
    applyBatch: async (...args: Parameters<typeof applyBatch>): Promise<void> => {
      const [committer, { id }, shards] = args;
      await committer.apply((batch) => {
        for (const { shard, position } of shards) batch.put(positionKey(id, shard), sequenceBytes(position));
      });
      await applyBatch(...args);
    },
  };
});

test('a position stored outside the batch of its operations is caught', { timeout: 300_000 }, async () => {
  await expectCaught();
});
