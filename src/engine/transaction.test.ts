// Transactions through the library and through SQL: what they see, when they conflict, how they end.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open } from './open.ts';
import type { Database, Session } from './api.ts';

let path: string;
let database: Database;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-transaction-'));
  database = await open(path);
  for (const statement of [
    'CREATE TABLE items (id UInt32, shelf UInt8, price Int32, title Nullable(String)) ENGINE = RowTable PRIMARY KEY (id)',
    'CREATE INDEX TABLE by_shelf ON items (shelf, price)',
    'CREATE INDEX TABLE by_price ON items (price) LAYOUT COVERING (shelf, title)',
    'CREATE INDEX TABLE facts ON items LAYOUT COLUMNAR (shelf, title) ORDER BY (price) SETTINGS index_granularity = 4',
    'CREATE TABLE other (id UInt32, n Int64) ENGINE = RowTable PRIMARY KEY (id)',
    'INSERT INTO items SELECT number, number % 3, number * 10, NULL FROM numbers(20)',
  ]) {
    await database.query(statement);
  }
});

afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

const paths = ['PRIMARY', 'by_shelf', 'by_price', 'facts'];

/** The answer through every path, which must be the same. */
async function items(session: Pick<Session, 'query'>, where = '1'): Promise<unknown[]> {
  const answers = [];
  for (const name of paths)
    answers.push(
      await session.query(
        `SELECT id, shelf, price, title FROM items USE INDEX (${name}) WHERE ${where} ORDER BY id`,
      ),
    );
  for (const [i, answer] of answers.entries()) expect(answer, paths[i]).toEqual(answers[0]);
  return answers[0]!;
}

const ids = async (session: Pick<Session, 'query'>, where?: string): Promise<number[]> =>
  (await items(session, where)).map((row) => (row as { id: number }).id);

