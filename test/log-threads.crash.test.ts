// Long logs are applied by other threads, in the built program: a worker reads no TypeScript.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../src/base/random.ts';
import { engineOf } from '../src/engine/database.ts';
import { open } from '../src/index.ts';
import { build, BUILD_TIMEOUT_MS, killAfter, nodeArgs, root } from './support/built-program.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'winnow-log-threads-'));
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
const indexTables = ['by_keys', 'covering', 'split'];
const KILLS = 5;

beforeAll(build, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

/** Opens the store with index tables that writes leave behind while their lanes are stopped. */
const programOf = (store: string, body: string): string => `
  import { open } from './dist/src/index.js';
  const settings = { tail_max_changes: 100, tail_max_write_delay_ms: 0, lane_batch_changes: 1000 };
  const database = await open(${JSON.stringify(store)}, { settings });
  await database.query('CREATE TABLE IF NOT EXISTS t (id UInt32, a UInt32, b String) ENGINE = RowTable PRIMARY KEY (id)');
  for (const [name, layout] of [['by_keys', 'KEYS'], ['covering', 'COVERING (b)'], ['split', 'SPLIT (b)']])
    await database.query('CREATE INDEX TABLE IF NOT EXISTS ' + name + ' ON t (a) LAYOUT ' + layout + ' SETTINGS lanes = 2');
  const table = database.table('t');
  let round = Math.floor(performance.timeOrigin) % 1000;
  const write = async (rounds) => {
    for (const last = round + rounds; round < last; round++) {
      const row = (i) => ({ id: (round * 1000 + i * 7) % 10000, a: (round * 31 + i) % 997, b: 'text ' + round });
      await table.putMany(Array.from({ length: 1000 }, (_, i) => row(i)));
      await table.delete({ id: (round * 17) % 10000 });
    }
  };
  const fallBehind = async () => {
    await database.query('SYSTEM STOP LANES');
    await write(40);
    await database.query('SYSTEM START LANES');
  };
  const pieces = () => Number(/^winnow_log_thread_pieces_total (\\d+)$/m.exec(database.metrics())[1]);
  ${body}
`;

/** The sums of entries, which the background compares, are right, and the index tables equal their row table. */
async function expectWhole(store: string): Promise<void> {
  await using database = await open(store, { settings: { index_check_interval_ms: 1 } });
  await database.drain();
  const { store: opened } = engineOf(database);
  const { id } = opened.rowTables('default')[0]!;
  await expect
    .poll(() => opened.status(id).indexTables.map(({ comparison }) => comparison?.driftRows), {
      timeout: 30_000,
    })
    .toEqual(indexTables.map(() => 0));
  expect(opened.checks.falseAlarms).toBe(0);
  for (const name of indexTables) {
    const [found] = await database.query(`CHECK INDEX TABLE ${name}`);
    expect(found, name).toMatchObject({ equal: 1, missing: 0n, orphaned: 0n, different: 0n });
  }
}

test(
  'threads bring index tables up under writes, and all is as if the owner thread had',
  { timeout: 120_000 },
  async () => {
    const store = path.join(folder, 'threads');
    const body = `
    await fallBehind();
    await Promise.all([write(10), database.drain()]);
    await database.drain();
    await write(2);
    await database.drain();
    console.log(pieces());
    await database.close();
  `;
    const { stdout, stderr } = spawnSync(process.execPath, nodeArgs(programOf(store, body)), {
      cwd: root,
      encoding: 'utf8',
      timeout: 100_000,
    });
    expect(stderr).toBe('');
    expect(Number(stdout)).toBeGreaterThan(0);
    await expectWhole(store);
  },
);

test(
  `killed while threads apply the log, it goes on where they were (seed ${seed})`,
  { timeout: 240_000 },
  async () => {
    const random = createRandom(seed);
    const store = path.join(folder, 'killed');
    const body = `
    for (;;) {
      await fallBehind();
      const before = pieces();
      const drained = database.drain();
      while (pieces() === before && !(await Promise.race([drained.then(() => true), new Promise((go) => setTimeout(go, 1))])));
      console.log('threads are at work');
      await drained;
    }
  `;
    for (let kill = 0; kill < KILLS; kill++) {
      await killAfter(programOf(store, body), random.int(300));
      await expectWhole(store);
    }
  },
);
