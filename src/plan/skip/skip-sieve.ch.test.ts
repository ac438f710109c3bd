// Skip indexes that ClickHouse wrote: no row that matches is skipped, and as much is skipped as ClickHouse skips.
// WINNOW_SKIP_CHECKS and WINNOW_SEED for longer runs.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClickHouse } from '../../../test/support/chdb-parts.ts';
import { files, readBlock, schemaOf } from '../../../test/support/parts.ts';
import {
  certainConditions,
  columnTypes,
  randomCondition,
  rowsSql,
  skipIndexes,
} from '../../../test/support/skip-index-cases.ts';
import { WinnowError } from '../../base/errors.ts';
import { createRandom, type Random } from '../../base/random.ts';
import { bindStored } from '../../catalog/stored-expression.ts';
import { evaluate } from '../../expr/evaluate.ts';
import type { Expression } from '../../expr/expression.ts';
import { Part } from '../../parts/part.ts';
import { ReaderCache } from '../../parts/reader-cache.ts';
import type { SkipGranules } from '../../parts/skip-index-reader.ts';
import { parseExpression } from '../../sql/parser.ts';
import type { Block } from '../../types/column.ts';
import { CAN_BE_FALSE, CAN_BE_TRUE, masksOf } from '../three-valued.ts';
import { knowledgeOf, sieveOf } from './skip-sieve.ts';
import { withoutImpossible } from './without-impossible.ts';

const ROWS = 720;
const GRANULE_ROWS = 8;
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
const checkCount = Number(process.env['WINNOW_SKIP_CHECKS'] ?? 3000);
/** Conditions without AND, OR and NOT, whose rows are known. */
const LEAVES = checkCount > 100_000 ? 5000 : 400;
/** Of these, so many for each index. */
const USEFUL_LEAVES = checkCount > 100_000 ? 200 : 10;

const schema = schemaOf(columnTypes, { granularity: GRANULE_ROWS, indexes: skipIndexes });
const indexes = schema.skipIndexes.map((index) => ({
  index,
  knowledge: knowledgeOf(index, index.expressions),
}));

let clickHouse: ClickHouse;
let part: Part;
let block: Block;
let granules: readonly SkipGranules[];

beforeAll(async () => {
  clickHouse = new ClickHouse();
  clickHouse.createTable('t', schema);
  clickHouse.query(`INSERT INTO d.t ${rowsSql(ROWS)} SETTINGS max_threads = 1`);
  const [folder] = await clickHouse.parts('t');
  part = await Part.open(files, folder!, schema);
  block = readBlock(part, schema);
  const readers = new ReaderCache(files);
  granules = indexes.map(({ index }) => readers.skipGranules(part, index)!);
});
afterAll(() => clickHouse[Symbol.dispose]());

