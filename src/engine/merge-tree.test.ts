import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { nodePorts } from '../io/node-ports.ts';
import { columnOf } from '../types/value.ts';
import { insertBlock } from './insert-block.ts';
import { open, type OpenOptions } from './open.ts';
import type { Database } from './api.ts';

let path: string;
let database: Database;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-merge-tree-'));
  await reopen();
});

afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

async function reopen(options: OpenOptions = {}): Promise<void> {
  await database?.close();
  database = await open(path, options);
}

const createTable = (): Promise<unknown> =>
  database.query('CREATE TABLE m (a UInt32, p UInt8) ENGINE = MergeTree PARTITION BY p ORDER BY a');
const partNames = async (): Promise<string[]> =>
  (await database.query<{ name: string }>('SELECT name FROM system.parts ORDER BY name')).map(
    ({ name }) => name,
  );
const count = async (): Promise<bigint> =>
  (await database.query<{ n: bigint }>('SELECT count() AS n FROM m'))[0]!.n;

async function filesOfTable(): Promise<string[]> {
  const store = join(path, 'store');
  const [prefix = ''] = await readdir(store);
  const [uuid] = await readdir(join(store, prefix));
  return uuid === undefined ? [] : (await readdir(join(store, prefix, uuid))).sort();
}

/** What lies in the table's folder beside its active parts. */
async function strangers(): Promise<string[]> {
  const known = new Set([...(await partNames()), 'format_version.txt']);
  return (await filesOfTable()).filter((name) => !known.has(name));
}

test('a block of rows becomes one part per partition, and the typed API refuses a table whose rows have no key', async () => {
  await createTable();
  const types = [{ kind: 'UInt32' }, { kind: 'UInt8' }] as const;
  const block = {
    rowCount: 4,
    columns: [columnOf(types[0], [3, 1, 2, 0]), columnOf(types[1], [0, 0, 1, 0])],
  };
  await insertBlock(database, 'm', block);
  expect(await partNames()).toEqual(['0_1_1_0', '1_2_2_0']);
  expect(await database.query('SELECT a, p FROM m ORDER BY a')).toEqual([
    { a: 0, p: 0 },
    { a: 1, p: 0 },
    { a: 2, p: 1 },
    { a: 3, p: 0 },
  ]);
  const lines = database.metrics().split('\n');
  expect(lines).toContain('winnow_rows{table="default.m"} 4');
  expect(lines).toContain('winnow_parts{table="default.m"} 2');
  const narrow = { rowCount: 4, columns: block.columns.slice(1) };
  await expect(insertBlock(database, 'm', narrow)).rejects.toMatchObject({
    code: 'NUMBER_OF_COLUMNS_DOESNT_MATCH',
  });
  await expect(database.table('m').get({ a: 1 })).rejects.toMatchObject({ code: 'UNSUPPORTED_METHOD' });
  await expect(database.table('m').put({ a: 1, p: 1 })).rejects.toMatchObject({ code: 'UNSUPPORTED_METHOD' });
});

test('a large insert is several blocks and still one insert: all parts appear, or none and nothing stays', async () => {
  await createTable();
  const rows = 1_048_576 + 1000;
  await expect(
    database.query(
      `INSERT INTO m SELECT intDiv(number, ${rows - 1} - toInt64(number)), 0 FROM numbers(${rows})`,
    ),
  ).rejects.toMatchObject({ code: 'ILLEGAL_DIVISION' });
  expect(await filesOfTable()).toEqual(['format_version.txt']);
  await database.query(`INSERT INTO m SELECT number, 0 FROM numbers(${rows})`);
  expect(await partNames()).toEqual(['0_1_1_0', '0_2_2_0']);
  expect(await database.query('SELECT sum(rows) AS n, max(rows) AS most FROM system.parts')).toEqual([
    { n: BigInt(rows), most: 1_048_576n },
  ]);
});

