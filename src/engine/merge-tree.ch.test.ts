// merge-tree.ch.test.ts — the same statements on ENGINE = MergeTree in Winnow and in ClickHouse give the same answers and
// the same parts; what Winnow exports, ClickHouse attaches.

import { Session } from 'chdb';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportParts } from './export-parts.ts';
import { open } from './open.ts';
import { answerText, columns, comparable, rowText } from './sql-oracle.test-support.ts';
import { queries } from './sql-queries.test-support.ts';
import type { Database } from './api.ts';

let path: string;
let database: Database;
let clickHouse: Session;

const tables: readonly string[] = [
  `t (${columns}) ENGINE = MergeTree PARTITION BY toYear(d) ORDER BY (a, s, id) PRIMARY KEY (a, s) SETTINGS index_granularity = 8`,
  'whole (a UInt32, s String) ENGINE = MergeTree ORDER BY tuple()',
  'by_two (a UInt32, s String, v Float64) ENGINE = MergeTree PARTITION BY (a % 3, s) ORDER BY a SETTINGS index_granularity = 16',
  `nullable (a Nullable(Int64), s LowCardinality(Nullable(String)), d Nullable(Date)) ENGINE = MergeTree PARTITION BY d ORDER BY (s, a)
   SETTINGS allow_nullable_key = 1, index_granularity = 4`,
  `nested (id UInt64, c LowCardinality(String), tags Array(String), codes Array(LowCardinality(Nullable(String))), m Map(String, UInt32),
   p Tuple(x Int32, y Array(Nullable(Float64)))) ENGINE = MergeTree PARTITION BY c ORDER BY id SETTINGS index_granularity = 8`,
  `coded (k LowCardinality(Int32), d LowCardinality(Nullable(Date)), u LowCardinality(UUID), f LowCardinality(FixedString(2)),
   n Array(LowCardinality(Nullable(UInt8)))) ENGINE = MergeTree PARTITION BY f ORDER BY (k, u) SETTINGS index_granularity = 8`,
  `kids (id UInt32, n Nested(age UInt8, name LowCardinality(String), marks Array(Nullable(Int8))), \`o.x\` Array(Date))
   ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 8`,
  `sums (k UInt32, s SimpleAggregateFunction(sum, UInt64), l SimpleAggregateFunction(any_value, Nullable(String)),
   a SimpleAggregateFunction(groupArrayArray, Array(UInt8)), c SimpleAggregateFunction(max, LowCardinality(String)))
   ENGINE = MergeTree ORDER BY k SETTINGS index_granularity = 8`,
  `kinds (k Int128, d Decimal(50, 3), a IPv4, b IPv6, e Enum16('x' = -300, 'y' = 1000), t Date32, u Nullable(UInt256))
   ENGINE = MergeTree PARTITION BY e ORDER BY (k, t, a, d, b) SETTINGS index_granularity = 8`,
  `indexed (id UInt64, s String, c LowCardinality(String), v Nullable(Int32), tags Array(String),
   INDEX by_text lower(s) TYPE tokenbf_v1(64, 2, 0) GRANULARITY 2, INDEX by_value (v, c) TYPE set(20),
   INDEX tags tags TYPE bloom_filter(1e-2), INDEX v v TYPE minmax GRANULARITY 3) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 8`,
];

