// skip-index-cases.ts — a table with skip indexes of every kind, rows in which they find something to skip, and random
// conditions that both Winnow and ClickHouse take.

import type { SkipIndexDefinition } from '../../src/catalog/definitions.ts';
import type { Random } from '../../src/base/random.ts';

/** Name and type; the expression by which ClickHouse makes the values of row `number`. `k` grows slowly with the rows. */
const table: readonly (readonly [name: string, type: string, sql: string])[] = [
  ['n', 'UInt32', 'number'],
  ['i', 'Int32', 'k * 3 - 90 + h % 5'],
  ['u', 'Nullable(UInt16)', 'if(h % 11 = 0 OR k % 13 = 3, NULL, k + h % 3)'],
  ['f', 'Float64', 'multiIf(h % 17 = 0 OR k % 14 = 5, nan, h % 19 = 0, -0., k / 4 - 7 + h % 4 / 8)'],
  ['q', 'Nullable(Float32)', 'multiIf(h % 7 = 0, NULL, h % 9 = 0, nan, k / 2)'],
  ['d', 'Date', "toDate('2024-01-01') + k + h % 3"],
  ['t', 'DateTime', "toDateTime('2024-01-01 00:00:00', 'UTC') + k * 40000 + h % 9000"],
  ['e', "Enum8('low' = -3, 'mid' = 0, 'high' = 7)", "multiIf(k % 9 < 4, 'low', h % 5 = 0, 'high', 'mid')"],
  ['c', 'Decimal(9, 2)', 'toDecimal32(k / 8 + h % 3 / 4, 2)'],
  [
    'w',
    'UUID',
    "toUUID(concat('00000000-0000-0000-0000-0000000000', leftPad(toString(10 + (k + h % 3) % 80), 2, '0')))",
  ],
  [
    's',
    'String',
    "multiIf(h % 23 = 0, '', concat(word, ' ', toString(k % 31), if(h % 3 = 0, '-é ', '_'), word2))",
  ],
  ['l', 'LowCardinality(String)', 'if(h % 10 = 0, word2, word)'],
  ['o', 'Nullable(String)', 'if(h % 5 = 0, NULL, word)'],
  ['x', 'FixedString(4)', 'toFixedString(substring(word, 1, 1 + h % 4), 4)'],
  ['a', 'Array(String)', 'arraySlice([word, word2, toString(k)], 1, h % 4)'],
  ['b', 'Array(Int32)', 'arraySlice([k, k + h % 4, -5], 1, h % 4)'],
  [
    'm',
    'Map(String, String)',
    "if(h % 6 = 0, map(), map(word, concat('v', toString(k % 20)), 'all', word2))",
  ],
];

export const columnTypes: Readonly<Record<string, string>> = Object.fromEntries(
  table.map(([name, type]) => [name, type]),
);

const words = [
  'apple',
  'banana',
  'cherry',
  'Date',
  'elder',
  'fig',
  'grape',
  'Hazel',
  'iris',
  'juniper',
  'кедр',
  'lime',
];

/** A query for the rows. */
export function rowsSql(rowCount: number): string {
  const list = `[${words.map((word) => `'${word}'`).join(', ')}]`;
  const columns = table.map(
    ([name, type, sql]) => `CAST(${sql}, '${type.replace(/'/g, "\\'")}') AS ${name}_`,
  );
  return `WITH toInt32(intDiv(number, 12)) AS k, intHash32(number) AS h,
      ${list}[1 + k % ${words.length}] AS word, ${list}[1 + (k + h % 3) % ${words.length}] AS word2
    SELECT ${columns.join(', ')} FROM numbers(${rowCount})`;
}

const byKind: Readonly<Record<string, readonly string[]>> = {
  minmax: 'i;u;f;q;d;t;e;c;w;s;l;o;x;(i, s);lower(s);toDate(t);i % 7;length(s);(u, d)'.split(';'),
  'set(0)': 'i;s;o;(e, l);x'.split(';'),
  'set(4)': 'i;u;f;q;d;e;c;w;l;o;(i % 3, e);lower(l);x'.split(';'),
  bloom_filter: 'i;u;f;q;d;t;e;w;s;l;o;x;a;b;mapKeys(m);mapValues(m);(i, s);lower(s)'.split(';'),
  'bloom_filter(0.23)': ['i', 's', 'a'],
  'ngrambf_v1(3, 128, 2, 7)': 's;l;x;a;mapKeys(m);mapValues(m);lower(s)'.split(';'),
  'ngrambf_v1(2, 64, 3, 0)': ['s', '(s, l)'],
  'tokenbf_v1(64, 3, 0)': 's;l;x;a;mapKeys(m);mapValues(m);lower(s)'.split(';'),
};

