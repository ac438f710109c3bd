import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLevelKv } from '../src/kv/level-kv.ts';
import type { Kv, KvEntry } from '../src/kv/kv.ts';
import { catalogRange, indexEntriesRange } from '../src/log/keyspace.ts';

// The whole program, as `npm start` runs it, on the first flights of the file.
const root = resolve(import.meta.dirname, '..');
const ROWS = 30_000;
const TIMEOUT_MS = 120_000;

let folder: string;

beforeAll(async () => {
  const build = await run([join('scripts', 'build.mjs')]);
  expect(build.exitCode, build.stderr).toBe(0);
  folder = await mkdtemp(join(tmpdir(), 'winnow-check-test-'));
}, TIMEOUT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

type Finished = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

function run(args: readonly string[], onStderr?: (text: string, stop: () => void) => void): Promise<Finished> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      onStderr?.(stderr, () => child.kill('SIGINT'));
    });
    child.on('error', failed);
    child.on('close', (exitCode) => done({ exitCode, stdout, stderr }));
  });
}

const demo = (...args: string[]): string[] => [join('dist', 'demo', 'flights', 'main.js'), ...args];
const check = (data: string): Promise<Finished> => run(demo('--check', '--data', data, '--rows', String(ROWS), '--seed', '7'));

type Report = { ok: boolean; rows: number; paths: { path: string; rows: number; hash: string; ok: boolean }[] };
const reportOf = ({ stdout }: Finished): Report => JSON.parse(stdout) as Report;

async function idOfIndexTable(kv: Kv, name: string): Promise<number> {
  const records = kv.iterate(catalogRange());
  try {
    for (const [, value] of await records.next(100)) {
      const record = JSON.parse(Buffer.from(value).toString()) as { id: number; name: string };
      if (record.name === name) return record.id;
    }
  } finally {
    await records.close();
  }
  throw new Error(`no catalog record of ${name}`);
}

async function someEntry(kv: Kv, index: number): Promise<KvEntry> {
  const entries = kv.iterate(indexEntriesRange(index));
  try {
    return (await entries.next(500)).at(-1)!;
  } finally {
    await entries.close();
  }
}

/** Flips a bit in the covered columns of one entry, behind the store's back. */
async function damageCoveredValue(data: string, indexTable: string): Promise<void> {
  const kv = await openLevelKv(join(data, 'rows'));
  try {
    const [key, value] = await someEntry(kv, await idOfIndexTable(kv, indexTable));
    const damaged = Uint8Array.from(value);
    damaged[damaged.length - 1]! ^= 1;
    const batch = kv.batch();
    batch.put(key, damaged);
    await kv.write(batch, { sync: true });
  } finally {
    await kv.close();
  }
}

test('the check agrees on every access path, and finds a single damaged row of an index table', async () => {
  const data = join(folder, 'damaged');
  const intact = await check(data);
  expect(intact.exitCode, intact.stderr + intact.stdout).toBe(0);
  expect(reportOf(intact)).toMatchObject({ ok: true });
  expect(reportOf(intact).paths.map((path) => path.path)).toEqual(['PRIMARY', 'flights_by_route', 'flights_by_delay']);
  expect(reportOf(intact).rows).toBeGreaterThan(ROWS * 0.9);

  await damageCoveredValue(data, 'flights_by_route');
  const damaged = await check(data);
  expect(damaged.exitCode, damaged.stderr).toBe(1);
  expect(reportOf(damaged).paths.map((path) => path.ok)).toEqual([true, false, true]);
}, TIMEOUT_MS);

test('a load interrupted by Ctrl-C, twice, and a live replay cut short end in the rows of an uninterrupted run', async () => {
  const data = join(folder, 'interrupted');
  const options = ['--data', data, '--rows', String(ROWS), '--seed', '7', '--port', '0'];
  const whileLoading = await run(demo(...options), (text, stop) => text.includes('loading flights') && stop());
  expect(whileLoading.exitCode, whileLoading.stderr).toBe(130);
  const whileReplaying = await run(demo(...options), (text, stop) => text.includes('live traffic, in') && stop());
  expect(whileReplaying.exitCode, whileReplaying.stderr).toBe(130);
  const resumed = await check(data);
  expect(resumed.exitCode, resumed.stderr + resumed.stdout).toBe(0);
}, TIMEOUT_MS);

test('a store is not continued with another seed', async () => {
  const data = join(folder, 'interrupted');
  const other = await run(demo('--check', '--data', data, '--rows', String(ROWS), '--seed', '8'));
  expect(other.exitCode).toBe(1);
  expect(other.stderr).toContain('--seed 7');
}, TIMEOUT_MS);

test('a command line that makes no sense is refused with exit code 2', async () => {
  for (const args of [['--rows', 'many'], ['--port', '70000'], ['--chekc']]) {
    const refused = await run(demo(...args));
    expect(refused.exitCode, args.join(' ')).toBe(2);
    expect(refused.stderr).toContain(args[0]);
  }
});
