// Kill -9 while lanes write parts and while parts are merged: nothing acknowledged is lost, and the columnar index
// table is the row table again, whatever was half written.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { must } from '../src/base/assert.ts';
import { type Database, open } from '../src/index.ts';
import { build, BUILD_TIMEOUT_MS, killAfter, nodeArgs, root } from './support/built-program.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'winnow-columnar-crash-'));
const ROUNDS = 20;
const hasStrace = spawnSync('strace', ['-V']).status === 0;

beforeAll(build, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

type Work = 'apply' | 'merge';

/** Small tails make lanes apply all the time; the merging program merges everything after every few writes. */
const settings = { tail_max_changes: 64, lane_batch_changes: 2 };

/** Write number n of the program, the same for whoever asks: a row, or undefined for a delete. */
function writeOf(n: number): {
  id: number;
  row: { id: number; shelf: number; price: number; title: string } | undefined;
} {
  const id = (n * 7919) % 150;
  if (n % 6 === 5) return { id, row: undefined };
  return { id, row: { id, shelf: (n * 31) % 3, price: (n * 17) % 40, title: `write ${n}` } };
}

/** Writes from number `first` on, says each when it is acknowledged, until it is killed. */
const program = (store: string, first: number, work: Work): string => `
  import { writeSync } from 'node:fs';
  import { open } from './dist/src/index.js';
  const database = await open(${JSON.stringify(store)}, { settings: ${JSON.stringify(settings)} });
  const writeOf = ${writeOf.toString()};
  const items = database.table('items');
  let merging = Promise.resolve();
  for (let n = ${first}; ; n++) {
    const { id, row } = writeOf(n);
    if (row) await items.put(row);
    else await items.delete({ id });
    writeSync(1, 'ack ' + n + '\\n');
    if (${work === 'merge'} && n % 40 === 0) merging = merging.then(() => database.query('OPTIMIZE TABLE items_facts FINAL'));
  }
`;

/** Runs the program, kills it after a while; answers the last write it acknowledged. */
async function lastAcknowledged(store: string, first: number, work: Work, delayMs: number): Promise<number> {
  const said = await killAfter(program(store, first, work), delayMs);
  const acknowledged = [...said.matchAll(/ack (\d+)\n/g)].at(-1);
  return Number(must(acknowledged, 'the program is killed while it writes')[1]);
}

function stateAfter(n: number): unknown[] {
  const rows = new Map<number, unknown>();
  for (let i = 1; i <= n; i++) {
    const { id, row } = writeOf(i);
    if (row) rows.set(id, row);
    else rows.delete(id);
  }
  return [...rows.entries()].sort(([a], [b]) => a - b).map(([, row]) => row);
}

const read = (database: Database, index: string): Promise<unknown[]> =>
  database.query(`SELECT id, shelf, price, title FROM items USE INDEX (${index}) ORDER BY id`);

/** How many folders were left half written. */
function leftovers(store: string): number {
  const names = readdirSync(path.join(store, 'store'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => path.basename(name).startsWith('tmp_')).length;
}

async function makeStore(store: string): Promise<void> {
  const database = await open(store);
  await database.query(
    'CREATE TABLE items (id UInt32, shelf UInt8, price Int32, title String) ENGINE = RowTable PRIMARY KEY (id)',
  );
  await database.query(
    'CREATE INDEX TABLE items_facts ON items LAYOUT COLUMNAR (title) SHARD BY hash(price) INTO 2 PARTITION BY shelf ORDER BY (price) SETTINGS index_granularity = 16',
  );
  await database.close();
}

test.each<Work>(['apply', 'merge'])(
  'killed %s: rows and parts agree, and nothing acknowledged is lost',
  { timeout: 240_000 },
  async (work) => {
    const store = path.join(folder, work);
    await makeStore(store);
    let last = 0;
    let halfWritten = 0;
    for (let round = 0; round < ROUNDS; round++) {
      last = await lastAcknowledged(store, last + 1, work, 30 + ((round * 37) % 200));
      halfWritten += leftovers(store);
      const database = await open(store);
      try {
        const rows = await read(database, 'PRIMARY');
        // One more write may have become durable before it could be acknowledged.
        if (JSON.stringify(rows) === JSON.stringify(stateAfter(last + 1))) last++;
        expect(rows, `round ${round}`).toEqual(stateAfter(last));
        expect(await read(database, 'items_facts'), `round ${round}, before lanes`).toEqual(rows);
        await database.drain();
        expect(await read(database, 'items_facts'), `round ${round}, after lanes`).toEqual(rows);
      } finally {
        await database.close();
      }
    }
    console.log(`${work}: ${ROUNDS} rounds, ${last} writes, ${halfWritten} folders half written`);
    expect(halfWritten).toBeGreaterThan(0);
  },
);

/** Puts one row, waits for the lanes and says so. */
const applyOnce = (store: string): string => `
  import { writeSync } from 'node:fs';
  import { open } from './dist/src/index.js';
  const database = await open(${JSON.stringify(store)});
  await database.table('items').put({ id: 1, shelf: 1, price: 1, title: 'one' });
  await database.drain();
  writeSync(1, 'applied\\n');
  await database.close();
`;

test.runIf(hasStrace)(
  'every file of a part is synced before its name, and its name before the store',
  { timeout: 60_000 },
  async () => {
    const store = path.join(folder, 'traced');
    await makeStore(store);
    const trace = path.join(folder, 'trace');
    const calls = ['-f', '-y', '-e', 'trace=openat,fsync,fdatasync,rename,write', '-s', '16', '-o', trace];
    const args = nodeArgs(applyOnce(store));
    const { status, stderr } = spawnSync('strace', [...calls, process.execPath, ...args], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const lines = readFileSync(trace, 'utf8').split('\n');
    const firstAt = (pattern: RegExp, from = 0): number => {
      const at = lines.findIndex((line, i) => i >= from && pattern.test(line));
      return at < 0 ? Number.POSITIVE_INFINITY : at;
    };
    const renamed = firstAt(/ rename\(".*tmp_insert_/);
    const made = lines.flatMap(
      (line) => /openat\(.*"([^"]*tmp_insert_[^"]*)".*O_CREAT/.exec(line)?.[1] ?? [],
    );
    expect(made.length).toBeGreaterThan(10);
    for (const file of made) {
      const synced = firstAt(
        new RegExp(
          `f(data)?sync\\(\\d+<[^>]*${path.basename(path.dirname(file))}/${escaped(path.basename(file))}>`,
        ),
      );
      expect(synced, file).toBeLessThan(renamed);
    }
    const nameSynced = firstAt(/fsync\(\d+<[^>]*\/store\/[^>]*\/\d+>/, renamed);
    const committed = firstAt(/f(data)?sync\(\d+<[^>]*\/rows\/[^>]*>/, nameSynced);
    const applied = firstAt(/ write\(1.*"applied/);
    expect(nameSynced).toBeLessThan(committed);
    expect(committed).toBeLessThan(applied);
  },
);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
