// bitmap-index.test.ts — INDEX … TYPE bitmap: what is read with it, and that its files change no answer.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import type { Database } from './api.ts';
import { engineOf } from './database.ts';
import { exportParts } from './export-parts.ts';
import { open } from './open.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

let path: string;
let database: Database;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-bitmap-'));
  await reopen();
});

afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

async function reopen(): Promise<void> {
  await database?.close();
  database = await open(path);
}

const indexes = ['status', 'country', 'paid', 'day'].map((name) => `INDEX by_${name} ${name} TYPE bitmap`);

/** Orders by id, in granules of 64 rows; `plain` has the same rows without bitmaps. */
async function createOrders(rowCount = 20_000): Promise<void> {
  const columns = `id UInt32, status LowCardinality(String), country Nullable(String), paid Bool, day Date, amount UInt32`;
  for (const [name, more] of [
    ['orders', `, ${indexes.join(', ')}`],
    ['plain', ''],
  ] as const)
    await database.query(
      `CREATE TABLE ${name} (${columns}${more}) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 64`,
    );
  await insertOrders(0, rowCount);
}

async function insertOrders(from: number, to: number): Promise<void> {
  const row = `toUInt32(number), ['new', 'paid', 'sent', 'void'][number % 4 + 1], if(number % 5 = 0, NULL, ['de', 'fr', 'it'][number % 3 + 1]),
    number % 2 = 0, toDate('2024-01-01') + intDiv(number, 1000), toUInt32(number % 977)`;
  for (const name of ['orders', 'plain'])
    await database.query(`INSERT INTO ${name} SELECT ${row} FROM numbers(${from}, ${to - from})`);
}

type Read = { readonly rows: unknown[]; readonly readRows: number; readonly readBytes: number };

async function read(sql: string): Promise<Read> {
  const result = await database.execute(sql);
  return { rows: await result.rows(), ...result.summary };
}

async function sameAsPlain(condition: string): Promise<Read> {
  const shown = `id, status, country, paid, day, amount`;
  const found = await read(`SELECT ${shown} FROM orders WHERE ${condition} ORDER BY id`);
  const expected = await read(`SELECT ${shown} FROM plain WHERE ${condition} ORDER BY id`);
  expect(found.rows, condition).toEqual(expected.rows);
  return found;
}

async function bitmapFiles(): Promise<string[]> {
  const files = await readdir(path, { recursive: true });
  return files.filter((file) => file.endsWith('.bitmap')).sort();
}

/** What EXPLAIN FUNNEL ANALYZE says of a stage. */
async function stage(name: string, sql: string): Promise<string | undefined> {
  const lines = await database.query<{ explain: string }>(`EXPLAIN FUNNEL ANALYZE ${sql}`);
  return lines.map(({ explain }) => explain).find((line) => line.startsWith(name));
}

const threeConditions = "status = 'paid' AND (country IN ('de', 'it') OR NOT paid)";

test('AND and OR of three conditions read no byte of their columns', async () => {
  await createOrders();
  const counted = await read(`SELECT count() AS n FROM orders WHERE ${threeConditions}`);
  expect(counted.rows).toEqual((await read(`SELECT count() AS n FROM plain WHERE ${threeConditions}`)).rows);
  expect(counted.readBytes).toBe(0);
  const { readBytes } = await read(`SELECT count() FROM plain WHERE ${threeConditions}`);
  expect(readBytes).toBeGreaterThan(20_000);
  const summed = await read(`SELECT sum(amount) AS n FROM orders WHERE ${threeConditions}`);
  expect(summed.rows).toEqual(
    (await read(`SELECT sum(amount) AS n FROM plain WHERE ${threeConditions}`)).rows,
  );
  expect(summed.readBytes).toBe(4 * summed.readRows);
});

