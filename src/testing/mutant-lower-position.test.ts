import { expect, test, vi } from 'vitest';
import { firstCaughtSeed } from './caught.ts';

// A trim of the log writes positions as lanes know them, below what a columnar batch has on its way to the store.
vi.mock('../pipeline/columnar-shard.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/columnar-shard.ts')>();
  class Forgetful extends original.ColumnarShard {
    override get submitted(): number {
      return 0;
    }
  }
  return { ...original, ColumnarShard: Forgetful };
});

test('a position that falls behind the parts it belongs to is caught', { timeout: 120_000 }, async () => {
  expect(await firstCaughtSeed(500)).toBeDefined();
});
