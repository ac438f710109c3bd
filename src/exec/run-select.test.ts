// SELECT over a row table with index tables, against evaluating the query row by row.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Value, ValueInput } from '../types/column.ts';
import { memoryTable, run, type MemoryTable, type TableSpec } from './memory-table.test-support.ts';
import { MemoryTracker } from './memory-tracker.ts';

const statuses = ['new', 'paid', 'void'];

function ordersSpec(rowCount: number): TableSpec {
  return {
    name: 'orders',
    columns: [
      'id UInt64',
      'buyer UInt32',
      "status Enum8('new' = 1, 'paid' = 2, 'void' = 3)",
      'amount Decimal(12, 2)',
      'note Nullable(String)',
    ],
    primaryKey: ['id'],
    indexes: [
      { name: 'by_buyer', on: ['buyer', 'status'] },
      { name: 'by_status', on: ['status'], covering: ['amount'], shards: 1 },
    ],
    rows: Array.from({ length: rowCount }, (_, i) => [
      BigInt(i),
      (i * 7) % 50,
      statuses[i % 3]!,
      `${i % 9}.50`,
      i % 4 === 0 ? null : `n${i % 5}`,
    ]),
  };
}

const orders = memoryTable(ordersSpec(200));

async function rowsOf(sql: string, table: MemoryTable = orders): Promise<Value[][]> {
  return (await run(sql, [table])).rows;
}

describe('access paths', () => {
  const pathOf = async (sql: string): Promise<string> => {
    const { plan } = await run(sql, [orders]);
    return plan.source.kind === 'table' ? plan.source.considered[0]!.name : plan.source.kind;
  };

  test('the cheapest path is taken: a key, a selective index, or a scan', async () => {
    expect(await pathOf('SELECT * FROM orders WHERE id = 7')).toBe('orders');
    expect(await pathOf('SELECT * FROM orders WHERE buyer = 7')).toBe('by_buyer');
    expect(await pathOf('SELECT * FROM orders WHERE buyer > 7')).toBe('orders');
    expect(await pathOf("SELECT sum(amount) FROM orders WHERE status = 'paid'")).toBe('by_status');
    expect(await pathOf('SELECT * FROM orders WHERE buyer = 7 AND id = 7')).toBe('orders');
    expect(await pathOf('SELECT * FROM orders WHERE 1 = 2')).toBe('nothing');
  });

  test('a two-hop read asks one index shard, then only the shards that own the rows', async () => {
    const { context, rows } = await run('SELECT * FROM orders WHERE buyer = 7', [orders]);
    expect(rows.map(([id]) => Number(id)).sort((a, b) => a - b)).toEqual([1, 51, 101, 151]);
    expect(context.view.counters).toMatchObject({ shardsRead: 1, entriesRead: 4, rowsLookedUp: 4 });
    expect(context.counters.lookupShards).toEqual(context.view.counters.lookupShards);
  });

  test('conditions on entry columns are decided before rows are fetched', async () => {
    const { context, rows } = await run(
      "SELECT note FROM orders USE INDEX (by_buyer) WHERE buyer = 7 AND status != 'paid'",
      [orders],
    );
    expect(rows).toHaveLength(2);
    expect(context.view.counters).toMatchObject({ entriesRead: 4, rowsLookedUp: 2 });
  });

  test('a forced path is used, and an index table in FROM shows its own columns', async () => {
    const forced = await run('SELECT id FROM orders USE INDEX (by_status) WHERE buyer = 7 ORDER BY id', [
      orders,
    ]);
    expect(forced.rows).toEqual([[1n], [51n], [101n], [151n]]);
    const entries = await run("SELECT * FROM by_status WHERE status = 'new' AND id < 9 ORDER BY id", [
      orders,
    ]);
    expect(entries.names).toEqual(['status', 'id', 'amount']);
    expect(entries.rows).toEqual([
      ['new', 0n, '0.5'],
      ['new', 3n, '3.5'],
      ['new', 6n, '6.5'],
    ]);
    await expect(run('SELECT note FROM by_status', [orders])).rejects.toMatchObject({
      code: 'UNKNOWN_IDENTIFIER',
    });
  });

  test('an index table that cannot answer exactly is passed over, and forcing it is an error', async () => {
    const spec = ordersSpec(50);
    const behind = memoryTable({
      ...spec,
      indexes: spec.indexes!.map((index) => ({ ...index, state: 'behind' as const })),
    });
    expect(await rowsOf('SELECT id FROM orders WHERE buyer = 7', behind)).toEqual([[1n]]);
    const forced = 'SELECT id FROM orders USE INDEX (by_buyer) WHERE buyer = 7';
    await expect(run(forced, [behind])).rejects.toMatchObject({ code: 'INDEX_NOT_USABLE', number: 10_003 });
    expect((await run(forced, [behind], { freshness: { kind: 'eventual' } })).rows).toEqual([[1n]]);
    await expect(run('SELECT id FROM orders USE INDEX (by_byer)', [orders])).rejects.toMatchObject({
      hint: expect.stringContaining('by_buyer'),
    });
  });

  test('ORDER BY on the key with LIMIT reads no more rows than it answers', async () => {
    const { context, rows } = await run('SELECT id FROM orders ORDER BY id DESC LIMIT 3', [orders]);
    expect(rows).toEqual([[199n], [198n], [197n]]);
    expect(context.view.counters.entriesRead).toBe(3);
    const prefix = await run(
      'SELECT id FROM orders USE INDEX (by_buyer) WHERE buyer = 7 ORDER BY status, id LIMIT 1',
      [orders],
    );
    expect(prefix.context.view.counters.entriesRead).toBe(1);
  });
});