describe('what a transaction sees', () => {
  test.each([true, false])(
    'its own writes on its snapshot, through every path (lanes stopped: %s)',
    async (stop) => {
      if (stop) await database.query('SYSTEM STOP LANES');
      else await database.drain();
      await database.query('UPDATE items SET price = 5 WHERE id = 19');
      await database.transaction(async (transaction) => {
        await database.query('INSERT INTO items VALUES (100, 1, 1, NULL)');
        await database.query('DELETE FROM items WHERE id = 0');
        expect(await ids(transaction)).toEqual(Array.from({ length: 20 }, (_, id) => id));
        await transaction.query("INSERT INTO items VALUES (50, 1, 15, 'new'), (3, 2, 5, 'moved')");
        await transaction.query('UPDATE items SET shelf = 1, price = price + 1 WHERE id = 4');
        await transaction.query('UPDATE items SET price = price + 1 WHERE id = 4');
        await transaction.query('DELETE FROM items WHERE id IN (6, 50)');
        await transaction.table('items').put({ id: 51, shelf: 2, price: 5, title: 'typed' });
        await transaction.table('items').increment({ id: 51 }, { price: 1 });
        expect(await ids(transaction, 'price BETWEEN 5 AND 6')).toEqual([3, 19, 51]);
        expect(await ids(transaction, 'price = 42 AND shelf = 1')).toEqual([4]);
        expect(await ids(transaction, 'shelf = 0')).toEqual([0, 9, 12, 15, 18]);
        expect(await ids(transaction, 'id IN (3, 6, 50, 51, 100)')).toEqual([3, 51]);
        expect(await transaction.table('items').get({ id: 51 })).toEqual({
          id: 51,
          shelf: 2,
          price: 6,
          title: 'typed',
        });
        expect(await transaction.table('items').getMany([{ id: 6 }, { id: 0 }])).toEqual([
          undefined,
          expect.objectContaining({ id: 0 }),
        ]);
        const range = [];
        for await (const row of transaction.table('items').range({ start: { id: 18 }, reverse: true }))
          range.push(row['id']);
        expect(range).toEqual([51, 19, 18]);
        expect(await ids(database, 'id IN (3, 6, 50, 51, 100)')).toEqual([3, 6, 100]);
      });
      expect(await ids(database, 'id IN (0, 3, 6, 50, 51, 100)')).toEqual([3, 51, 100]);
      expect(await ids(database, 'price BETWEEN 5 AND 6')).toEqual([3, 19, 51]);
    },
  );

  test('the first rows by index order, with own writes before, between and behind them', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO items VALUES (60, 0, -1, ''), (61, 0, 15, ''), (62, 0, 999, '')");
      const first = (order: string): Promise<unknown[]> =>
        transaction.query(`SELECT id FROM items USE INDEX (by_price) ORDER BY price ${order} LIMIT 4`);
      expect(await first('')).toEqual([{ id: 60 }, { id: 0 }, { id: 1 }, { id: 61 }]);
      expect(await first('DESC')).toEqual([{ id: 62 }, { id: 19 }, { id: 18 }, { id: 17 }]);
    });
  });

  test('an answer keeps to the writes that were done when it began', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query('DELETE FROM items WHERE id < 10');
      const { blocks } = await transaction.execute('SELECT id FROM items');
      const iterator = blocks[Symbol.asyncIterator]();
      const first = await iterator.next();
      await transaction.query('DELETE FROM items');
      let rowCount = first.value!.rowCount as number;
      for (let next = await iterator.next(); !next.done; next = await iterator.next())
        rowCount += next.value.rowCount;
      expect(rowCount).toBe(10);
      expect(await ids(transaction)).toEqual([]);
    });
  });

  test('an answer that is never read holds nothing; one that is read too late says so', async () => {
    const session = database.session();
    await session.query('BEGIN');
    const { blocks } = await session.execute('SELECT id FROM items');
    await session.query('COMMIT');
    const read = blocks[Symbol.asyncIterator]().next();
    await expect(read).rejects.toMatchObject({ code: 'INVALID_TRANSACTION' });
  });

  test('its positions are its snapshot and its commit, also for freshness = session', async () => {
    const session = database.session({ settings: { freshness: 'session' } });
    const position = async (sql: string): Promise<number> => {
      const result = await session.execute(sql);
      for await (const _ of result.blocks) continue;
      return result.position();
    };
    const snapshot = await position('BEGIN');
    await database.query('INSERT INTO other VALUES (8, 8)');
    for (const sql of [
      'SET max_threads = 1',
      'SHOW TABLES',
      'SELECT count() FROM items',
      'INSERT INTO other VALUES (9, 9)',
    ])
      expect(await position(sql), sql).toBe(snapshot);
    expect(await position('SELECT 1')).toBe(snapshot);
    expect(await position('COMMIT')).toBe(snapshot + 2);
  });

  test('INSERT … SELECT, subqueries and EXPLAIN read it, too', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query('DELETE FROM items WHERE id >= 2');
      await transaction.query('INSERT INTO items SELECT id + 200, shelf, price, title FROM items');
      expect(await ids(transaction, 'id IN (SELECT id FROM items WHERE id > 100)')).toEqual([200, 201]);
      const lines = await transaction.query<{ explain: string }>(
        'EXPLAIN FUNNEL ANALYZE SELECT count() FROM items',
      );
      expect(lines.map((line) => line.explain).join('\n')).toContain('4');
    });
  });

  test('an index table that is younger than the snapshot is not there', async () => {
    await database.transaction(async (transaction) => {
      await database.query('CREATE INDEX TABLE by_title ON items (title)');
      for (const from of ['items USE INDEX (by_title)', 'by_title']) {
        const query = `SELECT id FROM ${from} WHERE title = 'x'`;
        await expect(transaction.query(query)).rejects.toMatchObject({ code: 'INDEX_NOT_USABLE' });
        expect(await database.query(query)).toEqual([]);
      }
      expect(await transaction.query("SELECT id FROM items WHERE title = 'x'")).toEqual([]);
    });
  });

  test('an index table in which an own row has no entry is not read', async () => {
    await database.query('CREATE INDEX TABLE strict ON items (title) WHERE intDiv(100, price + 7) > 0');
    await database.transaction(async (transaction) => {
      const query = (hint: string): Promise<unknown[]> =>
        transaction.query(`SELECT id FROM items ${hint} WHERE title = 'odd' AND intDiv(100, price + 7) > 0`);
      await transaction.query("INSERT INTO items VALUES (70, 1, 3, 'odd')");
      expect(await query('USE INDEX (strict)')).toEqual([{ id: 70 }]);
      await transaction.query("INSERT INTO items VALUES (71, 1, -7, 'even')");
      expect(await query('')).toEqual([{ id: 70 }]);
      await expect(query('USE INDEX (strict)')).rejects.toMatchObject({ code: 'INDEX_NOT_USABLE' });
      await transaction.query('ROLLBACK');
    });
    expect(await database.query("SELECT state FROM system.index_tables WHERE name = 'strict'")).toEqual([
      { state: 'live' },
    ]);
  });

  test('a table that was emptied since is an error, not an empty table', async () => {
    await expect(
      database.transaction(async (transaction) => {
        expect(await ids(transaction)).toHaveLength(20);
        await database.query('TRUNCATE TABLE items');
        await transaction.query('SELECT count() FROM items');
      }),
    ).rejects.toMatchObject({ code: 'SERIALIZATION_ERROR' });
  });
});

