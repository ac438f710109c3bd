import { test, vi } from 'vitest';
import { expectCaught } from './caught.ts';

// The shards of one columnar batch become visible one after the other.
vi.mock('../pipeline/columnar-storage.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/columnar-storage.ts')>();
  const { prototype } = original.ColumnarStorage;
  const together = prototype.apply;
  prototype.apply = async function (batches): Promise<void> {
    for (const batch of batches) await together.call(this, [batch]);
  };
  return original;
});

test('shards of one batch that show one after the other are caught', { timeout: 300_000 }, async () => {
  await expectCaught();
});
