import { test, vi } from 'vitest';
import { expectCaught } from './caught.ts';

// A trim of the log writes positions as lanes know them, below what a batch has on its way to the store.
vi.mock('../pipeline/columnar-shard.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/columnar-shard.ts')>();
  class Forgetful extends original.ColumnarShard {
    override get submitted(): number {
      return 0;
    }
  }
  return { ...original, ColumnarShard: Forgetful };
});

vi.mock('../pipeline/entry-storage.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/entry-storage.ts')>();
  class Forgetful extends original.EntryStorage {
    override submitted(): number {
      return 0;
    }
  }
  return { ...original, EntryStorage: Forgetful };
});

test('a position that falls behind the entries it belongs to is caught', { timeout: 300_000 }, async () => {
  await expectCaught({ log_trim_bytes: 1, tail_max_changes: 1000 });
});
