import { test, vi } from 'vitest';
import { expectCaught } from './caught.ts';

// The lane that deletes a moved entry does not wait for the lane that puts it.
vi.mock('../pipeline/index-table.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/index-table.ts')>();
  class Hasty extends original.IndexTable {
    override separatesMoves(): boolean {
      return false;
    }
  }
  return { ...original, IndexTable: Hasty };
});

test('a delete before its put across shards is caught', { timeout: 300_000 }, async () => {
  await expectCaught();
});
