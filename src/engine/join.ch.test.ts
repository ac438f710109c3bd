// join.ch.test.ts — joins written by hand have the answers, the names, the types and the errors of ClickHouse.

import { Session } from 'chdb';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import { open } from './open.ts';
import { answerText, comparable } from './sql-oracle.test-support.ts';
import type { Database } from './api.ts';

let path: string;
let database: Database;
let clickHouse: Session;

const tables: readonly {
  readonly name: string;
  readonly columns: string;
  readonly key: string;
  readonly rows: string;
}[] = [
  {
    name: 'a',
    columns: 'id UInt32, x String, v Nullable(Int32), f Float64',
    key: 'id',
    rows: "(1, 'p', 1, 0), (2, 'q', NULL, 1.5), (3, 'r', 3, nan), (4, 'r', 1, -0.)",
  },
  {
    name: 'b',
    columns: 'id UInt64, x String, w LowCardinality(String), n Nullable(Int32)',
    key: 'id, w',
    rows: "(1, 'P', 'l', NULL), (1, 'p', 'm', 1), (3, 'R', 'n', 3), (9, 'Z', 'o', NULL)",
  },
  { name: 'c', columns: 'id Int16, y String', key: 'id', rows: "(1, 'c1'), (2, 'c2')" },
  { name: 'd', columns: 'id Int64, y String', key: 'id', rows: "(1, 'd1'), (3, 'd3')" },
  { name: 'g', columns: 'id UInt64, y String', key: 'id', rows: "(1, 'g1'), (2, 'g2')" },
  {
    name: 'f',
    columns: 'k Float64, j UInt8',
    key: 'j',
    rows: '(0, 1), (-0., 2), (nan, 3), (1.5, 4), (inf, 5)',
  },
  {
    name: 'e1',
    columns:
      "i UInt8, k Enum8('a' = 1, 'b' = 2), d Date, fs FixedString(3), ls LowCardinality(Nullable(String)), t Tuple(UInt8, String), l Array(UInt8)",
    key: 'i',
    rows: "(1, 'a', '2024-01-01', 'ab', 'a', (1, 'x'), [1, 2]), (2, 'b', '2024-01-02', 'abc', NULL, (2, 'y'), [])",
  },
  {
    name: 'e2',
    columns:
      "i UInt8, k Enum8('a' = 2, 'b' = 1), d DateTime, fs String, ls String, t Tuple(UInt8, String), l Array(UInt8), dec Decimal(9, 2)",
    key: 'i',
    rows: "(1, 'a', '2024-01-01 00:00:00', 'ab', 'a', (1, 'x'), [1, 2], 1), (2, 'b', '2024-01-02 01:00:00', 'abc', '', (2, 'z'), [3], 2.5)",
  },
];

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-join-oracle-'));
  database = await open(join(path, 'data'));
  clickHouse = new Session();
  clickHouse.query("SET session_timezone = 'UTC'");
  clickHouse.query('CREATE DATABASE oracle');
  clickHouse.query('USE oracle');
  for (const name of ['parts', 'rows']) await database.query(`CREATE DATABASE ${name}`);
  for (const { name, columns, key, rows } of tables) {
    const parts = `(${columns}) ENGINE = MergeTree ORDER BY (${key})`;
    clickHouse.query(`CREATE TABLE ${name} ${parts}`);
    await database.query(`CREATE TABLE parts.${name} ${parts}`);
    await database.query(`CREATE TABLE rows.${name} (${columns}) ENGINE = RowTable PRIMARY KEY (${key})`);
    clickHouse.query(`INSERT INTO ${name} VALUES ${rows}`);
    for (const of of ['parts', 'rows']) await database.query(`INSERT INTO ${of}.${name} VALUES ${rows}`);
  }
  await database.query('CREATE INDEX TABLE rows.a_by_v ON rows.a (v) LAYOUT KEYS');
  await database.query('CREATE INDEX TABLE rows.b_by_n ON rows.b (n) LAYOUT KEYS');
  await database.query('CREATE INDEX TABLE rows.e1_by_k ON rows.e1 (k) LAYOUT KEYS');
  await database.query('CREATE INDEX TABLE rows.e2_by_k ON rows.e2 (k) LAYOUT KEYS');
});

