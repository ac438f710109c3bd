// alter-skip-index.test.ts — ALTER TABLE … INDEX beside inserts, and after the store is opened again.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { schemaOf, writePart } from '../../test/support/parts.ts';
import { columnOf } from '../types/value.ts';
import type { Database } from './api.ts';
import { open } from './open.ts';

let path: string;
let database: Database;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-alter-index-'));
  database = await open(path);
});
afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

const names = async (table: string): Promise<string[]> => {
  const rows = await database.query(`SELECT name FROM system.parts WHERE table = '${table}' ORDER BY name`);
  return rows.map(({ name }) => name as string);
};

test('what was altered is there when the store is opened again, and block numbers go on behind mutations', async () => {
  await database.query('CREATE TABLE t (a UInt32, s String) ENGINE = MergeTree ORDER BY a');
  await database.query("INSERT INTO t VALUES (1, 'x')");
  await database.query('ALTER TABLE t ADD INDEX i lower(s) TYPE set(3) GRANULARITY 2');
  await database.query('ALTER TABLE t MATERIALIZE INDEX i');
  expect(await names('t')).toEqual(['all_1_1_0_2']);
  await database.close();
  database = await open(path);
  const [created] = await database.query('SHOW CREATE TABLE t');
  expect(Object.values(created!)[0]).toContain('INDEX i lower(s) TYPE set(3) GRANULARITY 2\n)');
  await database.query("INSERT INTO t VALUES (2, 'y')");
  expect(await names('t')).toEqual(['all_1_1_0_2', 'all_3_3_0']);
  await database.query('ALTER TABLE t DROP INDEX i');
  await database.close();
  database = await open(path);
  expect(await database.query('SELECT name FROM system.data_skipping_indices')).toEqual([]);
  expect(await database.query('SELECT a, s FROM t ORDER BY a')).toEqual([
    { a: 1, s: 'x' },
    { a: 2, s: 'y' },
  ]);
});

test('an index is never one that had its name before, whatever inserts and merges run beside', async () => {
  await database.query('CREATE TABLE t (a UInt32, b UInt32) ENGINE = MergeTree ORDER BY a');
  const inserts = async (): Promise<void> => {
    for (let i = 0; i < 25; i++)
      await database.query(`INSERT INTO t SELECT number, 1000 + number FROM numbers(${10 * i}, 10)`);
  };
  const alters = async (): Promise<void> => {
    for (let i = 0; i < 12; i++) {
      await database.query(`ALTER TABLE t ADD INDEX i ${i % 2 ? 'a' : 'b'} TYPE minmax`);
      if (i % 3 === 0) await database.query('ALTER TABLE t MATERIALIZE INDEX i');
      if (i % 5 === 0) await database.query('ALTER TABLE t CLEAR INDEX i');
      await database.query('ALTER TABLE t DROP INDEX i');
    }
  };
  await Promise.all([inserts(), inserts(), alters()]);
  await database.query('ALTER TABLE t ADD INDEX i a TYPE minmax');
  await database.query('ALTER TABLE t MATERIALIZE INDEX i');
  await database.query('ALTER TABLE t DROP INDEX i');
  await database.query('ALTER TABLE t ADD INDEX i b TYPE minmax');
  await database.query('ALTER TABLE t MATERIALIZE INDEX i');
  expect(await database.query('SELECT count() AS c, sum(b - a) AS d FROM t')).toEqual([
    { c: 500n, d: 500_000n },
  ]);
  expect(await database.query('SELECT count() AS c FROM t WHERE b >= 1240')).toEqual([{ c: 20n }]);
  const checks = await database.query('CHECK TABLE t SETTINGS check_query_single_value_result = 0');
  expect(checks.map(({ message }) => message)).toEqual(checks.map(() => ''));
});

test('a part with a column of another type is written again before there is an index of it', async () => {
  await database.query('CREATE TABLE t (a UInt32, b Int32) ENGINE = MergeTree ORDER BY a');
  await database.query('INSERT INTO t VALUES (1, 1)');
  const [part] = await database.query<{ path: string }>('SELECT path FROM system.parts');
  const schema = schemaOf({ a: 'UInt32', b: 'Int8' }, { orderBy: ['a'] });
  const columns = [columnOf({ kind: 'UInt32' }, [1, 2, 3]), columnOf({ kind: 'Int8' }, [-1, 0, 1])];
  await writePart(join(dirname(part!.path), 'detached/all_9_9_0'), schema, [{ rowCount: 3, columns }]);
  await database.query("ALTER TABLE t ATTACH PART 'all_9_9_0'");
  await database.query('ALTER TABLE t ADD INDEX i b TYPE bloom_filter');
  await database.close();
  database = await open(path);
  expect(await database.query('SELECT a FROM t WHERE b = -1')).toEqual([{ a: 1 }]);
  expect(await database.query('SELECT count() AS n FROM t')).toEqual([{ n: 4n }]);
});
