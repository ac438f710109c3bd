// local.ch.test.ts — winnow local finds the columns and rows that ClickHouse's file() finds in the same files.

import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Session } from 'chdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodePorts } from '../io/node-ports.ts';
import { parseStatement } from '../sql/parser.ts';
import type { Database } from './api.ts';
import { engineOf } from './database.ts';
import { filesOf } from './local-files.ts';
import { open } from './open.ts';
import { answerText } from './sql-oracle.test-support.ts';

let path: string;
let database: Database;
let clickHouse: Session;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-local-'));
  database = await open(join(path, 'store'));
  clickHouse = new Session();
  clickHouse.query("SET session_timezone = 'UTC'");
}, 60_000);

afterAll(async () => {
  clickHouse.cleanup();
  await database.close();
  await rm(path, { recursive: true });
});

const format = 'TabSeparatedWithNamesAndTypes';

async function winnow(sql: string): Promise<string> {
  engineOf(database).files = await filesOf(parseStatement(sql), nodePorts.files);
  return answerText(database, sql, 'default', format);
}

const texts: Readonly<Record<string, string>> = {
  'names.csv':
    'id,name,score,when,at\n1,ann,1.5,2024-01-02,2024-01-02 03:04:05\n2,bob,2,2024-01-03,2024-01-02 03:04:06\n',
  'bare.csv': '1,ann,1.5\n2,bob,\n',
  'texts.csv': 'a,b\nx,y\n',
  'quotes.csv': 'x,1\n"y ""q"", z\nnext",2\n,3\n',
  'kinds.csv': 't,f,n\ntrue,1e3,\nfalse,-5,\\N\n',
  'quoted.csv': '"a","b"\n"1","2"\n',
  'large.csv': 'a,b\n1,18446744073709551615\n2,9223372036854775808\n',
  'huge.csv': 'a,b\n9223372036854775808,99999999999999999999999\n',
  'fraction.csv': 'a\n2024-01-02 03:04:05.123\n',
  'mixed.csv': 'a,b\n1,2\nx,3.5\n',
  'times.csv': 'a,b\n2024-01-02,2024-01-02 03:04:05\n2024-01-02 03:04:05,2024-01-02 03:04:05.5\n',
  'floats.csv': 'a,b\ninf,nan\n+1,-0\n',
  'missing.csv': 'a,b\n,\n,\n',
  'crlf.csv': 'a,b\r\n1,2\r\n',
  'times.tsv':
    'id\tname\tscore\twhen\tat\n1\tann\t1.5\t2024-01-02\t2024-01-02 03:04:05\n2\t\\N\t2\t2024-01-03\t2024-01-02 03:04:06\n',
  'escapes.tsv': '1\tann\n2\tb\\tb\\\\\n',
  'kinds.tsv': 'a\tb\ntrue\t1.\nfalse\t.5\n',
  'objects.jsonl':
    '{"a":1,"b":"x","c":1.5,"d":true,"e":null,"f":[1,2],"g":{"x":1,"y":"z"}}\n{"a":2,"b":"2024-01-02","h":"2024-01-02 03:04:05"}\n',
  'merged.jsonl': '{"a":1,"c":[1,null],"e":[]}\n{"a":1.5,"c":[1.5],"e":["x"]}\n',
  'numbers.jsonl': '{"a":18446744073709551615,"b":1.0,"c":-5,"d":"2024-01-02 03:04:05.25"}\n',
  'texts.jsonl': '{"a":"x"}\n{"a":"1"}\n{"b":[["p"],[]]}\n',
};

test.each(Object.entries(texts))('%s', async (name, content) => {
  const file = join(path, name);
  await writeFile(file, content);
  const sql = `SELECT * FROM file('${file}')`;
  // Elements of a tuple have lines of their own there.
  const theirs = clickHouse.query(sql, format).replaceAll('(\\n    ', '(').replaceAll(',\\n    ', ', ');
  expect(await winnow(sql)).toBe(theirs);
});

test('a Parquet file of ClickHouse', async () => {
  const file = join(path, 'x.parquet');
  clickHouse.query(`SELECT number::UInt8 AS a, number::UInt64 AS b, toString(number) AS c, toDate32('2024-01-02') + number AS d,
    toDateTime64('2024-01-02 03:04:05.5', 3) AS e, toDateTime64('2024-01-02 03:04:05.5', 6) AS f, 1.5::Float32 AS g,
    if(number = 1, NULL, number)::Nullable(Int32) AS h, number % 2 = 0 AS l, 1.25::Decimal(10, 3) AS m, -number::Int64 AS i,
    if(number = 2, NULL, 'x')::Nullable(String) AS s, number / 3 AS v FROM numbers(100000) INTO OUTFILE '${file}' FORMAT Parquet`);
  const sql = `SELECT * FROM file('${file}') WHERE b % 9973 < 2 ORDER BY b`;
  expect(await winnow(sql)).toBe(clickHouse.query(sql, format));
  const refused = join(path, 'y.parquet');
  clickHouse.query(`SELECT [1] AS list INTO OUTFILE '${refused}' FORMAT Parquet`);
  await expect(winnow(`SELECT * FROM '${refused}'`)).rejects.toThrow(/y\.parquet: column list of type LIST/);
});

test('a table of ClickHouse, part by part, without its deleted rows', async () => {
  clickHouse.query(`CREATE TABLE t (a UInt32, s String, z UInt32, l LowCardinality(String), n Nullable(String), m Map(String, UInt8))
    ENGINE = MergeTree ORDER BY a PARTITION BY a % 2`);
  clickHouse.query('SYSTEM STOP MERGES t');
  for (const start of [0, 5000])
    clickHouse.query(`INSERT INTO t SELECT number + ${start}, toString(number), if(number % 50 = 0, number, 0), toString(number % 5),
      if(number % 3 = 0, NULL, toString(number)), map('k', number % 200) FROM numbers(3000)`);
  const folder = clickHouse
    .query("SELECT data_paths[1] FROM system.tables WHERE name = 't'", 'TabSeparated')
    .trim();
  await cp(folder, join(path, 't'), { recursive: true });
  const sql = (from: string): string => `SELECT * FROM ${from} ORDER BY a`;
  expect(await winnow(sql(`'${join(path, 't')}'`))).toBe(clickHouse.query(sql('t'), format));
  clickHouse.query('SYSTEM START MERGES t');
  clickHouse.query('DELETE FROM t WHERE a % 7 = 0 SETTINGS lightweight_deletes_sync = 2');
  await cp(folder, join(path, 'deleted'), { recursive: true });
  expect(await winnow(`SELECT count(), sum(a) FROM '${join(path, 'deleted')}'`)).toBe(
    clickHouse.query('SELECT count(), sum(a) FROM t', format),
  );
});
