import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { insertBlock } from './insert-block.ts';
import { open } from './open.ts';
import { columnOf } from '../types/value.ts';
import type { Database } from './api.ts';

let path: string;
let database: Database;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-database-'));
  database = await open(path);
  await database.query('CREATE TABLE t (id UInt32, n Int64) ENGINE = RowTable PRIMARY KEY id');
});

afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

test('updates of the same rows at the same time are all there', async () => {
  await database.query('INSERT INTO t SELECT number, 0 FROM numbers(50)');
  await Promise.all(
    Array.from({ length: 10 }, () => database.query('UPDATE t SET n = n + 1 WHERE id % 2 = 0')),
  );
  expect(
    await database.query(
      'SELECT id % 2 AS odd, min(n) AS low, max(n) AS high FROM t GROUP BY odd ORDER BY odd',
    ),
  ).toEqual([
    { odd: 0, low: 10n, high: 10n },
    { odd: 1, low: 0n, high: 0n },
  ]);
});

test('an update does not touch a row that no longer matches when it is written', async () => {
  await database.query('INSERT INTO t VALUES (1, 5)');
  await Promise.all([
    database.query('UPDATE t SET n = n - 5 WHERE n >= 5'),
    database.query('UPDATE t SET n = n - 5 WHERE n >= 5'),
    database.query('DELETE FROM t WHERE n < 0'),
  ]);
  expect(await database.query('SELECT n FROM t')).toEqual([{ n: 0n }]);
});

test('readonly refuses every statement that writes or sets, and answers the others', async () => {
  const readonly = { readonly: true };
  for (const sql of [
    'INSERT INTO t VALUES (1, 1)',
    'UPDATE t SET n = 1',
    'DELETE FROM t',
    'TRUNCATE TABLE t',
    'DROP TABLE t',
    'SET max_block_size = 5',
    'SYSTEM STOP LANES',
    'CREATE DATABASE d',
    'CREATE TABLE u (a UInt8) ENGINE = RowTable PRIMARY KEY a',
  ]) {
    await expect(database.execute(sql, readonly), sql).rejects.toMatchObject({
      code: 'READONLY',
      number: 164,
    });
  }
  expect(await database.query('SELECT count() AS c FROM t SETTINGS max_block_size = 10', readonly)).toEqual([
    { c: 0n },
  ]);
  expect(await database.query('SHOW TABLES', readonly)).toEqual([{ name: 't' }]);
});

test('parameters are values, never SQL', async () => {
  await database.query('INSERT INTO t VALUES ({id:UInt32}, {n:Int64})', { parameters: { id: '7', n: '-1' } });
  const text = "x' OR 1 = 1 --";
  expect(
    await database.query('SELECT {s:String} AS s, n FROM t WHERE id = {id:UInt32}', {
      parameters: { s: text, id: 7 },
    }),
  ).toEqual([{ s: text, n: -1n }]);
  await expect(database.query('SELECT {missing:UInt8}')).rejects.toMatchObject({
    code: 'UNKNOWN_QUERY_PARAMETER',
  });
});

test('an answer says how many rows were read, how fresh it is, and by which path', async () => {
  await database.query('INSERT INTO t SELECT number, number FROM numbers(1000)');
  const result = await database.execute('SELECT n FROM t WHERE id = 5');
  expect(result.freshness()).toBeUndefined();
  for await (const block of result.blocks) expect(block.rowCount).toBe(1);
  expect(result.summary).toMatchObject({ readRows: 1, resultRows: 1 });
  expect(result.freshness()).toMatchObject({
    level: 'strong',
    accessPath: 'default.t',
    ageMs: 0,
    tailRowsOverlaid: 0,
  });
  const written = await database.execute('INSERT INTO t VALUES (1, 1), (2, 2)');
  expect(written.summary.writtenRows).toBe(2);
});

