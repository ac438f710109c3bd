import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { schemaOf, writePart } from '../../test/support/parts.ts';
import { columnOf } from '../types/value.ts';
import type { Database } from './api.ts';
import { exportParts } from './export-parts.ts';
import { importParts } from './import-parts.ts';
import { open } from './open.ts';

let path: string;
let database: Database;
/** Of table m. */
let folder: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-alter-parts-'));
  database = await open(join(path, 'data'));
  await database.query('CREATE TABLE m (a UInt32, p UInt8) ENGINE = MergeTree PARTITION BY p ORDER BY a');
  await database.query('INSERT INTO m SELECT number, number % 2 FROM numbers(20)');
  const [part] = await database.query<{ path: string }>('SELECT path FROM system.parts');
  folder = dirname(part!.path);
});

afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

const parts = async (): Promise<string[]> =>
  (
    await database.query<{ name: string }>("SELECT name FROM system.parts WHERE table = 'm' ORDER BY name")
  ).map(({ name }) => name);
const detached = (): Promise<string[]> => readdir(join(folder, 'detached'));
const count = async (table = 'm'): Promise<bigint> =>
  (await database.query<{ n: bigint }>(`SELECT count() AS n FROM ${table}`))[0]!.n;

/** Changes the last byte of a file. */
async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(file, bytes);
}

test('a partition that is detached comes back with ATTACH under fresh block numbers', async () => {
  await database.query('ALTER TABLE m DETACH PARTITION 1');
  expect(await parts()).toEqual(['0_1_1_0']);
  expect(await detached()).toEqual(['1_2_2_0']);
  expect(await count()).toBe(10n);
  await database.query('ALTER TABLE m ATTACH PARTITION 1');
  expect(await parts()).toEqual(['0_1_1_0', '1_3_3_0']);
  expect(await detached()).toEqual([]);
  await database.query("ALTER TABLE m DETACH PART '1_3_3_0'");
  await database.query("ALTER TABLE m ATTACH PART '1_3_3_0'");
  expect(await database.query('SELECT a FROM m WHERE p = 1 AND a > 15 ORDER BY a')).toEqual([
    { a: 17 },
    { a: 19 },
  ]);
  expect(await parts()).toEqual(['0_1_1_0', '1_4_4_0']);
});

test('names of detached parts are not given again, not even by a store that is opened anew', async () => {
  await database.query('ALTER TABLE m DETACH PARTITION 1');
  await database.close();
  database = await open(join(path, 'data'));
  expect(await count()).toBe(10n);
  await database.query('INSERT INTO m VALUES (1, 1)');
  expect(await parts()).toEqual(['0_1_1_0', '1_3_3_0']);
  await cp(join(folder, '1_3_3_0'), join(folder, 'detached/1_3_3_0'), { recursive: true });
  await expect(database.query('ALTER TABLE m DETACH PARTITION 1')).rejects.toMatchObject({
    code: 'BAD_DATA_PART_NAME',
    message: expect.stringContaining('1_3_3_0'),
  });
  expect(await count()).toBe(11n);
});

test('DETACH waits for those who read the part, and leaves it in place when it is cancelled', async () => {
  const reading = await database.execute('SELECT a FROM m');
  const blocks = reading.blocks[Symbol.asyncIterator]();
  await blocks.next();
  const cancelled = new AbortController();
  const first = database.query('ALTER TABLE m DETACH PARTITION 1', { signal: cancelled.signal });
  cancelled.abort();
  await expect(first).rejects.toMatchObject({ code: 'QUERY_WAS_CANCELLED' });
  expect(await count()).toBe(20n);
  let isDone = false;
  const detaching = database.query('ALTER TABLE m DETACH PARTITION 1').then(() => (isDone = true));
  await expect.poll(() => count()).toBe(10n);
  expect(isDone).toBe(false);
  expect(await readdir(folder)).toContain('1_2_2_0');
  while (!(await blocks.next()).done) continue;
  await detaching;
  expect(await detached()).toEqual(['1_2_2_0']);
});

