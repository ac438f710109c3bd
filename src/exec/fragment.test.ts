// Fragments run in pieces, sent as plain data and merged, against one run over all rows; and over blocks as scans of parts
// deliver them, against small blocks, which are evaluated.

import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { asDictionary } from '../../test/support/dictionary-column.ts';
import { assert } from '../base/assert.ts';
import { Arena } from '../kernels/arena.ts';
import { takenBytes } from '../kernels/chunk-pool.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { SelectPlan } from '../plan/plan.ts';
import { planSelect } from '../plan/plan-select.ts';
import { everySkipIndex } from '../plan/skip/skip-index-use.ts';
import type { SelectQuery } from '../sql/ast.ts';
import { parseStatement } from '../sql/parser.ts';
import { blockOfColumns, sliceBlock } from '../types/block.ts';
import type { Block, Value } from '../types/column.ts';
import { takeBlockTo } from '../types/gather.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { FragmentRun, fragmentOf, type Fragment, type FragmentPartial } from './fragment.ts';
import { MemoryTracker } from './memory-tracker.ts';
import { boundFragment, plainFragment, plainPartial, receivedPartial } from './plain-fragment.ts';

const takenBefore = takenBytes(kernelRuntime().memory);
afterAll(() => expect(takenBytes(kernelRuntime().memory)).toBe(takenBefore));

const columns = Object.entries({
  carrier: 'LowCardinality(String)',
  origin: 'LowCardinality(Nullable(String))',
  delay: 'Nullable(Int16)',
  distance: 'UInt16',
  day: 'Date',
  id: 'UInt64',
  weight: 'Float64',
  price: 'Decimal(18, 2)',
  note: 'String',
  tags: 'Array(String)',
}).map(([name, type]) => ({ name, type: parseDataType(type) }));

function valueOf(name: string, row: number, random: number): Value {
  switch (name) {
    case 'carrier':
      return `c${random % 5}`;
    case 'origin':
      return random % 7 === 0 ? null : `o${random % 11}`;
    case 'delay':
      return random % 6 === 0 ? null : (random % 90) - 30;
    case 'distance':
      return random % 1000;
    case 'day':
      return `2008-0${1 + (random % 9)}-1${random % 5}`;
    case 'id':
      // No two rows have the same.
      return BigInt(random) * 2n ** 33n + BigInt(row);
    case 'weight':
      // Sums are exact in any order.
      return (random % 64) / 4;
    case 'price':
      return `${random % 500}.${10 + (random % 90)}`;
    case 'note':
      return random % 3 === 0 ? '' : `note ${random % 40}`;
    default:
      return Array.from({ length: random % 3 }, (_, i) => `t${(random + i) % 4}`);
  }
}

function blockOf(rowCount: number, seed: number): Block {
  const random = (row: number, i: number): number => Math.imul(row * 31 + i * 17 + seed, 0x9e3779b1) >>> 8;
  return {
    rowCount,
    columns: columns.map(({ name, type }, i) =>
      columnOf(
        type,
        Array.from({ length: rowCount }, (_, row) => valueOf(name, row, random(row, i))),
      ),
    ),
  };
}

/** As a scan of parts delivers rows: in the kernels' memory, LowCardinality by codes. */
function asScanned(block: Block, arena: Arena): Block {
  const columnsByCodes = block.columns.map((column, i) => asDictionary(column, block.rowCount + i));
  return takeBlockTo({ rowCount: block.rowCount, columns: columnsByCodes }, arena);
}

function planOf(sql: string): SelectPlan {
  return planSelect(parseStatement(sql) as SelectQuery, {
    resolveTable: () => ({ kind: 'virtual', name: 't', columns, read: () => noBlocks() }),
    tableFunction: () => {
      throw new Error('no functions');
    },
    bind: { parameters: {}, nowMs: 0, currentDatabase: 'default' },
    freshness: { kind: 'strong' },
    joinAlgorithm: 'default',
    skipIndexUse: everySkipIndex,
  });
}

function readBy({ source }: SelectPlan, block: Block): Block {
  assert(source.kind === 'virtual', 't is a virtual table');
  return blockOfColumns(block, source.columns);
}

async function* noBlocks(): AsyncGenerator<Block> {}

function withRun<T>(fragment: Fragment, use: (run: FragmentRun) => T): T {
  const run = new FragmentRun(fragment, new MemoryTracker(0));
  try {
    return use(run);
  } finally {
    run.close();
  }
}

/** Over blocks that are lent until the next one, as scans do it. */
function consume(run: FragmentRun, blocks: readonly Block[], scanned: boolean): void {
  const arena = new Arena();
  try {
    for (const block of blocks) {
      arena.rewind();
      run.consume(scanned ? asScanned(block, arena) : block, true);
    }
  } finally {
    arena.release();
  }
}

