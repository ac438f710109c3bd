// random-index-tables.ts — row tables, index tables of every kind on them, writes, and queries, from fast-check.

import fc from 'fast-check';

/** A column of an index table: what CREATE says, and the value it has for a row of the row table. */
type ListedColumn = { readonly sql: string; readonly name: string; readonly value: string };

const column = (name: string): ListedColumn => ({ sql: name, name, value: name });
const computed = (value: string, name: string): ListedColumn => ({
  sql: `${value} AS ${name}`,
  name,
  value,
});
const unnamed = (value: string, name: string): ListedColumn => ({ sql: value, name: `\`${name}\``, value });

const keyColumns = [
  column('a'),
  column('b'),
  column('c'),
  column('d'),
  column('e'),
  computed('lower(b)', 'lb'),
  computed('toDate(e)', 'day'),
  computed('b', 'b2'),
  computed('ifNull(c, 0)', 'c0'),
  unnamed('c % 3', 'modulo(c, 3)'),
  unnamed('length(t)', 'length(t)'),
];

const coveredColumns = [
  ...keyColumns,
  column('t'),
  computed('upper(b)', 'ub'),
  computed('c', 'c2'),
  unnamed('a + 1', 'plus(a, 1)'),
];

const conditions = [
  'a > 2',
  'a IN (1, 2, 3)',
  'b IS NOT NULL',
  "b = 'Ab' OR a < 3",
  "b LIKE 'a%B'",
  'c != 2',
  "lower(b) LIKE 'a%'",
  'd >= 0',
  'length(t) > 0',
  'c + a > 1',
];

/** Conditions of queries: those of index tables, narrower ones, others. */
const queryConditions = [
  ...conditions,
  'a = 4',
  'a = 2',
  'a BETWEEN 3 AND 6',
  "b = 'Ab'",
  "b LIKE 'a%'",
  'b IS NULL',
  'c = 1',
  'c > 2',
  'c IS NULL',
  'c IN (-1, 0, 5)',
  'd < 0.5',
  "e >= '2026-01-02 00:00:00'",
  "lower(b) = 'ab'",
  "upper(b) IN ('AB', 'X')",
  "toDate(e) = '2026-01-02'",
  'ifNull(c, 0) < 3',
  'c % 3 = 1',
  'c % 2 = 1',
  'a + 2 = 4',
  'length(t) = 1',
  'a + 1 = 3',
  'has(t, b)',
];

/** For each condition of an index table some that imply it, and some that nearly do. */
const near: Readonly<Record<string, readonly string[]>> = {
  'a > 2': ['a >= 3', 'a = 4', 'a BETWEEN 3 AND 6', 'a >= 2', 'a IN (2, 5)', 'a > 1'],
  'a IN (1, 2, 3)': ['a = 2', 'a BETWEEN 1 AND 3', 'a < 4', 'a IN (1, 4)'],
  'b IS NOT NULL': ["b = 'Ab'", "b != 'X'", 'b IS NULL', "b LIKE 'a%'"],
  "b = 'Ab' OR a < 3": ['a < 3', "b = 'Ab'", 'a < 4'],
  "b LIKE 'a%B'": ["b LIKE 'a%'", "b = 'aB'", "b = 'ab'"],
  'c != 2': ['c = 1', 'c > 2', 'c IS NULL', 'c IN (-1, 0, 5)', 'c >= 2', 'c IN (1, 2)', 'c IS NULL OR c = 1'],
  "lower(b) LIKE 'a%'": ["lower(b) = 'ab'", "b LIKE 'a%'", "lower(b) LIKE 'b%'"],
  'd >= 0': ['d > 0.5', 'd = 2', 'd >= -2', 'd < 0.5'],
  'length(t) > 0': ['length(t) = 1', 'length(t) >= 0'],
  'c + a > 1': ['c + a > 2', 'c + a > 0'],
};

/** A query whose conditions are those of an index table, or near them. */
function nearQuery(condition: readonly string[], picks: readonly number[]): string {
  const conjuncts = condition.map((each, i) => {
    const choice = [each, ...near[each]!];
    return `(${choice[picks[i]! % choice.length]!})`;
  });
  return `SELECT id, k, a, b, c, d FROM t USE INDEX (@) WHERE ${conjuncts.join(' AND ')} ORDER BY id, k`;
}

