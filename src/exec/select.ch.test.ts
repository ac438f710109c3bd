// SELECT against ClickHouse itself: names, types and values of the same statements over the same rows.

import { Session } from 'chdb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOutput } from '../formats/output.ts';
import { WinnowError } from '../base/errors.ts';
import type { Value } from '../types/column.ts';
import { memoryTable, runBlocks } from './memory-table.test-support.ts';

const FORMAT = 'TabSeparatedWithNamesAndTypes';

const columns = [
  'id UInt64',
  'buyer UInt32',
  'kind String',
  "status Enum8('new' = 1, 'paid' = 2, 'void' = 3)",
  'amount Decimal(12, 2)',
  'weight Float64',
  'day Date',
  'at DateTime',
  'note Nullable(String)',
  'stars Nullable(Int8)',
  'gift Bool',
];

const kinds = ['book', 'boot', 'bag', "o'hat", ''];

function rowAt(i: number): Value[] {
  const day = new Date(Date.UTC(2020, 0, 1 + (i % 40))).toISOString().slice(0, 10);
  return [
    BigInt(i * 3),
    (i * 7) % 11,
    kinds[i % 5]!,
    ['new', 'paid', 'void'][i % 3]!,
    `${(i * 37) % 100}.${10 + (i % 90)}`,
    i % 13 === 0 ? Number.NaN : (i - 30) / 4,
    day,
    `${day} ${String(i % 24).padStart(2, '0')}:30:00`,
    i % 6 === 0 ? null : `note ${i % 4}`,
    i % 7 === 0 ? null : (i % 5) - 2,
    i % 2 === 0,
  ];
}

const rows = Array.from({ length: 120 }, (_, i) => rowAt(i));

const orders = memoryTable({
  name: 'orders',
  columns,
  primaryKey: ['id'],
  rows,
  indexes: [
    { name: 'by_buyer', on: ['buyer', 'day'] },
    { name: 'by_kind', on: ['kind'], covering: ['amount', 'stars'] },
    { name: 'by_stars', on: ['stars', 'weight'], shards: 2 },
  ],
});