function rowsOf(run: FragmentRun): string[] {
  const rows: string[] = [];
  // A block is lent until the next one is asked for.
  for (const { rowCount, columns: all } of run.finish(50))
    for (let row = 0; row < rowCount; row++)
      rows.push(
        JSON.stringify(
          all.map((column) => valueAt(column, row)),
          plain,
        ),
      );
  return rows;
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** What a thread sends back. */
function partialOf(fragment: Fragment, blocks: readonly Block[]): FragmentPartial {
  const sent = boundFragment(structuredClone(plainFragment(fragment)));
  const partial = withRun(sent, (run) => {
    consume(run, blocks, true);
    return plainPartial(run.partial());
  });
  return receivedPartial(structuredClone(partial));
}

const queries = [
  'SELECT count(), sum(distance), avg(delay), min(day), max(weight) FROM t',
  'SELECT count(), sum(price), avg(price), uniqExact(note) FROM t WHERE delay > 15',
  'SELECT carrier, count(), avg(delay), sumIf(distance, delay > 0) FROM t GROUP BY carrier',
  "SELECT carrier, origin, count(), max(id) FROM t WHERE origin != 'o3' GROUP BY carrier, origin",
  'SELECT origin, uniqExact(note), uniq(id), count(DISTINCT day), sum(DISTINCT distance) FROM t GROUP BY origin',
  "SELECT toMonth(day) AS m, note, countIf(note LIKE '%1%'), min(note) FROM t GROUP BY m, note",
  'SELECT id % 1000, sum(weight), argMax(note, id) FROM t WHERE weight BETWEEN 1 AND 12 GROUP BY 1',
  'SELECT tags, count(), uniqExact(carrier, day) FROM t GROUP BY tags',
  "SELECT day, count() FROM t WHERE carrier IN ('c1', 'c2') OR distance < 100 GROUP BY day",
  'SELECT note, sum(delay) FROM t WHERE distance = 5000 GROUP BY note',
  'SELECT id, note, delay + 1 FROM t ORDER BY id DESC LIMIT 7',
  'SELECT carrier, id FROM t WHERE delay < 20 ORDER BY carrier, id LIMIT 30 OFFSET 3',
  'SELECT delay, id FROM t ORDER BY delay DESC NULLS FIRST, id LIMIT 200',
  'SELECT origin, note, id FROM t WHERE isNotNull(origin) ORDER BY origin DESC, note, id LIMIT 12',
];

const cases = fc.record({
  sql: fc.constantFrom(...queries),
  rowCount: fc.oneof(fc.nat(30), fc.integer({ min: 300, max: 3000 })),
  seed: fc.nat(1000),
  cuts: fc.array(fc.nat(3000), { maxLength: 6 }),
  threads: fc.array(fc.nat(2), { minLength: 7, maxLength: 7 }),
});

const sortedIf = (unordered: boolean, rows: string[]): string[] => (unordered ? rows.sort() : rows);

test('partial results of threads merge into the result of one, whichever blocks each of them had', () => {
  fc.assert(
    fc.property(cases, ({ sql, rowCount, seed, cuts, threads }) => {
      const plan = planOf(sql);
      const fragment = fragmentOf(plan)!;
      expect(fragment, sql).toBeDefined();
      const block = readBy(plan, blockOf(rowCount, seed));
      const ends = [...new Set([0, ...cuts.map((cut) => cut % (rowCount + 1)), rowCount])].sort(
        (a, b) => a - b,
      );
      const blocks = ends.slice(1).map((end, i) => sliceBlock(block, ends[i]!, end));
      const small = Array.from({ length: Math.ceil(rowCount / 100) }, (_, i) =>
        sliceBlock(block, i * 100, Math.min(rowCount, (i + 1) * 100)),
      );
      const rows = (use: (run: FragmentRun) => void): string[] =>
        withRun(fragment, (run) => {
          use(run);
          return sortedIf(fragment.kind === 'groups', rowsOf(run));
        });
      const expected = rows((run) => consume(run, small, false));
      expect(rows((run) => consume(run, blocks, true))).toEqual(expected);
      const shared = rows((run) => {
        consume(
          run,
          blocks.filter((_, i) => threads[i] === 0),
          true,
        );
        for (const thread of [1, 2])
          run.merge(
            partialOf(
              fragment,
              blocks.filter((_, i) => threads[i] === thread),
            ),
          );
      });
      expect(shared, sql).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('rows of a plan that must pass one thread are no fragment', () => {
  const isFragment = (sql: string): boolean => fragmentOf(planOf(sql)) !== undefined;
  expect(isFragment('SELECT note FROM t')).toBe(false);
  expect(isFragment('SELECT note FROM t ORDER BY note')).toBe(false);
  expect(isFragment('SELECT DISTINCT note FROM t ORDER BY note LIMIT 3')).toBe(false);
  expect(isFragment('SELECT note FROM t ORDER BY note LIMIT 3')).toBe(true);
  expect(isFragment('SELECT count() FROM t')).toBe(true);
});

test('a run counts what its filter was asked about and what it kept', () => {
  const plan = planOf('SELECT count() FROM t WHERE distance < 10');
  withRun(fragmentOf(plan)!, (run) => {
    consume(run, [readBy(plan, blockOf(1000, 1)), readBy(plan, blockOf(500, 2))], true);
    const { rowsFiltered, rowsKept } = run.counts;
    expect(rowsFiltered).toBe(1500);
    expect(rowsOf(run)).toEqual([JSON.stringify([String(rowsKept)])]);
  });
});
