// UNIQUE index tables: no two rows with the same values, whoever writes them, and however the store ends.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open, type Database, type Session, type WinnowError } from '../src/index.ts';

let path: string;
let database: Database;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-unique-'));
  database = await open(path);
  await database.query(
    'CREATE TABLE users (id UInt32, email Nullable(String), n Int32) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 8',
  );
});

afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

const create = 'CREATE UNIQUE INDEX TABLE by_email ON users (email) SHARD BY hash(email) INTO 4';
const duplicate = { code: 'DUPLICATE_KEY', httpStatus: 409 };
const explainFunnel = async (query: string): Promise<string> => {
  const lines = await database.query<{ explain: string }>(`EXPLAIN FUNNEL ANALYZE WHY ${query}`);
  return lines.map(({ explain }) => explain).join('\n');
};
const emails = async (): Promise<unknown[]> =>
  (await database.query<{ email: string }>('SELECT email FROM users ORDER BY id')).map(({ email }) => email);

describe('a write', () => {
  beforeEach(() => database.query(create));

  test('of values that another row has is refused whole, and says whose they are', async () => {
    await database.query("INSERT INTO users VALUES (1, 'a@b', 1)");
    const refused = database.query("INSERT INTO users VALUES (2, 'c@d', 1), (3, 'a@b', 1)");
    await expect(refused).rejects.toMatchObject({
      ...duplicate,
      message: "UNIQUE index table default.by_email: row (id = 1) has email = 'a@b' already",
      detail: 'Row (id = 3) of default.users cannot have it, too.',
    });
    await expect(database.table('users').put({ id: 4, email: 'a@b', n: 1 })).rejects.toMatchObject(duplicate);
    expect(await emails()).toEqual(['a@b']);
    await database.query("INSERT INTO users VALUES (2, 'c@d', 1)");
  });

  test('of two new rows with the same values is refused', async () => {
    await expect(
      database.query("INSERT INTO users VALUES (1, 'a@b', 1), (2, 'a@b', 1)"),
    ).rejects.toMatchObject(duplicate);
    expect(await emails()).toEqual([]);
  });

  test('that replaces the row, or changes other columns of it, is none', async () => {
    await database.query("INSERT INTO users VALUES (1, 'a@b', 1)");
    await database.query("INSERT INTO users VALUES (1, 'a@b', 2)");
    await database.query('UPDATE users SET n = n + 1');
    await database.table('users').increment({ id: 1 }, { n: 1 });
    expect(await database.query('SELECT n FROM users')).toEqual([{ n: 4 }]);
  });

  test('frees the values that a row had, by another value, by DELETE and by NULL', async () => {
    await database.query("INSERT INTO users VALUES (1, 'a', 1), (2, 'b', 1), (3, 'c', 1)");
    await database.query("UPDATE users SET email = 'x' WHERE id = 1");
    await database.query('DELETE FROM users WHERE id = 2');
    await database.query('UPDATE users SET email = NULL WHERE id = 3');
    await database.query("INSERT INTO users VALUES (11, 'a', 1), (12, 'b', 1), (13, 'c', 1)");
    await expect(database.query("INSERT INTO users VALUES (14, 'x', 1)")).rejects.toMatchObject(duplicate);
  });

  test('may exchange the values of rows', async () => {
    await database.query("INSERT INTO users VALUES (1, 'a', 1), (2, 'b', 1)");
    await database.query("UPDATE users SET email = if(id = 1, 'b', 'a')");
    expect(await emails()).toEqual(['b', 'a']);
    await database.transaction(async (transaction) => {
      await transaction.query("UPDATE users SET email = 'a' WHERE id = 1");
      await transaction.query("UPDATE users SET email = 'b' WHERE id = 2");
    });
    expect(await emails()).toEqual(['a', 'b']);
  });

  test('of NULL is exempt, however often', async () => {
    await database.query('INSERT INTO users VALUES (1, NULL, 1), (2, NULL, 1)');
    expect(await emails()).toEqual([null, null]);
  });

  test('inside a transaction is refused when it is committed', async () => {
    const work = (meanwhile: () => Promise<unknown>): Promise<void> =>
      database.transaction(async (transaction: Session) => {
        await transaction.query("INSERT INTO users VALUES (1, 'a', 1)");
        await meanwhile();
      });
    await expect(work(() => database.query("INSERT INTO users VALUES (2, 'a', 1)"))).rejects.toMatchObject(
      duplicate,
    );
    expect(await database.query('SELECT id FROM users')).toEqual([{ id: 2 }]);
    await database.query('DELETE FROM users');
    await work(() => Promise.resolve());
  });

  test('does not depend on the lanes, nor on the state of the entries', async () => {
    await database.query('SYSTEM STOP LANES');
    await database.query("INSERT INTO users VALUES (1, 'a', 1)");
    await expect(database.query("INSERT INTO users VALUES (2, 'a', 1)")).rejects.toMatchObject(duplicate);
    await database.query('SYSTEM START LANES');
    await database.query('REBUILD INDEX TABLE by_email');
    await expect(database.query("INSERT INTO users VALUES (2, 'a', 1)")).rejects.toMatchObject(duplicate);
    await database.close();
    database = await open(path);
    await expect(database.query("INSERT INTO users VALUES (2, 'a', 1)")).rejects.toMatchObject(duplicate);
  });

  test('after TRUNCATE and after DROP INDEX TABLE is free', async () => {
    await database.query("INSERT INTO users VALUES (1, 'a', 1)");
    await database.query('TRUNCATE TABLE users');
    await database.query("INSERT INTO users VALUES (2, 'a', 1)");
    await expect(database.query("INSERT INTO users VALUES (3, 'a', 1)")).rejects.toMatchObject(duplicate);
    await database.query('DROP INDEX TABLE by_email');
    await database.query("INSERT INTO users VALUES (3, 'a', 1)");
  });
});