test('granules without a row that is left are not read, and the funnel says so', async () => {
  await createOrders();
  const { readRows } = await sameAsPlain(
    "day BETWEEN '2024-01-03' AND '2024-01-04' AND status != 'void' AND amount > 5",
  );
  expect(readRows).toBe(1500);
  const sql = "SELECT sum(amount) FROM orders WHERE day = '2024-01-05' AND status LIKE 'p%' AND amount > 5";
  expect(await stage('bitmaps', sql)).toMatch(/ 250 +20 000 .*bitmap index by_status, by_day: /);
  expect(await stage('granules', sql)).toMatch(/ 17 /);
  const plan = await database.query<{ explain: string }>(`EXPLAIN ${sql}`);
  expect(plan.map(({ explain }) => explain).join('\n')).toMatch(
    /Filter greater\(amount, 5\)\n *Filter by bitmaps equals\(day, '2024-01-05'\), like\(status, 'p%'\)\n *Scan orders/,
  );
  expect(await stage('rows', sql)).toMatch(/remaining: greater\(amount, 5\)/);
});

test.each([
  "status = 'none'",
  "status != 'none'",
  'country IS NULL',
  "country IS NOT NULL AND NOT (country > 'de')",
  "NOT (country = 'de' AND paid)",
  "country NOT IN ('de', 'fr')",
  'paid',
  'toDayOfWeek(day) < 3 AND paid = 0',
  "upper(status) LIKE '%E%' OR day < '2024-01-02'",
  "(country = 'fr') = paid",
  "coalesce(country, 'xx') = 'xx' AND id % 3 = 1",
])('%s: the rows are those without bitmaps', async (condition) => {
  await createOrders(3000);
  await sameAsPlain(condition);
});

const typed = [
  ['Int128', 'toInt128(number % 5) - 2', 'x > -1'],
  ['Decimal(38, 2)', 'toDecimal128(toString(number % 7), 2)', 'x BETWEEN 2 AND 4.5'],
  ['Nullable(Float64)', '[nan, -0., 0., 1.5, NULL][number % 5 + 1]', 'x = 0 OR x > 1'],
  ['Nullable(Float64)', '[nan, -0., 0., 1.5, NULL][number % 5 + 1]', 'x != x'],
  ['LowCardinality(UInt16)', 'toUInt16(number % 300)', 'x % 7 = 3'],
  [
    'LowCardinality(Nullable(Date))',
    "if(number % 4 = 0, NULL, toDate('2024-01-01') + number % 9)",
    "NOT (x < '2024-01-05')",
  ],
  ["Enum16('a' = 1, 'b' = 300)", "['a', 'b'][number % 2 + 1]", "x != 'a'"],
  ['IPv4', "toIPv4(concat('10.0.0.', toString(number % 9)))", "x IN ('10.0.0.1', '10.0.0.7')"],
  ['FixedString(3)', 'toString(number % 13)', "x = '12' OR x LIKE '3%'"],
  [
    'UUID',
    "toUUID(concat('00000000-0000-0000-0000-00000000000', toString(number % 9)))",
    "x > '00000000-0000-0000-0000-000000000004'",
  ],
  ['DateTime', "toDateTime('2024-01-01 00:00:00') + (number % 6) * 3600", 'toHour(x) IN (2, 4)'],
] as const;

test.each(typed)('%s: %s, %s is answered by bitmaps as by the column', async (type, value, condition) => {
  for (const [name, index] of [
    ['b', ', INDEX i x TYPE bitmap'],
    ['p', ''],
  ] as const) {
    await database.query(
      `CREATE TABLE ${name} (id UInt32, x ${type}${index}) ENGINE = MergeTree ORDER BY id`,
    );
    await database.query(`INSERT INTO ${name} SELECT number, ${value} FROM numbers(400)`);
  }
  const [found, expected] = [
    await read(`SELECT id FROM b WHERE ${condition}`),
    await read(`SELECT id FROM p WHERE ${condition}`),
  ];
  expect(found.rows).toEqual(expected.rows);
  expect(found.rows.length).toBeGreaterThan(0);
  expect(found.readBytes).toBe(4 * found.rows.length);
});