const inserts: readonly string[] = [
  ...[0, 130, 260].map((start) => {
    const rows = Array.from({ length: start === 260 ? 40 : 130 }, (_, i) => rowText(start + i));
    return `INSERT INTO t FORMAT TabSeparated\n${rows.join('\n')}\n`;
  }),
  "INSERT INTO whole SELECT number * 7 % 50, concat('s', toString(number)) FROM numbers(50)",
  "INSERT INTO whole VALUES (1, 'a'), (0, ''), (1, 'b\\0c')",
  "INSERT INTO by_two SELECT number, concat('s', toString(number % 2)), number / 7 FROM numbers(200)",
  "INSERT INTO by_two VALUES (3, 's0', -1.5), (4, 'other', nan), (3, 's0', inf)",
  `INSERT INTO nullable SELECT if(number % 4 = 0, NULL, number % 9), if(number % 3 = 0, NULL, concat('k', toString(number % 5))),
   if(number % 5 = 0, NULL, toDate('2024-01-30') + number % 3) FROM numbers(60)`,
  'INSERT INTO nullable (a) VALUES (7), (NULL)',
  `INSERT INTO nested SELECT number, concat('c', toString(number % 3)), if(number % 4 = 0, [], [toString(number), 'x']),
   [NULL, toString(number % 2)], map('a', number, concat('k', toString(number % 7)), 1), (number % 5, [NULL, number / 2]) FROM numbers(100)`,
  `INSERT INTO coded SELECT number % 7 - 3, if(number % 5 = 0, NULL, toDate('2024-01-30') + number % 4),
   toUUID(concat('61f0c404-5cb3-11e7-907b-a6006ad3dba', toString(number % 10))), concat('f', toString(number % 2)),
   if(number % 3 = 0, [], [NULL, number % 11]) FROM numbers(200)`,
  `INSERT INTO kids VALUES ${Array.from({ length: 60 }, (_, i) => kidsOf(i)).join(', ')}`,
  "INSERT INTO kids (id, n.name) VALUES (1000, ['only', 'names']), (1001, [])",
  'INSERT INTO kids (id) VALUES (1002)',
  `INSERT INTO sums SELECT number, number * 3, if(number % 4 = 0, NULL, toString(number % 6)), range(number % 5), concat('c', toString(number % 4))
   FROM numbers(50)`,
  `INSERT INTO kids FORMAT JSONEachRow {"id":1003,"n.age":[7],"n.name":["x"],"n.marks":[[null,1]],"o.x":["2024-02-29","2024-03-01"]}`,
  `INSERT INTO kinds SELECT toInt128(number % 9) * toInt128('1000000000000000000000') - number, toDecimal256(number, 3) / 8,
   toIPv4(toUInt32(number * 77777777)), toIPv6(concat('2001:db8::', toString(number % 5))), if(number % 2 = 0, 'x', 'y'),
   toDate32('1930-01-01') + number * 999, if(number % 3 = 0, NULL, toUInt256(number) * toUInt256(number)) FROM numbers(100)`,
  "INSERT INTO kinds (k, t, e) VALUES (5, '1999-12-31', 'x'), (-5, '2299-12-31', 'x')",
  `INSERT INTO nested FORMAT JSONEachRow {"id":"7","c":"c0","tags":["late"],"codes":[],"m":{},"p":{"x":-1,"y":[null]}}`,
  `INSERT INTO indexed SELECT number, concat('Word', toString(number), ' of ', toString(number % 9)), toString(number % 3),
   if(number % 4 = 0, NULL, number % 50), [toString(number % 20)] FROM numbers(100)`,
];

/** One row with as many kids as its number says. */
function kidsOf(i: number): string {
  const kids = Array.from({ length: (i * 7) % 5 }, (_, n) => n);
  const marks = kids.map((n) => (n % 2 === 0 ? '[]' : `[${i % 100}, NULL]`));
  return `(${i}, [${kids.map((n) => n + (i % 9)).join()}], [${kids.map((n) => `'k${n}'`).join()}], [${marks.join()}], ['2024-01-02'])`;
}

const indexes = `SELECT name, type, type_full, expr, creation, granularity, data_uncompressed_bytes FROM system.data_skipping_indices
  WHERE database = 'oracle' AND table = 'indexed' ORDER BY name`;

