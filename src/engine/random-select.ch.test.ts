// random-select.ch.test.ts — random SELECTs over random rows give the answers of ClickHouse: from MergeTree tables of random
// keys, and from a COLUMNAR index table whose rows were overwritten and deleted before.

import type { Session } from 'chdb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { integer, orNull, quoted, withBoth } from '../../test/support/random-oracle.ts';
import { answerText } from './sql-oracle.test-support.ts';
import type { Database } from './api.ts';

const ROW_COUNT = 360;
/** Inserts, and so parts of each partition before merges. */
const INSERT_COUNT = 3;
const KEY_COUNT = 4;
const QUERY_COUNT = 80;

const words = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'ba', 'bb', 'c', 'ä', 'zz').map(quoted);
const day = fc
  .integer({ min: 0, max: 80 })
  .map((n) => new Date(Date.UTC(2024, 0, 1 + n)).toISOString().slice(0, 10));

type Column = { readonly type: string; readonly literal: fc.Arbitrary<string> };
const columns: Readonly<Record<string, Column>> = {
  a: { type: 'UInt8', literal: integer(0, 20) },
  i: {
    type: 'Int64',
    literal: fc.oneof(integer(-9, 9), fc.constantFrom('9007199254740993', '-9007199254740993')),
  },
  n: { type: 'Nullable(Int16)', literal: orNull(integer(-30, 30)) },
  f: {
    type: 'Float64',
    literal: fc.oneof(
      integer(-40, 40).map((n) => `${n}.125`),
      fc.constantFrom('0.', 'inf', '-inf'),
    ),
  },
  m: { type: 'Decimal(12, 2)', literal: integer(-20, 20).map((n) => `'${n}.50'`) },
  w: {
    type: 'Int128',
    literal: fc.oneof(integer(-5, 5), fc.constantFrom(...['', '-'].map((sign) => `'${sign}${2n ** 100n}'`))),
  },
  z: {
    type: 'Nullable(Decimal(50, 3))',
    literal: orNull(
      fc.oneof(
        integer(-5, 5).map((n) => `${n}.5`),
        fc.constant(`'${10n ** 40n}.25'`),
      ),
    ),
  },
  q: { type: 'Date32', literal: integer(0, 9).map((n) => `'191${n}-02-03'`) },
  y: { type: "Nullable(Enum16('lo' = -300, 'hi' = 300))", literal: orNull(fc.constantFrom("'lo'", "'hi'")) },
  p: { type: 'IPv4', literal: integer(0, 9).map((n) => `'10.0.0.${n}'`) },
  v: { type: 'Nullable(IPv6)', literal: orNull(integer(0, 9).map((n) => `'2001:db8::${n}'`)) },
  s: { type: 'String', literal: words },
  c: { type: 'LowCardinality(String)', literal: words },
  x: { type: 'LowCardinality(Nullable(String))', literal: orNull(words) },
  d: { type: 'Date', literal: day.map(quoted) },
  t: { type: 'DateTime', literal: day.map((text) => `'${text} 12:30:00'`) },
  e: {
    type: "Enum8('new' = 1, 'paid' = 2, 'void' = -3)",
    literal: fc.constantFrom('new', 'paid', 'void').map(quoted),
  },
  b: { type: 'Bool', literal: fc.constantFrom('true', 'false') },
};
const names = Object.keys(columns);
const anyName = fc.constantFrom(...names);
const someOf = (list: readonly string[], least: number, most: number): fc.Arbitrary<string[]> =>
  fc.shuffledSubarray([...list], { minLength: least, maxLength: most });