describe('commit', () => {
  test('keeps rows of several tables under one sequence', async () => {
    const before = database.metrics();
    await database.transaction(async (transaction) => {
      await transaction.table('items').update({ id: 1 }, { price: 1 });
      await transaction.table('other').putMany([
        { id: 1, n: 1 },
        { id: 2, n: 2 },
      ]);
    });
    const sequence = (metrics: string): number => Number(/winnow_commit_sequence (\d+)/.exec(metrics)![1]);
    expect(sequence(database.metrics())).toBe(sequence(before) + 1);
    expect(await database.query('SELECT sum(n) AS n FROM other')).toEqual([{ n: 3n }]);
    expect(await ids(database, 'price = 1')).toEqual([1]);
  });

  test('of the stored rows is what a plain write would have stored', async () => {
    await database.transaction((transaction) => transaction.table('other').put({ id: 1, n: 1 }));
    await database.query('INSERT INTO other VALUES (2, 2)');
    await database.close();
    database = await open(path);
    expect(await database.query('SELECT id, n FROM other ORDER BY id')).toEqual([
      { id: 1, n: 1n },
      { id: 2, n: 2n },
    ]);
  });

  test.each([
    ['changed', (id: number) => `UPDATE items SET title = 'theirs' WHERE id = ${id}`],
    ['deleted', (id: number) => `DELETE FROM items WHERE id = ${id}`],
    ['written again as it was', (id: number) => `UPDATE items SET title = title WHERE id = ${id}`],
  ])('a row that another has %s since is a conflict, and nothing is kept', async (_, theirs) => {
    const work = database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO other VALUES (1, 1)');
      await transaction.query("UPDATE items SET title = 'mine' WHERE id = 7");
      await database.query(theirs(7));
    });
    await expect(work).rejects.toMatchObject({
      code: 'SERIALIZATION_ERROR',
      message: 'another transaction changed row (id = 7) of default.items since this one began',
    });
    expect(await database.query('SELECT * FROM other')).toEqual([]);
    expect(await ids(database, "title = 'mine'")).toEqual([]);
  });

  test('of a key that another has inserted since is a conflict; of another key it is none', async () => {
    const insert = (id: number): Promise<unknown> =>
      database.transaction(async (transaction) => {
        await transaction.query('INSERT INTO other VALUES (1, 1)');
        await database.query(`INSERT INTO other VALUES (${id}, 2)`);
      });
    await insert(2);
    await expect(insert(1)).rejects.toMatchObject({ code: 'SERIALIZATION_ERROR' });
  });

  test('into a table that was dropped since keeps nothing of the others either', async () => {
    const work = database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO other VALUES (1, 1)');
      await transaction.query("INSERT INTO items VALUES (99, 1, 1, '')");
      await database.query('DROP TABLE items');
      await expect(transaction.query('SELECT count() FROM items')).rejects.toMatchObject({
        code: 'UNKNOWN_TABLE',
      });
    });
    await expect(work).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
    expect(await database.query('SELECT * FROM other')).toEqual([]);
  });

  test('allows write skew, as snapshot isolation does', async () => {
    await database.query('INSERT INTO other VALUES (1, 1), (2, 1)');
    const offDuty = (id: number, meanwhile: () => Promise<unknown>): Promise<unknown> =>
      database.transaction(async (transaction) => {
        const [row] = await transaction.query<{ n: bigint }>('SELECT sum(n) AS n FROM other');
        await meanwhile();
        if (row!.n > 1n) await transaction.query(`UPDATE other SET n = 0 WHERE id = ${id}`);
      });
    await offDuty(1, () => offDuty(2, () => Promise.resolve()));
    expect(await database.query('SELECT sum(n) AS n FROM other')).toEqual([{ n: 0n }]);
  });

  test('without writes takes no sequence and never conflicts', async () => {
    const before = database.metrics();
    await database.transaction((transaction) => ids(transaction));
    expect(/winnow_commit_sequence \d+/.exec(database.metrics())![0]).toBe(
      /winnow_commit_sequence \d+/.exec(before)![0],
    );
  });
});