const queries = `
SELECT * FROM orders WHERE id = 30
SELECT * EXCEPT (note, gift) FROM orders WHERE id IN (0, 3, 30, 31) ORDER BY id
SELECT id, buyer + 1, -buyer, buyer * 2 - 1, id / 7, id % 7, intDiv(id, 7) FROM orders WHERE id < 20 ORDER BY id
SELECT o.id, o.buyer + 1 FROM orders AS o WHERE o.id = 3
SELECT o.* FROM orders o WHERE o.id = 6
SELECT id FROM orders WHERE buyer = 7 ORDER BY id
SELECT id FROM orders WHERE buyer = 7 AND day >= '2020-01-10' AND day < '2020-01-20' ORDER BY id
SELECT id FROM orders WHERE buyer IN (1, 2, 3) AND status = 'paid' ORDER BY id DESC LIMIT 5
SELECT id, kind FROM orders WHERE kind LIKE 'bo%' ORDER BY kind, id LIMIT 7
SELECT id, kind FROM orders WHERE kind LIKE 'b_g' AND NOT gift ORDER BY id
SELECT id, kind FROM orders WHERE kind NOT LIKE 'b%' AND kind != '' ORDER BY id
SELECT count() FROM orders WHERE kind = 'o\\'hat'
SELECT kind, sum(amount)::Float64, max(stars) FROM orders WHERE kind = 'bag' GROUP BY kind
SELECT kind, count(), sum(amount::Float64) AS total FROM orders GROUP BY kind ORDER BY total DESC, kind
SELECT status, avg(stars), min(day), max(at) FROM orders GROUP BY status ORDER BY status
SELECT count(), count(note), count(stars), sum(stars), min(weight) FROM orders
SELECT count(*), COUNT(1), uniqExact(buyer), count(DISTINCT kind) FROM orders
SELECT count() FROM orders WHERE id > 1000000
SELECT kind, count() FROM orders WHERE id > 1000000 GROUP BY kind
SELECT buyer % 3 AS b, count() AS c FROM orders GROUP BY b HAVING c > 10 ORDER BY b
SELECT buyer % 3, count() + 1 FROM orders GROUP BY buyer % 3 ORDER BY 2 DESC, 1
SELECT 1, kind, count() FROM orders GROUP BY 2 ORDER BY 2
SELECT note, count() FROM orders GROUP BY note ORDER BY note
SELECT note, stars, count() FROM orders GROUP BY note, stars ORDER BY note DESC, stars NULLS FIRST LIMIT 9
SELECT max(amount) - min(amount) AS spread FROM orders
SELECT sum(amount) / count() > 10 FROM orders
SELECT id, note FROM orders WHERE note IS NULL ORDER BY id LIMIT 3
SELECT id, note FROM orders WHERE note IS NOT NULL AND stars IS NULL ORDER BY id
SELECT id, stars FROM orders ORDER BY stars, id LIMIT 4 OFFSET 98
SELECT id, stars FROM orders ORDER BY stars DESC, id LIMIT 4
SELECT id, stars FROM orders ORDER BY stars DESC NULLS FIRST, id DESC LIMIT 4
SELECT id, weight FROM orders ORDER BY weight DESC, id LIMIT 3
SELECT id, weight FROM orders ORDER BY weight, id LIMIT 3 OFFSET 110
SELECT id FROM orders WHERE stars > 0.5 ORDER BY id LIMIT 5
SELECT id FROM orders WHERE stars = 300
SELECT id FROM orders WHERE status = 'unknown'
SELECT id FROM orders WHERE stars BETWEEN -1 AND 1 AND weight > 2 ORDER BY id LIMIT 6
SELECT id FROM orders WHERE stars NOT BETWEEN -1 AND 1 ORDER BY id LIMIT 6
SELECT id FROM orders WHERE id >= 27 AND id <= 33.5 ORDER BY id
SELECT id FROM orders WHERE 27 <= id AND 33 > id ORDER BY id
SELECT id FROM orders WHERE amount = 7.1 OR amount > 97.5 ORDER BY id
SELECT id FROM orders WHERE day = '2020-01-05' AND at >= toDateTime('2020-01-05 12:00:00') ORDER BY id
SELECT id FROM orders WHERE gift AND buyer = 3 ORDER BY id
SELECT id FROM orders WHERE (buyer, kind) IN ((1, 'bag'), (2, 'book')) ORDER BY id
SELECT id AS k, k + 1 AS next FROM orders WHERE next > 350 ORDER BY next DESC
SELECT id + 1 AS id FROM orders WHERE id = 31
SELECT DISTINCT kind FROM orders ORDER BY kind
SELECT DISTINCT buyer % 2 AS odd, gift FROM orders ORDER BY odd, gift
SELECT CASE WHEN buyer < 3 THEN 'few' WHEN buyer < 7 THEN 'some' ELSE 'many' END AS size, count() FROM orders GROUP BY size ORDER BY size
SELECT CASE kind WHEN 'bag' THEN 1 WHEN 'book' THEN 2 END FROM orders WHERE id < 9 ORDER BY id
SELECT if(gift, 'yes', 'no'), kind || '-' || status FROM orders WHERE id < 9 ORDER BY id
SELECT CAST(id AS String), id::UInt8, CAST(amount, 'Float64'), kind = 'bag' FROM orders WHERE id = 9
SELECT k, c FROM (SELECT kind AS k, count() AS c FROM orders GROUP BY k) WHERE c > 20 ORDER BY k
SELECT t.k + 1 FROM (SELECT max(id) AS k FROM orders) AS t
SELECT id FROM orders WHERE id = (SELECT max(id) FROM orders)
SELECT (SELECT count() FROM orders), 1 + (SELECT min(stars) FROM orders)
SELECT id FROM orders WHERE buyer IN (SELECT buyer FROM orders WHERE id < 9) AND id < 40 ORDER BY id
SELECT id FROM orders WHERE day IN (SELECT max(day) FROM orders) ORDER BY id
WITH 5 AS five, (SELECT max(buyer) FROM orders) AS top SELECT five + 1, top
WITH big AS (SELECT id, buyer FROM orders WHERE id > 300) SELECT buyer, count() FROM big GROUP BY buyer ORDER BY buyer
WITH (SELECT max(id) FROM orders) AS top, top - 9 AS low SELECT id FROM orders WHERE id IN (SELECT id FROM orders WHERE id > low) ORDER BY id
SELECT 1 AS a, a + 1 AS b, b * 2
SELECT 1.0, 1.50, 1e3, 0.1, -1, -number, 'it\\'s', NULL, true, 1 = 1 AND 2 = 2 AND 3 = 3, 1 OR 0, NOT 1 FROM numbers(2)
SELECT 1 IN (1), 1 IN (1, 2), 1 NOT IN (1, 2), 3 BETWEEN 1 AND 5, 'a' LIKE 'a%', 1 IS NULL
SELECT number, number * 2 AS double FROM numbers(5) WHERE double > 2 ORDER BY number DESC
SELECT sum(number), avg(number) FROM numbers(10) HAVING sum(number) > 1
SELECT number FROM numbers(10) HAVING number > 7
SELECT kind FROM orders WHERE id < 30 GROUP BY kind ORDER BY count() DESC, kind LIMIT 2
SELECT toStartOfMonth(day) AS m, count() FROM orders GROUP BY m ORDER BY m
SELECT id FROM orders ORDER BY -id LIMIT 2
SELECT id FROM orders ORDER BY id LIMIT 0
SELECT id FROM orders LIMIT 5 OFFSET 1000
SELECT *, id AS k FROM orders WHERE id = 12
SELECT id FROM orders WHERE 1 AND id = 3
SELECT id FROM orders WHERE NULL
SELECT count() FROM orders WHERE 0
SELECT count(), max(id) FROM orders WHERE stars IN (1, NULL)
SELECT count() FROM orders WHERE stars NOT IN (1, 2)
SELECT count() FROM orders WHERE NOT (stars > 0)
SELECT count() FROM orders WHERE stars > 0 OR note IS NULL
SELECT count() FROM orders WHERE status IN ('new', 'void') AND status > 'new'
SELECT id FROM orders WHERE kind BETWEEN 'bag' AND 'book' AND id < 20 ORDER BY id
SELECT id FROM orders WHERE startsWith(kind, 'boo') AND id < 20 ORDER BY id
SELECT count() FROM orders WHERE kind LIKE 'o\\'%' OR kind LIKE '%\\_%'
SELECT count() FROM orders WHERE kind = concat('b', 'ag')
SELECT id FROM orders WHERE id = buyer ORDER BY id
SELECT id FROM orders WHERE toDate(at) = day AND id = 21
SELECT day + INTERVAL 1 DAY, day - INTERVAL 2 MONTH, toDate('2020-01-31') + INTERVAL 1 MONTH FROM orders WHERE id = 3
SELECT id FROM orders WHERE day >= toDate('2020-01-08') - INTERVAL 2 DAY AND day < toDate('2020-01-08') ORDER BY id
SELECT id FROM orders WHERE at > '2020-02-08 10:00:00' ORDER BY at, id
SELECT id FROM orders WHERE day > toDateTime('2020-02-08 10:00:00') ORDER BY id
SELECT id FROM orders WHERE weight = 1.5 OR weight < -7 OR weight > 22.2 ORDER BY id
SELECT id FROM orders WHERE amount BETWEEN 10 AND 12.5 ORDER BY amount, id
SELECT id FROM orders WHERE id IN (SELECT arrived FROM (SELECT id + 3 AS arrived FROM orders WHERE buyer = 5)) ORDER BY id
SELECT id FROM (SELECT id, buyer FROM (SELECT * FROM orders WHERE id < 60) WHERE buyer > 5) WHERE id > 30 ORDER BY id
SELECT c, count() AS n FROM (SELECT buyer, count() AS c FROM orders GROUP BY buyer) GROUP BY c ORDER BY n
SELECT count(DISTINCT buyer, kind), sum(DISTINCT buyer), uniqExact(buyer, kind) FROM orders
SELECT countIf(gift), sumIf(buyer, gift), avgIf(weight, id > 100) FROM orders
SELECT kind AS k, max(id) AS m FROM orders GROUP BY k HAVING m % 2 = 0 AND k != '' ORDER BY m DESC
SELECT sum(buyer) AS s, s / count() AS mean FROM orders
SELECT buyer + 1, count() FROM orders GROUP BY buyer ORDER BY buyer LIMIT 3
SELECT buyer, buyer % 2 AS odd, sum(id) FROM orders GROUP BY buyer, odd ORDER BY odd, buyer LIMIT 3
SELECT gift, status, count() FROM orders GROUP BY gift, status ORDER BY 3 DESC, 1, 2
SELECT 'x' AS k, count() FROM orders GROUP BY k
SELECT weight, count() FROM orders WHERE weight > 20 OR weight != weight GROUP BY weight ORDER BY weight DESC
SELECT DISTINCT stars FROM orders ORDER BY stars DESC
SELECT DISTINCT stars, gift FROM orders WHERE stars > 0 ORDER BY gift, stars LIMIT 3 OFFSET 1
SELECT multiIf(id < 3, 'a', id < 6, 'b', 'c') AS part, count() FROM orders GROUP BY part ORDER BY part
SELECT coalesce(note, 'none') AS n, count() FROM orders GROUP BY n ORDER BY n
SELECT min(note), max(note), any(kind) FROM orders WHERE id = 9
SELECT multiIf(id % 7 = 0, -0., id % 7 < 3, 0., 1. / 0) AS z, count(), uniqExact(z) FROM orders GROUP BY z ORDER BY 2
SELECT length(kind) AS l, groupUniq FROM (SELECT kind, uniqExact(buyer) AS groupUniq FROM orders GROUP BY kind) ORDER BY l, groupUniq
`
  .trim()
  .split('\n');

