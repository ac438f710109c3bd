// Columns of Array, Tuple, Map and LowCardinality in a row table: written every way, read every way, as ClickHouse does.

import { Session } from 'chdb';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createOutput } from '../formats/output.ts';
import type { Database } from './api.ts';
import { open } from './open.ts';

const columns = `id UInt32, a Array(Int32), na Array(Nullable(String)), t Tuple(x Int64, s String), u Tuple(UInt8, Array(String)),
  m Map(String, UInt8), l LowCardinality(String), nl LowCardinality(Nullable(String)), la Array(LowCardinality(String))`;

const rows = [
  `(1, [1,2,3], ['a',NULL], (5,'x'), (1,['p','q']), {'k':1,'j':2}, 'red', 'big', ['u','v'])`,
  `(2, [], [], (0,''), (0,[]), {}, '', NULL, [])`,
  `(3, [-7,1], [NULL], (-1,'it\\'s\\t"'), (255,['','\\\\']), {'it\\'s':255}, 'red', 'small', ['u'])`,
  `(4, [1,2,3], ['a',NULL], (5,'y'), (1,['p','q']), {'k':3}, 'blue', NULL, ['w','u','w'])`,
  `(5, [1], ['z'], (5,'x'), (2,[]), {'a':0,'k':9}, 'green', 'big', ['v'])`,
];

let path: string;
let database: Database;
let clickHouse: Session;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-composites-'));
  database = await open(path);
  clickHouse = new Session();
  clickHouse.query(`CREATE TABLE t (${columns}) ENGINE = MergeTree ORDER BY id`);
  await database.query(
    `CREATE TABLE t (${columns}) ENGINE = RowTable PRIMARY KEY id SHARD BY hash(id) INTO 2`,
  );
  await database.query('CREATE INDEX TABLE by_l ON t (l) LAYOUT COVERING (a, na, t, u, m, nl, la)');
  await database.query('CREATE INDEX TABLE by_nl ON t (nl, l) LAYOUT KEYS');
  const insert = `INSERT INTO t VALUES ${rows.join(', ')}`;
  clickHouse.query(insert);
  await database.query(insert);
  await database.drain();
});

test('a Nested column is arrays of equal lengths, in a row table too', async () => {
  const nested = 'id UInt32, n Nested(a UInt8, b String)';
  clickHouse.query(`CREATE TABLE w (${nested}) ENGINE = MergeTree ORDER BY id`);
  await database.query(`CREATE TABLE w (${nested}) ENGINE = RowTable PRIMARY KEY id`);
  for (const insert of [
    "INSERT INTO w VALUES (1, [1, 2], ['a', 'b']), (2, [], [])",
    "INSERT INTO w (id, n.b) VALUES (3, ['only'])",
  ]) {
    clickHouse.query(insert);
    await database.query(insert);
  }
  const sql = "SELECT id, n.a, w.n.b, has(n.b, 'a') FROM w ORDER BY id";
  expect(await answer(sql)).toBe(clickHouse.query(sql, 'TabSeparatedWithNamesAndTypes'));
  const uneven = "INSERT INTO w VALUES (4, [1], ['a', 'b'])";
  const shorter = 'UPDATE w SET `n.a` = [1] WHERE id = 1';
  for (const sql of [uneven, shorter])
    await expect(database.query(sql)).rejects.toMatchObject({ code: 'SIZES_OF_ARRAYS_DONT_MATCH' });
  await expect(
    database.query('CREATE INDEX TABLE f ON w LAYOUT COLUMNAR (`n.a`, `n.b`) ORDER BY (id)'),
  ).rejects.toMatchObject({ code: 'NOT_IMPLEMENTED' });
  clickHouse.query('DROP TABLE w');
});

afterEach(async () => {
  await database.query('DROP TABLE IF EXISTS w');
});

afterAll(async () => {
  clickHouse.cleanup();
  await database.close();
  await rm(path, { recursive: true });
});

async function answer(sql: string, format = 'TabSeparatedWithNamesAndTypes'): Promise<string> {
  const result = await database.execute(sql, { database: 'default' });
  const output = createOutput(format, result.columns, { quote64BitIntegers: false, quoteDenormals: false });
  const pieces: (string | Buffer)[] = [output.start()];
  for await (const block of result.blocks) pieces.push(output.block(block));
  pieces.push(output.end({ readRows: 0, readBytes: 0, elapsedMs: 0 }));
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString();
}