const questions: readonly string[] = [
  'SELECT * FROM whole ORDER BY a, s',
  "SELECT s FROM whole WHERE a > 10 AND s < 's2' ORDER BY s",
  'SELECT a % 3 AS k, s, count(), sum(a), min(v), max(v) FROM by_two GROUP BY k, s ORDER BY k, s',
  "SELECT * FROM by_two WHERE s = 's0' AND a BETWEEN 90 AND 110 ORDER BY a",
  'SELECT a, s FROM by_two WHERE a = 3 ORDER BY s, v',
  'SELECT * FROM nullable ORDER BY s, a, d',
  "SELECT count(), sum(a) FROM nullable WHERE s = 'k1'",
  'SELECT count() FROM nullable WHERE s IS NULL AND a IS NOT NULL',
  'SELECT a FROM nullable WHERE a > 5 ORDER BY a',
  "SELECT count() FROM nullable WHERE d = '2024-01-31'",
  'SELECT s, uniqExact(a), count() FROM nullable GROUP BY s ORDER BY s',
  'SELECT * FROM nested ORDER BY id, c, tags',
  "SELECT id, tags[1] FROM nested WHERE c = 'c1' AND id < 20 ORDER BY id",
  'SELECT c, count(), sum(length(tags)) FROM nested GROUP BY c ORDER BY c',
  'SELECT * FROM coded ORDER BY k, u, d, f, n',
  'SELECT k, d, count(), sum(k), min(d) FROM coded GROUP BY k, d ORDER BY k, d',
  'SELECT u, uniqExact(k), max(f) FROM coded WHERE k > 0 AND d IS NOT NULL GROUP BY u ORDER BY u',
  "SELECT k + 1 AS next, toTypeName(next), toString(d) FROM coded WHERE u = '61f0c404-5cb3-11e7-907b-a6006ad3dba3' ORDER BY next, d, f, n",
  "SELECT count() FROM coded WHERE k IN (1, -3) AND f = 'f1' AND d IN ('2024-01-31', '2024-02-02')",
  'SELECT a.k, count() FROM coded AS a JOIN by_two AS b ON a.k = b.a GROUP BY a.k ORDER BY a.k',
  'SELECT DISTINCT k, f FROM coded ORDER BY k DESC, f LIMIT 5',
  'SELECT n[2] AS e, count() FROM coded GROUP BY e ORDER BY e',
  'SELECT * FROM kids ORDER BY id',
  "SELECT id, n.age, kids.n.name[1] FROM kids WHERE has(n.name, 'k1') AND kids.n.age[1] > 3 ORDER BY id",
  'SELECT n.age[1] AS first, count(), sum(length(n.marks)) FROM kids GROUP BY first ORDER BY first',
  'SELECT k.n.age FROM kids AS k WHERE k.id < 5 ORDER BY id',
  'SELECT * FROM kinds ORDER BY k, t, a, d, b',
  'SELECT * FROM sums ORDER BY k',
  "SELECT s + 1, toTypeName(s), [s], if(k > 3, s, s) AS i, a[1], l = '3', toTypeName(max(s)), sum(s) FROM sums GROUP BY s, k, a, l ORDER BY s LIMIT 9",
  "SELECT k FROM sums WHERE s = 30 OR l IN ('5') OR has(a, 3) OR c = 'c1' ORDER BY k",
  'SELECT c, min(s), any(l) IS NULL, count() FROM sums GROUP BY c ORDER BY c',
  'DESCRIBE TABLE sums',
  "SELECT k, a FROM kinds WHERE k > 3000000000000000000000. AND t < '2100-01-01' ORDER BY k, a",
  'SELECT e, sum(k), max(d), min(b), max(t), uniqExact(b), sum(u) FROM kinds GROUP BY e ORDER BY e',
  "SELECT b, count() FROM kinds WHERE k >= toInt128('-5') AND b IN ('2001:db8::1', '2001:db8::3') GROUP BY b ORDER BY b",
  `SELECT table, partition, partition_id, name, rows, level, min_block_number, max_block_number FROM system.parts
   WHERE database = 'oracle' AND active ORDER BY table, name`,
  "SELECT table, partition_id, sum(marks) FROM system.parts WHERE database = 'oracle' AND active GROUP BY table, partition_id ORDER BY table, partition_id",
  "SELECT name, engine, sorting_key, primary_key, total_rows FROM system.tables WHERE database = 'oracle' ORDER BY name",
  "SELECT table, name, type, is_in_sorting_key, is_in_primary_key FROM system.columns WHERE database = 'oracle' ORDER BY table, position",
  'CHECK TABLE nested SETTINGS check_query_single_value_result = 0',
  "SELECT count(), sum(id) FROM indexed WHERE hasToken(lower(s), 'word41') AND v = 41 AND c = '2'",
  "SELECT id FROM indexed WHERE has(tags, '7') AND v > 40 ORDER BY id",
  'SELECT count() FROM indexed WHERE v IS NULL',
  indexes,
];

