// random-join.ch.test.ts — random joins over random rows give the answers of ClickHouse: of MergeTree tables, of row tables with
// index tables whose rows were overwritten and deleted before, and of both together; by hash and by look-up.

import type { Session } from 'chdb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { integer, orNull, quoted, withBoth } from '../../test/support/random-oracle.ts';
import { answerText } from './sql-oracle.test-support.ts';
import type { Database } from './api.ts';

const ROW_COUNT = 120;
const QUERY_COUNT = 36;

const words = fc
  .constantFrom('', 'a', 'ab', 'abc', 'b', 'ä', 'zz', 'long-enough-to-leave-a-slot')
  .map(quoted);

/** Columns that every table has beside its `id`: few values, so that keys meet several times and some never. */
const columns: Readonly<Record<string, { readonly type: string; readonly literal: fc.Arbitrary<string> }>> = {
  p: { type: 'UInt32', literal: integer(0, ROW_COUNT + 30) },
  k: { type: 'UInt16', literal: integer(0, 40) },
  i: { type: 'Int64', literal: fc.oneof(integer(-9, 40), fc.constantFrom('9007199254740993')) },
  n: { type: 'Nullable(Int32)', literal: orNull(integer(0, 30)) },
  s: { type: 'String', literal: words },
  c: { type: 'LowCardinality(String)', literal: words },
  x: { type: 'LowCardinality(Nullable(String))', literal: orNull(words) },
  d: { type: 'Date', literal: integer(0, 30).map((day) => `toDate(19800 + ${day})`) },
};
const names = Object.keys(columns);
const definition = `id UInt32, ${names.map((name) => `${name} ${columns[name]!.type}`).join(', ')}`;

/** Pairs of columns that can be equal, of the left and the right table. */
const pairs = [
  'id p',
  'p id',
  'p p',
  'k k',
  'k i',
  'i k',
  'n n',
  'k n',
  'n i',
  's s',
  's c',
  'c c',
  'c x',
  'x x',
  'x s',
  'd d',
].map((pair) => pair.split(' ') as [string, string]);

const sides = fc
  .constantFrom('l r', 'r l', 'l s', 's l', 'r s', 's r', 'l e', 'e r')
  .map((two) => two.split(' '));
const kind = fc.constantFrom('INNER', 'LEFT', 'LEFT', 'RIGHT');
const equality = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...pairs).map(([a, b]) => `a.${a} = b.${b}`) },
  { weight: 1, arbitrary: fc.constantFrom('lower(a.c) = lower(b.s)', 'a.k + 1 = b.k', 'b.d = toDate(a.d)') },
);
const sideCondition = (side: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('>', '<=', '=', '!=').chain((op) => integer(0, 40).map((v) => `${side}.k ${op} ${v}`)),
    integer(0, ROW_COUNT).map((v) => `${side}.id < ${v}`),
    integer(0, 60).map((v) => `${side}.p = ${v}`),
    words.map((v) => `${side}.c = ${v}`),
    fc.constantFrom(
      `${side}.n IS NULL`,
      `${side}.x IS NOT NULL`,
      `${side}.s LIKE 'a%'`,
      `${side}.id % 3 = 1`,
    ),
  );
const acrossCondition = fc.constantFrom(
  'a.k < b.k',
  'a.n + b.n > 20',
  'a.s != b.s',
  'a.id + b.id < 150',
  'a.k = 3 OR b.k = 4',
  "a.x = b.x OR b.c = 'ab'",
);
const anyCondition = fc.oneof(sideCondition('a'), sideCondition('b'), acrossCondition);
const some = (list: fc.Arbitrary<string>, most: number): fc.Arbitrary<string[]> =>
  fc.array(list, { maxLength: most });

const on = fc
  .tuple(fc.array(equality, { minLength: 1, maxLength: 2 }), some(anyCondition, 2))
  .map(([equal, more]) => ` ON ${[...equal, ...more].map((each) => `(${each})`).join(' AND ')}`);
const using = fc
  .shuffledSubarray(['p', 'k', 'n', 's', 'c', 'd'], { minLength: 1, maxLength: 2 })
  .map((shared) => ` USING (${shared.join(', ')})`);
const where = some(anyCondition, 2).map((all) =>
  all.length === 0 ? '' : ` WHERE ${all.map((each) => `(${each})`).join(' AND ')}`,
);