const queries = `
  SELECT * FROM t ORDER BY id;
  SELECT a, t FROM t ORDER BY t, a;
  SELECT id FROM t ORDER BY a DESC, id;
  SELECT id, t.x, t.s, t.1, u.2, u.2[1], a[1], a[-1], m['k'], la[1] FROM t ORDER BY id;
  SELECT t.x AS x, u.1 AS y, count() FROM t GROUP BY x, y ORDER BY x, y;
  SELECT t.s, sum(t.x) FROM t GROUP BY t.s ORDER BY t.s;
  SELECT a, count(), groupArray(id) FROM (SELECT * FROM t ORDER BY id) GROUP BY a ORDER BY a;
  SELECT t, count() FROM t GROUP BY t ORDER BY t;
  SELECT l, count(), min(a), max(t), any(la) FROM (SELECT * FROM t ORDER BY id) GROUP BY l ORDER BY l;
  SELECT nl, count() FROM t GROUP BY nl ORDER BY nl NULLS FIRST;
  SELECT DISTINCT a, na FROM t ORDER BY a;
  SELECT DISTINCT u FROM t ORDER BY u;
  SELECT m, length(m), mapKeys(m) FROM t ORDER BY id;
  SELECT uniqExact(a), uniqExact(t), uniqExact(m), uniqExact(l), uniqExact(nl), count(DISTINCT la) FROM t;
  SELECT id FROM t WHERE a = [1, 2, 3] ORDER BY id;
  SELECT id FROM t WHERE t = (5, 'x') ORDER BY id;
  SELECT id FROM t WHERE t.x > 0 AND has(a, 2) ORDER BY id;
  SELECT id FROM t WHERE (t.x, id) > (0, 3) ORDER BY id;
  SELECT id FROM t WHERE a IN ([1], []) ORDER BY id;
  SELECT id FROM t WHERE l = 'red' ORDER BY id;
  SELECT id, a FROM t WHERE l IN ('red', 'blue') AND nl IS NOT NULL ORDER BY id;
  SELECT id FROM t WHERE nl IS NULL ORDER BY id;
  SELECT id, l FROM t WHERE nl = 'big' ORDER BY id;
  SELECT id FROM t WHERE l LIKE 'r%' ORDER BY id;
  SELECT l, nl FROM t WHERE l >= 'g' ORDER BY l, id;
  SELECT length(l) AS n, count() FROM t GROUP BY n ORDER BY n;
  SELECT upper(l), concat(nl, '!') FROM t ORDER BY id;
  SELECT [id, 1], (id, l), map('k', id) FROM t ORDER BY id;
  SELECT id, (SELECT groupArray(id) FROM (SELECT id FROM t ORDER BY id)) AS ids FROM t ORDER BY id;
  SELECT id FROM t WHERE a IN (SELECT a FROM t WHERE id = 1) ORDER BY id;
  SELECT id FROM t WHERE t IN (SELECT t FROM t WHERE id < 3) ORDER BY id;
  SELECT quantile(0.5)(id), quantiles(0.25, 0.75)(t.x), median(a[1]) FROM t;
  SELECT x.t.s FROM t AS x ORDER BY id;
  SELECT sum(length(a)), groupUniqArray(10)(length(a)) = groupUniqArray(length(a)) FROM t;
`
  .split(';')
  .map((sql) => sql.trim())
  .filter((sql) => sql !== '');

describe('the same rows answer the same queries', () => {
  test.each(queries)('%s', async (sql) => {
    const theirs = clickHouse.query(sql, 'TabSeparatedWithNamesAndTypes');
    expect(await answer(sql)).toBe(theirs);
    for (const index of ['by_l', 'by_nl'])
      expect(await answer(sql.replaceAll(/FROM t( AS x)?/g, `FROM t$1 USE INDEX (${index})`)), index).toBe(
        theirs,
      );
  });
});

