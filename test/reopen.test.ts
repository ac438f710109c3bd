import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { open } from '../src/index.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-reopen-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('opening a store trims no log that an index table opened later still needs', async () => {
  const first = await open(folder);
  await first.query(
    'CREATE TABLE t (id UInt32, a UInt32, b UInt32, text String) ENGINE = RowTable PRIMARY KEY (id)',
  );
  await first.query('CREATE TABLE other (id UInt32) ENGINE = RowTable PRIMARY KEY (id)');
  await first.query('CREATE INDEX TABLE t_by_a ON t (a) LAYOUT KEYS');
  await first.query('CREATE INDEX TABLE t_by_b ON t (b) LAYOUT KEYS');
  await first.query('SYSTEM STOP LANES t_by_b');
  // Text that does not compress: the log must be larger than what trimming takes the trouble for.
  const hashes = [1, 2, 3, 4, 5, 6].map((i) => `MD5(toString(number * ${i}))`).join(', ');
  await first.query(
    `INSERT INTO t SELECT number, number % 7, number % 5, concat(${hashes}) FROM numbers(60000)`,
  );
  await first.close();

  // From the second time on the log lies where its size is known; t_by_a is up to date and t_by_b is not.
  for (let round = 0; round < 4; round++) {
    const database = await open(folder);
    await database.query('SYSTEM STOP LANES t_by_b');
    const states = await database.query('SELECT name, state FROM system.index_tables ORDER BY name');
    expect(states, `round ${round}`).toEqual([
      { name: 't_by_a', state: 'live' },
      { name: 't_by_b', state: 'live' },
    ]);
    const counted = await database.query('SELECT count() AS n FROM t USE INDEX (t_by_b) WHERE b = 3');
    expect(counted, `round ${round}`).toEqual([{ n: 12_000n }]);
    await database.table('other').put({ id: round });
    await database.close();
  }
});