const outputs = [
  'a',
  'b',
  'c',
  'd',
  'e',
  't',
  'lower(b)',
  'upper(b)',
  'toDate(e)',
  'a + 1',
  'a + 2',
  'c % 3',
  'c % 2',
  'ifNull(c, 1)',
  'length(t)',
  'ifNull(c, 0) * 2',
];

export type IndexTableSpec = {
  readonly name: string;
  readonly create: string;
  /** What it should hold, as a query on the row table, and as one on itself. */
  readonly expected: string;
  readonly held: string;
};

export type Scenario = {
  readonly createTable: string;
  readonly indexTables: readonly IndexTableSpec[];
  /** Between two of them everything is compared. */
  readonly rounds: readonly (readonly string[])[];
  readonly queries: readonly string[];
};

const some = <T>(list: readonly T[], min: number, max: number): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...list], { minLength: min, maxLength: max });

const shape = fc.record({
  layout: fc.constantFrom('KEYS', 'COVERING', 'SPLIT', 'FULL', 'COLUMNAR'),
  key: some(keyColumns, 1, 3),
  covered: some(coveredColumns, 1, 4),
  condition: fc.option(some(conditions, 1, 2), { freq: 1 }),
  sparse: fc.boolean(),
  sharding: fc.constantFrom('', 'UNSHARDED', 'SHARD BY'),
  shards: fc.integer({ min: 1, max: 5 }),
  lanes: fc.boolean(),
  partitioned: fc.boolean(),
  picks: fc.array(fc.nat(20), { minLength: 8, maxLength: 8 }),
});

type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

const everything = ['a', 'b', 'c', 'd', 'e', 't'].map(column);

function indexTable(name: string, primaryKey: readonly string[], given: Shape): IndexTableSpec {
  const { layout, key, sparse, sharding, shards, partitioned } = given;
  const covered = given.covered.filter(({ name: n }) => !key.some((k) => k.name === n));
  const list = (columns: readonly ListedColumn[]): string => columns.map(({ sql }) => sql).join(', ');
  const withList = ['COVERING', 'SPLIT', 'COLUMNAR'].includes(layout) && covered.length > 0;
  const used = layout !== 'COLUMNAR' && !withList && layout !== 'FULL' ? 'KEYS' : layout;
  const isColumnar = used === 'COLUMNAR';
  const columnarList =
    covered.length > 0 ? covered : [column('a')].filter((c) => !key.some((k) => k.name === c.name));
  const settings = [
    ...(given.lanes && sharding !== 'UNSHARDED' && shards > 1 ? ['lanes = 2'] : []),
    ...(sparse ? ["null_keys = 'sparse'"] : []),
    ...(isColumnar ? ['index_granularity = 4'] : []),
  ];
  const shard = sharding === 'SHARD BY' ? `SHARD BY hash(${key[0]!.name}) INTO ${shards}` : sharding;
  const lanesFit = sharding === 'SHARD BY' || (sharding === '' && !isColumnar);
  const create = [
    `CREATE INDEX TABLE ${name} ON t`,
    isColumnar ? '' : `(${list(key)})`,
    shard,
    `LAYOUT ${used === 'KEYS' || used === 'FULL' ? used : `${used} (${isColumnar ? list([...columnarList, ...key]) : list(covered)})`}`,
    isColumnar && partitioned ? `PARTITION BY ${key[0]!.name}` : '',
    isColumnar ? `ORDER BY (${key.map((each) => each.name).join(', ')})` : '',
    given.condition ? `WHERE ${given.condition.map((each) => `(${each})`).join(' AND ')}` : '',
    settings.length > 0
      ? `SETTINGS ${settings.filter((each) => lanesFit || !each.startsWith('lanes')).join(', ')}`
      : '',
  ];
  const held =
    used === 'FULL'
      ? [...key, ...everything]
      : used === 'KEYS'
        ? key
        : [...key, ...(isColumnar ? columnarList : covered)];
  const where = [
    ...(given.condition ?? []),
    ...(sparse ? [`NOT (${key.map(({ value }) => `(${value}) IS NULL`).join(' AND ')})`] : []),
  ];
  const pk = primaryKey.join(', ');
  return {
    name,
    create: create.filter((part) => part !== '' && part !== 'SETTINGS ').join(' '),
    expected: `SELECT ${held.map(({ value }, i) => `${value} AS x${i}`).join(', ')}, ${pk} FROM t USE INDEX (PRIMARY)${where.length > 0 ? ` WHERE ${where.map((each) => `(${each})`).join(' AND ')}` : ''} ORDER BY ${pk}`,
    held: `SELECT ${held.map((each, i) => `${each.name} AS x${i}`).join(', ')}, ${pk} FROM ${name} ORDER BY ${pk}`,
  };
}