afterAll(async () => {
  clickHouse.cleanup();
  await database.close();
  await rm(path, { recursive: true });
});

const queries = `
SELECT * FROM a JOIN b ON a.id = b.id
SELECT * FROM a LEFT JOIN b ON a.id = b.id
SELECT * FROM a JOIN b USING (id)
SELECT * FROM a LEFT JOIN b USING id
SELECT * FROM a JOIN b USING id, x
SELECT * FROM a x LEFT JOIN b y ON x.id = y.id
SELECT * FROM a JOIN a AS a2 ON a.v = a2.v
SELECT a.*, b.* FROM a JOIN b ON a.id = b.id
SELECT b.*, a.* FROM a JOIN b ON a.id = b.id
SELECT a.* EXCEPT (v), b.w FROM a JOIN b ON a.id = b.id
SELECT * EXCEPT (id) FROM a JOIN b ON a.id = b.id
SELECT id FROM a JOIN b ON a.id = b.id
SELECT id FROM a JOIN b USING id
SELECT a.id, b.id FROM a LEFT JOIN b USING id
SELECT w, v, b.x, x FROM a JOIN b ON a.id = b.id
SELECT a.id AS q, b.w FROM a JOIN b ON a.id = b.id WHERE q > 1
SELECT a.id + b.id, a.x || b.x FROM a JOIN b ON a.id = b.id
SELECT b.id AS id FROM a JOIN b ON a.id = b.id WHERE id = 3
SELECT b.x AS x, x FROM a JOIN b ON a.id = b.id WHERE x = 'R'
SELECT a.id + 2 AS q FROM a JOIN b ON q = b.id
WITH a.v + 0 AS k SELECT a.id FROM a JOIN b ON a.id = b.id AND k = 1
SELECT a.id, b.w, c.y FROM a JOIN b ON a.id = b.id JOIN c ON c.id = a.id
SELECT * FROM a JOIN b ON a.id = b.id JOIN c ON c.id = a.id
SELECT * FROM a LEFT JOIN b ON a.id = b.id LEFT JOIN c ON c.id = b.n
SELECT * FROM a JOIN b USING id JOIN g USING id
SELECT * FROM b JOIN a USING (id) LEFT JOIN g USING (id)
SELECT * FROM a, g WHERE a.id = g.id
SELECT * FROM a CROSS JOIN g
SELECT * FROM a, b, g WHERE a.id = b.id AND b.id = g.id
SELECT count() FROM a JOIN b ON a.x < b.x
SELECT * FROM a JOIN b ON a.id = 1
SELECT * FROM a JOIN b ON a.id = b.id OR a.x = b.x
SELECT * FROM a JOIN b ON (a.id = b.id OR a.x = b.x) AND a.id = b.id
SELECT * FROM a JOIN b ON NOT (a.id != b.id)
SELECT * FROM a JOIN b ON id = b.id AND x = 'p'
SELECT * FROM a JOIN b ON a.id + 1 = b.id + 1 WHERE b.n IS NULL
SELECT * FROM a JOIN b ON equals(a.id, b.id) AND a.id = b.n
SELECT * FROM a JOIN b ON lower(a.x) = lower(b.x)
SELECT * FROM a JOIN b ON (a.id, a.x) = (b.id, b.x)
SELECT * FROM a JOIN b ON a.id = b.id WHERE a.x = b.x
SELECT * FROM a JOIN b ON a.id = b.id AND a.id IN (SELECT 3)
SELECT a.id FROM a JOIN b ON a.id = (SELECT toUInt64(3)) AND a.id = b.id
SELECT * FROM a LEFT JOIN b ON a.id = b.id AND a.v = 1
SELECT * FROM a LEFT JOIN b ON a.id = b.id AND b.w = 'm'
SELECT * FROM a LEFT JOIN b ON a.id = b.id AND a.x < b.x
SELECT * FROM a LEFT JOIN b ON a.id = b.id AND a.v = b.n
SELECT * FROM a LEFT JOIN b ON a.v = b.n AND b.n > 0 AND a.id < 3
SELECT * FROM a LEFT JOIN b ON a.id = b.id AND 0
SELECT * FROM a LEFT JOIN b ON 0
SELECT * FROM a LEFT JOIN b ON 1
SELECT * FROM a LEFT JOIN b ON a.id = b.id WHERE b.id = 0
SELECT * FROM a LEFT JOIN b ON a.id = b.id WHERE b.w = '' OR a.v = 3
SELECT a.id, b.id IS NULL, isNull(b.n), toTypeName(b.id) FROM a LEFT JOIN b ON a.id = b.id
SELECT count(*) FROM a LEFT JOIN b ON a.id = b.id AND b.id IS NULL
SELECT a.v, b.n FROM a LEFT JOIN b ON a.v = b.n WHERE a.id = 2
SELECT * FROM a JOIN f ON a.f = f.k
SELECT * FROM a JOIN d ON a.id = d.id
SELECT e1.k, e2.k FROM e1 JOIN e2 ON e1.k = e2.k
SELECT e1.k, e2.ls FROM e1 JOIN e2 ON e1.k = e2.ls
SELECT e1.d, e2.d FROM e1 JOIN e2 ON e1.d = e2.d
SELECT e1.fs, e2.fs FROM e1 JOIN e2 ON e1.fs = e2.fs
SELECT e1.ls, e2.ls FROM e1 LEFT JOIN e2 ON e1.ls = e2.ls
SELECT ls, e1.ls, e2.ls FROM e1 LEFT JOIN e2 USING ls
SELECT * FROM e2 LEFT JOIN e1 USING (ls)
SELECT * FROM e1 LEFT JOIN e2 ON e1.i = e2.i AND e2.i = 1
SELECT e1.i FROM e1 JOIN e2 ON e1.t = e2.t AND e1.l = e2.l
SELECT e1.i, dec FROM e1 JOIN e2 ON e1.i = e2.dec
SELECT x.y, r.z FROM (SELECT 1 AS x, 2 AS y) AS x JOIN (SELECT 1 AS x, 3 AS z) AS r USING (x)
SELECT * FROM a JOIN (SELECT id, count() AS c FROM b GROUP BY id) AS s ON s.id = a.id
SELECT * FROM (SELECT id FROM a ORDER BY id LIMIT 2) AS s LEFT JOIN b ON b.id = s.id
WITH s AS (SELECT id AS k FROM b) SELECT * FROM a JOIN s ON s.k = a.id
SELECT * FROM a JOIN numbers(3) AS n1 ON a.id = n1.number
SELECT * FROM a JOIN system.one AS o1 ON a.id = o1.dummy + 1
SELECT a.id, count() FROM a JOIN b ON a.id = b.id GROUP BY id ORDER BY id
SELECT b.id AS k, count() FROM a JOIN b ON a.id = b.id GROUP BY k HAVING k > 1 ORDER BY k
SELECT v, count(), sum(b.n) FROM a LEFT JOIN b ON a.id = b.id GROUP BY v ORDER BY v
SELECT DISTINCT x FROM a ALL INNER JOIN b USING id
SELECT t.id FROM a AS t JOIN b AS t2 ON t.id = t2.id GROUP BY t.id ORDER BY count()
SELECT a.id, b.w FROM a LEFT JOIN b USING (id) ORDER BY a.id DESC, b.w LIMIT 3
SELECT a.id, b.w FROM a LEFT JOIN b ON a.id = b.id ORDER BY a.id DESC, b.w LIMIT 2 OFFSET 1
SELECT count() FROM (SELECT a.id FROM a JOIN b USING (id)) AS s
SELECT * FROM a RIGHT JOIN b ON a.id = b.id ORDER BY b.id, b.x
SELECT * FROM a RIGHT JOIN b USING (id) ORDER BY id, b.x
SELECT id FROM a RIGHT JOIN b ON a.id = b.id ORDER BY b.id, b.x
SELECT * FROM a RIGHT JOIN b ON a.id = b.id AND a.x < b.x AND a.v = 1 AND b.w = 'l' ORDER BY b.id, b.x
SELECT * FROM a RIGHT JOIN b ON a.id = b.id WHERE a.id = 0 ORDER BY b.id
SELECT * FROM a JOIN b USING id RIGHT JOIN g USING id ORDER BY id
SELECT * FROM a RIGHT JOIN b USING id LEFT JOIN g USING id ORDER BY id, b.x
SELECT * FROM a JOIN b ON a.id = b.id RIGHT JOIN g ON g.id = a.id ORDER BY g.id, b.x
SELECT a.id, g.id FROM a RIGHT JOIN g ON g.id = a.id RIGHT JOIN b ON b.id = g.id ORDER BY b.id, b.x
SELECT x FROM a RIGHT JOIN b USING (id) ORDER BY x
SELECT * FROM (SELECT NULL AS k) AS p JOIN (SELECT 1 AS k) AS q USING k
SELECT * FROM (SELECT NULL AS k) AS p LEFT JOIN (SELECT 1 AS k, 2 AS z) AS q USING k
SELECT * FROM (SELECT NULL AS k) AS p LEFT JOIN (SELECT NULL AS k, 2 AS z) AS q USING k
SELECT * FROM (SELECT toDecimal32(number / 2, 1) AS k FROM numbers(4)) AS p JOIN (SELECT toDecimal64(number, 3) AS k, number AS z FROM numbers(3)) AS q ON p.k = q.k ORDER BY z
SELECT * FROM (SELECT toDateTime64('2024-01-01 00:00:00', 3) AS k) AS p JOIN (SELECT toDateTime('2024-01-01 00:00:00') AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS k) AS p JOIN (SELECT toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0') AS k, 1 AS z) AS q USING k
SELECT * FROM (SELECT true AS k) AS p JOIN (SELECT toUInt8(1) AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT toFixedString('ab', 2) AS k) AS p JOIN (SELECT toFixedString('ab', 3) AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT toFixedString('ab', 3) AS k) AS p JOIN (SELECT toFixedString('ab', 3) AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT toInt8(-1) AS k) AS p JOIN (SELECT toUInt8(255) AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT toInt8(-1) AS k) AS p JOIN (SELECT toInt64(-1) AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT toFloat32(0.5) AS k) AS p JOIN (SELECT toInt16(0) AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT toFloat64(3) AS k) AS p JOIN (SELECT toInt16(3) AS k, 1 AS z) AS q ON p.k = q.k
SELECT * FROM (SELECT 1 AS x, [1, 2] AS l) AS p LEFT JOIN (SELECT 2 AS x, [5] AS l, (1, 'a') AS t, map('a', 1) AS m) AS q ON p.x = q.x
SELECT * FROM (SELECT toLowCardinality('a') AS k) AS p JOIN (SELECT toLowCardinality('a') AS k, 1 AS z) AS q USING k
SELECT count() FROM numbers(1000) AS p JOIN numbers(500) AS q ON p.number % 10 = q.number % 7
SELECT sum(p.number), sum(q.number) FROM numbers(3000) AS p LEFT JOIN numbers(2000) AS q ON p.number = q.number * 2
SELECT p.number, q.number FROM numbers(5) AS p LEFT JOIN numbers(3) AS q ON p.number = q.number AND p.number + q.number > 1 ORDER BY p.number
SELECT p.number FROM numbers(5) AS p JOIN (SELECT number AS n FROM numbers(3) WHERE number > 5) AS q ON p.number = q.n
SELECT 1 FROM numbers(3) AS p CROSS JOIN numbers(2) AS q
SELECT p.number AS a, q.number AS b, r.number AS c FROM numbers(3) AS p, numbers(2) AS q LEFT JOIN numbers(2) AS r ON r.number = q.number AND r.number = p.number ORDER BY a, b, c
SELECT max(z) FROM (SELECT p.number + q.number AS z FROM numbers(10) AS p JOIN numbers(10) AS q USING (number)) AS s
SELECT number FROM numbers(10) WHERE number IN (SELECT p.number FROM numbers(5) AS p JOIN numbers(3) AS q USING (number))
SELECT (SELECT count() FROM numbers(5) AS p JOIN numbers(3) AS q USING (number)) AS c
WITH (SELECT max(number) FROM numbers(4)) AS m SELECT p.number FROM numbers(5) AS p JOIN numbers(9) AS q ON p.number = q.number AND q.number >= m ORDER BY 1
SELECT if(p.number > 1, q.number, 0) AS v, count() FROM numbers(4) AS p LEFT JOIN numbers(3) AS q USING (number) GROUP BY v ORDER BY v
`
  .trim()
  .split('\n');

