// skip-index.ch.test.ts — the skip indexes that Winnow writes have the bytes of ClickHouse's, which prunes with them.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { allTypes, codedNumberTypes, lowCardinalityTypes } from '../../test/support/random-columns.ts';
import { files, inFolder, randomBlock, readBlock, schemaOf, writePart } from '../../test/support/parts.ts';
import type { SkipIndexDefinition } from '../catalog/definitions.ts';
import type { Block } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import { sliceBlock } from '../types/block.ts';
import { columnOf } from '../types/value.ts';
import { decompressAll } from './compressed-block.ts';
import { Part } from './part.ts';
import { verifyPart } from './verify-part.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? 1);

/** Of every skip index of a part: its content, decompressed, and its marks; hexadecimal. */
async function indexesOf({ folder, checksums }: Part): Promise<Record<string, string>> {
  const names = [...checksums.keys()].filter((name) => name.startsWith('skp_idx_'));
  const contents = names.map(async (name) => {
    const bytes = await readFile(`${folder}/${name}`);
    return [
      name,
      (name.endsWith('.mrk2') ? bytes : decompressAll(bytes, name, 1e9)).toString('hex'),
    ] as const;
  });
  return Object.fromEntries(await Promise.all(contents));
}

const single = [...allTypes, ...lowCardinalityTypes, ...codedNumberTypes.slice(0, -1)].map((type) =>
  typeName(type),
);
const lists = [
  'Array(String)',
  'Array(UInt16)',
  'Array(FixedString(3))',
  'Array(LowCardinality(String))',
  'Array(LowCardinality(Nullable(String)))',
  'Array(UUID)',
  'Array(Int256)',
  'Array(IPv6)',
];
const types = [...single, ...lists];

const isText = (type: string): boolean =>
  /^(?:Array\()?(?:String|FixedString\(\d+\)|IPv6|LowCardinality\(String\))\)?$/.test(type) &&
  type !== 'Array(LowCardinality(String))';

/** The kinds of indexes that a column of the type can have. */
const kindsOf = (type: string): string[] => [
  ...(single.includes(type) ? ['minmax', 'set(0)', 'set(7)'] : []),
  ...(/Decimal|Date32/.test(type) ? [] : ['bloom_filter', 'bloom_filter(0.23)']),
  ...(isText(type)
    ? ['ngrambf_v1(3, 57, 3, 0)', 'ngrambf_v1(1, 8, 1, 18446744073709551615)', 'tokenbf_v1(40, 2, 7)']
    : []),
];

const granularities = [1, 2, 3, 7, 100];

const named = Object.fromEntries(types.map((type, i) => [`v${i}_`, type]));
const indexes: readonly SkipIndexDefinition[] = Object.entries(named).flatMap(([name, type]) =>
  kindsOf(type).map((typeSql, i) => ({
    name: `${name}${i}`,
    sql: name,
    typeSql,
    granularity: granularities[(i + Number(name.slice(1, -1)) + seed) % granularities.length]!,
  })),
);