const text = fc.option(fc.constantFrom('', 'Ab', 'ab', 'aB', 'X', 'zz'), { freq: 3 });
const quoted = (value: string | null): string => (value === null ? 'NULL' : `'${value}'`);

const row = fc.record({
  id: fc.integer({ min: 0, max: 25 }),
  a: fc.integer({ min: 0, max: 7 }),
  b: text,
  c: fc.option(fc.integer({ min: -3, max: 6 }), { freq: 3 }),
  d: fc.constantFrom('-1.5', '0', '0.25', '2', 'nan', 'inf'),
  e: fc.integer({ min: 1, max: 4 }),
  t: fc.array(fc.constantFrom('Ab', 'x'), { maxLength: 2 }),
});

const tupleOf = ({ id, a, b, c, d, e, t }: typeof row extends fc.Arbitrary<infer T> ? T : never): string =>
  `(${id}, 'k${id % 3}', ${a}, ${quoted(b)}, ${c ?? 'NULL'}, ${d}, '2026-01-0${e} 10:00:00', [${t.map(quoted).join(', ')}])`;

const write = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .array(row, { minLength: 1, maxLength: 6 })
      .map((rows) => `INSERT INTO t VALUES ${rows.map(tupleOf).join(', ')}`),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'a = (a + 1) % 8',
          'b = NULL',
          "b = 'aB'",
          'c = NULL',
          'c = c + 1',
          'd = 1 - d',
          't = []',
          'b = NULL, c = NULL',
          'e = e + INTERVAL 1 DAY',
        ),
        fc.integer({ min: 0, max: 25 }),
      )
      .map(([set, id]) => `UPDATE t SET ${set} WHERE id BETWEEN ${id} AND ${id + 3}`),
  },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 25 }).map((id) => `DELETE FROM t WHERE id = ${id}`) },
  { weight: 1, arbitrary: fc.constantFrom('SYSTEM STOP LANES', 'SYSTEM START LANES') },
);

const query = fc
  .record({
    items: some(outputs, 1, 4),
    where: some(queryConditions, 0, 4),
    order: some(
      outputs.filter((each) => each !== 't'),
      0,
      2,
    ),
    descending: fc.boolean(),
    limit: fc.option(fc.integer({ min: 1, max: 8 })),
    grouped: fc.boolean(),
  })
  .map(({ items, where, order, descending, limit, grouped }) => {
    const condition = where.length > 0 ? ` WHERE ${where.map((each) => `(${each})`).join(' AND ')}` : '';
    const direction = descending ? ' DESC' : '';
    if (grouped) {
      const key = items.find((each) => each !== 't') ?? 'a';
      return `SELECT ${key} AS k, count(), sum(c), max(a + 1) FROM t USE INDEX (@)${condition} GROUP BY ${key} ORDER BY k`;
    }
    const keys = [...order, 'id', 'k'].map((each) => `${each}${direction}`).join(', ');
    const page = limit === null ? '' : ` LIMIT ${limit}`;
    return `SELECT id, k, ${items.join(', ')} FROM t USE INDEX (@)${condition} ORDER BY ${keys}${page}`;
  });

export const scenario: fc.Arbitrary<Scenario> = fc
  .record({
    composite: fc.boolean(),
    shards: fc.integer({ min: 1, max: 8 }),
    shapes: fc.array(shape, { minLength: 2, maxLength: 4 }),
    rounds: fc.array(fc.array(write, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 }),
    queries: fc.array(query, { minLength: 6, maxLength: 12 }),
  })
  .map(({ composite, shards, shapes, rounds, queries }) => {
    const primaryKey = composite ? ['k', 'id'] : ['id'];
    return {
      createTable: `CREATE TABLE t (id UInt32, k String, a UInt8, b Nullable(String), c Nullable(Int32), d Float64, e DateTime, t Array(String)) ENGINE = RowTable PRIMARY KEY (${primaryKey.join(', ')}) SHARD BY hash(id) INTO ${shards}`,
      indexTables: shapes.map((given, i) => indexTable(`index_${i}`, primaryKey, given)),
      rounds,
      queries: [
        ...queries,
        ...shapes.flatMap(({ condition, picks }) =>
          condition ? [0, 2, 4, 6].map((at) => nearQuery(condition, picks.slice(at, at + 2))) : [],
        ),
      ],
    };
  });