test('limits stop a query: rows, memory, time, cancellation', async () => {
  await database.query('INSERT INTO t SELECT number, number FROM numbers(20000)');
  const run = (sql: string, settings: Record<string, number>): Promise<unknown> =>
    database.query(sql, { settings });
  await expect(run('SELECT sum(n) FROM t', { max_rows_to_read: 100 })).rejects.toMatchObject({
    code: 'TOO_MANY_ROWS',
  });
  await expect(
    run('SELECT n, count() FROM t GROUP BY n', { max_memory_usage: 10_000 }),
  ).rejects.toMatchObject({ code: 'MEMORY_LIMIT_EXCEEDED' });
  await expect(
    run('SELECT count() FROM numbers(100000000000)', { max_execution_time: 0.01 }),
  ).rejects.toMatchObject({ code: 'TIMEOUT_EXCEEDED' });
  await expect(run(`SELECT '${'x'.repeat(200)}'`, { max_query_size: 100 })).rejects.toMatchObject({
    code: 'QUERY_IS_TOO_LARGE',
  });
  await expect(database.query('SELECT sum(n) FROM t', { signal: AbortSignal.abort() })).rejects.toMatchObject(
    { code: 'QUERY_WAS_CANCELLED' },
  );
});

test('data of an insert may come beside the statement, and one bad row keeps all of them out', async () => {
  const insert = (data: string): Promise<unknown> =>
    database.query('INSERT INTO t FORMAT JSONEachRow', { data: Buffer.from(data) });
  await insert('{"id": 1, "n": "10"}\n{"id": 2, "n": 20}\n');
  await expect(insert('{"id": 3, "n": 30}\n{"id": "x", "n": 40}\n')).rejects.toThrow(/row 2/i);
  await database.query('INSERT INTO t FORMAT Values', { data: Buffer.from("(4, 40), (5, '50')") });
  expect(await database.query('SELECT id, n FROM t ORDER BY id')).toEqual([
    { id: 1, n: 10n },
    { id: 2, n: 20n },
    { id: 4, n: 40n },
    { id: 5, n: 50n },
  ]);
});

test('a block is written whole, and must have the columns of the table', async () => {
  const ids = columnOf({ kind: 'UInt32' }, [1, 2]);
  await insertBlock(database, 't', { rowCount: 2, columns: [ids, columnOf({ kind: 'Int64' }, [10n, 20n])] });
  expect(await database.query('SELECT sum(n) AS s FROM t')).toEqual([{ s: 30n }]);
  await expect(insertBlock(database, 't', { rowCount: 2, columns: [ids] })).rejects.toMatchObject({
    code: 'NUMBER_OF_COLUMNS_DOESNT_MATCH',
  });
});

test('metrics count statements, rows and lanes', async () => {
  await database.query('CREATE INDEX TABLE t_by_n ON t (n)');
  await database.query('INSERT INTO t VALUES (1, 1), (2, 2)');
  await database.query('SELECT * FROM t');
  await database.query('SELECT * FROM nowhere').catch(() => undefined);
  const lines = database.metrics().split('\n');
  expect(lines).toContain('winnow_row_writes_total 2');
  expect(lines).toContain('winnow_query_rows_returned_total 2');
  expect(lines).toContain('winnow_query_errors_total{code="60"} 1');
  expect(lines).toContain('winnow_query_duration_seconds_count{access_path="row table",kind="select"} 1');
  expect(lines).toContain('winnow_rows{table="default.t"} 2');
  expect(lines).toContain('winnow_index_table_live{index_table="default.t_by_n"} 1');
});

test('default_format stands in for FORMAT, and an unknown format is refused before anything runs', async () => {
  const formatOf = async (sql: string, settings: Record<string, string>): Promise<string | undefined> => {
    const result = await database.execute(sql, { settings });
    for await (const _ of result.blocks) continue;
    return result.format;
  };
  expect(await formatOf('SELECT 1', {})).toBeUndefined();
  expect(await formatOf('SELECT 1', { default_format: 'JSON' })).toBe('JSON');
  expect(await formatOf('SELECT 1 FORMAT CSV', { default_format: 'JSON' })).toBe('CSV');
  await expect(database.execute('SELECT 1 FORMAT CVS')).rejects.toMatchObject({ code: 'UNKNOWN_FORMAT' });
});

test('nothing answers once the store is closed', async () => {
  const table = database.table('t');
  await table.put({ id: 1 });
  await database.close();
  await expect(table.get({ id: 1 })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await expect(table.put({ id: 2 })).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await expect(table.range()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
});