const refused = `
SELECT nothing FROM orders
SELECT o.nothing FROM orders AS o
SELECT id, count() FROM orders
SELECT kind FROM orders GROUP BY buyer
SELECT id FROM orders WHERE count() > 1
SELECT sum(count()) FROM orders
SELECT id FROM orders WHERE kind
SELECT id FROM orders ORDER BY 5
SELECT id FROM orders LIMIT 1.5
SELECT (SELECT id FROM orders)
SELECT 1 AS a, 2 AS a, a
`
  .trim()
  .split('\n');

let session: Session;

beforeAll(() => {
  session = new Session();
  session.query(`CREATE TABLE orders (${columns.join(', ')}) ENGINE = Memory`);
  session.query(
    `INSERT INTO orders VALUES ${rows.map((row) => `(${row.map(sqlText).join(', ')})`).join(', ')}`,
  );
});

afterAll(() => session.cleanup());

function sqlText(value: Value): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "\\'")}'`;
  return value === null ? 'NULL' : String(value as Exclude<Value, object>);
}

async function winnow(sql: string): Promise<string> {
  const { plan, blocks } = await runBlocks(sql, [orders]);
  const output = createOutput(FORMAT, plan.columns, { quote64BitIntegers: false, quoteDenormals: false });
  const summary = { readRows: 0, readBytes: 0, elapsedMs: 0 };
  return [output.start(), ...blocks.map((block) => output.block(block)), output.end(summary)]
    .map(String)
    .join('');
}

function errorNumber(run: () => unknown): number {
  try {
    run();
    return 0;
  } catch (error) {
    return Number(/Code: (\d+)/.exec(String(error))?.[1]);
  }
}

describe('SELECT answers as ClickHouse does', () => {
  test.each(queries)('%s', async (sql) => {
    expect(await winnow(sql)).toBe(session.query(sql, FORMAT));
  });
});

describe('SELECT is refused with the number of ClickHouse', () => {
  test.each(refused)('%s', async (sql) => {
    const number = errorNumber(() => session.query(sql, FORMAT));
    const ours = await winnow(sql).catch((error: unknown) =>
      error instanceof WinnowError ? error.number : error,
    );
    expect(ours).toBe(number);
  });
});