test('ORDER BY on an index key with LIMIT fetches few rows, also behind a filter', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) => [i, (i * 37) % 700, i % 3]);
  const indexes = [{ name: 'by_delay', on: ['delay'] }];
  const flights = memoryTable({
    name: 'flights',
    columns: ['id UInt32', 'delay Int16', 'port UInt8'],
    primaryKey: ['id'],
    indexes,
    rows,
  });
  const { context, rows: found } = await run(
    'SELECT delay FROM flights WHERE delay > 200 AND port = 1 ORDER BY delay DESC LIMIT 3',
    [flights],
  );
  const expected = rows.filter(([, delay, port]) => delay! > 200 && port === 1).map(([, delay]) => delay!);
  expect(found.map(([delay]) => delay)).toEqual(expected.sort((a, b) => b - a).slice(0, 3));
  expect(context.counters.rowsLookedUp).toBeGreaterThan(0);
  expect(context.counters.rowsLookedUp).toBeLessThanOrEqual(64);
});

describe('clauses', () => {
  test('aliases are usable everywhere and hide columns, except in their own expression', async () => {
    expect(await rowsOf('SELECT id + 1 AS id FROM orders WHERE id = 8')).toEqual([[8n]]);
    expect(await rowsOf('SELECT id AS k, k * 2 AS d FROM orders WHERE d = 6')).toEqual([[3n, 6n]]);
  });

  test('grouping takes positions, aliases and expressions, and aggregates stand inside expressions', async () => {
    const sql =
      'SELECT buyer % 3 AS b, count() + 1 AS c FROM orders GROUP BY 1 HAVING c > 10 ORDER BY b DESC';
    expect(await rowsOf(sql)).toEqual([
      [2, 65n],
      [1, 69n],
      [0, 69n],
    ]);
    expect(await rowsOf('SELECT count() FROM orders WHERE id = 1000')).toEqual([[0n]]);
    expect(await rowsOf('SELECT buyer, count() FROM orders WHERE id = 1000 GROUP BY buyer')).toEqual([]);
  });

  test('columns outside of GROUP BY and aggregates in WHERE are refused with their place', async () => {
    await expect(run('SELECT id, count() FROM orders GROUP BY buyer', [orders])).rejects.toMatchObject({
      code: 'NOT_AN_AGGREGATE',
      position: { column: 8 },
    });
    await expect(run('SELECT 1 FROM orders WHERE count() > 1', [orders])).rejects.toMatchObject({
      code: 'ILLEGAL_AGGREGATION',
      position: { column: 28 },
    });
    await expect(run('SELECT sum(count()) FROM orders', [orders])).rejects.toMatchObject({
      code: 'ILLEGAL_AGGREGATION',
    });
  });

  test('subqueries work in FROM, as values, in IN, and by name', async () => {
    expect(
      await rowsOf(
        'SELECT b FROM (SELECT buyer AS b, count() AS c FROM orders GROUP BY b) WHERE c > 3 ORDER BY b LIMIT 2',
      ),
    ).toEqual([[0], [1]]);
    expect(await rowsOf('SELECT id FROM orders WHERE id = (SELECT max(id) FROM orders) - 1')).toEqual([
      [198n],
    ]);
    expect(
      await rowsOf('SELECT id FROM orders WHERE id IN (SELECT id + 5 FROM orders WHERE id < 2) ORDER BY id'),
    ).toEqual([[5n], [6n]]);
    expect(
      await rowsOf(
        'WITH few AS (SELECT id FROM orders WHERE id < 3), 2 AS two SELECT id * two FROM few ORDER BY id',
      ),
    ).toEqual([[0n], [2n], [4n]]);
    await expect(run('SELECT 1 IN (SELECT number FROM numbers(100001))', [])).rejects.toMatchObject({
      code: 'SET_SIZE_LIMIT_EXCEEDED',
    });
    await expect(run('SELECT (SELECT id FROM orders)', [orders])).rejects.toMatchObject({
      code: 'INCORRECT_RESULT_OF_SCALAR_SUBQUERY',
    });
  });

  test('LIMIT and OFFSET count rows after everything else', async () => {
    expect(await rowsOf('SELECT number FROM numbers(20) LIMIT 3 OFFSET 6')).toEqual([[6n], [7n], [8n]]);
    expect(await rowsOf('SELECT number FROM numbers(20) LIMIT 0')).toEqual([]);
    expect(
      (await run('SELECT number FROM numbers(20) LIMIT {n:UInt8}', [], { parameters: { n: '2' } })).rows,
    ).toHaveLength(2);
    await expect(run('SELECT 1 LIMIT 1.5', [])).rejects.toMatchObject({ code: 'INVALID_LIMIT_EXPRESSION' });
  });

  test('DISTINCT keeps the first of equal rows, also when another column sorts them', async () => {
    expect(await rowsOf('SELECT DISTINCT buyer % 2 AS b FROM orders ORDER BY b')).toEqual([[0], [1]]);
    expect(await rowsOf('SELECT DISTINCT number % 2 FROM numbers(9) ORDER BY number DESC')).toEqual([
      [1],
      [0],
    ]);
  });

  test('NULL comes last in both directions unless the query says otherwise', async () => {
    const first = async (order: string): Promise<Value> =>
      (await rowsOf(`SELECT note FROM orders ORDER BY note ${order} LIMIT 1`))[0]![0]!;
    expect([
      await first('ASC'),
      await first('DESC'),
      await first('ASC NULLS FIRST'),
      await first('DESC NULLS FIRST'),
    ]).toEqual(['n0', 'n4', null, null]);
  });
});