const comparison = anyName.chain((name) => {
  const { literal } = columns[name]!;
  const value = literal.filter((each) => each !== 'NULL');
  return fc.oneof(
    fc
      .tuple(fc.constantFrom('=', '!=', '<', '<=', '>', '>='), value)
      .map(([op, right]) => `${name} ${op} ${right}`),
    fc.array(value, { minLength: 1, maxLength: 4 }).map((list) => `${name} IN (${list.join(', ')})`),
    fc.tuple(value, value).map(([from, to]) => `${name} BETWEEN ${from} AND ${to}`),
    fc.constantFrom(`${name} IS NULL`, `${name} IS NOT NULL`),
  );
});
const computed = fc.oneof(
  fc.constantFrom(
    "s LIKE 'a%'",
    "c LIKE '%b'",
    "x NOT LIKE 'b_'",
    'toYYYYMM(d) = 202402',
    'i % 3 = 1',
    'a + n > 10',
  ),
  fc.constantFrom(
    'length(s) > 1',
    'b',
    'c = s',
    'toDate(t) >= d',
    "x = 'ab' OR n > 0",
    'toDayOfWeek(d) < 3',
    'id % 7 < 4',
  ),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    comparison,
    computed,
    fc
      .tuple(tie('condition'), fc.constantFrom('AND', 'AND', 'OR'), tie('condition'))
      .map(([l, op, r]) => `(${l} ${op} ${r})`),
    tie('condition').map((inner) => `NOT (${inner})`),
  ),
}));
const where = fc.oneof(
  { weight: 5, arbitrary: condition.map((text) => ` WHERE ${text}`) },
  { weight: 1, arbitrary: fc.constant('') },
);

const limit = fc.option(fc.tuple(integer(0, 30), integer(0, 9)), { nil: undefined });
const limited = (asked: [string, string] | undefined): string =>
  asked ? ` LIMIT ${asked[0]} OFFSET ${asked[1]}` : '';
const direction = fc.constantFrom('', ' DESC');

const plainSelect = fc
  .tuple(someOf(names, 1, 5), where, fc.array(fc.tuple(anyName, direction), { maxLength: 2 }), limit)
  .map(
    ([shown, filter, order, asked]) =>
      `SELECT ${shown.join(', ')} FROM #${filter} ORDER BY ${[...order.map((each) => each.join('')), 'id'].join(', ')}${limited(asked)}`,
  );

const aggregates = [
  'count()',
  ...['a', 'i', 'n', 'm', 'd', 't', 'f', 's', 'c', 'x', 'w', 'z', 'p', 'v', 'q', 'y'].flatMap((name) => [
    `min(${name})`,
    `max(${name})`,
  ]),
  ...['a', 'i', 'n', 'm', 'b', 'w', 'z'].map((name) => `sum(${name})`),
  ...['a', 'n', 'm'].map((name) => `avg(${name})`),
  ...['n', 'x', 's', 'c', 'i'].flatMap((name) => [`uniqExact(${name})`, `count(${name})`, `uniq(${name})`]),
  'quantile(0.9)(a)',
  'quantile(n)',
  'arraySort(groupArray(id))',
  "countIf(c = 'ab')",
  'sumIf(a, n > 0)',
];
const groupKeys = [
  'a',
  'n',
  'm',
  's',
  'c',
  'x',
  'd',
  'e',
  'b',
  'i',
  'w',
  'z',
  'p',
  'v',
  'q',
  'y',
  'a % 3',
  'toYYYYMM(d)',
  'length(c)',
  'n > 0',
];
const groupedSelect = fc
  .tuple(someOf(groupKeys, 0, 3), someOf(aggregates, 1, 5), where, fc.boolean(), limit)
  .map(([keys, calls, filter, having, asked]) => {
    const by = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
    const rest = keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}${limited(asked)}`;
    return `SELECT ${[...keys, ...calls].join(', ')} FROM #${filter}${by}${having && by ? ' HAVING count() > 1' : ''}${rest}`;
  });
const anyQuery = fc.oneof(plainSelect, groupedSelect);

const partitionKeys = [
  '',
  '',
  ' PARTITION BY a % 3',
  ' PARTITION BY toYYYYMM(d)',
  ' PARTITION BY c',
  ' PARTITION BY (b, x)',
  ' PARTITION BY y',
];
const anyKey = fc
  .tuple(
    fc.constantFrom(...partitionKeys),
    someOf(
      names.filter((name) => name !== 'f'),
      1,
      4,
    ),
    fc.constantFrom(4, 16, 64),
  )
  .map(([partition, key, granularity]) => ({ partition, key: key.join(', '), granularity }));