describe.each(['parts', 'rows'])('over %s', (of) => {
  test.each(queries)('%s', async (query) => {
    const expected = comparable(query, clickHouse.query(query, 'TabSeparatedWithNamesAndTypes'));
    for (const algorithm of ['default', 'hash', 'direct']) {
      const sql = `${query} SETTINGS join_algorithm = '${algorithm}'`;
      expect(comparable(query, await answerText(database, sql, of)), algorithm).toEqual(expected);
    }
  });
});

/** Queries that ClickHouse refuses with that number. */
const refused: readonly [sql: string, number: number, column: number][] = [
  ['SELECT nosuch FROM a JOIN b ON a.id = b.id', 47, 8],
  ['SELECT z.id FROM a JOIN b ON a.id = b.id', 47, 8],
  ['SELECT 1 FROM a JOIN b ON a.id = b.nosuch', 47, 34],
  ['SELECT x FROM a JOIN b ON a.id = b.id JOIN g ON g.id = a.id', 207, 8],
  ['SELECT 1 FROM a JOIN b ON a.id = b.id JOIN g ON g.id = id', 207, 56],
  ['SELECT * FROM a JOIN b ON a.id = b.id JOIN g USING id', 207, 39],
  ['SELECT * FROM b JOIN d ON b.id = d.id', 386, 27],
  ['SELECT * FROM b JOIN d USING id', 386, 17],
  ['SELECT * FROM a JOIN b USING (nosuch)', 47, 17],
  ['SELECT * FROM a JOIN b USING (v)', 47, 17],
  ['SELECT * FROM a JOIN b USING (id, id)', 36, 17],
  ['SELECT * FROM a JOIN b ON count() = b.id', 184, 27],
  ['SELECT * FROM a JOIN (SELECT 1 AS id) USING id', 206, 22],
  ['SELECT * FROM a JOIN numbers(3) ON id = number', 206, 22],
  ['SELECT * FROM a AS q JOIN b AS q ON 1', 179, 27],
  ['SELECT * FROM a JOIN b', 62, 23],
  ['SELECT * FROM a INNER OUTER JOIN b USING id', 62, 23],
];

test.each(refused)('%s is refused with %d', async (sql, number, column) => {
  expect(() => clickHouse.query(sql)).toThrow(`Code: ${number}.`);
  const error: unknown = await answerText(database, sql, 'rows').catch((thrown: unknown) => thrown);
  if (!(error instanceof WinnowError)) throw new Error(`answered: ${String(error)}`);
  expect({ number: error.number, column: error.position?.column }).toEqual({ number, column });
});
