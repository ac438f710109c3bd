import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { open } from './open.ts';
import type { Database } from './api.ts';

let path: string;
let database: Database;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-explain-'));
  database = await open(path);
  await database.query(
    'CREATE TABLE orders (id UInt64, buyer UInt32, amount Int64) ENGINE = RowTable PRIMARY KEY id SHARD BY hash(id) INTO 8',
  );
  await database.query('INSERT INTO orders SELECT number, number % 10, number FROM numbers(1000)');
  await database.query(
    'CREATE INDEX TABLE by_buyer ON orders (buyer) SHARD BY hash(buyer) INTO 4 LAYOUT KEYS',
  );
});

afterAll(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

type Stage = {
  stage: string;
  planned: { kept: number; of: number | null };
  measured: { kept: number; of: number | null } | null;
};

async function funnel(
  words: string,
  select: string,
): Promise<{ stages: Stage[]; access_path: string; considered: { path: string }[] }> {
  const [row] = await database.query<{ explain: string }>(`EXPLAIN FUNNEL ${words} json = 1 ${select}`);
  return JSON.parse(row!.explain) as Awaited<ReturnType<typeof funnel>>;
}

test('a planned funnel measures nothing, and names the path and the others', async () => {
  const { stages, access_path, considered } = await funnel('', 'SELECT amount FROM orders WHERE id = 7');
  expect(access_path).toBe('orders');
  expect(considered.map((other) => other.path)).toEqual(['orders', 'by_buyer']);
  expect(stages.map(({ stage }) => stage)).toEqual(['shards', 'access path', 'key ranges', 'rows']);
  expect(stages.every(({ measured }) => measured === null)).toBe(true);
  expect(stages[0]).toMatchObject({ planned: { kept: 1, of: 8 } });
});

test('ANALYZE counts what storage read, and the last stage is the answer', async () => {
  const { stages } = await funnel(
    'ANALYZE',
    'SELECT amount FROM orders USE INDEX (by_buyer) WHERE buyer = 3 AND amount >= 500',
  );
  const measured = new Map(stages.map((stage) => [stage.stage, stage.measured]));
  expect(measured.get('shards')).toEqual({ kept: 1, of: 4 });
  expect(measured.get('key ranges')).toEqual({ kept: 100, of: 1000 });
  expect(measured.get('lookup')).toMatchObject({ kept: 100 });
  expect(measured.get('rows')).toEqual({ kept: 50, of: 100 });
});

test('the text has a line per stage, and WHY adds the reasons', async () => {
  const lines = async (words: string): Promise<string[]> =>
    (
      await database.query<{ explain: string }>(
        `EXPLAIN FUNNEL ${words} SELECT amount FROM orders WHERE buyer = 3`,
      )
    ).map(({ explain }) => explain);
  expect((await lines(''))[0]).toMatch(/^stage +planned +of +left +by$/);
  expect((await lines('ANALYZE'))[0]).toMatch(/^stage +planned +measured +of +left +by$/);
  expect(
    (await lines('WHY')).some(
      (line) => line.startsWith('orders ') && line.includes('no condition narrows its key'),
    ),
  ).toBe(true);
});

test('a plan is shown from its last step to its first', async () => {
  const rows = await database.query<{ explain: string }>(
    'EXPLAIN SELECT buyer, count() AS c FROM orders GROUP BY buyer ORDER BY c LIMIT 3',
  );
  expect(rows.map(({ explain }) => explain.trim().split(' ')[0])).toEqual([
    'Limit',
    'Sort',
    'Project',
    'Aggregate',
    'Scan',
  ]);
});