test('stays so through ALTER INDEX TABLE, also for what is written meanwhile', async () => {
  await database.query(create);
  await database.query('INSERT INTO users SELECT number, toString(number), 0 FROM numbers(2000)');
  const altered = database.query('ALTER INDEX TABLE by_email MODIFY SHARDS 2');
  await database.query("INSERT INTO users VALUES (9000, 'new', 1)");
  await altered;
  for (const email of ['7', '1999', 'new'])
    await expect(database.query(`INSERT INTO users VALUES (9001, '${email}', 1)`)).rejects.toMatchObject(
      duplicate,
    );
  await database.query("INSERT INTO users VALUES (9001, 'newer', 1)");
});

describe('CREATE over rows', () => {
  test('finds a duplicate, names both rows and leaves nothing', async () => {
    await database.query('INSERT INTO users SELECT number, toString(number % 1999), 0 FROM numbers(2000)');
    await expect(database.query(create)).rejects.toMatchObject({
      ...duplicate,
      message: expect.stringMatching(/row \(id = (0|1999)\) has email = '0' already/) as string,
      detail: expect.stringMatching(/Row \(id = (0|1999)\) of default.users/) as string,
    });
    await database.query('DELETE FROM users WHERE id = 0');
    await database.query(create);
    await expect(database.query("INSERT INTO users VALUES (5000, '7', 1)")).rejects.toMatchObject(duplicate);
  });

  test('while rows are written: every row is unique in the end, or CREATE has failed', async () => {
    await database.query('INSERT INTO users SELECT number, toString(number), 0 FROM numbers(3000)');
    let creating = true;
    const write = async (from: number): Promise<void> => {
      for (let id = from; creating; id += 7) {
        const value = String((id * 31) % 4000);
        await database
          .table('users')
          .put({ id: id % 4000, email: value, n: 1 })
          .catch((error: unknown) => {
            expect(error).toMatchObject(duplicate);
          });
      }
    };
    const writers = [write(1), write(2), write(3)];
    const created = await database
      .query(create)
      .then(() => true)
      .catch((error: unknown) => {
        expect(error).toMatchObject(duplicate);
        return false;
      });
    creating = false;
    await Promise.all(writers);
    const twice = 'SELECT email FROM users GROUP BY email HAVING count() > 1 LIMIT 1';
    if (created) expect(await database.query(twice)).toEqual([]);
    else expect(await database.query('SELECT name FROM system.index_tables')).toEqual([]);
  });
});