test('inserts are slowed down, then refused, when a partition has too many parts', async () => {
  const slept: number[] = [];
  const timers = {
    ...nodePorts.timers,
    sleep: async (delayMs: number): Promise<void> => void slept.push(delayMs),
  };
  const settings = { parts_to_delay_insert: 2, parts_to_throw_insert: 4 };
  await reopen({ ports: { ...nodePorts, timers }, settings });
  await createTable();
  const insert = (): Promise<unknown> => database.query('INSERT INTO m VALUES (1, 7)');
  await insert();
  await insert();
  expect(slept).toEqual([]);
  await insert();
  await insert();
  expect(slept).toEqual([500, 1000]);
  await expect(insert()).rejects.toMatchObject({
    code: 'TOO_MANY_PARTS',
    message: 'a partition of default.m has 4 parts',
  });
  expect(await count()).toBe(4n);
  await database.query('OPTIMIZE TABLE m');
  await insert();
  expect(await count()).toBe(5n);
});

test('many small inserts are merged in the background, into the rows that went in', async () => {
  await createTable();
  for (let i = 0; i < 30; i++) await database.query(`INSERT INTO m SELECT number + ${i}, 0 FROM numbers(3)`);
  await expect.poll(async () => (await partNames()).length, { timeout: 10_000 }).toBeLessThan(15);
  expect(await database.query('SELECT count() AS n, sum(a) AS s FROM m')).toEqual([{ n: 90n, s: 1395n }]);
  await reopen();
  expect(await database.query('SELECT count() AS n, sum(a) AS s FROM m')).toEqual([{ n: 90n, s: 1395n }]);
  await expect.poll(strangers).toEqual([]);
});

test('a query reads the parts it began with, though they are merged and the table is dropped meanwhile', async () => {
  await createTable();
  for (let i = 0; i < 3; i++)
    await database.query(`INSERT INTO m SELECT number, ${i} % 2 FROM numbers(70000)`);
  const { blocks } = await database.execute('SELECT a FROM m');
  const reading = blocks[Symbol.asyncIterator]();
  let rows = (await reading.next()).value!.rowCount as number;
  await database.query('OPTIMIZE TABLE m FINAL');
  expect(await filesOfTable()).toEqual(['0_1_1_0', '0_1_3_1', '0_3_3_0', '1_2_2_0', 'format_version.txt']);
  await database.query('DROP TABLE m');
  for (let next = await reading.next(); !next.done; next = await reading.next()) rows += next.value.rowCount;
  expect(rows).toBe(210_000);
  await expect.poll(filesOfTable).toEqual([]);
});

test('an insert that is under way when its table is dropped is refused', async () => {
  await createTable();
  const inserting = database.query('INSERT INTO m SELECT number, 0 FROM numbers(500000)');
  const refused = expect(inserting).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
  await database.query('DROP TABLE m');
  await refused;
  await createTable();
  expect(await count()).toBe(0n);
});

test('a store that closes ends the inserts that run, and adds nothing of them', async () => {
  await createTable();
  const inserting = database.query('INSERT INTO m SELECT number, 0 FROM numbers(1000000000)');
  const refused = expect(inserting).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  await nodePorts.timers.sleep(100);
  await database.close();
  await refused;
  await reopen();
  expect(await count()).toBe(0n);
  expect(await filesOfTable()).toEqual(['format_version.txt']);
});

test('OPTIMIZE merges however many parts there are', async () => {
  await createTable();
  await Promise.all(
    Array.from({ length: 240 }, (_, i) => database.query(`INSERT INTO m VALUES (${i}, 0), (${i}, 0)`)),
  );
  await database.query('OPTIMIZE TABLE m');
  expect(await partNames()).toHaveLength(1);
  expect(await database.query('SELECT count() AS n, uniqExact(a) AS u FROM m')).toEqual([
    { n: 480n, u: 240n },
  ]);
});