describe('limits of a query', () => {
  const sql = 'SELECT note FROM orders ORDER BY note';

  test('a query that is cancelled, late, or reads or holds too much ends with its own error', async () => {
    const clock = { nowMs: () => 0, monotonicMs: () => 11 };
    await expect(run(sql, [orders], { exec: { signal: AbortSignal.abort() } })).rejects.toMatchObject({
      code: 'QUERY_WAS_CANCELLED',
    });
    await expect(run(sql, [orders], { exec: { deadlineMs: 10, clock } })).rejects.toMatchObject({
      code: 'TIMEOUT_EXCEEDED',
    });
    await expect(run(sql, [orders], { exec: { maxRowsToRead: 100 } })).rejects.toMatchObject({
      code: 'TOO_MANY_ROWS',
    });
    await expect(run(sql, [orders], { exec: { memory: new MemoryTracker(1000) } })).rejects.toMatchObject({
      code: 'MEMORY_LIMIT_EXCEEDED',
    });
  });

  test('what a query held is given back, also when it ends early', async () => {
    const memory = new MemoryTracker(1_000_000);
    await run('SELECT DISTINCT buyer, count() FROM orders GROUP BY buyer ORDER BY 2 LIMIT 1', [orders], {
      exec: { memory },
    });
    expect(memory.peakBytes).toBeGreaterThan(0);
    expect(() => memory.add(1_000_000)).not.toThrow();
  });
});

