// The funnel of real runs: planned beside measured, and what EXPLAIN prints.

import { describe, expect, test } from 'vitest';
import { explainPlan } from '../plan/explain-plan.ts';
import { funnelOf } from '../plan/funnel.ts';
import { funnelAsJson, renderFunnel } from '../plan/render-funnel.ts';
import { memoryTable, run, type MemoryTable } from './memory-table.test-support.ts';

const orders = memoryTable({
  name: 'orders',
  columns: ['order_id UInt64', 'buyer_id UInt64', 'status String', 'amount UInt32'],
  primaryKey: ['order_id'],
  indexes: [
    { name: 'by_buyer', on: ['buyer_id'] },
    { name: 'by_status', on: ['status'], covering: ['amount'], state: 'behind' },
  ],
  rows: Array.from({ length: 100 }, (_, i) => [
    BigInt(i + 1),
    BigInt((i * 7) % 25),
    i % 9 === 0 ? 'void' : 'paid',
    i % 10,
  ]),
});

async function funnel(
  sql: string,
  { analyze = false, why = false } = {},
  table: MemoryTable = orders,
): Promise<string> {
  const { plan, context } = await run(sql, [table]);
  return `\n${renderFunnel(funnelOf(plan, analyze ? context.counters : undefined), { why }).join('\n')}\n`;
}

const twoHop = 'SELECT * FROM orders WHERE buyer_id = 3 AND amount != 4';

describe('EXPLAIN FUNNEL', () => {
  test('a two-hop read is planned as one index shard, a key range, and the rows it names', async () => {
    expect(await funnel(twoHop)).toMatchInlineSnapshot(`
      "
      stage         planned   of     left  by
      shards              1    4   25.0 %  hash(buyer_id)
      access path         1    3   33.3 %  by_buyer, KEYS index table (2 others considered: EXPLAIN FUNNEL WHY)
      key ranges         ~1  100    1.0 %  key (buyer_id, order_id), 1 range: equals(buyer_id, 3)
      tail overlay        0    0           changes not applied yet (strong)
      lookup             ~1  100    1.0 %  rows of orders by primary key, only the shards that own them
      rows               ~1    1  100.0 %  remaining: notEquals(amount, 4)
      "
    `);
  });

  test('ANALYZE puts what was counted beside what was planned, with the shards that the second hop touched', async () => {
    expect(await funnel(twoHop, { analyze: true })).toMatchInlineSnapshot(`
      "
      stage         planned  measured   of    left  by
      shards              1         1    4  25.0 %  hash(buyer_id)
      access path         1         1    3  33.3 %  by_buyer, KEYS index table (2 others considered: EXPLAIN FUNNEL WHY)
      key ranges         ~1         4  100   4.0 %  key (buyer_id, order_id), 1 range: equals(buyer_id, 3)
      tail overlay        0         0    0          changes not applied yet (strong)
      lookup             ~1         4  100   4.0 %  rows of orders by primary key, shards 1, 2, 3, 4 of 8
      rows               ~1         2    4  50.0 %  remaining: notEquals(amount, 4)
      "
    `);
  });

  test('WHY lists every path that was not taken, with its reason', async () => {
    expect(await funnel("SELECT sum(amount) FROM orders WHERE status = 'void'", { why: true }))
      .toMatchInlineSnapshot(`
      "
      stage        planned   of     left  by
      shards             8    8  100.0 %  hash(order_id)
      access path        1    3   33.3 %  orders, row table
      key ranges       100  100  100.0 %  key (order_id), no condition narrows it
      rows             ~30  100   30.0 %  remaining: equals(status, 'void')

      path       kind                  why
      orders     row table             taken: reads 100 entries of 8 shards
      by_buyer   KEYS index table      no condition narrows its key; would read 100 entries of 4 shards and look up ~100 rows, 5.7 times the cost
      by_status  COVERING index table  not fresh enough: it is behind by 1500 ms
      "
    `);
  });

  test('a point read by primary key is exact before it runs', async () => {
    expect(await funnel('SELECT * FROM orders WHERE order_id IN (1, 5, 8)', { analyze: true }))
      .toMatchInlineSnapshot(`
      "
      stage        planned  measured   of     left  by
      shards             2         2    8   25.0 %  hash(order_id)
      access path        1         1    3   33.3 %  orders, row table (2 others considered: EXPLAIN FUNNEL WHY)
      key ranges         3         3  100    3.0 %  key (order_id), 3 ranges: in(order_id, (1, 5, 8))
      rows              ~3         3    3  100.0 %  no condition remains
      "
    `);
  });

  test('a condition that is never true reads nothing, and a query without a table has no path', async () => {
    expect(await funnel('SELECT * FROM orders WHERE 1 = 2')).toMatchInlineSnapshot(`
      "
      stage  planned  of  left  by
      rows         0   0        the condition is never true
      "
    `);
    expect(await funnel('SELECT 1', { analyze: true, why: true })).toMatchInlineSnapshot(`
      "
      stage  planned  measured  of     left  by
      rows         1         1   1  100.0 %  no condition remains
      "
    `);
  });

  test('the last measured number is what storage counted', async () => {
    const { plan, context } = await run(twoHop, [orders]);
    const { stages } = funnelOf(plan, context.counters);
    const measured = (name: string) => stages.find(({ stage }) => stage === name)?.measured?.kept;
    expect(measured('key ranges')).toBe(context.view.counters.entriesRead);
    expect(measured('lookup')).toBe(context.view.counters.rowsLookedUp);
    expect(measured('shards')).toBe(context.view.counters.shardsRead);
  });

  test('as JSON it keeps planned and measured apart', async () => {
    const { plan, context } = await run('SELECT * FROM orders WHERE order_id = 5', [orders]);
    expect(funnelAsJson(funnelOf(plan, context.counters))).toMatchObject({
      access_path: 'orders',
      stages: [
        { stage: 'shards', planned: { kept: 1, of: 8, exact: true }, measured: { kept: 1, of: 8 } },
        { stage: 'access path' },
        { stage: 'key ranges', planned: { kept: 1, of: 100, exact: true }, measured: { kept: 1, of: 100 } },
        { stage: 'rows', measured: { kept: 1, of: 1 } },
      ],
    });
    expect(funnelAsJson(funnelOf(plan))).toMatchObject({ stages: [{ measured: null }, {}, {}, {}] });
  });
});

test('EXPLAIN PLAN shows the steps, the last one first', async () => {
  const sql =
    'SELECT buyer_id % 2 AS odd, count() FROM orders WHERE buyer_id = 3 AND amount > 1 GROUP BY odd HAVING count() > 1 ORDER BY 2 DESC LIMIT 5';
  const { plan } = await run(sql, [orders]);
  expect(`\n${explainPlan(plan).join('\n')}\n`).toMatchInlineSnapshot(`
    "
    Limit 5
      Sort count() DESC (first 5)
        Project modulo(buyer_id, 2) AS odd, count()
          Filter greater(count(), 1)
            Aggregate count() by modulo(buyer_id, 2)
              Filter greater(amount, 1)
                Look up orders by primary key
                  Scan by_buyer (KEYS index table): 1 of 4 shards, 1 key range
    "
  `);
});
