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

test(
  'off the shelf is off every index table at once, while their lanes are stalled',
  { timeout: 300_000 },
  async () => {
    const { argv, exitCode } = process;
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    cleanups.push(
      () => log.mockRestore(),
      () => void Object.assign(process, { argv, exitCode }),
    );
    process.argv = [...argv.slice(0, 2), '--probes', '20000'];
    await import('../examples/off-shelf.ts');
    const lines = log.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, number>);
    expect(lines).toMatchObject([{ probes: 20_000, stale: 0, indexShare: 1 }]);
    const { overlaidRows, staleEventual, lagMsP50, p99Ratio } = lines[0]!;
    for (const counted of [overlaidRows, staleEventual, lagMsP50, p99Ratio])
      expect(counted).toBeGreaterThan(0);
    expect(process.exitCode).toBe(0);
  },
);

test('the README shows the quick start as it is tested', async () => {
  const example = await readFile(join(root, 'examples', 'quick-start.ts'), 'utf8');
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
});
