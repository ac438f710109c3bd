import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Sharder } from '../rows/sharding.ts';
import { columnOf } from '../types/value.ts';
import { engineOf } from './database.ts';
import { open } from './open.ts';
import type { ReadView } from '../catalog/access.ts';
import type { Database } from './api.ts';

let path: string;
let database: Database;

const ORDERS = 2000;
const BUYERS = 400;
const itemsOf = (order: number): number => order % 4;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-join-'));
  database = await open(path);
  for (const sql of [
    `CREATE TABLE orders (order_id UInt64, buyer_id UInt32, created_at DateTime, amount Decimal(12, 2))
     ENGINE = RowTable PRIMARY KEY order_id SHARD BY hash(order_id) INTO 8`,
    `CREATE TABLE order_items (order_id UInt64, line UInt8, sku LowCardinality(String), quantity UInt16)
     ENGINE = RowTable PRIMARY KEY (order_id, line) COLOCATE WITH orders`,
    `CREATE TABLE notes (order_id UInt64, text String) ENGINE = RowTable PRIMARY KEY order_id COLOCATE WITH order_items`,
    'CREATE INDEX TABLE orders_by_buyer ON orders (buyer_id, created_at) SHARD BY hash(buyer_id) INTO 8 LAYOUT KEYS',
    `INSERT INTO orders SELECT number, number % ${BUYERS}, toDateTime('2026-01-01 00:00:00') + number, number FROM numbers(${ORDERS})`,
    `INSERT INTO order_items SELECT intDiv(number, 4), number % 4, concat('sku', toString(number % 7)), number % 5
     FROM numbers(${4 * ORDERS}) WHERE number % 4 < intDiv(number, 4) % 4`,
    `INSERT INTO notes SELECT 5 * number, 'fragile' FROM numbers(${ORDERS / 5})`,
  ])
    await database.query(sql);
  await database.drain();
});