/** undefined of a condition that no types allow. */
function bind(sql: string): Expression | undefined {
  try {
    return bindStored(parseExpression(sql), schema.columns);
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

/** A condition, and what it is in each row, as masks of three-valued.ts; 0 of NULL. */
type Known = { readonly sql: string; readonly bound: Expression; readonly ofRows: () => Uint8Array };

test(
  'no granule with a row that matches is skipped',
  () => {
    const random = createRandom(seed);
    const drawn = Array.from({ length: LEAVES }, () => randomCondition(random, 0));
    const leaves = [...drawn, ...certainConditions].map(known).filter(isDefined);
    const skipped: Record<string, number> = {};
    for (let check = 0; check < checkCount; check++) {
      const i = check % indexes.length;
      const { index } = indexes[i]!;
      const condition = composed(random, usefulLeaves(i, leaves), leaves);
      const may = checked(i, condition);
      if (!may) continue;
      if (may.includes(0)) skipped[index.type.kind] = (skipped[index.type.kind] ?? 0) + 1;
    }
    console.log(
      `seed ${seed}: ${checkCount} checks, of which something was skipped in ${JSON.stringify(skipped)}`,
    );
    for (const kind of ['minmax', 'set', 'bloom_filter', 'ngrambf_v1', 'tokenbf_v1'])
      expect(skipped[kind]).toBeGreaterThan(checkCount / 200);
  },
  30_000 + 5 * checkCount,
);

/** Which granules the index leaves, if it is of use; fails when one with a row that matches is not among them. */
function checked(i: number, { bound, ofRows, sql }: Known): Uint8Array | undefined {
  const { index, knowledge } = indexes[i]!;
  const may = sieveOf(knowledge, [withoutImpossible(bound)])?.mayMatch(granules[i]!);
  if (!may) return undefined;
  const row = ofRows().findIndex(
    (mask, at) => mask === CAN_BE_TRUE && may[Math.floor(at / GRANULE_ROWS / index.granularity)] === 0,
  );
  if (row >= 0) expect.fail(`seed ${seed}: ${index.name} of ${index.sql} loses row ${row} for ${sql}`);
  return may;
}

test.each([
  ...[
    'NOT (f < 100)',
    'NOT (q >= -100)',
    'f != 2',
    'f NOT IN (2, 1.25)',
    'NOT (f <= 7.5 AND q > 1)',
    'f = 0',
    'f IN (-0.)',
  ],
  ...[
    'isNull(u)',
    'NOT (u = 5)',
    'NOT isNull(o)',
    'NOT ((u, d) IN ((3, toDate(5))))',
    "x = 'el'",
    "x >= 'el'",
    "x LIKE 'el%'",
  ],
  ...[
    "m['none'] = ''",
    "m['none'] != 'v1'",
    "NOT (m['fig'] = 'v5')",
    "m['fig'] IN ('', 'v5')",
    "m['fig'] LIKE '%'",
  ],
  ...[
    "s LIKE '%ppl%'",
    "s LIKE 'app%'",
    "s LIKE '%apple'",
    "s LIKE '%-é %'",
    "s NOT LIKE '%a%'",
    "s = ''",
    'hasAll(a, [])',
  ],
  ...[
    'hasAny(b, [])',
    "has(a, '')",
    "match(s, 'fi?g')",
    "match(s, '^fig|lime')",
    "match(s, 'lime+')",
    "endsWith(s, 'e')",
  ],
])('%s skips no granule with a row that matches', (sql) => {
  const condition = known(sql);
  expect(condition).toBeDefined();
  for (let i = 0; i < indexes.length; i++) checked(i, condition!);
});

function known(sql: string): Known | undefined {
  const bound = bind(sql);
  let ofRows: Uint8Array | undefined;
  return bound && { sql, bound, ofRows: () => (ofRows ??= rowMasks(bound)) };
}

function rowMasks(bound: Expression): Uint8Array {
  const column = evaluate(bound, block);
  const maskOf = (row: number): number => {
    if (column.layout !== 'fixed' || column.nulls?.[row] === 1) return 0;
    return Number(column.values[row]) === 0 ? CAN_BE_FALSE : CAN_BE_TRUE;
  };
  return Uint8Array.from({ length: block.rowCount }, (_, row) => maskOf(row));
}

const isDefined = <T>(value: T | undefined): value is T => value !== undefined;

const useful = new Map<number, readonly Known[]>();

/** Those by which the index can skip something, as they are or negated. */
function usefulLeaves(i: number, leaves: readonly Known[]): readonly Known[] {
  let found = useful.get(i);
  if (!found) {
    const { index, knowledge } = indexes[i]!;
    const helps = (e: Expression): boolean => sieveOf(knowledge, [e]) !== undefined;
    const several: Known[] = [];
    for (const leaf of leaves) {
      if (several.length === USEFUL_LEAVES) break;
      if (helps(leaf.bound) || helps(call('not', [leaf.bound]))) several.push(leaf);
    }
    found = several;
    expect(found.length, index.name).toBeGreaterThan(0);
    useful.set(i, found);
  }
  return found;
}

/** Up to four leaves, most of them useful ones, with AND, OR and NOT. */
function composed(random: Random, some: readonly Known[], all: readonly Known[], depth = 2): Known {
  if (depth === 0 || random.chance(0.4)) return random.pick(random.chance(0.85) ? some : all);
  const left = composed(random, some, all, depth - 1);
  const ofLeft = { kind: 'atom', atom: left } as const;
  const count = block.rowCount;
  if (random.chance(0.2)) {
    const ofRows = (): Uint8Array =>
      masksOf({ kind: 'not', operand: ofLeft }, count, (leaf) => leaf.ofRows());
    return { sql: `NOT (${left.sql})`, bound: call('not', [left.bound]), ofRows };
  }
  const right = composed(random, some, all, depth - 1);
  const kind = random.pick(['and', 'or'] as const);
  const operands = [ofLeft, { kind: 'atom', atom: right } as const];
  return {
    sql: `(${left.sql}) ${kind} (${right.sql})`,
    bound: call(kind, [left.bound, right.bound]),
    ofRows: () => masksOf({ kind, operands }, count, (leaf) => leaf.ofRows()),
  };
}

const call = (name: string, args: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  type: { kind: 'UInt8' },
  run: () => expect.fail('only leaves are evaluated'),
});

test('indexes of Compact parts with compressed marks say the same', async () => {
  const definition = clickHouse.query('SHOW CREATE TABLE d.t').replaceAll('\\n', '\n').replaceAll("\\'", "'");
  const compact = definition.replace('CREATE TABLE d.t', 'CREATE TABLE d.compact').replace(/SETTINGS.*/s, '');
  clickHouse.query(`${compact} SETTINGS index_granularity = ${GRANULE_ROWS}, allow_nullable_key = 1`);
  clickHouse.query('INSERT INTO d.compact SELECT * FROM d.t ORDER BY n SETTINGS max_threads = 1');
  const [folder] = await clickHouse.parts('compact');
  const other = await Part.open(files, folder!, schema);
  expect([...other.checksums.keys()].filter((name) => name.endsWith('.cmrk4'))).not.toEqual([]);
  const readers = new ReaderCache(files);
  for (const [i, { index, knowledge }] of indexes.entries()) {
    const there = readers.skipGranules(other, index)!;
    expect(there.count, index.name).toBe(granules[i]!.count);
    for (const sql of certainConditions) {
      const sieve = sieveOf(knowledge, [bind(sql)!]);
      expect(sieve?.mayMatch(there), `${index.name}: ${sql}`).toEqual(sieve?.mayMatch(granules[i]!));
    }
  }
});

test('as many granules are skipped as ClickHouse skips', () => {
  const random = createRandom(seed + 1);
  const worse: string[] = [];
  const counted = { compared: 0, equal: 0, better: 0 };
  for (let n = 0; n < 100; n++) {
    const sql = randomCondition(random, 1);
    const bound = bind(sql);
    if (!bound || isComparedOtherwise(sql)) continue;
    const condition = withoutImpossible(bound);
    const explained = explain(sql, '');
    for (const [i, { index, knowledge }] of indexes.entries()) {
      if (!explained.includes(`Name: ${index.name}\n`)) continue;
      const theirs = keptByClickHouse(index.name, sql);
      const may = sieveOf(knowledge, [condition])?.mayMatch(granules[i]!);
      const ours = part.granuleRows.filter((_, g) => may?.[Math.floor(g / index.granularity)] !== 0).length;
      counted.compared++;
      if (ours === theirs) counted.equal++;
      else if (ours < theirs) counted.better++;
      else worse.push(`${index.name} of ${index.sql} keeps ${ours}, not ${theirs}: ${sql}`);
    }
  }
  console.log(`seed ${seed}: ${JSON.stringify(counted)}`);
  expect(worse).toEqual([]);
  expect(counted.compared).toBeGreaterThan(100);
}, 60_000);

/**
 * ClickHouse turns NOT (f < 5) into f >= 5, of which NaN is neither, and of a letter of several bytes takes only the last to be
 * the one that `*` makes optional: it loses rows. IN tells 0 and -0 apart there, and not here. Of x, a FixedString,
 * constants that are shorter narrow a little less here.
 */
const isComparedOtherwise = (sql: string): boolean =>
  /nan|(NOT|!=).*\b[fq]\b|\b[fq]\b.*(NOT|!=)|[^ -~][*?]|IN \([^)]*-0|\bx\b/.test(sql);

/** Granules that ClickHouse keeps when it has this index alone. */
function keptByClickHouse(name: string, condition: string): number {
  const others = skipIndexes.filter((index) => index.name !== name).map((index) => index.name);
  const explained = explain(condition, others.join(', '));
  const found = new RegExp(`Name: ${name}\\n[^]*?Granules: (\\d+)/`).exec(explained);
  return Number(found?.[1] ?? part.granuleRows.length);
}

/** Nothing of a condition that ClickHouse refuses. */
function explain(condition: string, ignored: string): string {
  const ignoring = ignored === '' ? '' : `, ignore_data_skipping_indices = '${ignored}'`;
  try {
    return clickHouse.query(
      `EXPLAIN indexes = 1 SELECT n FROM d.t WHERE ${condition} SETTINGS use_query_condition_cache = 0${ignoring}`,
    );
  } catch {
    return '';
  }
}