const header = 'TabSeparatedWithNamesAndTypes';

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-merge-tree-'));
  database = await open(join(path, 'data'));
  clickHouse = new Session();
  for (const sql of [
    "SET session_timezone = 'UTC'",
    'SET allow_suspicious_low_cardinality_types = 1',
    'CREATE DATABASE oracle',
    'USE oracle',
    'SYSTEM STOP MERGES',
  ])
    clickHouse.query(sql);
  await database.query('CREATE DATABASE oracle');
  // Wide parts without its newer extras, so that what it says of sizes can be compared.
  const wide = 'min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0';
  for (const table of tables) {
    const settings = table.includes('SETTINGS') ? `, ${wide}` : ` SETTINGS ${wide}`;
    clickHouse.query(`CREATE TABLE ${table}${settings}`);
    await winnow(`CREATE TABLE ${table}`);
  }
  for (const insert of inserts) {
    clickHouse.query(insert);
    await winnow(insert);
  }
}, 60_000);

afterAll(async () => {
  clickHouse.cleanup();
  await database.close();
  await rm(path, { recursive: true });
});

const winnow = (sql: string): Promise<string> => answerText(database, sql, 'oracle');
const theirs = (sql: string): string[] => comparable(sql, clickHouse.query(sql, header));
const ours = async (sql: string): Promise<string[]> => comparable(sql, await winnow(sql));

test('queries over MergeTree tables and over what the catalog says of them have the same answers', async () => {
  for (const sql of questions) expect.soft(await ours(sql).catch(String), sql).toEqual(theirs(sql));
});

for (const [topic, list] of Object.entries(queries)) {
  test(`${topic}: a partitioned MergeTree table gives the same answers`, async () => {
    for (const sql of list) expect.soft(await ours(sql).catch(String), sql).toEqual(theirs(sql));
  });
}

test('SHOW CREATE TABLE is the statement that ClickHouse shows', async () => {
  for (const table of tables) {
    const sql = `SHOW CREATE TABLE ${/^\w+/.exec(table)![0]}`;
    // Settings come in the order they were given, and elements of a tuple have lines of their own.
    const shown = clickHouse
      .query(sql, 'TabSeparated')
      .replace(/(, )?min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0(, (?=index))?/, '')
      .replaceAll(/\\n {8}( *)(?=\w)/g, '');
    const mine = await answerText(database, sql, 'oracle', 'TabSeparated');
    expect.soft(mine.replace('Int32, y', 'Int32,y')).toBe(shown);
  }
});

