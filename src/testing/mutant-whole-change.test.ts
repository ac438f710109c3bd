import { test, vi } from 'vitest';
import type { ShardBatch } from '../pipeline/index-storage.ts';
import { expectCaught } from './caught.ts';

// A change goes to the lane of its new entry as a whole, with the delete of the old one: two lanes write one target key.
vi.mock('../pipeline/index-table.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/index-table.ts')>();
  class Whole extends original.IndexTable {
    override take(...args: Parameters<InstanceType<typeof original.IndexTable>['take']>): ShardBatch[] {
      return super.take(...args).map(({ shard, position, operations }) => {
        const from = this.applied[shard]!;
        const sent = this.tails
          .flatMap((tail) => tail.between(from, position))
          .filter(({ movedTo }) => movedTo === shard);
        const kept = operations.filter(({ movedTo }) => movedTo === undefined);
        return { shard, position, operations: [...sent, ...kept].sort((a, b) => a.sequence - b.sequence) };
      });
    }

    override separatesMoves(): boolean {
      return false;
    }
  }
  return { ...original, IndexTable: Whole };
});

test('a change that goes to the lane of its new key as a whole is caught', { timeout: 300_000 }, async () => {
  await expectCaught();
});
