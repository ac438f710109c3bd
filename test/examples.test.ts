import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('the quick start of the README runs and reads its own update through the index table', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'winnow-example-'));
  cleanups.push(
    () => rm(folder, { recursive: true, force: true }),
    () => process.chdir(root),
  );
  process.chdir(folder);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  cleanups.push(() => log.mockRestore());
  await import('../examples/quick-start.ts');
  expect(log.mock.calls).toEqual([[[{ id: 1, amount: '12.5' }]]]);
});

test('the README shows the quick start as it is tested', async () => {
  const example = await readFile(join(root, 'examples', 'quick-start.ts'), 'utf8');
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});
