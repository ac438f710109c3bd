import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MergeTreeDefinition } from '../catalog/definitions.ts';
import { bindExpression } from '../expr/bind.ts';
import { tableScope } from '../expr/table-scope.ts';
import type { Part } from '../parts/part.ts';
import { parseExpression } from '../sql/parser.ts';
import { takeRows } from '../types/block.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf } from '../types/value.ts';
import { combineRestrictions, conjunctsOf } from './predicates.ts';
import { partPruner, pruneCounts } from './prune-parts.ts';

type Row = readonly [a: number, b: string | null, c: number];

const columns = ['UInt16', 'Nullable(String)', 'Int32'].map((type, i) => ({
  name: 'abc'[i]!,
  type: parseDataType(type),
  defaultSql: undefined,
  comment: '',
}));

const table: MergeTreeDefinition = {
  kind: 'mergeTree',
  id: 1,
  database: 'default',
  name: 't',
  columns,
  orderBy: [0, 1],
  primaryKey: [0, 1],
  sharding: { method: 'hash', columns: [], shardCount: 1 },
  parts: { uuid: 'u', partitionBySql: undefined, indexGranularity: 3 },
  comment: '',
};

/** NULLs last, as parts are sorted. */
function compareRows([a, b]: Row, [x, y]: Row): number {
  if (a !== x) return a - x;
  if (b === null || y === null) return Number(b === null) - Number(y === null);
  return b < y ? -1 : Number(b > y);
}

/** The metadata of a part with these sorted rows, in granules of three; minimum and maximum of column c. */
function partOf(rows: readonly Row[]): Part {
  const granuleCount = Math.ceil(rows.length / 3);
  const starts = Uint32Array.from({ length: granuleCount + 1 }, (_, i) => Math.min(3 * i, rows.length));
  const borders = Uint32Array.from({ length: granuleCount + 1 }, (_, i) => Math.min(3 * i, rows.length - 1));
  const key = [0, 1].map((i) =>
    takeRows(
      columnOf(
        columns[i]!.type,
        rows.map((row) => row[i]!),
      ),
      borders,
    ),
  );
  const c = rows.map((row) => row[2]);
  const part = {
    name: { partitionId: 'all', minBlock: 1, maxBlock: 1, level: 0 },
    rowCount: rows.length,
    granuleRows: starts.slice(1).map((end, i) => end - starts[i]!),
    granuleStarts: starts,
    index: key,
    minmax: new Map([[2, columnOf(columns[2]!.type, [Math.min(...c), Math.max(...c)])]]),
  };
  return part as unknown as Part;
}

function granulesOf(rows: readonly Row[], where: string): number[] {
  const scope = tableScope(columns);
  const context = { parameters: {}, nowMs: 0, currentDatabase: 'default' };
  const conjuncts = conjunctsOf(parseExpression(where), (e) => bindExpression(e, scope, context));
  const { columns: restrictions } = combineRestrictions(conjuncts.map((conjunct) => conjunct.restrictions));
  const ranges = partPruner(table, table, restrictions).ranges(partOf(rows));
  return ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));
}

const conditions: readonly [string, (row: Row) => boolean][] = [
  ['a = 3', ([a]) => a === 3],
  ['a > 2 AND a <= 5', ([a]) => a > 2 && a <= 5],
  ['a IN (0, 4, 9)', ([a]) => [0, 4, 9].includes(a)],
  ["b = 'm'", ([, b]) => b === 'm'],
  ["a = 3 AND b = 'm'", ([a, b]) => a === 3 && b === 'm'],
  ["a = 3 AND b > 'c'", ([a, b]) => a === 3 && b !== null && b > 'c'],
  ["a IN (1, 5) AND b LIKE 'c%'", ([a, b]) => [1, 5].includes(a) && (b?.startsWith('c') ?? false)],
  ['a = 3 AND b IS NULL', ([a, b]) => a === 3 && b === null],
  ['b IS NULL', ([, b]) => b === null],
  ['c = 7', ([, , c]) => c === 7],
  ['c > 100', ([, , c]) => c > 100],
  ["a = 2 OR a = 6 AND b = 'x'", ([a, b]) => a === 2 || (a === 6 && b === 'x')],
];

const rowLists = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 6 }),
      fc.option(fc.constantFrom('', 'a', 'c', 'ca', 'm', 'x')),
      fc.integer({ min: 0, max: 20 }),
    ),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) => [...rows].sort(compareRows));

test('a granule that has a matching row is never dropped', () => {
  fc.assert(
    fc.property(rowLists, fc.constantFrom(...conditions), (rows, [where, matches]) => {
      const kept = new Set(granulesOf(rows, where));
      const needed = rows.flatMap((row, i) => (matches(row) ? [Math.floor(i / 3)] : []));
      expect(needed.filter((granule) => !kept.has(granule))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('granules whose borders exclude a match are dropped: by the first column, by the second, and by minimum and maximum', () => {
  const rows = Array.from({ length: 90 }, (_, i): Row => [Math.floor(i / 9), 'abcdefghi'[i % 9]!, i]);
  expect(granulesOf(rows, 'a = 3')).toEqual([8, 9, 10, 11]);
  expect(granulesOf(rows, "a = 3 AND b = 'e'")).toEqual([10]);
  expect(granulesOf(rows, "a IN (2, 7) AND b >= 'h'")).toEqual([8, 23]);
  expect(granulesOf(rows, 'a > 100')).toEqual([]);
  expect(granulesOf(rows, 'c = 1000')).toEqual([]);
  // Borders with different first columns say nothing about the second one between them.
  expect(granulesOf(rows, "b = 'e'").length).toBeLessThan(30);
});

test('the counts say how many partitions, parts and granules are left of how many', () => {
  const early = partOf([[1, 'a', 1]]);
  const late = partOf(Array.from({ length: 9 }, (_, i): Row => [5 + i, 'a', 1]));
  const parts = [early, late].map((part) => ({ shard: 0, part, deletedRows: 0 }));
  const scope = tableScope(columns);
  const [conjunct] = conjunctsOf(parseExpression('a >= 12'), (e) =>
    bindExpression(e, scope, { parameters: {}, nowMs: 0, currentDatabase: '' }),
  );
  const pruner = partPruner(table, table, conjunct!.restrictions.columns);
  expect(pruneCounts(parts, new Set([0]), pruner)).toEqual({
    partitions: { kept: 1, of: 1 },
    parts: { kept: 1, of: 2 },
    granules: { kept: 1, of: 4 },
    rows: 3,
  });
});