const source = fc
  .tuple(sides, kind, fc.oneof({ weight: 4, arbitrary: on }, { weight: 1, arbitrary: using }), where)
  .map(
    ([[left, right], word, condition, filter]) =>
      `${left} AS a ${word} JOIN ${right} AS b${condition}${filter}`,
  );
const limit = fc.option(fc.tuple(integer(0, 40), integer(0, 5)), { nil: undefined });

const shown = fc.shuffledSubarray(
  ['a', 'b'].flatMap((side) => ['id', ...names].map((name) => `${side}.${name}`)),
  { minLength: 1, maxLength: 6 },
);
const plainSelect = fc
  .tuple(fc.oneof(shown, fc.constant(['*'])), source, fc.constantFrom('', ' DESC'), limit)
  .map(
    ([items, from, direction, asked]) =>
      `SELECT ${items.join(', ')} FROM ${from} ORDER BY a.id${direction}, b.id, b.p${asked ? ` LIMIT ${asked[0]} OFFSET ${asked[1]}` : ''}`,
  );
const keys = fc.shuffledSubarray(['a.k', 'b.c', 'a.n', 'b.x', 'b.d', 'a.s', 'b.id % 4'], { maxLength: 2 });
const calls = fc.shuffledSubarray(
  ['count()', 'sum(a.k)', 'sum(b.n)', 'max(b.s)', 'uniqExact(b.id)', 'count(b.x)', 'min(a.d)', 'sum(b.i)'],
  { minLength: 1, maxLength: 3 },
);
const groupedSelect = fc.tuple(keys, calls, source).map(([by, aggregates, from]) => {
  const rest = by.length === 0 ? '' : ` GROUP BY ${by.join(', ')} ORDER BY ${by.join(', ')}`;
  return `SELECT ${[...by, ...aggregates].join(', ')} FROM ${from}${rest}`;
});
const three = fc
  .tuple(kind, kind, equality, equality, some(anyCondition, 2))
  .map(([first, second, one, two, filter]) => {
    const other = two.replace('b.', 't.');
    const conditions = filter.length === 0 ? '' : ` WHERE (${filter.join(') AND (')})`;
    return `SELECT a.id, b.id, t.id, t.c FROM l AS a ${first} JOIN r AS b ON ${one} ${second} JOIN s AS t ON ${other}${conditions} ORDER BY a.id, b.id, t.id LIMIT 300`;
  });
const anyQuery = fc.oneof(
  { weight: 4, arbitrary: plainSelect },
  { weight: 2, arbitrary: groupedSelect },
  { weight: 1, arbitrary: three },
);

/** CREATE statements by database: `e` stays empty. */
const databases: Readonly<Record<string, readonly string[]>> = {
  parts: [
    `CREATE TABLE l (${definition}) ENGINE = MergeTree ORDER BY id`,
    `CREATE TABLE r (${definition}) ENGINE = MergeTree PARTITION BY k % 3 ORDER BY (c, id)`,
    `CREATE TABLE s (${definition}) ENGINE = MergeTree ORDER BY (p, k)`,
    `CREATE TABLE e (${definition}) ENGINE = MergeTree ORDER BY id`,
  ],
  rows: [
    `CREATE TABLE l (${definition}) ENGINE = RowTable PRIMARY KEY id SHARD BY hash(id) INTO 4`,
    `CREATE TABLE r (${definition}) ENGINE = RowTable PRIMARY KEY (p, id) SHARD BY hash(p) COLOCATE WITH l`,
    `CREATE TABLE s (${definition}) ENGINE = RowTable PRIMARY KEY (s, k, id) SHARD BY hash(id) INTO 3`,
    `CREATE TABLE e (${definition}) ENGINE = RowTable PRIMARY KEY id`,
    'CREATE INDEX TABLE l_by_k ON l (k) LAYOUT KEYS',
    'CREATE INDEX TABLE l_by_n ON l (n, c) LAYOUT COVERING (p, s)',
    'CREATE INDEX TABLE r_by_n ON r (n) LAYOUT KEYS',
    'CREATE INDEX TABLE r_by_c ON r (c) SHARD BY hash(c) INTO 2 LAYOUT COVERING (k, x)',
    'CREATE INDEX TABLE s_by_i ON s (i) SHARD BY mod(i, 3) LAYOUT KEYS',
    'CREATE INDEX TABLE s_by_x ON s (x) LAYOUT KEYS',
    'CREATE INDEX TABLE s_by_d ON s (d, n) LAYOUT KEYS',
    'CREATE INDEX TABLE s_by_lower ON s (lower(s)) LAYOUT KEYS',
    'CREATE INDEX TABLE l_by_p ON l (p) LAYOUT SPLIT (k, c, n)',
    'CREATE INDEX TABLE r_by_i ON r (i) LAYOUT KEYS WHERE k <= 20',
    "CREATE INDEX TABLE s_by_n ON s (n) LAYOUT KEYS SETTINGS null_keys = 'sparse'",
  ],
  mixed: [
    `CREATE TABLE l (${definition}) ENGINE = MergeTree ORDER BY (k, id)`,
    `CREATE TABLE r (${definition}) ENGINE = RowTable PRIMARY KEY (k, id) SHARD BY hash(k) INTO 4`,
    `CREATE TABLE s (${definition}) ENGINE = RowTable PRIMARY KEY id`,
    `CREATE TABLE e (${definition}) ENGINE = MergeTree ORDER BY id`,
    'CREATE INDEX TABLE r_by_s ON r (s) LAYOUT KEYS',
    `CREATE INDEX TABLE s_facts ON s LAYOUT COLUMNAR (${names.join(', ')}) ORDER BY (k)`,
  ],
};

