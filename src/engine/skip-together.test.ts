// An OR whose sides are known to different skip indexes: together they leave what could match, and never lose a row.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import type { Database } from './api.ts';
import { open } from './open.ts';

let path: string;
let database: Database;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-together-'));
  database = await open(path);
  await database.query(`CREATE TABLE t (id UInt32, a UInt32, b Nullable(Int32), s String,
    INDEX ia a TYPE minmax GRANULARITY 1, INDEX ib b TYPE set(0) GRANULARITY 2, INDEX is s TYPE bloom_filter GRANULARITY 3)
    ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 16`);
  await database.query(
    "INSERT INTO t SELECT number, number % 400, if(number % 7 = 0, NULL, intDiv(number, 30)), concat('s', toString(intDiv(number, 50))) FROM numbers(800)",
  );
});

afterAll(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

const granulesRead = async (where: string): Promise<{ kept: number; by: string[] }> => {
  const stages = await database.query<{ explain: string }>(
    `EXPLAIN FUNNEL ANALYZE SELECT count() FROM t WHERE ${where}`,
  );
  const lines = stages.map(({ explain }) => explain);
  const read = lines.find((line) => line.startsWith('granules read'))!;
  return { kept: Number(read.split(/\s{2,}/)[2]), by: lines.filter((line) => line.startsWith('skip index')) };
};

test('two indexes narrow an OR that neither of them narrows alone', async () => {
  const { kept, by } = await granulesRead('a = 5 OR b = 20');
  expect(by).toHaveLength(1);
  expect(by[0]).toMatch(/ia, ib together$/);
  // Of 50: one with a = 5 in each half, and the pairs in which b = 20 lies.
  expect(kept).toBeLessThanOrEqual(8);
  expect((await granulesRead("a = 5 AND (b = 20 OR s = 's0')")).by).toHaveLength(2);
  expect((await granulesRead("NOT (a != 5 AND s != 's3')")).kept).toBeLessThan(50);
  await expect(granulesRead('a = 5 OR length(s) = 2')).rejects.toThrow();
});

test('no row is lost', async () => {
  const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed}`);
  const random = createRandom(seed);
  const leaf = (): string =>
    random.pick([
      `a ${random.pick(['=', '!=', '<', '>='])} ${random.int(400)}`,
      `b ${random.pick(['=', '!=', '<', '>='])} ${random.int(30)}`,
      `b IS ${random.pick(['NULL', 'NOT NULL'])}`,
      `s ${random.pick(['=', '!='])} 's${random.int(20)}'`,
      `id ${random.pick(['<', '>='])} ${random.int(800)}`,
      `s LIKE '%${random.int(20)}'`,
    ]);
  const condition = (depth: number): string => {
    if (depth === 0) return leaf();
    const sides = `${condition(depth - 1)} ${random.pick(['AND', 'OR'])} ${condition(depth - 1)}`;
    return random.chance(0.2) ? `NOT (${sides})` : `(${sides})`;
  };
  for (let i = 0; i < 300; i++) {
    const query = `SELECT count() AS n, sum(id) AS total FROM t WHERE ${condition(1 + random.int(3))}`;
    const expected = await database.query(query, { settings: { use_skip_indexes: 0 } });
    expect(await database.query(query), query).toEqual(expected);
  }
});
