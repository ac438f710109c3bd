import { test, vi } from 'vitest';
import { expectCaught } from './caught.ts';

// Applied operations leave the tail at once, though an open view may have taken its snapshot before the batch.
vi.mock('../pipeline/view-registry.ts', async (importOriginal) => {
  const { ViewRegistry } = await importOriginal<typeof import('../pipeline/view-registry.ts')>();
  class Forgetful extends ViewRegistry {
    override afterOpenViews(run: () => void): void {
      run();
    }
  }
  return { ViewRegistry: Forgetful };
});

test('a tail dropped before the snapshot that needs it is caught', { timeout: 300_000 }, async () => {
  await expectCaught();
});
