import { expect, test, vi } from 'vitest';
import { firstCaughtSeed } from './caught.ts';

// The position is written first, in a batch of its own: a crash in between loses the operations.
vi.mock('../pipeline/apply-batch.ts', async () => {
  const { entryKey, positionKey, sequenceBytes } = await import('../log/keyspace.ts');
  return {
    applyBatch: async (...[committer, indexId, shards]: Parameters<typeof import('../pipeline/apply-batch.ts').applyBatch>) => {
      await committer.apply((batch) => {
        for (const { shard, position } of shards) batch.put(positionKey(indexId, shard), sequenceBytes(position));
      });
      await committer.apply((batch) => {
        for (const { shard, operations } of shards) {
          for (const { key, value } of operations) {
            if (value) batch.put(entryKey(indexId, shard, key), value);
            else batch.delete(entryKey(indexId, shard, key));
          }
        }
      });
    },
  };
});

test('a position stored outside the batch of its operations is caught', async () => {
  expect(await firstCaughtSeed(500)).toBeDefined();
});