test('a condition that fails for some value leaves its rows to the filter, which asks in the order of the query', async () => {
  await createOrders(1000);
  const failing = "toUInt8(replaceAll(status, 'new', '7')) = 7";
  await expect(read(`SELECT count() FROM orders WHERE ${failing}`)).rejects.toThrow(/is not a whole number/);
  await sameAsPlain(`id % 4 = 0 AND ${failing}`);
});

test('a column of too many values has no bitmaps, and is told apart from one whose file is missing', async () => {
  await database.query(
    'CREATE TABLE m (a UInt32, b UInt8, INDEX i a TYPE bitmap, INDEX j b TYPE bitmap) ENGINE = MergeTree ORDER BY tuple()',
  );
  await database.query('INSERT INTO m SELECT number, number % 5 FROM numbers(4097)');
  expect((await read('SELECT count() AS n FROM m WHERE a = 7 AND b = 2')).rows).toEqual([{ n: 1n }]);
  expect(await stage('bitmaps', 'SELECT count() FROM m WHERE a = 7 AND b = 2')).toMatch(/ 819 /);
  expect(await bitmapFiles()).toHaveLength(2);
  await database.query('TRUNCATE TABLE m');
  await database.query('INSERT INTO m SELECT number, number % 5 FROM numbers(4096)');
  expect((await read('SELECT count() AS n FROM m WHERE a = 7')).readBytes).toBe(0);
});

test('files follow their parts: inserts, merges, DETACH, TRUNCATE, DROP, and opening', async () => {
  await createOrders(1000);
  await insertOrders(1000, 1500);
  expect((await bitmapFiles()).map((file) => file.slice(file.lastIndexOf('/') + 1))).toEqual(
    ['all_1_1_0', 'all_2_2_0'].flatMap((part) =>
      ['country', 'day', 'paid', 'status'].map((name) => `${part}.by_${name}.bitmap`),
    ),
  );
  await database.query('OPTIMIZE TABLE orders FINAL');
  await sameAsPlain("status = 'sent'");
  const [stranger] = await bitmapFiles();
  await database.close();
  await writeFile(join(path, stranger!.replace('all_1_2_1', 'all_9_9_0')), 'from a crash');
  await reopen();
  const merged = await bitmapFiles();
  expect(merged).toHaveLength(4);
  expect(merged.every((file) => file.includes('/all_1_2_1.by_'))).toBe(true);
  expect((await read(`SELECT count() FROM orders WHERE ${threeConditions}`)).readBytes).toBe(0);
  await database.query("ALTER TABLE orders DETACH PART 'all_1_2_1'");
  expect(await bitmapFiles()).toEqual([]);
  await database.query("ALTER TABLE orders ATTACH PART 'all_1_2_1'");
  expect(await bitmapFiles()).toHaveLength(4);
  await sameAsPlain("status = 'sent'");
  await database.query('TRUNCATE TABLE orders');
  await database.query('DROP TABLE orders');
  await database.query('DROP TABLE plain');
  await expect.poll(bitmapFiles, { timeout: 10_000 }).toEqual([]);
});

/** Resolves when no bitmaps are made any more; they are made behind the query that missed them. */
async function restored(): Promise<void> {
  const { store } = engineOf(database);
  const { id } = store.find('default', 'orders')!;
  const before = store.mergeTree(id).folder;
  await before.bitmaps.settled();
}

