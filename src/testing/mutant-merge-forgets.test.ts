import { test, vi } from 'vitest';
import { expectCaught } from './caught.ts';

// A merge takes its sources' place without the rows that were deleted while it ran.
vi.mock('../pipeline/columnar-shard.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../pipeline/columnar-shard.ts')>();
  class Forgetful extends original.ColumnarShard {
    override replace(
      ...[sources, merged]: Parameters<InstanceType<typeof original.ColumnarShard>['replace']>
    ): Promise<void> {
      return super.replace(sources, merged, () => []);
    }
  }
  return { ...original, ColumnarShard: Forgetful };
});

test('a merge that forgets rows deleted meanwhile is caught', { timeout: 300_000 }, async () => {
  await expectCaught();
});
