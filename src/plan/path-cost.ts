// path-cost.ts — what reading a path is guessed to cost. The guess ranks paths and is shown by EXPLAIN; no answer depends on it.
//
// There are no statistics yet beside row counts: each equality, range and filter stands for a fixed share of the rows.

import type { NarrowedKey } from './key-ranges.ts';
import type { Estimate, Lookup } from './plan.ts';
import type { PruneCounts } from './prune-parts.ts';

const COST = { entry: 1, lookup: 6, detail: 3, shard: 3, part: 20, value: 0.004, tailChange: 0.5 };

/** Share of the rows that one value, or a range, of a column is guessed to hold; and that a filter keeps. */
const SELECTIVITY = { equal: 0.01, range: 0.25, filter: 0.3 };

/** Share of its entries that a read is never trusted to save by stopping early behind a filter. */
const EARLY_STOP_SHARE = 0.1;

export type PathRead = {
  readonly rowCount: number;
  readonly shardCount: number;
  readonly narrowed: NarrowedKey;
  /** Every range is one whole key. */
  readonly isPoints: boolean;
  /** No range holds more than one entry. */
  readonly isUnique: boolean;
  /** Conjuncts decided on entries before a second hop, and on rows. */
  readonly filters: { readonly early: number; readonly residual: number };
  readonly hop: Lookup['to'] | undefined;
  /** Rows after which reading stops; undefined = never. */
  readonly limit: number | undefined;
  /** As in Lookup. */
  readonly fetchLimit: number | undefined;
};

export function estimateOf(read: PathRead): Estimate {
  const { narrowed, isPoints, filters, limit } = read;
  const shardsRead = new Set(narrowed.scans.flatMap((scan) => scan.shards)).size;
  const entries = stoppedAt(limit, guessEntries(read, shardsRead), filters.early + filters.residual);
  const passing = entries * SELECTIVITY.filter ** filters.early;
  const fetched = Math.min(entries, Math.max(1, passing), read.fetchLimit ?? Number.POSITIVE_INFINITY);
  const rowsLookedUp = read.hop === 'rows' ? fetched : 0;
  const detailsFetched = read.hop === 'details' ? fetched : 0;
  const hopCost = rowsLookedUp * COST.lookup + detailsFetched * COST.detail;
  const cost = entries * COST.entry + hopCost + shardsRead * COST.shard;
  const isWhole = narrowed.answered.size === 0 && shardsRead === read.shardCount;
  const exact = narrowed.rangeCount === 0 || (limit === undefined && (isPoints || isWhole));
  return {
    entriesRead: Math.round(entries),
    exact,
    rowsLookedUp: Math.round(rowsLookedUp),
    detailsFetched: Math.round(detailsFetched),
    shardsRead,
    cost,
  };
}

function guessEntries(
  { rowCount, shardCount, narrowed, isPoints, isUnique }: PathRead,
  shardsRead: number,
): number {
  const { rangeCount, equalColumns, ranged } = narrowed;
  if (rangeCount === 0) return 0;
  if (isPoints || isUnique) return Math.min(rowCount, rangeCount);
  if (equalColumns === 0 && !ranged) return (rowCount * shardsRead) / shardCount;
  const perRange = rowCount * SELECTIVITY.equal ** equalColumns * (ranged ? SELECTIVITY.range : 1);
  return Math.min(rowCount, Math.max(1, perRange) * rangeCount);
}

function stoppedAt(limit: number | undefined, entries: number, filters: number): number {
  if (limit === undefined) return entries;
  return Math.min(entries, filters === 0 ? limit : Math.max(limit, entries * EARLY_STOP_SHARE));
}

export type PartsRead = {
  readonly planned: PruneCounts;
  readonly tailChanges: number;
  readonly shardCount: number;
  readonly columnCount: number;
  /** Conjuncts decided before a second hop. */
  readonly filters: number;
  readonly looksUp: boolean;
  readonly limit: number | undefined;
  /** As in Lookup. */
  readonly fetchLimit: number | undefined;
};

/** Granules are known from metadata, so the rows read are too; a value costs little, a part its marks and its files. */
export function estimateOfParts(read: PartsRead): Estimate {
  const { planned, tailChanges, limit } = read;
  const entries = Math.min(planned.rows + tailChanges, limit ?? Number.POSITIVE_INFINITY);
  const passing = Math.max(1, entries * SELECTIVITY.filter ** read.filters);
  const rowsLookedUp = read.looksUp ? Math.min(passing, read.fetchLimit ?? Number.POSITIVE_INFINITY) : 0;
  const cost =
    entries * Math.max(1, read.columnCount) * COST.value +
    planned.parts.kept * COST.part +
    tailChanges * COST.tailChange +
    rowsLookedUp * COST.lookup +
    read.shardCount * COST.shard;
  return {
    entriesRead: entries,
    exact: limit === undefined && tailChanges === 0,
    rowsLookedUp: Math.round(rowsLookedUp),
    detailsFetched: 0,
    shardsRead: read.shardCount,
    cost,
  };
}