test('what is wrong with a statement has the number that ClickHouse gives it', async () => {
  const wrong = [
    'CREATE TABLE w (a Nullable(UInt8)) ENGINE = MergeTree ORDER BY a',
    'CREATE TABLE w (a UInt8, b UInt8) ENGINE = MergeTree ORDER BY (a, b) PRIMARY KEY b',
    'CREATE TABLE w (a UInt8, b UInt8) ENGINE = MergeTree ORDER BY a PRIMARY KEY (a, b)',
    'CREATE TABLE w (a UInt8) ENGINE = MergeTree ORDER BY tuple() PRIMARY KEY a',
    'CREATE TABLE w (a UInt8) ENGINE = MergeTree(a) ORDER BY a, b',
    'CREATE TABLE w (a Float64) ENGINE = MergeTree PARTITION BY a ORDER BY tuple()',
    'CREATE TABLE w (a UInt8) ENGINE = MergeTree PARTITION BY a > now() ORDER BY a',
    'CREATE TABLE w (a UInt8, _row_exists UInt8) ENGINE = MergeTree ORDER BY a',
    'CREATE TABLE w (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS no_such_setting = 1',
    'INSERT INTO by_two SELECT number, toString(number), 0 FROM numbers(101)',
    "INSERT INTO kids VALUES (1, [1], ['a', 'b'], [[]], [])",
    'INSERT INTO kids (id, n.age, n.name) VALUES (1, [1], [])',
    'CREATE TABLE w (s SimpleAggregateFunction(sum, UInt64)) ENGINE = MergeTree ORDER BY s',
    'CREATE TABLE w (s SimpleAggregateFunction(sum, UInt8)) ENGINE = MergeTree ORDER BY tuple()',
    'CREATE TABLE w (s SimpleAggregateFunction(avg, UInt8)) ENGINE = MergeTree ORDER BY tuple()',
    'CREATE TABLE w (s SimpleAggregateFunction(sum, String)) ENGINE = MergeTree ORDER BY tuple()',
    'CREATE TABLE w (id UInt8, n Nested(UInt8)) ENGINE = MergeTree ORDER BY id',
    'OPTIMIZE TABLE by_two PARTITION 1',
    "CHECK TABLE by_two PART 'nothing'",
    "ALTER TABLE by_two ATTACH PART 'nothing'",
    "ALTER TABLE by_two ATTACH PART 'all_7_7_0'",
    "ALTER TABLE by_two DETACH PART 'nothing'",
    "ALTER TABLE by_two DETACH PART 'all_7_7_0'",
    'ALTER TABLE indexed ADD INDEX v id TYPE minmax',
    'ALTER TABLE indexed ADD INDEX w id TYPE minmax AFTER nothing',
    'ALTER TABLE indexed ADD INDEX w nowhere TYPE set(1)',
    'ALTER TABLE indexed ADD INDEX w id TYPE nothing',
    'ALTER TABLE indexed DROP INDEX nothing',
    'ALTER TABLE nowhere DROP INDEX nothing',
  ];
  for (const sql of wrong) {
    const number = numberOf(() => clickHouse.query(sql));
    const error = await database.execute(sql, { database: 'oracle' }).catch((thrown: unknown) => thrown);
    expect.soft(error, sql).toMatchObject({ number });
  }
});

function numberOf(run: () => unknown): number {
  try {
    run();
  } catch (error) {
    return Number(/Code: (\d+)/.exec(String(error))?.[1]);
  }
  return 0;
}

test('OPTIMIZE leaves the parts that it leaves in ClickHouse, and the same rows', async () => {
  clickHouse.query('SYSTEM START MERGES');
  const parts = `SELECT table, name, rows FROM system.parts WHERE database = 'oracle' AND active ORDER BY table, name`;
  for (const sql of [
    "OPTIMIZE TABLE by_two PARTITION (0, 's0')",
    'OPTIMIZE TABLE whole FINAL',
    'OPTIMIZE TABLE nested FINAL',
    'OPTIMIZE TABLE kids FINAL',
    'OPTIMIZE TABLE kinds FINAL',
  ]) {
    clickHouse.query(sql);
    await winnow(sql);
  }
  // Winnow leaves a part as it is when it is the only one of its partition.
  const several = (lines: string[]): string[] => lines.filter((line) => !/_(\d+)_\1_[01]\t/.test(line));
  expect(several(await ours(parts))).toEqual(several(theirs(parts)));
  expect(several(await ours(parts)).length).toBe(7);
  for (const sql of questions.filter((each) => /FROM (by_two|whole|nested|kids|kinds)/.test(each)))
    expect.soft(await ours(sql), sql).toEqual(theirs(sql));
});