describe(`an index of every kind of every type, WINNOW_SEED=${seed}`, () => {
  const rowCount = 1000;
  const schema = schemaOf({ n: 'UInt64', ...named }, { orderBy: ['n'], granularity: 30, indexes });
  const numbers = columnOf(
    { kind: 'UInt64' },
    Array.from({ length: rowCount }, (_, n) => n),
  );
  const block: Block = {
    rowCount,
    columns: [numbers, ...randomBlock(schema, rowCount, seed).columns.slice(1)],
  };
  let clickHouse: ClickHouse;
  let folder: string;
  let ours: Record<string, string>;
  let theirs: Record<string, string>;

  beforeAll(async () => {
    clickHouse = new ClickHouse();
    folder = await mkdtemp(path.join(tmpdir(), 'winnow-skip-indexes-'));
    clickHouse.createTable('ours', schema);
    clickHouse.createTable('theirs', schema);
    const part = await writePart(`${folder}/all_1_1_0`, schema, [block]);
    await clickHouse.attach('ours', part.folder);
    clickHouse.query('INSERT INTO d.theirs SELECT * FROM d.ours ORDER BY n SETTINGS max_threads = 1');
    ours = await indexesOf(part);
    theirs = await indexesOf(await Part.open(files, (await clickHouse.parts('theirs'))[0]!, schema));
  });
  afterAll(async () => {
    clickHouse[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });

  test.each(indexes.map((index) => ({ ...index, type: named[index.sql] })))(
    '$typeSql GRANULARITY $granularity of $type ($name)',
    ({ name }) => {
      const of = (all: Record<string, string>): Record<string, string> =>
        Object.fromEntries(Object.entries(all).filter(([file]) => file.startsWith(`skp_idx_${name}.`)));
      expect(Object.keys(of(theirs))).toHaveLength(2);
      expect(of(ours)).toEqual(of(theirs));
    },
  );

  test('passes CHECK TABLE', async () => {
    expect(clickHouse.check('ours')).toEqual([]);
    expect(await verifyPart(files, (await clickHouse.parts('theirs'))[0]!, schema)).toEqual([]);
  });
});

/** Rows that ClickHouse makes: empty arrays and NaN in whole granules, texts that are not UTF-8, values seen before. */
const edges = `SELECT number AS n, multiIf(number < 40, nan, number % 3 = 0, nan, toFloat64(number) - 100) AS f,
  multiIf(number < 20, NULL, number < 40, nan, number > 250, NULL, f) AS nf,
  multiIf(number % 5 = 0, reinterpretAsString(sipHash64(number)), number % 5 = 1, concat('Grüße, Welt_', toString(number % 50)),
    number % 5 = 2, '', number % 5 = 3, repeat('ab', number % 40), '日本語 text-42') AS s,
  if(number % 60 < 25, [], arrayMap(x -> toString(x % 17), range(number % 4))) AS a,
  mapFromArrays(arrayMap(x -> concat('k', toString(x)), range(number % 3)), range(number % 3)) AS m,
  if(number % 4 = 0, NULL, toString(number % 30)) AS lc FROM numbers(303)`;

const edgeIndexes: readonly SkipIndexDefinition[] = [
  ['f', 'minmax', 1],
  ['f', 'minmax', 2],
  ['(nf, f, s)', 'minmax', 3],
  ['length(a)', 'minmax', 4],
  ['toYYYYMM(toDate(n * 10))', 'minmax', 1],
  ['(n % 7, lower(s))', 'set(39)', 4],
  ['(n % 7, lower(s))', 'set(0)', 2],
  ['(lc, n % 2)', 'set(0)', 3],
  ['n % 10', 'set(10)', 2],
  ['n % 10', 'set(9)', 2],
  ["s LIKE '%a%'", 'set(2)', 1],
  ['f', 'set(0)', 2],
  ['a', 'bloom_filter', 1],
  ['a', 'bloom_filter', 4],
  ['(n, s, a)', 'bloom_filter(0.001)', 3],
  ['(lc, nf, f)', 'bloom_filter(0.2)', 2],
  ['mapKeys(m)', 'bloom_filter', 1],
  ['mapValues(m)', 'bloom_filter(0.5)', 5],
  ['lower(s)', 'ngrambf_v1(4, 300, 3, 5)', 1],
  ['(s, a)', 'ngrambf_v1(2, 33, 2, 0)', 2],
  ['mapKeys(m)', 'ngrambf_v1(2, 16, 1, 9)', 3],
  ['(s, a)', 'tokenbf_v1(500, 4, 123456789012345)', 2],
  ['s', 'tokenbf_v1(1, 7, 0)', 100],
].map(([sql, typeSql, granularity], i) => ({
  name: `i${i}`,
  sql: sql as string,
  typeSql: typeSql as string,
  granularity: granularity as number,
}));

test('what ClickHouse merges passes our verifier, however its blocks were cut', async () => {
  const granularities = [1, 3, 2, 3, 2, 2];
  const indexes = [
    ['f', 'minmax'],
    ['nf', 'minmax'],
    ['a', 'bloom_filter'],
    ['a', 'bloom_filter(0.3)'],
    ['s', 'set(0)'],
    ['s', 'tokenbf_v1(64, 2, 0)'],
  ].map(([sql, typeSql], i) => ({
    name: `i${i}`,
    sql: sql!,
    typeSql: typeSql!,
    granularity: granularities[i]!,
  }));
  const schema = schemaOf(
    { n: 'UInt64', f: 'Float64', nf: 'Nullable(Float64)', a: 'Array(String)', s: 'String' },
    { orderBy: ['n'], granularity: 100, indexes },
  );
  using clickHouse = new ClickHouse();
  clickHouse.createTable('t', schema);
  for (const offset of [0, 1, 2, 3, 4])
    clickHouse.query(`INSERT INTO d.t SELECT number * 5 + ${offset} AS n, if(number % 9 < 6, nan, toFloat64(number)) AS f, nullIf(f, 7),
      if(number % 40 < 36, [], [toString(number % 30)]), toString(number % 77) FROM numbers(9137)`);
  clickHouse.query('SYSTEM START MERGES d.t');
  clickHouse.query('OPTIMIZE TABLE d.t FINAL');
  const folders = await clickHouse.parts('t');
  expect(folders).toHaveLength(1);
  expect(await verifyPart(files, folders[0]!, schema)).toEqual([]);
});

const prunable = [
  'f > 150',
  "has(a, '16')",
  "n % 7 = 3 AND lower(s) = repeat('ab', 13)",
  "s LIKE '%Welt_21%'",
  "hasToken(s, '21')",
  "mapContainsKey(m, 'k1') AND n = 2",
  "s = 'abab'",
];

/** Granules that are left after each skip index that ClickHouse uses for a condition. */
function granulesRead(clickHouse: ClickHouse, table: string, condition: string): number[] {
  const plan = clickHouse.query(`EXPLAIN indexes = 1 SELECT count() FROM d.${table} WHERE ${condition}`);
  const skips = plan.split(/\n\s*Skip\n/).slice(1);
  expect(skips.length, plan).toBeGreaterThan(0);
  return skips.map((skip) => Number(/Granules: (\d+)\//.exec(skip)![1]));
}

test('tuples, expressions, NaN, empty arrays and damaged texts: in one block, and in several', async () => {
  const schema = schemaOf(
    {
      n: 'UInt64',
      f: 'Float64',
      nf: 'Nullable(Float64)',
      s: 'String',
      a: 'Array(String)',
      m: 'Map(String, UInt8)',
      lc: 'LowCardinality(Nullable(String))',
    },
    { orderBy: ['n'], granularity: 10, indexes: edgeIndexes },
  );
  using clickHouse = new ClickHouse();
  clickHouse.createTable('t', schema);
  clickHouse.query(`INSERT INTO d.t ${edges} SETTINGS max_threads = 1`);
  await inFolder(async (folder) => {
    const part = await Part.open(files, (await clickHouse.parts('t'))[0]!, schema);
    expect(await verifyPart(files, part.folder, schema)).toEqual([]);
    const theirs = await indexesOf(part);
    expect(Object.keys(theirs)).toHaveLength(2 * edgeIndexes.length);
    const block = readBlock(part, schema);
    // ClickHouse prunes with ours as with its own.
    clickHouse.createTable('ours', schema);
    await clickHouse.attach('ours', (await writePart(`${folder}/all_9_9_0`, schema, [block])).folder);
    for (const condition of prunable) {
      const [expected, found] = ['t', 'ours'].map((table) => granulesRead(clickHouse, table, condition));
      expect([condition, found]).toEqual([condition, expected]);
      expect(found!.at(-1), condition).toBeLessThan(31);
    }
    // It merges and mutates them; the indexes are then its own.
    await clickHouse.attach('ours', `${folder}/all_9_9_0`);
    clickHouse.query('SYSTEM START MERGES d.ours');
    clickHouse.query('OPTIMIZE TABLE d.ours FINAL');
    clickHouse.query('ALTER TABLE d.ours UPDATE f = n WHERE n = 7 SETTINGS mutations_sync = 2');
    expect(clickHouse.check('ours')).toEqual([]);
    const changed = await clickHouse.parts('ours');
    expect(changed).toHaveLength(1);
    expect(await verifyPart(files, changed[0]!, schema)).toEqual([]);
    const cuts = [0, 3, 25, 26, 110, 255, block.rowCount];
    const pieces = cuts.slice(1).map((end, i) => sliceBlock(block, cuts[i]!, end));
    for (const [i, blocks] of [[block], pieces].entries()) {
      const ours = await indexesOf(await writePart(`${folder}/all_${i}_${i}_0`, schema, blocks));
      for (const [name, content] of Object.entries(theirs))
        expect([name, ours[name]]).toEqual([name, content]);
    }
  });
});