export const skipIndexes: readonly SkipIndexDefinition[] = Object.entries(byKind).flatMap(
  ([typeSql, expressions]) =>
    expressions.map((sql, i) => ({
      name: `${typeSql.replace(/\W+/g, '_')}${i}`,
      sql,
      typeSql,
      granularity: [1, 1, 2, 3][i % 4]!,
    })),
);

type Draw = (random: Random) => string;

const number =
  (min: number, max: number): Draw =>
  (random) =>
    String(min + random.int(max - min + 1));
const quarter: Draw = (random) =>
  random.pick(['-3.5', '0', '-0.', '1.25', '2', '5.125', '7.5', 'nan', 'inf', '100']);
const word: Draw = (random) => `'${random.pick([...words, 'none', 'v3', 'v12', '3', '17', 'all', ''])}'`;
const someDate: Draw = (random) => `'2024-0${1 + random.int(3)}-${10 + random.int(18)}'`;
const someTime: Draw = (random) =>
  `'2024-0${1 + random.int(2)}-${10 + random.int(18)} 0${random.int(9)}:00:00'`;
const uuid: Draw = (random) => `'00000000-0000-0000-0000-0000000000${10 + random.int(90)}'`;
const enumName: Draw = (random) => random.pick(["'low'", "'mid'", "'high'"]);
const sentence: Draw = (random) =>
  `'${random.pick(words)} ${random.int(31)}${random.pick(['-é ', '_'])}${random.pick(words)}'`;
const fixedText: Draw = (random) => `'${random.pick(words).slice(0, 1 + random.int(4))}'`;
const lowered =
  (draw: Draw): Draw =>
  (random) =>
    draw(random).toLowerCase();

const literals: Readonly<Record<string, Draw>> = {
  i: (random) => (random.chance(0.9) ? number(-100, 120)(random) : random.pick(['1.5', '300000', "'7'"])),
  u: (random) => (random.chance(0.9) ? number(-1, 70)(random) : random.pick(['1.5', '70000', 'NULL'])),
  f: quarter,
  q: quarter,
  d: someDate,
  t: someTime,
  c: (random) => random.pick(['1.25', '0.5', '3', '7.125', '4.75']),
  w: uuid,
  e: enumName,
  s: (random) => (random.chance(0.6) ? sentence(random) : word(random)),
  'lower(s)': (random) => lowered(random.chance(0.6) ? sentence : word)(random),
  l: word,
  'lower(l)': lowered(word),
  o: (random) => (random.chance(0.9) ? word(random) : 'NULL'),
  x: fixedText,
  'i % 7': number(-7, 7),
  'i % 3': number(-3, 3),
  'length(s)': number(0, 20),
  'toDate(t)': someDate,
  "m['all']": word,
  "m['cherry']": (random) => `'v${random.int(22)}'`,
};

const texts = ['s', 'l', 'o', 'x', 'lower(s)', "m['all']", "m['fig']"];

/** Patterns of LIKE: whole words, parts of them, several, with wildcards on some sides. */
const pattern: Draw = (random) => {
  const piece = (): string => {
    const text = random.pick([...words, ' 3', '-é ', 'an', '\\\\_', 'v1', '']);
    return random.chance(0.3) ? text.slice(random.int(3)) : text;
  };
  const pieces = Array.from({ length: 1 + random.int(3) }, piece);
  const [before, behind] = [random.pick(['', '%', '%']), random.pick(['', '%', '%'])];
  return `'${before}${pieces.join(random.pick(['%', '_', ' ', '%']))}${behind}'`;
};

const regex: Draw = (random) =>
  `'${random.pick(['', '^'])}${random.pick(words)}${random.pick(['', '.*', '.+3', 's?', '|fig', '*'])}${random.pick(['', '_', '$', ' '])}'`;