test('ALTER TABLE … INDEX leaves the indexes that it leaves in ClickHouse', async () => {
  clickHouse.query('SET mutations_sync = 2');
  for (const sql of [
    'ALTER TABLE indexed ADD INDEX IF NOT EXISTS v id TYPE set(1)',
    'ALTER TABLE indexed ADD INDEX w (id, upper(s)) TYPE set(0) GRANULARITY 2',
    'ALTER TABLE indexed MATERIALIZE INDEX w',
    'ALTER TABLE indexed ADD INDEX `x y` id TYPE minmax FIRST',
    'ALTER TABLE indexed ADD INDEX z c TYPE bloom_filter AFTER `x y`',
    'ALTER TABLE indexed MATERIALIZE INDEX z IN PARTITION tuple()',
    'ALTER TABLE indexed MATERIALIZE INDEX `x y`',
    "ALTER TABLE indexed CLEAR INDEX w IN PARTITION ID 'all'",
    'ALTER TABLE indexed DROP INDEX w',
    'ALTER TABLE indexed DROP INDEX IF EXISTS w',
    'ALTER TABLE indexed ADD INDEX w id TYPE set(5)',
    'ALTER TABLE indexed MATERIALIZE INDEX IF EXISTS w',
  ]) {
    clickHouse.query(sql);
    await winnow(sql);
    const shown = clickHouse.query('SHOW CREATE TABLE indexed', 'TabSeparated');
    const mine = await answerText(database, 'SHOW CREATE TABLE indexed', 'oracle', 'TabSeparated');
    const indexesIn = (text: string): string => text.slice(text.indexOf('INDEX'), text.indexOf('ENGINE'));
    expect.soft(indexesIn(mine), sql).toBe(indexesIn(shown));
    // Winnow writes all indexes of a part again, ClickHouse the one that is named.
    if (!sql.includes('MATERIALIZE INDEX z')) expect.soft(await ours(indexes), sql).toEqual(theirs(indexes));
  }
});

test('DETACH and ATTACH leave the parts that they leave in ClickHouse', async () => {
  const parts = `SELECT partition_id, min_block_number, max_block_number, rows FROM system.parts
    WHERE database = 'oracle' AND table = 'nested' AND active ORDER BY name`;
  for (const sql of [
    "ALTER TABLE nested DETACH PARTITION 'c1'",
    "ALTER TABLE nested DETACH PARTITION 'absent'",
    "ALTER TABLE nested ATTACH PARTITION 'c1'",
  ]) {
    clickHouse.query(sql);
    await winnow(sql);
    expect.soft(await ours(parts), sql).toEqual(theirs(parts));
  }
});

test(
  'ClickHouse attaches exported parts as they are, and finds the same rows in them',
  { timeout: 60_000 },
  async () => {
    for (const table of tables) {
      const name = /^\w+/.exec(table)![0];
      const all = `SELECT * FROM oracle.${name}`;
      const before = theirs(all);
      const { parts, rows } = await exportParts(database, `oracle.${name}`, join(path, 'export', name));
      clickHouse.query(`DROP TABLE oracle.${name} SYNC`);
      await attach(join(path, 'export', name), name);
      expect.soft(clickHouse.query(`CHECK TABLE oracle.${name}`)).not.toMatch(/\t0\t/);
      expect.soft(theirs(all), name).toEqual(before);
      const counts = `SELECT count(), sum(rows) FROM system.parts WHERE table = '${name}' AND active`;
      expect.soft(clickHouse.query(counts, 'TabSeparated')).toBe(`${parts}\t${rows}\n`);
    }
    for (const sql of questions.filter((each) => each.includes('WHERE') && !each.includes('system.')))
      expect.soft(await ours(sql), sql).toEqual(theirs(sql));
  },
);

/** As create.sql says. */
async function attach(folder: string, name: string): Promise<void> {
  const script = (await readFile(join(folder, 'create.sql'), 'utf8')).replace(/^--.*\n/gm, '');
  for (const statement of script.split(';\n').filter((text) => text.trim() !== '')) {
    if (/^\s*ALTER/.test(statement) && (await detachedOf(name)).length === 0)
      await cp(join(folder, 'detached'), `${dataPathOf(name)}detached`, { recursive: true });
    clickHouse.query(statement);
  }
}