test('settings of a table stay with it, and cut the parts that merges write', async () => {
  await database.query(
    'CREATE TABLE m (a UInt32, s String) ENGINE = MergeTree ORDER BY a SETTINGS index_granularity_bytes = 0, index_granularity = 100, max_compress_block_size = 3000',
  );
  const created = await database.query('SHOW CREATE TABLE m');
  const insert = "INSERT INTO m SELECT number, repeat('x', 100) FROM numbers(250)";
  await database.query(insert);
  await reopen();
  expect(await database.query('SHOW CREATE TABLE m')).toEqual(created);
  await database.query(insert);
  await database.query('OPTIMIZE TABLE m');
  const [{ path: part }] = (await database.query('SELECT path FROM system.parts')) as [{ path: string }];
  const data = await readFile(join(part, 's.bin'));
  const blocks: number[] = [];
  for (let at = 0; at < data.length; at += 16 + data.readUInt32LE(at + 17))
    blocks.push(data.readUInt32LE(at + 21));
  expect(blocks.slice(0, -1)).toEqual(Array.from({ length: 16 }, () => 3000));
  expect((await readFile(join(part, 's.mrk'))).length).toBe(16 * 5);
});

test('a store whose MergeTree table has lost its folder is not opened', async () => {
  await createTable();
  await database.query('INSERT INTO m VALUES (1, 1)');
  const [part] = await database.query<{ path: string }>('SELECT path FROM system.parts');
  await database.close();
  await rm(dirname(part!.path), { recursive: true });
  await expect(open(path)).rejects.toMatchObject({
    code: 'CANNOT_OPEN_FILE',
    message: expect.stringMatching(/^the parts of default.m are gone: no .*format_version.txt$/),
  });
});

test('a readonly request may check a table and may not merge it', async () => {
  await createTable();
  await database.query('INSERT INTO m VALUES (1, 1)');
  const checked = await database.query('CHECK TABLE m', { readonly: true });
  expect(checked).toEqual([{ part_path: '1_1_1_0', is_passed: 1, message: '' }]);
  await expect(database.query('OPTIMIZE TABLE m', { readonly: true })).rejects.toMatchObject({
    code: 'READONLY',
  });
});

test('a part that cannot be opened is set aside at the start, and CHECK TABLE says so', async () => {
  await createTable();
  await database.query('INSERT INTO m SELECT number, number % 2 FROM numbers(20)');
  const [part] = await database.query<{ path: string }>('SELECT path FROM system.parts');
  await database.close();
  await rm(join(part!.path, 'count.txt'));
  await reopen();
  expect(await partNames()).toEqual(['1_2_2_0']);
  expect(await count()).toBe(10n);
  expect(await database.query('CHECK TABLE m')).toEqual([
    {
      part_path: 'detached/broken-on-start_0_1_1_0',
      is_passed: 0,
      message: 'set aside when the store was opened, because it could not be read',
    },
    { part_path: '1_2_2_0', is_passed: 1, message: '' },
  ]);
  expect(await database.query('CHECK TABLE m PARTITION 1')).toHaveLength(1);
});

test('CHECK TABLE names the file of a damaged part, and a merge leaves that partition as it is', async () => {
  await createTable();
  await database.query('INSERT INTO m SELECT number, number % 2 FROM numbers(2000)');
  await database.query('INSERT INTO m SELECT number, number % 2 FROM numbers(2000)');
  const [part] = await database.query<{ path: string }>(
    "SELECT path FROM system.parts WHERE name = '0_1_1_0'",
  );
  const bytes = await readFile(join(part!.path, 'a.bin'));
  bytes[bytes.length - 5]! ^= 1;
  await writeFile(join(part!.path, 'a.bin'), bytes);
  expect(await database.query('CHECK TABLE m')).toEqual([
    {
      part_path: '0_1_1_0',
      is_passed: 0,
      message: expect.stringMatching(/damaged data in .*0_1_1_0\/a\.bin/),
    },
    { part_path: '0_3_3_0', is_passed: 1, message: '' },
    { part_path: '1_2_2_0', is_passed: 1, message: '' },
    { part_path: '1_4_4_0', is_passed: 1, message: '' },
  ]);
  await expect(database.query('SELECT sum(a) FROM m')).rejects.toThrow(/damaged data in .*0_1_1_0\/a\.bin/);
  await expect(database.query('OPTIMIZE TABLE m')).rejects.toThrow(/damaged data in .*0_1_1_0\/a\.bin/);
  await database.query('OPTIMIZE TABLE m PARTITION 1');
  expect(await partNames()).toEqual(['0_1_1_0', '0_3_3_0', '1_2_4_1']);
  await expect.poll(strangers).toEqual([]);
});