describe('how a transaction ends', () => {
  test('a statement that fails is undone, and the rest goes on', async () => {
    await database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO other VALUES (1, 1)');
      await expect(transaction.query("INSERT INTO other VALUES (2, 2), (3, 'x')")).rejects.toThrow();
      await expect(transaction.query('UPDATE other SET n = intDiv(1, n - 1)')).rejects.toMatchObject({
        code: 'ILLEGAL_DIVISION',
      });
      await expect(
        transaction.table('other').put({ id: 1, n: 9 }, { equals: { n: 2 } }),
      ).rejects.toMatchObject({ code: 'CONDITION_FAILED' });
      await transaction.table('other').put({ id: 4, n: 4 }, { exists: false });
      await transaction.table('other').delete({ id: 1 }, { equals: { n: 1 } });
    });
    expect(await database.query('SELECT id FROM other')).toEqual([{ id: 4 }]);
  });

  test('a callback that throws leaves nothing', async () => {
    const work = database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO other VALUES (1, 1)');
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    expect(await database.query('SELECT * FROM other')).toEqual([]);
  });

  test('by ROLLBACK inside the callback; what is asked of it afterwards is refused', async () => {
    let kept: Session | undefined;
    const refused = { code: 'INVALID_TRANSACTION' };
    await database.transaction(async (transaction) => {
      kept = transaction;
      await transaction.query('INSERT INTO other VALUES (1, 1)');
      await transaction.query('ROLLBACK');
      await expect(transaction.query('INSERT INTO other VALUES (2, 2)')).rejects.toMatchObject(refused);
      await expect(transaction.table('other').put({ id: 3, n: 3 })).rejects.toMatchObject(refused);
    });
    await expect(kept!.query('SELECT 1')).rejects.toMatchObject(refused);
    expect(await database.query('SELECT * FROM other')).toEqual([]);
  });

  test('when nobody uses it for its time limit: the next statement says so, until it is rolled back', async () => {
    const session = database.session();
    await session.query('SET transaction_timeout_ms = 1');
    await session.query('BEGIN');
    while (!database.metrics().includes('winnow_open_transactions 0\n'))
      await new Promise((resolve) => setTimeout(resolve, 2));
    const message = expect.stringContaining('transaction_timeout_ms = 1') as string;
    for (const statement of ['INSERT INTO other VALUES (1, 1)', 'SELECT 1'])
      await expect(session.query(statement)).rejects.toMatchObject({ code: 'INVALID_TRANSACTION', message });
    await session.query('ROLLBACK');
    await session.query('INSERT INTO other VALUES (1, 1)');
  });

  test('an answer that is being read keeps it, however long that takes', async () => {
    const session = database.session({ settings: { transaction_timeout_ms: 1 } });
    await session.query('BEGIN');
    const { blocks } = await session.execute('SELECT id FROM items');
    const iterator = blocks[Symbol.asyncIterator]();
    await iterator.next();
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(database.metrics()).toContain('winnow_open_transactions 1\n');
    while (!(await iterator.next()).done);
    session.close();
    expect(database.metrics()).toContain('winnow_open_transactions 0\n');
  });

  test('with the store', async () => {
    const session = database.session();
    await session.query('BEGIN');
    await session.query('INSERT INTO other VALUES (1, 1)');
    await database.close();
    await expect(session.query('COMMIT')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
    database = await open(path);
    expect(await database.query('SELECT * FROM other')).toEqual([]);
  });

  test('its writes are bounded by max_memory_usage', async () => {
    const session = database.session({ settings: { max_memory_usage: 10_000 } });
    await session.query('BEGIN');
    await session.query('INSERT INTO other SELECT number, 1 FROM numbers(100)');
    await expect(
      session.query('INSERT INTO other SELECT number, 2 FROM numbers(1000)'),
    ).rejects.toMatchObject({
      code: 'MEMORY_LIMIT_EXCEEDED',
    });
    await session.query('COMMIT');
    expect(await database.query('SELECT sum(n) AS n FROM other')).toEqual([{ n: 100n }]);
  });
});

test('a transaction that is held for long makes no index table fall behind', async () => {
  await database.close();
  database = await open(path, { settings: { tail_max_changes: 100, tail_max_write_delay_ms: 0 } });
  await database.transaction(async (transaction) => {
    const before = await items(transaction);
    for (let round = 0; round < 12; round++) {
      await database.query('UPDATE items SET price = price + 1');
      const states = await database.query('SELECT DISTINCT state FROM system.index_tables');
      expect(states, `round ${round}`).toEqual([{ state: 'live' }]);
      await database.drain();
    }
    expect(await items(transaction)).toEqual(before);
  });
});
