import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, BUILD_TIMEOUT_MS, nodeArgs, root } from '../../test/support/built-program.ts';
import { openLevelKv } from './level-kv.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'winnow-kv-crash-'));
const hasStrace = spawnSync('strace', ['-V']).status === 0;

beforeAll(build, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that writes batches 1, 2, 3, … of two entries each and says each number once it is acknowledged. */
const writer = (store: string, first: number, count: number): string => `
  import { writeSync } from 'node:fs';
  import { openLevelKv } from './dist/src/kv/level-kv.js';
  const kv = await openLevelKv(${JSON.stringify(store)}, { writeBufferBytes: 65536 });
  for (let number = ${first}; number < ${first + count}; number++) {
    const batch = kv.batch();
    const key = Buffer.alloc(5);
    key.writeUInt32BE(number);
    batch.put(key, Buffer.alloc(500, number));
    batch.put(Buffer.from('newest'), key);
    try {
      await kv.write(batch, { sync: true });
    } catch (error) {
      writeSync(1, 'failed ' + error.code + '\\n');
      try {
        kv.get(key);
      } catch (later) {
        writeSync(1, 'then ' + later.code + '\\n');
      }
      process.exit(0);
    }
    writeSync(1, 'ack ' + number + '\\n');
  }
  await kv.close();
`;

/** The number of the newest batch; fails unless that batch and all before it are there, whole. */
async function newestWhole(store: string): Promise<number> {
  const kv = await openLevelKv(store);
  try {
    const newest = kv.get(Buffer.from('newest'));
    const count = newest ? Buffer.from(newest).readUInt32BE() : 0;
    const key = Buffer.alloc(5);
    for (let number = 1; number <= count + 1; number++) {
      key.writeUInt32BE(number);
      expect(kv.get(key)?.length, `batch ${number} of ${count}`).toBe(number <= count ? 500 : undefined);
    }
    return count;
  } finally {
    await kv.close();
  }
}

/** Runs the writer until it has acknowledged some batches, kills it, and answers the last number it acknowledged. */
function killAfter(store: string, first: number, acknowledged: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, nodeArgs(writer(store, first, 1_000_000)), { cwd: root });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > acknowledged) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', () => resolve(Number(/ack (\d+)\n$/.exec(said)?.[1] ?? 0)));
  });
}

test(
  'a killed process loses no acknowledged batch, and leaves none in part',
  { timeout: 60_000 },
  async () => {
    const store = path.join(folder, 'killed');
    let newest = 0;
    for (const acknowledged of [1, 150, 400]) {
      const last = await killAfter(store, newest + 1, acknowledged);
      expect(last).toBeGreaterThanOrEqual(newest + acknowledged);
      newest = await newestWhole(store);
      expect(newest).toBeGreaterThanOrEqual(last);
      // One batch may have been durable before it could be acknowledged.
      expect(newest).toBeLessThanOrEqual(last + 1);
    }
  },
);

test.runIf(hasStrace)('a sync of the disk lies before each acknowledgement', { timeout: 60_000 }, () => {
  const trace = path.join(folder, 'trace');
  const watched = ['-f', '-e', 'trace=write,fdatasync,fsync', '-s', '16', '-o', trace];
  const program = nodeArgs(writer(path.join(folder, 'traced'), 1, 20));
  const { status, stderr } = spawnSync('strace', [...watched, process.execPath, ...program], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  let synced = false;
  let acknowledged = 0;
  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    // A call that another thread interrupts is resumed on a later line; only its end counts.
    if (/f(data)?sync/.test(line) && line.endsWith('= 0')) synced = true;
    if (!/ write\(1, "ack /.test(line)) continue;
    expect(synced, line).toBe(true);
    synced = false;
    acknowledged++;
  }
  expect(acknowledged).toBe(20);
});

test.runIf(process.platform === 'linux')('after a write that the disk refuses, nothing answers', async () => {
  const store = path.join(folder, 'full');
  // Files are limited to 16 KiB here: the log of LevelDB meets the limit after some thirty batches.
  const limited = `trap '' XFSZ; ulimit -f 32; exec "$@"`;
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', limited, 'sh', process.execPath, ...nodeArgs(writer(store, 1, 1000))],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  expect(stdout, stderr).toMatch(/ack \d+\nfailed STORE_FAILED\nthen STORE_FAILED\n$/);
  const last = Number(/ack (\d+)\nfailed/.exec(stdout)![1]);
  expect(await newestWhole(store)).toBeGreaterThanOrEqual(last);
});
