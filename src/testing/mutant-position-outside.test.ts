import { expect, test, vi } from 'vitest';
import { firstCaughtSeed } from './caught.ts';

// The position is written first, in a batch of its own: a crash in between loses the operations.
vi.mock('../pipeline/apply-batch.ts', async () => {
  const { positionKey, sequenceBytes } = await import('../log/keyspace.ts');
  return {
    applyBatch: async (
      ...[committer, { id }, shards]: Parameters<typeof import('../pipeline/apply-batch.ts').applyBatch>
    ) => {
      await committer.apply((batch) => {
        for (const { shard, position } of shards) batch.put(positionKey(id, shard), sequenceBytes(position));
      });
      await committer.apply((batch) => {
        for (const { operations } of shards) {
          for (const { storedKey, value } of operations) {
            if (value) batch.put(storedKey, value);
            else batch.delete(storedKey);
          }
        }
      });
    },
  };
});

test('a position stored outside the batch of its operations is caught', async () => {
  expect(await firstCaughtSeed(500)).toBeDefined();
});