// ---- every path gives the same rows

const condition: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(fc.constantFrom('=', '<', '>=', '!='), fc.integer({ min: -1, max: 8 }))
    .map(([op, n]) => `a ${op} ${n}`),
  fc
    .tuple(fc.constantFrom('=', '<', '>'), fc.constantFrom('x', 'xy', 'y', ''))
    .map(([op, text]) => `b ${op} '${text}'`),
  fc.constantFrom(
    "b LIKE 'x%'",
    'c IS NULL',
    'c IS NOT NULL',
    'c > 1',
    'c IN (1, 2)',
    'a IN (1, 3, 5)',
    'a + c = 3',
    'length(b) = 1',
    'NOT (a = 2)',
    'w > 2',
    'w = a',
  ),
);
const where = fc.array(condition, { minLength: 1, maxLength: 4 }).chain((all) =>
  fc.constantFrom(' AND ', ' OR ').map(
    (by) =>
      `(${all.slice(0, 2).join(by)})${all
        .slice(2)
        .map((each) => ` AND ${each}`)
        .join('')}`,
  ),
);
const row = fc.tuple(
  fc.integer({ min: 0, max: 7 }),
  fc.constantFrom('', 'x', 'xy', 'y', 'z'),
  fc.option(fc.integer({ min: 0, max: 3 })),
  fc.integer({ min: 0, max: 5 }),
);

function randomTable(rows: readonly (readonly ValueInput[])[]): MemoryTable {
  return memoryTable({
    name: 't',
    columns: ['a Int16', 'b String', 'c Nullable(UInt8)', 'w Int8', 'v UInt32'],
    primaryKey: ['a', 'b', 'v'],
    shardBy: ['b'],
    shardCount: 3,
    indexes: [
      { name: 'keys', on: ['c', 'b'], shards: 2 },
      { name: 'covering', on: ['b'], covering: ['c', 'w'] },
      { name: 'descending', on: ['v', 'c'], shards: 1 },
    ],
    rows: rows.map((each, i) => [...each, i]),
  });
}

const orders2 = [
  '',
  'ORDER BY v',
  'ORDER BY b, a DESC, v',
  'ORDER BY c DESC, v DESC LIMIT 5',
  'ORDER BY a, b, v LIMIT 4 OFFSET 1',
  'ORDER BY c, b, a, v LIMIT 6',
  'ORDER BY v DESC LIMIT 3',
];

test('every access path returns the rows that the row table returns, in the order asked for', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 40 }),
      where,
      fc.constantFrom(...orders2),
      async (rows, condition, order) => {
        const table = randomTable(rows);
        const answer = async (path: string): Promise<string[]> => {
          const { rows: found } = await run(
            `SELECT a, b, c, w, v FROM t USE INDEX (${path}) WHERE ${condition} ${order}`,
            [table],
          );
          const texts = found.map((each) => JSON.stringify(each));
          return order === '' ? texts.sort() : texts;
        };
        const naive = await run(`SELECT a, b, c, w, v FROM (SELECT * FROM t) WHERE ${condition} ${order}`, [
          table,
        ]);
        const expected = naive.rows.map((each) => JSON.stringify(each));
        for (const path of ['PRIMARY', 'keys', 'covering', 'descending']) {
          expect(await answer(path)).toEqual(order === '' ? [...expected].sort() : expected);
        }
      },
    ),
    { numRuns: 150 },
  );
});