async function fill(database: Database, clickHouse: Session, seed: number): Promise<void> {
  for (const [name, statements] of Object.entries(databases)) {
    await database.query(`CREATE DATABASE ${name}`);
    for (const sql of statements)
      for await (const _ of (await database.execute(sql, { database: name })).blocks) continue;
  }
  const row = fc.tuple(...names.map((name) => columns[name]!.literal));
  for (const [i, table] of ['l', 'r', 's', 'e'].entries()) {
    clickHouse.query(`CREATE TABLE ${table} (${definition}) ENGINE = MergeTree ORDER BY id`);
    if (table === 'e') continue;
    const values = fc.sample(row, { seed: seed + i, numRuns: ROW_COUNT });
    const rows = values.map((each, id) => `(${[id, ...each].join(', ')})`).join(', ');
    const others = values.map((each, id) => `(${[id + 20, ...each].join(', ')})`).join(', ');
    clickHouse.query(`INSERT INTO ${table} VALUES ${rows}`);
    for (const name of Object.keys(databases)) {
      if (name !== 'parts') {
        const target = `${name}.${table}`;
        const isRows = name === 'rows' || table !== 'l';
        // Rows that are gone again, or overwritten, when the queries come.
        if (isRows) await database.query(`INSERT INTO ${target} VALUES ${others}`);
        if (isRows) await database.query(`DELETE FROM ${target} WHERE id >= 0`);
      }
      await database.query(`INSERT INTO ${name}.${table} VALUES ${rows}`);
    }
  }
}

test('random joins have the answers of ClickHouse', { timeout: 240_000 }, async () => {
  const seed = Number(process.env['WINNOW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const queries = fc.sample(anyQuery, { seed, numRuns: QUERY_COUNT });
  let [compared, rows] = [0, 0];
  await withBoth(async (database, clickHouse) => {
    await fill(database, clickHouse, seed);
    for (const query of queries) {
      const expected = clickHouse.query(query, 'TabSeparatedWithNames');
      rows += expected.split('\n').length - 2;
      for (const name of Object.keys(databases)) {
        for (const algorithm of ['hash', 'direct']) {
          const sql = `${query} SETTINGS join_algorithm = '${algorithm}', max_block_size = ${2 + (compared % 5)}`;
          const answer = await answerText(database, sql, name, 'TabSeparatedWithNames').catch(String);
          // ClickHouse names the shared columns of a RIGHT JOIN as no rule foretells.
          const from = query.includes('RIGHT') && query.includes('USING') ? 1 : 0;
          const lines = (text: string): string[] => text.split('\n').slice(from);
          expect.soft(lines(answer), `${name}: ${sql} (seed ${seed})`).toEqual(lines(expected));
          compared++;
        }
      }
    }
  });
  console.log(`seed ${seed}: ${compared} answers of joins compared, ${rows} rows`);
  expect(compared).toBe(QUERY_COUNT * Object.keys(databases).length * 2);
});