afterAll(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

/** Shards that storage was asked for, by table and kind of access; `log` has every request. */
type Reads = {
  readonly rows: Record<string, unknown>[];
  readonly reads: ReadonlyMap<string, ReadonlySet<number>>;
  readonly log: readonly (readonly [name: string, ...shards: number[]])[];
  readonly counters: ReadView['counters'];
};

async function readsOf(sql: string): Promise<Reads> {
  const { store } = engineOf(database);
  const reads = new Map<string, Set<number>>();
  const log: [string, ...number[]][] = [];
  const note = (name: string, shards: readonly number[]): void => {
    log.push([name, ...shards]);
    reads.set(name, new Set([...(reads.get(name) ?? []), ...shards]));
  };
  let counters: ReadView['counters'] | undefined;
  const readView = store.readView.bind(store);
  const spy = vi.spyOn(store, 'readView').mockImplementation(() => {
    const view = readView();
    counters = view.counters;
    return {
      ...view,
      scan: (request) => (note(`scan ${request.path.name}`, request.shards), view.scan(request)),
      lookup: (table, keys, columns) => {
        note(
          `look up ${table.name}`,
          keys.map(({ shard }) => shard),
        );
        return view.lookup(table, keys, columns);
      },
    };
  });
  try {
    const rows = await database.query(sql);
    return { rows, reads, log, counters: counters! };
  } finally {
    spy.mockRestore();
  }
}

function shardsOfOrders(orders: readonly number[]): Set<number> {
  const sharder = new Sharder({ method: 'hash', columns: [0], shardCount: 8 }, [{ kind: 'UInt64' }]);
  const column = columnOf({ kind: 'UInt64' }, orders.map(BigInt));
  return new Set(orders.map((_, row) => sharder.shardOf([column], row)));
}

const ofBuyer = (buyer: number): number[] =>
  Array.from({ length: ORDERS / BUYERS }, (_, i) => buyer + i * BUYERS);

async function explained(sql: string): Promise<string[]> {
  const rows = await database.query<{ explain: string }>(sql);
  return rows.map(({ explain }) => explain);
}

describe('a buyer’s orders with their items', () => {
  const from = 'FROM orders o JOIN order_items i ON i.order_id = o.order_id';

  test('are found in one shard of the index, and read only in the shards of these orders', async () => {
    const orders = ofBuyer(7);
    const { rows, reads, counters } = await readsOf(
      `SELECT o.order_id, amount, line, quantity ${from} WHERE o.buyer_id = 7 ORDER BY o.order_id, line`,
    );
    expect(rows.length).toBe(orders.reduce((count, order) => count + itemsOf(order), 0));
    const shards = shardsOfOrders(orders);
    expect([...reads.keys()].sort()).toEqual(['look up orders', 'scan order_items', 'scan orders_by_buyer']);
    expect(reads.get('scan orders_by_buyer')!.size).toBe(1);
    expect(reads.get('look up orders')).toEqual(shards);
    expect(reads.get('scan order_items')).toEqual(shards);
    expect(counters.shardsRead).toBe(1 + shards.size);
    expect(counters.lookupShards).toEqual(shards);
  });

  test('cross no shard, which the funnel counts', async () => {
    const lines = await explained(`EXPLAIN FUNNEL ANALYZE SELECT amount, line ${from} WHERE o.buyer_id = 7`);
    const shards = [...shardsOfOrders(ofBuyer(7))].sort().join(', ');
    const joined = lines.find((line) => /^ +join /.test(line))!;
    expect(joined).toMatch(
      new RegExp(`INNER on order_id = i.order_id: co-located: 0 rows cross shards, shards ${shards} of 8$`),
    );
    expect(lines[0]).toMatch(/^table +stage +planned +measured +of +left +by$/);
    expect(
      lines.filter((line) => /^[oi] +access path/.test(line)).map((line) => /(\w+), /.exec(line)![1]),
    ).toEqual(['orders_by_buyer', 'order_items']);
  });

  test('are not said to lie together when entries stand for the orders', async () => {
    const select = `SELECT created_at, line ${from} WHERE o.buyer_id = 7`;
    expect((await explained(`EXPLAIN FUNNEL ${select}`)).find((line) => /^ +join /.test(line))).toMatch(
      /looked up where the keys lie \(left rows come from index table orders_by_buyer, not from their shards\)$/,
    );
    expect((await explained(`EXPLAIN ${select}`)).join()).toContain('by look-up: ');
  });

  test('come in the order of the index, and a LIMIT ends the reading', async () => {
    const { rows, counters } = await readsOf(
      `SELECT o.order_id, i.sku FROM orders o LEFT JOIN order_items i USING (order_id)
       WHERE o.buyer_id = 7 ORDER BY o.created_at DESC LIMIT 2`,
    );
    expect(rows).toEqual([
      { order_id: 1607n, sku: 'sku2' },
      { order_id: 1607n, sku: 'sku3' },
    ]);
    expect(counters.rowsLookedUp).toBeLessThan(5);
  });

  test('are exact while the lanes stand still', async () => {
    await database.query('SYSTEM STOP LANES orders_by_buyer');
    try {
      await database.query("INSERT INTO orders VALUES (90001, 7, '2027-01-01 00:00:00', 1)");
      await database.query("INSERT INTO order_items VALUES (90001, 0, 'new', 1)");
      await database.query('DELETE FROM orders WHERE order_id = 407');
      const result = await database.execute(
        `SELECT o.order_id AS id, count() AS c ${from} WHERE o.buyer_id = 7 GROUP BY id ORDER BY id`,
      );
      const ids: unknown[] = [];
      for await (const { columns } of result.blocks)
        if (columns[0]?.layout === 'fixed') ids.push(...columns[0].values);
      expect(ids).toEqual(
        [7n, 807n, 1207n, 1607n, 90001n].filter((id) => itemsOf(Number(id)) > 0 || id > 90000n),
      );
      expect(result.freshness()).toMatchObject({
        level: 'strong',
        accessPath: 'default.orders_by_buyer, default.order_items',
      });
    } finally {
      for (const table of ['orders', 'order_items'])
        await database.query(`DELETE FROM ${table} WHERE order_id = 90001`);
      await database.query("INSERT INTO orders VALUES (407, 7, '2026-01-01 00:06:47', 407)");
      await database.query('SYSTEM START LANES orders_by_buyer');
      await database.drain();
    }
  });
});

test('tables are co-located through their parents, and by nothing but equal shard columns', async () => {
  const planOf = async (from: string): Promise<string> =>
    (await explained(`EXPLAIN SELECT count() FROM ${from} SETTINGS join_algorithm = 'direct'`)).join('\n');
  expect(await planOf('notes n JOIN order_items i ON n.order_id = i.order_id')).toContain(
    'co-located: order_id',
  );
  expect(
    await planOf('orders o JOIN notes n USING (order_id) JOIN order_items i ON i.order_id = o.order_id'),
  ).toMatch(
    /Join INNER by look-up, co-located: o\.order_id = i\.order_id(.|\n)*Join INNER by look-up, co-located/,
  );
  expect(await planOf('orders a JOIN orders b ON a.order_id = b.order_id')).toContain('co-located');
  expect(await planOf('orders a JOIN orders b ON a.buyer_id = b.order_id')).toMatch(
    /by look-up: (?!.*co-located)/,
  );
  expect(
    await planOf('orders a LEFT JOIN notes n USING (order_id) JOIN order_items i ON i.order_id = n.order_id'),
  ).toMatch(/Join INNER by look-up: n\.order_id = i\.order_id/);
});

test('the join is by look-up where few left rows have a key, and by hash where many do', async () => {
  const methodOf = async (sql: string): Promise<string | undefined> =>
    (await explained(`EXPLAIN ${sql}`)).map((line) => /Join \w+ (by [a-z-]+)/.exec(line)?.[1]).find(Boolean);
  const from = 'FROM orders o JOIN order_items i ON i.order_id = o.order_id';
  expect(await methodOf(`SELECT count() ${from} WHERE o.buyer_id = 7`)).toBe('by look-up');
  expect(await methodOf(`SELECT count() ${from}`)).toBe('by hash');
  expect(await methodOf(`SELECT count() ${from} SETTINGS join_algorithm = 'direct'`)).toBe('by look-up');
  expect(await methodOf(`SELECT count() ${from} WHERE o.buyer_id = 7 SETTINGS join_algorithm = 'hash'`)).toBe(
    'by hash',
  );
  // There is no key that begins with `quantity`.
  expect(
    await methodOf(
      "SELECT count() FROM orders o JOIN order_items i ON o.buyer_id = i.quantity SETTINGS join_algorithm = 'direct'",
    ),
  ).toBe('by hash');
});

test('co-located tables that are read whole are joined one shard after the other', async () => {
  const from = `orders o JOIN order_items i ON i.order_id = o.order_id LEFT JOIN notes n ON n.order_id = o.order_id`;
  const { rows, log } = await readsOf(
    `SELECT count(), countIf(n.text != '') FROM ${from} SETTINGS join_algorithm = 'hash'`,
  );
  const orders = Array.from({ length: ORDERS }, (_, order) => order);
  const count = (list: readonly number[]): bigint =>
    BigInt(list.reduce((sum, order) => sum + itemsOf(order), 0));
  expect(Object.values(rows[0]!)).toEqual([count(orders), count(orders.filter((order) => order % 5 === 0))]);
  const ofShard = (shard: number) =>
    ['orders', 'order_items', 'notes'].map((name) => [`scan ${name}`, shard]);
  expect(log).toEqual([0, 1, 2, 3, 4, 5, 6, 7].flatMap(ofShard));
  const lines = await explained(`EXPLAIN FUNNEL ANALYZE SELECT count() FROM ${from}`);
  expect(lines.filter((line) => line.includes('co-located: 0 rows cross shards')).length).toBe(2);
});

test('limits count both sides', async () => {
  const sql =
    "SELECT count() FROM orders o JOIN order_items i USING (order_id) SETTINGS join_algorithm = 'hash'";
  await expect(database.query(`${sql}, max_memory_usage = 100000`)).rejects.toMatchObject({
    code: 'MEMORY_LIMIT_EXCEEDED',
  });
  await expect(database.query(`${sql}, max_rows_to_read = 3000`)).rejects.toMatchObject({
    code: 'TOO_MANY_ROWS',
  });
  const result = await database.execute(sql);
  for await (const _ of result.blocks) continue;
  expect(result.summary.readRows).toBe(ORDERS + (ORDERS / 4) * 6);
  expect(engineOf(database).store.notReady()).toEqual([]);
});

test('without left rows the right side is not read, and without right rows the left side is not read on', async () => {
  const { reads } = await readsOf(
    "SELECT * FROM orders o JOIN order_items i USING (order_id) WHERE buyer_id = 999999 SETTINGS join_algorithm = 'hash'",
  );
  expect([...reads.keys()]).toEqual(['scan orders_by_buyer']);
  const { counters } = await readsOf(
    "SELECT * FROM order_items i JOIN orders o USING (order_id) WHERE buyer_id = 999999 SETTINGS join_algorithm = 'hash'",
  );
  expect(counters.entriesRead).toBeLessThan(ORDERS);
});

test('a transaction joins what it has written itself', async () => {
  await database.transaction(async (transaction) => {
    await transaction.query("INSERT INTO orders VALUES (90002, 7, '2027-01-01 00:00:00', 1)");
    await transaction.query("INSERT INTO order_items VALUES (90002, 0, 'own', 1), (90002, 1, 'own', 2)");
    for (const algorithm of ['hash', 'direct']) {
      const rows = await transaction.query(
        `SELECT line FROM orders o JOIN order_items i USING (order_id) WHERE buyer_id = 7 AND sku = 'own' ORDER BY line
         SETTINGS join_algorithm = '${algorithm}'`,
      );
      expect(rows).toEqual([{ line: 0 }, { line: 1 }]);
    }
    await transaction.query('DELETE FROM orders WHERE order_id = 90002');
    await transaction.query('DELETE FROM order_items WHERE order_id = 90002');
  });
});

test('each side counts what it has read itself', async () => {
  const [row] = await database.query<{ explain: string }>(
    `EXPLAIN FUNNEL ANALYZE json = 1 SELECT amount, sku FROM orders o JOIN order_items i USING (order_id) WHERE buyer_id = 7`,
  );
  type Stage = { stage: string; table: string; measured: { kept: number } };
  const { stages } = JSON.parse(row!.explain) as { stages: Stage[] };
  const measured = (table: string, stage: string): number =>
    stages.find((each) => each.table === table && each.stage === stage)!.measured.kept;
  const orders = ofBuyer(7);
  expect(measured('o', 'key ranges')).toBe(orders.length);
  expect(measured('o', 'lookup')).toBe(orders.length);
  expect(measured('i', 'key ranges')).toBe(orders.reduce((count, order) => count + itemsOf(order), 0));
  expect(measured('i', 'shards')).toBe(shardsOfOrders(orders).size);
  expect(measured('', 'join')).toBe(shardsOfOrders(orders).size);
});

test('left keys without a match take no memory without end', async () => {
  const sql = (key: string): string =>
    `SELECT count(), sum(s.k) FROM (SELECT ${key} AS k, number FROM numbers(700000)) AS n
     JOIN (SELECT ${key} AS t, number AS k FROM numbers(10)) AS s ON n.k = s.t`;
  for (const key of ['number * 1000003', 'toString(number)'])
    expect(await database.query(`${sql(key)} SETTINGS max_memory_usage = 40000000`)).toEqual([
      { 'count()': 10n, 'sum(s.k)': 45n },
    ]);
});

test('a condition on a key narrows the other side, too', async () => {
  const scans = async (sql: string): Promise<string[]> =>
    (await explained(`EXPLAIN ${sql} SETTINGS join_algorithm = 'hash'`)).filter((line) =>
      /^ *(?:Scan|Get)/.test(line),
    );
  const of = 'SELECT amount, sku FROM orders o JOIN order_items i ON i.order_id = o.order_id';
  expect(await scans(`${of} WHERE o.order_id = 7`)).toEqual([
    expect.stringContaining('Get 1 row of orders'),
    expect.stringContaining('1 of 8 shards, 1 key range'),
  ]);
  expect(await scans(`${of} WHERE i.order_id IN (7, 8)`)).toEqual([
    expect.stringContaining('Get 2 rows of orders'),
    expect.stringContaining('2 of 8 shards, 2 key ranges'),
  ]);
  const left = of.replace('JOIN', 'LEFT JOIN');
  expect(await scans(`${left} WHERE o.order_id < 9`)).toEqual([
    expect.stringContaining('1 key range'),
    expect.stringContaining('1 key range'),
  ]);
  // Left rows of every order are in the answer.
  expect(await scans(`${left} AND i.order_id = 7`)).toEqual([
    expect.stringContaining('8 of 8 shards'),
    expect.stringContaining('1 of 8 shards, 1 key range'),
  ]);
});

test('a join shows each transaction whole or not at all, whichever way it is read', async () => {
  const ids = Array.from({ length: 60 }, (_, i) => 100_000 + i);
  const write = async (): Promise<void> => {
    for (const id of ids)
      await database.transaction(async (transaction) => {
        await transaction.query(`INSERT INTO orders VALUES (${id}, 4242, '2027-01-01 00:00:00', 1)`);
        await transaction.query(`INSERT INTO order_items VALUES (${id}, 0, 'x', 1), (${id}, 1, 'y', 1)`);
      });
  };
  const seen = new Set<number>();
  const read = async (algorithm: string): Promise<void> => {
    for (let orders = 0; orders < ids.length;) {
      const rows = await database.query<{ o: bigint; c: bigint }>(
        `SELECT o.order_id AS o, countIf(i.sku != '') AS c FROM orders o LEFT JOIN order_items i ON i.order_id = o.order_id
         WHERE o.buyer_id = 4242 GROUP BY o SETTINGS join_algorithm = '${algorithm}'`,
      );
      expect(rows.filter(({ c }) => c !== 2n)).toEqual([]);
      expect(rows.length).toBeGreaterThanOrEqual(orders);
      orders = rows.length;
      seen.add(orders);
    }
  };
  await Promise.all([write(), read('direct'), read('hash')]);
  // Reads came in between the writes.
  expect(seen.size).toBeGreaterThan(2);
});