const dataPathOf = (name: string): string =>
  clickHouse.query(`SELECT data_paths[1] FROM system.tables WHERE name = '${name}'`, 'TabSeparated').trim();
const detachedOf = (name: string): Promise<string[]> => readdir(`${dataPathOf(name)}detached`);

test('an export of a columnar index table has the rows of its read point, deleted ones left out', async () => {
  await winnow('CREATE TABLE base (id UInt64, g String, v Nullable(Int32)) ENGINE = RowTable PRIMARY KEY id');
  await winnow(
    'CREATE INDEX TABLE facts ON base LAYOUT COLUMNAR (g, v) SHARD BY hash(id) INTO 3 PARTITION BY g ORDER BY (v) INDEX by_v v TYPE minmax INDEX by_g lower(g) TYPE bloom_filter GRANULARITY 2 SETTINGS index_granularity = 16',
  );
  await winnow(
    "INSERT INTO base SELECT number, concat('g', toString(number % 2)), if(number % 7 = 0, NULL, number) FROM numbers(300)",
  );
  await database.drain();
  await winnow('DELETE FROM base WHERE id % 5 = 0');
  await database.drain();
  await winnow('SYSTEM STOP LANES');
  await winnow("UPDATE base SET g = 'changed', v = -1 WHERE id % 11 = 0");
  await winnow("INSERT INTO base VALUES (1000, 'new', 5)");
  const done = await exportParts(database, 'oracle.facts', join(path, 'export', 'facts'));
  await attach(join(path, 'export', 'facts'), 'facts');
  expect(clickHouse.query('CHECK TABLE oracle.facts')).not.toMatch(/\t0\t/);
  const found =
    "SELECT name, data_uncompressed_bytes > 0 FROM system.data_skipping_indices WHERE table = 'facts' ORDER BY name";
  expect(clickHouse.query(found, 'TabSeparated')).toBe('by_g\t1\nby_v\t1\n');
  const expected = await ours('SELECT id, v, g FROM base ORDER BY id');
  expect(theirs('SELECT id, v, g FROM facts ORDER BY id')).toEqual(expected);
  expect(done).toMatchObject({ table: 'oracle.facts', rows: expected.length - 2 });
  expect(done.sequence).toBeGreaterThan(0);
  for (const sql of aggregatesOfFacts) {
    const through = await ours(sql.replace('FROM facts', 'FROM base USE INDEX (facts)'));
    expect.soft(through, sql).toEqual(theirs(sql));
  }
});

const aggregatesOfFacts: readonly string[] = [
  'SELECT count(), count(v), sum(v), min(v), max(v) FROM facts',
  'SELECT g, count() AS c, avg(v) FROM facts GROUP BY g ORDER BY g',
  'SELECT uniq(id), uniqExact(v), uniqExact(g) FROM facts',
  'SELECT g, quantile(0.5)(id), quantileExact(0.9)(v) FROM facts GROUP BY g ORDER BY g',
  'SELECT g, arraySort(groupArray(id)) FROM facts WHERE v > 280 GROUP BY g ORDER BY g',
  'SELECT v % 10 AS d, count(), sum(id) FROM facts GROUP BY d ORDER BY d LIMIT 5',
  "SELECT countIf(v > 100), sumIf(id, g = 'g1'), avgIf(v, id < 50) FROM facts",
  'SELECT g, v % 3 AS m, count() AS c FROM facts GROUP BY g, m ORDER BY c DESC, g, m LIMIT 4',
  "SELECT count(), sum(v) FROM facts WHERE v BETWEEN 50 AND 90 AND g IN ('g0', 'changed')",
  'SELECT id, v FROM facts WHERE v IS NOT NULL ORDER BY v DESC, id LIMIT 7',
];