describe('what a row table takes', () => {
  const table = `CREATE TABLE w (${columns}) ENGINE = RowTable PRIMARY KEY id`;

  test.each(['JSONEachRow', 'JSONCompactEachRow', 'TabSeparated', 'CSV', 'Values'])(
    'rows in the format %s, as ClickHouse writes them',
    async (format) => {
      await database.query(table);
      const data = clickHouse.query('SELECT * FROM t ORDER BY id', format);
      if (format === 'Values') await database.query(`INSERT INTO w VALUES ${data}`);
      else await database.query(`INSERT INTO w FORMAT ${format}`, { data: Buffer.from(data) });
      expect(await answer('SELECT * FROM w ORDER BY id', 'JSONEachRow')).toBe(
        clickHouse.query('SELECT * FROM t ORDER BY id', 'JSONEachRow'),
      );
    },
  );

  test('values of the API, and gives them back', async () => {
    await database.query(table);
    const row = {
      id: 1,
      a: [1, 2],
      na: ['x', null],
      t: { s: 'q', x: 5n },
      u: [3, ['z']],
      m: { k: 7 },
      l: 'a',
      nl: null,
      la: ['b'],
    };
    await database.table('w').put(row);
    expect(await database.table('w').get({ id: 1 })).toEqual({ ...row, t: [5n, 'q'] });
    await database.query(
      "UPDATE w SET a = arrayConcat(a, [3]), m = map('n', id), t = (6, 'r'), l = upper(l) WHERE id = 1",
    );
    expect(await database.table('w').get({ id: 1 })).toMatchObject({
      a: [1, 2, 3],
      m: { n: 1 },
      t: [6n, 'r'],
      l: 'A',
    });
  });

  test('defaults, computed and of the type', async () => {
    await database.query(
      "CREATE TABLE w (id UInt8, a Array(UInt8) DEFAULT [id, 1], t Tuple(a UInt8, b String) DEFAULT (7, 'x'), m Map(String, UInt8), l LowCardinality(String) DEFAULT 'none') ENGINE = RowTable PRIMARY KEY id",
    );
    await database.query('INSERT INTO w (id) VALUES (5)');
    await database.query('INSERT INTO w FORMAT JSONEachRow', { data: Buffer.from('{"id":6,"t":{"b":"y"}}') });
    expect(await answer('SELECT * FROM w ORDER BY id', 'JSONCompactEachRow')).toBe(
      '[5, [5,1], {"a":7,"b":"x"}, {}, "none"]\n[6, [6,1], {"a":0,"b":"y"}, {}, "none"]\n',
    );
  });

  test('a LowCardinality key', async () => {
    await database.query(
      'CREATE TABLE w (k LowCardinality(String), v UInt8) ENGINE = RowTable PRIMARY KEY k',
    );
    await database.query("INSERT INTO w VALUES ('b', 1), ('a', 2), ('b', 3)");
    expect(await answer("SELECT * FROM w WHERE k >= 'a' ORDER BY k", 'CSV')).toBe('"a",2\n"b",3\n');
  });

  test.each([
    ['CREATE TABLE w (k Array(UInt8)) ENGINE = RowTable PRIMARY KEY k', 'BAD_ARGUMENTS'],
    ['CREATE TABLE w (k Tuple(UInt8)) ENGINE = RowTable PRIMARY KEY k', 'BAD_ARGUMENTS'],
    ['CREATE TABLE w (k Map(String, UInt8)) ENGINE = RowTable PRIMARY KEY k', 'BAD_ARGUMENTS'],
    ['CREATE TABLE w (k LowCardinality(Nullable(String))) ENGINE = RowTable PRIMARY KEY k', 'BAD_ARGUMENTS'],
    [
      'CREATE TABLE w (k UInt8, v LowCardinality(Decimal(9, 2))) ENGINE = RowTable PRIMARY KEY k',
      'ILLEGAL_TYPE_OF_ARGUMENT',
    ],
    ['CREATE INDEX TABLE w ON t (a) LAYOUT KEYS', 'BAD_ARGUMENTS'],
    ["INSERT INTO t (id, a) VALUES (9, ['x'])", 'CANNOT_PARSE_TEXT'],
    ['INSERT INTO t (id, a) VALUES (9, [3000000000])', 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ['INSERT INTO t (id, u) VALUES (9, (256, []))', 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ["INSERT INTO t (id, m) VALUES (9, {'a': 256})", 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ['INSERT INTO t (id, a) VALUES (9, [1, NULL])', 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'],
    ['INSERT INTO t (id, a) VALUES (9, 5)', 'CANNOT_CONVERT_TYPE'],
    ['SELECT id FROM t WHERE a', 'ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER'],
    ['SELECT id FROM t WHERE t', 'ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER'],
    ['SELECT t.zz FROM t', 'BAD_ARGUMENTS'],
    ['SELECT arrayJoin(a) FROM t', 'NOT_IMPLEMENTED'],
    ['SELECT a FROM t ARRAY JOIN a', 'NOT_IMPLEMENTED'],
  ])('%s is refused with %s', async (sql, code) => {
    await expect(answer(sql)).rejects.toMatchObject({ code });
  });
});