test(`damaged and missing files change no answer and are made again, seed ${seed}`, async () => {
  await createOrders(3000);
  const random = createRandom(seed);
  const files = await bitmapFiles();
  const whole = new Map<string, Buffer>();
  for (const file of files) whole.set(file, await readFile(join(path, file)));
  let wholeAgain = 0;
  for (let round = 0; round < 24; round++) {
    const file = random.pick(files);
    const bytes = Buffer.from(whole.get(file)!);
    const kind = random.int(4);
    if (kind === 0) await rm(join(path, file));
    else if (kind === 1) await writeFile(join(path, file), bytes.subarray(0, random.int(bytes.length)));
    else if (kind === 2) await writeFile(join(path, file), whole.get(random.pick(files))!);
    else {
      bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
      await writeFile(join(path, file), bytes);
    }
    // Small files are read once.
    await reopen();
    await sameAsPlain(
      random.pick([threeConditions, "status = 'new' AND day < '2024-01-02'", "country = 'fr' OR paid"]),
    );
    await sameAsPlain(`${threeConditions} AND day != '2024-01-02'`);
    await restored();
    const now = await readFile(join(path, file));
    const isWhole = now.equals(whole.get(file)!);
    if (isWhole) wholeAgain++;
    // A flip in a bitmap that no condition reads stays until one does.
    else expect(kind, file).toBe(3);
  }
  expect(wholeAgain).toBeGreaterThan(6);
});

test('CHECK TABLE finds bitmaps that do not say what the rows are, and their size is shown', async () => {
  await createOrders(1000);
  const check = 'CHECK TABLE orders SETTINGS check_query_single_value_result = 0';
  expect(await database.query(check)).toEqual([{ part_path: 'all_1_1_0', is_passed: 1, message: '' }]);
  const [file] = await bitmapFiles();
  const whole = await readFile(join(path, file!));
  const sizes = 'SELECT name, data_compressed_bytes AS bytes FROM system.data_skipping_indices';
  expect((await database.query(sizes))[1]).toEqual({ name: 'by_country', bytes: BigInt(whole.length) });
  await rm(join(path, file!));
  expect(await database.query(check)).toMatchObject([{ is_passed: 1 }]);
  const other = whole.map((byte, i) => (i < whole.length - 1 ? byte : byte ^ 1));
  await writeFile(join(path, file!), other);
  expect(await database.query(check)).toMatchObject([
    { is_passed: 0, message: expect.stringMatching(/by_country.bitmap: expected the bitmaps of the rows/) },
  ]);
  await restored();
  expect(await readFile(join(path, file!))).toEqual(whole);
});

test('an index that is added is made by MATERIALIZE, or behind a query that misses it; DROP takes its files away', async () => {
  await createOrders(1000);
  await insertOrders(1000, 1200);
  await database.query('ALTER TABLE orders ADD INDEX by_amount amount TYPE bitmap');
  const added = async (): Promise<string[]> =>
    (await bitmapFiles()).filter((file) => file.includes('by_amount'));
  expect(await added()).toEqual([]);
  await sameAsPlain("amount = 77 AND status = 'paid'");
  await restored();
  expect(await added()).toHaveLength(2);
  expect((await read('SELECT count() FROM orders WHERE amount = 77')).readBytes).toBe(0);
  await database.query('ALTER TABLE orders DROP INDEX by_amount');
  expect(await added()).toEqual([]);
  await sameAsPlain('amount = 77');
  await database.query('ALTER TABLE orders ADD INDEX by_amount id TYPE bitmap');
  await database.query('ALTER TABLE orders MATERIALIZE INDEX by_amount');
  expect(await added()).toHaveLength(2);
  expect((await read('SELECT count() FROM orders WHERE id = 77')).readBytes).toBe(0);
  await sameAsPlain('id = 77');
  await sameAsPlain('amount = 77');
  await expect(database.query('ALTER TABLE orders CLEAR INDEX by_amount')).rejects.toThrow(
    /CLEAR INDEX of a bitmap/,
  );
});