/** Half of the tables, and the index table, have a bitmap index on every column. */
const bitmaps = names.map((name) => `INDEX by_${name} ${name} TYPE bitmap`);

const definition = `id UInt32, ${names.map((name) => `${name} ${columns[name]!.type}`).join(', ')}`;
const anyRow = fc.tuple(...names.map((name) => columns[name]!.literal));
const settings = 'SETTINGS allow_nullable_key = 1, index_granularity =';
const tables = Array.from({ length: KEY_COUNT }, (_, i) => `t${i}`);

async function fill(database: Database, clickHouse: Session, seed: number): Promise<void> {
  const keys = fc.sample(anyKey, { seed, numRuns: KEY_COUNT });
  const values = fc.sample(anyRow, { seed, numRuns: ROW_COUNT });
  const rows = values.map((row, i) => `(${[i, ...row].join(', ')})`);
  const earlier = values.map((row, i) => `(${[i + ROW_COUNT / 4, ...row].join(', ')})`);
  clickHouse.query(`CREATE TABLE t (${definition}) ENGINE = MergeTree ORDER BY id`);
  await database.query(`CREATE TABLE r (${definition}) ENGINE = RowTable PRIMARY KEY (id)`);
  const { partition, granularity } = keys[0]!;
  await database.query(
    `CREATE INDEX TABLE r_facts ON r LAYOUT COLUMNAR (${names.join(', ')})${partition} ORDER BY (a, c) ${bitmaps.join(' ')} SETTINGS index_granularity = ${granularity}`,
  );
  await database.query(`INSERT INTO r VALUES ${earlier.join(', ')}`);
  await database.query(`DELETE FROM r WHERE id >= ${ROW_COUNT}`);
  for (const [i, { partition: by, key, granularity: size }] of keys.entries())
    await database.query(
      `CREATE TABLE ${tables[i]} (${[definition, ...(i % 2 === 0 ? bitmaps : [])].join(', ')}) ENGINE = MergeTree${by} ORDER BY (${key}) ${settings} ${size}`,
    );
  for (let from = 0; from < ROW_COUNT; from += ROW_COUNT / INSERT_COUNT) {
    const values = rows.slice(from, from + ROW_COUNT / INSERT_COUNT).join(', ');
    clickHouse.query(`INSERT INTO t VALUES ${values}`);
    for (const table of ['r', ...tables]) await database.query(`INSERT INTO ${table} VALUES ${values}`);
  }
}

/** 0 when bitmaps decide. */
async function readBytes(database: Database, sql: string): Promise<number> {
  const answer = await database.execute(sql);
  await answer.rows();
  return answer.summary.readBytes;
}

test('random SELECTs over columns have the answers of ClickHouse', { timeout: 240_000 }, async () => {
  const seed = Number(process.env['WINNOW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const queries = fc.sample(anyQuery, { seed, numRuns: QUERY_COUNT });
  let compared = 0;
  await withBoth(async (database, clickHouse) => {
    await fill(database, clickHouse, seed);
    expect(await readBytes(database, "SELECT count() FROM t0 WHERE e = 'new' AND (n > 0 OR NOT b)")).toBe(0);
    for (const query of queries) {
      const expected = clickHouse.query(query.replace('#', 't'), 'TabSeparatedWithNames');
      for (const source of [...tables, 'r USE INDEX (r_facts)']) {
        const sql = query.replace('#', source);
        const answer = await answerText(database, sql, 'default', 'TabSeparatedWithNames').catch(String);
        expect.soft(answer, `${sql} (seed ${seed})`).toBe(expected);
        compared++;
      }
    }
  });
  console.log(`seed ${seed}: ${compared} answers compared`);
  expect(compared).toBe(QUERY_COUNT * (KEY_COUNT + 1));
});
