import { spawn } from 'node:child_process';
import { mkdtemp, open as openFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crc32c } from '../src/base/crc32c.ts';
import { open } from '../src/index.ts';
import { openLevelKv } from '../src/kv/level-kv.ts';
import type { Kv, KvEntry } from '../src/kv/kv.ts';
import { catalogRange, indexEntriesRange } from '../src/log/keyspace.ts';

// The whole program, as `npm start` runs it, on the first flights of the file.
const root = resolve(import.meta.dirname, '..');
const ROWS = 8_000;
const TIMEOUT_MS = 120_000;

let folder: string;

beforeAll(async () => {
  const build = await run([join('scripts', 'build.mjs')]);
  expect(build.exitCode, build.stderr).toBe(0);
  folder = await mkdtemp(join(tmpdir(), 'winnow-check-test-'));
}, TIMEOUT_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

type Finished = { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string };

function run(
  args: readonly string[],
  onStderr?: (text: string, stop: () => void) => void,
): Promise<Finished> {
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
const check = (data: string): Promise<Finished> =>
  run(demo('--check', '--data', data, '--rows', String(ROWS), '--seed', '7'));

type PathReport = { path: string; rows: number; hash: string; ok: boolean; error?: string };
type Report = { ok: boolean; rows: number; paths: PathReport[] };
const reportOf = ({ stdout }: Finished): Report => JSON.parse(stdout) as Report;

async function idOfIndexTable(kv: Kv, name: string): Promise<number> {
  const records = kv.iterate(catalogRange());
  try {
    for (const [, value] of await records.next(100)) {
      const { definition } = JSON.parse(Buffer.from(value).toString()) as {
        definition: { id: number; name: string };
      };
      if (definition.name === name) return definition.id;
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

/** Turns `cancelled`, the last covered column, of one entry of flights_by_route, behind the store's back. */
async function damageCoveredValue(data: string, { withChecksum }: { withChecksum: boolean }): Promise<void> {
  const kv = await openLevelKv(join(data, 'rows'));
  try {
    const [key, value] = await someEntry(kv, await idOfIndexTable(kv, 'flights_by_route'));
    const damaged = Buffer.from(value);
    damaged[damaged.length - 1]! ^= 1;
    if (withChecksum) damaged.writeUInt32LE(crc32c(damaged, 4, damaged.length, crc32c(key)) >>> 0, 0);
    const batch = kv.batch();
    batch.put(key, damaged);
    await kv.write(batch, { sync: true });
  } finally {
    await kv.close();
  }
}

/** Turns one bit in the middle of every file of this name in a part, behind the store's back. */
async function damageColumnFiles(data: string, name: string): Promise<void> {
  const parts = join(data, 'store');
  const files = (await readdir(parts, { recursive: true })).filter((file) => basename(file) === name);
  expect(files).not.toEqual([]);
  for (const path of files) {
    const file = await openFile(join(parts, path), 'r+');
    const { size } = await file.stat();
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, size >> 1);
    byte[0]! ^= 1;
    await file.write(byte, 0, 1, size >> 1);
    await file.close();
  }
}

test(
  'the check agrees on every access path, and finds a single damaged row of an index table',
  async () => {
    const data = join(folder, 'damaged');
    const intact = await check(data);
    expect(intact.exitCode, intact.stderr + intact.stdout).toBe(0);
    expect(reportOf(intact)).toMatchObject({ ok: true });
    expect(reportOf(intact).paths.map((path) => path.path)).toEqual([
      'PRIMARY',
      'flights_by_route',
      'flights_by_delay',
      'flights_facts',
    ]);
    expect(reportOf(intact).rows).toBeGreaterThan(ROWS * 0.9);

    // A value that was written wrongly: only the comparison can tell.
    await damageCoveredValue(data, { withChecksum: true });
    const wrong = await check(data);
    expect(wrong.exitCode, wrong.stderr).toBe(1);
    const { rows, paths } = reportOf(wrong);
    expect(paths.map((path) => path.ok)).toEqual([true, false, true, true]);
    expect(paths[1]).toMatchObject({ rows });

    // Bytes that changed on disk: the store's own checksum tells, and names the place.
    await damageCoveredValue(data, { withChecksum: false });
    const flipped = await check(data);
    expect(flipped.exitCode, flipped.stderr).toBe(1);
    expect(reportOf(flipped).paths[1]?.error).toContain(
      'damaged data in index table default.flights_by_route',
    );

    // The same of a column of the columnar index table: the checksum of its block tells, and names the file. What was damaged
    // before has been built again since.
    await damageColumnFiles(data, 'delay.bin');
    const damaged = await check(data);
    expect(damaged.exitCode, damaged.stderr).toBe(1);
    expect(reportOf(damaged).paths.map((path) => path.ok)).toEqual([true, true, true, false]);
    expect(reportOf(damaged).paths[3]?.error).toContain('delay.bin');
  },
  TIMEOUT_MS,
);

test(
  'a load interrupted by Ctrl-C, twice, and a live replay cut short end in the rows of an uninterrupted run',
  async () => {
    const data = join(folder, 'interrupted');
    const options = ['--data', data, '--rows', String(ROWS), '--seed', '7', '--port', '0'];
    const whileLoading = await run(
      demo(...options),
      (text, stop) => text.includes('loading flights') && stop(),
    );
    expect(whileLoading.exitCode, whileLoading.stderr).toBe(130);
    const whileReplaying = await run(
      demo(...options),
      (text, stop) => text.includes('live traffic, in') && stop(),
    );
    expect(whileReplaying.exitCode, whileReplaying.stderr).toBe(130);
    const resumed = await check(data);
    expect(resumed.exitCode, resumed.stderr + resumed.stdout).toBe(0);
  },
  TIMEOUT_MS,
);

test(
  'a store of before flights_facts and LowCardinality keeps its columns, gets the index table, and agrees',
  async () => {
    const data = join(folder, 'older');
    await inStore(data, [
      `CREATE TABLE flights (flight_id UInt32, date DateTime, delay Int16, distance UInt16, origin String, destination String,
         cancelled Bool) ENGINE = RowTable PRIMARY KEY (flight_id) SHARD BY hash(flight_id) INTO 8`,
    ]);
    const loaded = await check(data);
    expect(loaded.exitCode, loaded.stderr + loaded.stdout).toBe(0);
    const type = "SELECT type FROM system.columns WHERE table = 'flights' AND name = 'origin'";
    expect(await inStore(data, ['DROP INDEX TABLE flights_facts', type])).toEqual([{ type: 'String' }]);
    const rebuilt = await check(data);
    expect(rebuilt.exitCode, rebuilt.stderr + rebuilt.stdout).toBe(0);
    expect(rebuilt.stderr).toContain('Building flights_facts');
    expect(reportOf(rebuilt).paths.map((path) => path.ok)).toEqual([true, true, true, true]);
  },
  TIMEOUT_MS,
);

/** Runs statements in the store, and answers with the rows of the last one. */
async function inStore(data: string, statements: readonly string[]): Promise<unknown[]> {
  await using database = await open(data);
  let rows: unknown[] = [];
  for (const statement of statements) rows = await database.query(statement);
  return rows;
}

test(
  'a store is not continued with another seed',
  async () => {
    const data = join(folder, 'interrupted');
    const other = await run(demo('--check', '--data', data, '--rows', String(ROWS), '--seed', '8'));
    expect(other.exitCode).toBe(1);
    expect(other.stderr).toContain('--seed 7');
  },
  TIMEOUT_MS,
);

test('a command line that makes no sense is refused with exit code 2', async () => {
  for (const args of [['--rows', 'many'], ['--port', '70000'], ['--chekc']]) {
    const refused = await run(demo(...args));
    expect(refused.exitCode, args.join(' ')).toBe(2);
    expect(refused.stderr).toContain(args[0]);
  }
});