const list =
  (draw: Draw, most: number): Draw =>
  (random) =>
    Array.from({ length: 1 + random.int(most) }, () => draw(random)).join(', ');

/** Every index can skip something for one of these. */
export const certainConditions: readonly string[] = [
  ...["s = 'banana 7_cherry'", "l = 'banana'", "x = 'bana'", "lower(s) = 'banana 7_cherry'", "o = 'banana'"],
  ...[
    "lower(l) = 'banana'",
    "has(a, 'banana')",
    'has(b, 5)',
    "mapContains(m, 'banana')",
    "mapContainsValue(m, 'banana')",
  ],
  ...[
    'i = 5',
    'u = 5',
    'f = 1.25',
    'q = 2',
    "d = '2024-01-15'",
    "t = '2024-01-15 00:00:00'",
    'c = 1.25',
    "e = 'low'",
  ],
  ...["w = '00000000-0000-0000-0000-000000000042'", 'i % 7 = 1', 'i % 3 = 1', 'length(s) = 7'],
  "toDate(t) = '2024-01-15'",
];

const operators = ['=', '=', '=', '!=', '<', '<=', '>', '>='];

const leaves: readonly Draw[] = [
  (random) => {
    const operand = random.pick(Object.keys(literals));
    const value = literals[operand]!(random);
    const operator = operand === 'w' || operand === 'e' ? random.pick(['=', '!=']) : random.pick(operators);
    return random.chance(0.1)
      ? `${value} ${flipped[operator]!} ${operand}`
      : `${operand} ${operator} ${value}`;
  },
  (random) => {
    const operand = random.pick(Object.keys(literals));
    return `${operand} ${random.pick(['IN', 'IN', 'NOT IN'])} (${list(literals[operand]!, 4)(random)})`;
  },
  (random) => {
    const operand = random.pick(['i', 'd', 't', 's', 'c', 'u', 'f']);
    return `${operand} ${random.pick(['', 'NOT '])}BETWEEN ${literals[operand]!(random)} AND ${literals[operand]!(random)}`;
  },
  (random) => `${random.pick(texts)} ${random.pick(['LIKE', 'LIKE', 'NOT LIKE'])} ${pattern(random)}`,
  (random) => `${random.pick(['startsWith', 'endsWith'])}(${random.pick(texts)}, ${word(random)})`,
  (random) => `startsWith(${random.pick(texts)}, ${sentence(random)})`,
  (random) => `hasToken(${random.pick(['s', 'l', 'lower(s)'])}, '${random.pick([...words, '7', 'é'])}')`,
  (random) => `match(${random.pick(['s', 'l'])}, ${regex(random)})`,
  (random) => `multiSearchAny(${random.pick(['s', 'l'])}, [${list(word, 3)(random)}])`,
  (random) => `has(a, ${word(random)})`,
  (random) => `has(b, ${number(-6, 70)(random)})`,
  (random) => `${random.pick(['hasAny', 'hasAll'])}(a, [${list(word, 3)(random)}])`,
  (random) => `${random.pick(['hasAny', 'hasAll'])}(b, [${list(number(-6, 70), 3)(random)}])`,
  (random) => `mapContains(m, ${word(random)})`,
  (random) => `mapContainsValue(m, ${word(random)})`,
  (random) => `${random.pick(['isNull', 'isNotNull'])}(${random.pick(['u', 'o', 'q', 'i'])})`,
  (random) =>
    `(i, s) ${random.pick(['IN', 'NOT IN'])} ((${literals['i']!(random)}, ${sentence(random)}), (0, 'x'))`,
  (random) => `(u, d) IN ((${number(0, 70)(random)}, ${someDate(random)}))`,
  (random) => `(${literals['i']!(random)}) + 1 > i`,
  (random) => `e = ${enumName(random)} AND i % 3 = ${number(0, 2)(random)}`,
];

const flipped: Readonly<Record<string, string>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** A condition of up to a few leaves. */
export function randomCondition(random: Random, depth = 2): string {
  if (depth === 0 || random.chance(0.5)) return random.pick(leaves)(random);
  if (random.chance(0.2)) return `NOT (${randomCondition(random, depth - 1)})`;
  const operator = random.pick(['AND', 'OR']);
  return `(${randomCondition(random, depth - 1)} ${operator} ${randomCondition(random, depth - 1)})`;
}