test('a damaged or unsorted part is refused by name, and everything stays as it was', async () => {
  await database.query('ALTER TABLE m DETACH PARTITION 0');
  await database.query('ALTER TABLE m DETACH PARTITION 1');
  const schema = schemaOf({ a: 'UInt32', p: 'UInt8' }, { orderBy: ['a'], partitionBy: 'p' });
  const columns = [columnOf({ kind: 'UInt32' }, [2, 1]), columnOf({ kind: 'UInt8' }, [0, 0])];
  await writePart(join(folder, 'detached/0_9_9_0'), schema, [{ rowCount: 2, columns }]);
  await expect(database.query('ALTER TABLE m ATTACH PARTITION 0')).rejects.toThrow(
    /0_9_9_0 cannot be taken: .*rows in the order of the sorting key/,
  );
  expect(await detached()).toEqual(['0_1_1_0', '0_9_9_0', '1_2_2_0']);
  await damage(join(folder, 'detached/1_2_2_0/a.bin'));
  await expect(database.query("ALTER TABLE m ATTACH PART '1_2_2_0'")).rejects.toThrow(
    /1_2_2_0 cannot be taken: damaged data in .*a\.bin/,
  );
  await rename(join(folder, 'detached/0_9_9_0'), join(folder, 'detached/1_9_9_0'));
  await expect(database.query("ALTER TABLE m ATTACH PART '1_9_9_0'")).rejects.toThrow(/partition\.dat/);
  await expect(database.query("ALTER TABLE m ATTACH PART '7_1_1_0'")).rejects.toMatchObject({ number: 233 });
  await expect(database.query("ALTER TABLE m ATTACH PART '../1_1_1_0'")).rejects.toMatchObject({
    number: 233,
  });
  await expect(database.query("ALTER TABLE m DETACH PART '7_1_1_0'")).rejects.toMatchObject({ number: 232 });
  expect(await count()).toBe(0n);
});

test('a part that another covers stays where it is, so that no row comes twice', async () => {
  await database.query('INSERT INTO m VALUES (100, 1)');
  await database.query('ALTER TABLE m DETACH PARTITION 1');
  await database.query('ALTER TABLE m ATTACH PARTITION 1');
  await database.query('OPTIMIZE TABLE m PARTITION 1');
  await database.query('ALTER TABLE m DETACH PARTITION 1');
  const [merged] = await detached();
  await cp(join(folder, 'detached', merged!), join(folder, `detached/${merged!.replace(/_\d+$/, '_0')}`), {
    recursive: true,
  });
  await database.query('ALTER TABLE m ATTACH PARTITION 1');
  expect(await count()).toBe(21n);
});

test('what is exported is imported: into a table, and into one that create.sql makes', async () => {
  const from = join(path, 'export');
  await exportParts(database, 'm', from);
  expect(await importParts(database, 'm', from)).toEqual({
    table: 'default.m',
    created: false,
    parts: 2,
    rows: 20,
  });
  expect(await parts()).toEqual(['0_1_1_0', '0_3_3_0', '1_2_2_0', '1_4_4_0']);
  expect(await importParts(database, 'other.copy', from)).toMatchObject({ created: true, rows: 20 });
  expect(await count('other.copy')).toBe(20n);
  expect(await database.query('CHECK TABLE other.copy')).toMatchObject([{ is_passed: 1 }, { is_passed: 1 }]);
  await database.close();
  database = await open(join(path, 'data'));
  expect(await count()).toBe(40n);
  expect(await count('other.copy')).toBe(20n);
});

test('an import takes all or nothing, and no table stays that it made', async () => {
  const from = join(path, 'export');
  await exportParts(database, 'm', from);
  await damage(join(from, 'detached/1_2_2_0/a.mrk2'));
  await expect(importParts(database, 'm', from)).rejects.toThrow(/1_2_2_0 cannot be taken: .*a\.mrk2/);
  await expect(importParts(database, 'made', from)).rejects.toThrow(/1_2_2_0 cannot be taken/);
  await expect(database.query('SELECT * FROM made')).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
  expect(await parts()).toEqual(['0_1_1_0', '1_2_2_0']);
  await rm(join(from, 'create.sql'));
  await expect(importParts(database, 'made', from)).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
  await expect(importParts(database, 'm', path)).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
});