test('TRUNCATE beside writers is one commit: the table is always there, and never holds a value twice', async () => {
  await database.query(create);
  const outcomes = new Set<string>();
  let isDone = false;
  const writer = async (id: number): Promise<void> => {
    for (; !isDone; id += 10) {
      try {
        await database.query(`INSERT INTO users VALUES (${id}, 'the same', 1)`);
        outcomes.add('written');
      } catch (error) {
        // A write that had found the table before it was emptied is told so.
        const { code, detail } = error as WinnowError;
        outcomes.add(detail === 'It was dropped.' ? 'too late' : code);
      }
    }
  };
  const writers = Array.from({ length: 8 }, (_, i) => writer(i));
  for (let round = 0; round < 30; round++) {
    await database.query('TRUNCATE TABLE users');
    const [row] = await database.query<{ n: bigint }>('SELECT count() AS n FROM users USE INDEX (by_email)');
    expect(row!.n).toBeLessThanOrEqual(1n);
  }
  isDone = true;
  await Promise.all(writers);
  expect([...outcomes].sort().filter((outcome) => outcome !== 'too late')).toEqual([
    'DUPLICATE_KEY',
    'written',
  ]);
  expect(await emails()).toEqual(['the same']);
});

test('it says that it is unique, and a look-up reads one shard', async () => {
  await database.query(create);
  expect(await database.query('SHOW CREATE TABLE by_email')).toEqual([
    { statement: expect.stringContaining('CREATE UNIQUE INDEX TABLE default.by_email ON') as string },
  ]);
  const indexes = await database.query<{ Key_name: string; Non_unique: number }>('SHOW INDEX FROM users');
  expect(indexes.map(({ Key_name, Non_unique }) => [Key_name, Non_unique])).toEqual([
    ['PRIMARY', 0],
    ['by_email', 0],
  ]);
  await database.query('INSERT INTO users SELECT number, toString(number), 0 FROM numbers(1000)');
  const why = await explainFunnel("SELECT id FROM users WHERE email = '7'");
  expect(why).toMatch(/by_email .*reads ~?1 entries of 1 shard/);
  expect(await explainFunnel("SELECT id FROM users WHERE email IN ('7', '8', '9')")).toMatch(
    /~?3 entries of/,
  );
});

test('parts are refused by name; a partial one is unique among its entries', async () => {
  await expect(
    database.query('CREATE UNIQUE INDEX TABLE u ON users LAYOUT COLUMNAR (email) ORDER BY (n)'),
  ).rejects.toMatchObject({ code: 'NOT_IMPLEMENTED' });
  await database.query('CREATE UNIQUE INDEX TABLE one ON users (n) WHERE n > 0');
  await database.query("INSERT INTO users VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 1)");
  await expect(database.query('UPDATE users SET n = 1 WHERE id = 1')).rejects.toMatchObject(duplicate);
  await database.query('UPDATE users SET n = 0 WHERE id = 3');
  await database.query('UPDATE users SET n = 1 WHERE id = 1');
});

test('an entry that cannot be computed is refused with the write', async () => {
  await database.query('CREATE UNIQUE INDEX TABLE share ON users (intDiv(100, n))');
  const refused = database.query("INSERT INTO users VALUES (1, 'a', 0)");
  await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('row id = 1') as string });
  expect(await emails()).toEqual([]);
});

test('of 64 writers at once, on all shards, one gets each value', { timeout: 60_000 }, async () => {
  await database.query(create);
  const values = Array.from({ length: 40 }, (_, i) => `user${i}@example.com`);
  const won = new Map<string, number>();
  await Promise.all(
    Array.from({ length: 64 }, async (_, writer) => {
      for (const [i, email] of values.entries()) {
        const id = writer * values.length + i;
        try {
          await database.table('users').put({ id, email, n: writer });
          expect(won.has(email), email).toBe(false);
          won.set(email, id);
        } catch (error) {
          expect(error).toMatchObject(duplicate);
        }
      }
    }),
  );
  expect(won.size).toBe(values.length);
  const rows = await database.query<{ id: number; email: string }>(
    'SELECT id, email FROM users USE INDEX (by_email)',
  );
  expect(new Map(rows.map(({ id, email }) => [email, id]))).toEqual(won);
});
