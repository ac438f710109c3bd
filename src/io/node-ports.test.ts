import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePortsContract } from '../testing/ports-contract.ts';
import { nodePorts } from './node-ports.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'winnow-io-'));
});
afterAll(() => rm(root, { recursive: true }));

describePortsContract({
  name: 'Node’s ports',
  run: async (body) => body(nodePorts, await mkdtemp(path.join(root, 'case-'))),
});

test('a lock whose process is gone is taken over, and nothing is left beside it', async () => {
  const folder = await mkdtemp(path.join(root, 'stale-'));
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  await writeFile(path.join(folder, 'LOCK'), `${gone} 1\nhttp://localhost:8123`);
  const lock = await nodePorts.files.lock(path.join(folder, 'LOCK'));
  expect(lock).toHaveProperty('release');
  expect(await readdir(folder)).toEqual(['LOCK']);
});

test('a lock of this very pid from before a restart is taken over', async () => {
  const file = path.join(await mkdtemp(path.join(root, 'same-')), 'LOCK');
  await writeFile(file, `${process.pid} -\n`);
  expect(await nodePorts.files.lock(file)).toHaveProperty('release');
});

test.runIf(existsSync('/proc/self/stat'))('a pid that was used again does not hold the lock', async () => {
  const file = path.join(await mkdtemp(path.join(root, 'reused-')), 'LOCK');
  await writeFile(file, `${process.ppid} 1\n`);
  expect(await nodePorts.files.lock(file)).toHaveProperty('release');
});

test.runIf(existsSync('/proc/self/stat'))(
  'a killed process that its parent has not noticed holds no lock',
  async () => {
    const file = path.join(await mkdtemp(path.join(root, 'zombie-')), 'LOCK');
    // The shell becomes a program that never looks after the child it inherits.
    const parent = spawn('sh', ['-c', 'sleep 0.5 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (text) => resolve(Number(text))),
    );
    while (!/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8'))) await nodePorts.timers.sleep(5);
    await writeFile(file, `${pid} -\n`);
    const lock = await nodePorts.files.lock(file);
    parent.kill();
    expect(lock).toHaveProperty('release');
  },
);

test('a lock of a running process is not taken', async () => {
  const file = path.join(await mkdtemp(path.join(root, 'alive-')), 'LOCK');
  await writeFile(file, `${process.ppid} -\nhttp://localhost:1`);
  expect(await nodePorts.files.lock(file)).toEqual({ heldBy: `pid ${process.ppid}, http://localhost:1` });
});

test('of many takers of a dead lock exactly one gets it', async () => {
  const file = path.join(await mkdtemp(path.join(root, 'race-')), 'LOCK');
  await writeFile(file, '0 -\n');
  const taken = await Promise.all(Array.from({ length: 20 }, () => nodePorts.files.lock(file)));
  expect(taken.filter((lock) => 'release' in lock)).toHaveLength(1);
});

test('a description that was replaced is whole on disk', async () => {
  const file = path.join(await mkdtemp(path.join(root, 'text-')), 'LOCK');
  const lock = await nodePorts.files.lock(file);
  if ('heldBy' in lock) throw new Error(lock.heldBy);
  await lock.describe('first');
  await lock.describe('second');
  expect(await readFile(file, 'utf8')).toMatch(/^\d+ \S+\nsecond$/);
  await lock.release();
});
