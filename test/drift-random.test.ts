// No false report: index tables are compared while everything happens to them that may, and are always equal.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createRandom, type Random } from '../src/base/random.ts';
import { WinnowError } from '../src/base/errors.ts';
import { engineOf } from '../src/engine/database.ts';
import { type Database, open } from '../src/index.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

const definitions = [
  'CREATE TABLE items (id UInt32, shelf UInt8, price Int32, title Nullable(String)) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4',
  'CREATE INDEX TABLE by_shelf ON items (shelf) SHARD BY hash(shelf) INTO 2 LAYOUT KEYS WHERE price > 3',
  'CREATE INDEX TABLE by_price ON items (price) SHARD BY hash(price) INTO 4 LAYOUT COVERING (shelf, title) SETTINGS lanes = 2',
  'CREATE INDEX TABLE by_title ON items (title) SHARD BY hash(title) INTO 2 LAYOUT SPLIT (shelf, price)',
  'CREATE INDEX TABLE facts ON items LAYOUT COLUMNAR (shelf, title) SHARD BY hash(price) INTO 2 ORDER BY (price) SETTINGS lanes = 2, index_granularity = 8',
];
const indexTables = ['by_shelf', 'by_price', 'by_title', 'facts'] as const;

const settings = {
  tail_max_changes: 300,
  tail_max_write_delay_ms: 5,
  lane_batch_changes: 16,
  log_trim_bytes: 2000,
  index_check_interval_ms: 1,
};

/** What may be said no to while index tables are built, behind or replaced. */
const refused = new Set(['INDEX_NOT_USABLE', 'UNKNOWN_TABLE', 'ARGUMENT_OUT_OF_BOUND']);

async function unlessRefused<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (!(error instanceof WinnowError) || !refused.has(error.code)) throw error;
    return undefined;
  });
}

async function writeRow(database: Database, random: Random): Promise<void> {
  const items = database.table('items');
  const id = random.int(400);
  if (random.chance(0.25)) return void (await items.delete({ id }));
  const title = random.pick([null, '', 'a', `item ${id}`]);
  await items.put({ id, shelf: random.int(5), price: random.int(20), title });
}

function disturbance(random: Random): string {
  const index = random.pick(indexTables);
  const rowShaped = random.pick(['by_shelf', 'by_price', 'by_title']);
  return random.pick([
    `SYSTEM STOP LANES ${index}`,
    'SYSTEM START LANES',
    'SYSTEM START LANES',
    `REBUILD INDEX TABLE ${index}`,
    `SYSTEM REPLAY LANES ${index}`,
    `ALTER INDEX TABLE ${rowShaped} MODIFY SETTING lanes = ${1 + random.int(2)}`,
    `ALTER INDEX TABLE ${rowShaped} MODIFY SHARDS ${2 + random.int(3)}`,
    `REPAIR INDEX TABLE ${rowShaped}`,
  ]);
}

test(
  'while lanes stall, change, and build anew, no comparison finds anything',
  { timeout: 120_000 },
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'winnow-drift-random-'));
    const random = createRandom(seed);
    const counts = { checks: 0, refused: 0, disturbances: 0, background: 0 };
    let database = await open(folder, { settings });
    try {
      for (const definition of definitions) await database.query(definition);
      for (let life = 0; life < 2; life++) {
        let isOver = false;
        const write = async (): Promise<void> => {
          while (!isOver) await writeRow(database, random);
        };
        const disturb = async (): Promise<void> => {
          for (let i = 0; i < 15; i++) {
            await unlessRefused(database.query(disturbance(random)));
            counts.disturbances++;
          }
        };
        const check = async (): Promise<void> => {
          while (!isOver) {
            const index = random.pick(indexTables);
            const shards = random.pick(['', ' SHARDS (0)', ' SHARDS (1, 3)']);
            const [answer] =
              (await unlessRefused(database.query(`CHECK INDEX TABLE ${index}${shards}`))) ?? [];
            if (answer) expect(answer, `seed ${seed}`).toMatchObject({ equal: 1, samples: [] });
            counts[answer ? 'checks' : 'refused']++;
          }
        };
        const others = [write(), write(), check()];
        await Promise.race([disturb(), ...others]);
        isOver = true;
        await Promise.all(others);
        await database.query('SYSTEM START LANES');
        await database.drain();
        const statuses = await database.query<{
          name: string;
          drift_rows: bigint | null;
          last_error: string;
        }>('SELECT name, drift_rows, last_error FROM system.index_tables');
        for (const { name, drift_rows, last_error } of statuses) {
          expect([name, last_error], `seed ${seed}`).toEqual([name, '']);
          expect(drift_rows ?? 0n, `seed ${seed}`).toBe(0n);
          if (drift_rows !== null) counts.background++;
        }
        expect(engineOf(database).store.checks.falseAlarms, `seed ${seed}`).toBe(0);
        await database.close();
        database = await open(folder, { settings });
      }
      for (const index of indexTables)
        expect(await database.query(`CHECK INDEX TABLE ${index}`), `seed ${seed}`).toMatchObject([
          { equal: 1 },
        ]);
    } finally {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    }
    console.log(`seed ${seed}: ${JSON.stringify(counts)}`);
    expect(counts.checks).toBeGreaterThan(0);
    expect(counts.background).toBeGreaterThan(0);
  },
);