test('a columnar index table answers by bitmaps over masked rows and an unapplied tail, with and without a second hop', async () => {
  await database.query(
    'CREATE TABLE r (id UInt32, status LowCardinality(String), paid Bool, note String) ENGINE = RowTable PRIMARY KEY (id)',
  );
  await database.query(
    `CREATE INDEX TABLE facts ON r LAYOUT COLUMNAR (status, paid) ORDER BY (status) INDEX by_status status TYPE bitmap
     INDEX by_paid paid TYPE bitmap SETTINGS index_granularity = 16`,
  );
  const row = "toUInt32(number), ['new', 'paid', 'sent'][number % 3 + 1], number % 2 = 0, toString(number)";
  await database.query(`INSERT INTO r SELECT ${row} FROM numbers(2000)`);
  await database.query('DELETE FROM r WHERE id >= 500 AND id < 600');
  await database.drain();
  await database.query('SYSTEM STOP LANES facts');
  await database.query("UPDATE r SET status = 'void', paid = true WHERE id >= 900 AND id < 1000");
  await database.query('DELETE FROM r WHERE id < 50');
  const conditions = [
    "status = 'paid' AND paid",
    "status IN ('void', 'new') AND NOT paid",
    "paid OR status > 'paid'",
  ];
  for (const condition of conditions) {
    for (const shown of ['id, status', 'id, note']) {
      const ask = (path: string): Promise<Read> =>
        read(`SELECT ${shown} FROM r USE INDEX (${path}) WHERE ${condition} ORDER BY id`);
      const byBitmaps = await ask('facts');
      expect(byBitmaps.rows, condition).toEqual((await ask('PRIMARY')).rows);
      expect(byBitmaps.rows.length).toBeGreaterThan(100);
    }
  }
  const sql = `SELECT note FROM r USE INDEX (facts) WHERE ${conditions[0]}`;
  expect(await stage('bitmaps', sql)).toMatch(/bitmap index by_status, by_paid: /);
  expect(await stage('entries', sql)).toBeUndefined();
  await database.query('SYSTEM START LANES facts');
  await database.query('OPTIMIZE TABLE facts FINAL');
  await database.drain();
  await reopen();
  expect((await bitmapFiles()).length).toBeGreaterThan(1);
  expect((await read(`SELECT count() FROM r USE INDEX (facts) WHERE ${conditions[1]}`)).readBytes).toBe(0);
});

test('the definition is shown, survives a reopen, and stays out of what ClickHouse is given', async () => {
  await database.query(
    'CREATE TABLE m (a UInt8, s Nullable(String), INDEX `by s` s TYPE bitmap GRANULARITY 4) ENGINE = MergeTree ORDER BY a',
  );
  await database.query("INSERT INTO m VALUES (1, 'x'), (2, NULL)");
  const shown = async (): Promise<unknown> => (await database.query('SHOW CREATE TABLE m'))[0];
  const before = await shown();
  expect(JSON.stringify(before)).toContain('INDEX `by s` s TYPE bitmap GRANULARITY 4');
  await reopen();
  expect(await shown()).toEqual(before);
  const folder = join(path, 'exported');
  await exportParts(database, 'm', folder);
  const script = await readFile(join(folder, 'create.sql'), 'utf8');
  expect(script).not.toMatch(/INDEX|TYPE bitmap/);
  expect(script).toContain('-- Without the bitmap index `by s`, a type that ClickHouse does not have.');
  expect(await readdir(join(folder, 'detached'))).toEqual(['all_1_1_0']);
  expect((await readdir(join(folder, 'detached/all_1_1_0'))).join()).not.toContain('bitmap');
});

test.each([
  ['INDEX i a TYPE bitmap(3)', /takes no arguments/],
  ['INDEX i a + 1 TYPE bitmap', /a bitmap index on an expression/],
  ['INDEX i tags TYPE bitmap', /Array\(String\)/],
  ['INDEX i nothing TYPE bitmap', /there is no column nothing/],
])('%s is refused', async (index, message) => {
  await expect(
    database.query(`CREATE TABLE m (a UInt8, tags Array(String), ${index}) ENGINE = MergeTree ORDER BY a`),
  ).rejects.toThrow(message);
});
