// prune-parts.ts — which granules of which parts can hold matching rows. Metadata only: no file is read.
//
// Keeps true: a granule with a row inside all restrictions is kept. Three sieves, each on exact bounds: the minimum and
// maximum of the partition's columns, the primary index of the whole part, the primary index granule by granule.
// Bounds and restrictions are compared in their encoded form (types/key-codec.ts).

import type { PartStatus, PartsPath } from '../catalog/access.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import { partColumns, primaryIndexColumns } from '../catalog/part-schema.ts';
import type { Part } from '../parts/part.ts';
import { encodedRows } from './encoded-rows.ts';
import { spansReach, type Span } from './spans.ts';

export type Restricted = ReadonlyMap<number, readonly Span[]>;

/** Granules [start, end) of a part. */
export type GranuleRange = { readonly start: number; readonly end: number };

export type Kept = { readonly kept: number; readonly of: number };

/** What each sieve left. `partitions` and `parts` count what has a granule left. */
export type PruneCounts = {
  readonly partitions: Kept;
  readonly parts: Kept;
  readonly granules: Kept;
  /** Rows in the granules that are left, deleted ones included. */
  readonly rows: number;
};

export type Pruner = {
  /** Granules to read, ascending and apart; empty when the part cannot match. */
  ranges(part: Part): readonly GranuleRange[];
};

/** Decides for the parts of one table under `restrictions`: spans per column of the table. */
export function partPruner(path: PartsPath, table: TableDefinition, restrictions: Restricted): Pruner {
  const stored = partColumns(path, table);
  const key = primaryIndexColumns(path, table);
  const spansOfKey = key.map((column) => restrictions.get(column));
  const restrictsKey = spansOfKey.some((spans) => spans !== undefined);
  const impossible = [...restrictions.values()].some((spans) => spans.length === 0);
  return {
    ranges(part) {
      if (impossible || part.rowCount === 0 || !partitionMayMatch(part, stored, restrictions)) return [];
      const granuleCount = part.granuleRows.length;
      if (!restrictsKey) return [{ start: 0, end: granuleCount }];
      return granulesThatMayMatch(encodedIndex(part), granuleCount, spansOfKey);
    },
  };
}

/** Counts over parts; those in `shards` only are looked at, the others count as pruned. */
export function pruneCounts(
  parts: readonly PartStatus[],
  shards: ReadonlySet<number>,
  pruner: Pruner,
): PruneCounts {
  const partitions = { kept: new Set<string>(), of: new Set<string>() };
  const counted = { parts: 0, granules: 0, granulesOf: 0, rows: 0 };
  for (const { shard, part } of parts) {
    const partition = `${shard}/${part.name.partitionId}`;
    partitions.of.add(partition);
    counted.granulesOf += part.granuleRows.length;
    const ranges = shards.has(shard) ? pruner.ranges(part) : [];
    if (ranges.length === 0) continue;
    partitions.kept.add(partition);
    counted.parts++;
    for (const { start, end } of ranges) {
      counted.granules += end - start;
      counted.rows += part.granuleStarts[end]! - part.granuleStarts[start]!;
    }
  }
  return {
    partitions: { kept: partitions.kept.size, of: partitions.of.size },
    parts: { kept: counted.parts, of: parts.length },
    granules: { kept: counted.granules, of: counted.granulesOf },
    rows: counted.rows,
  };
}

/** The partition's columns have their minimum and maximum beside the part. */
function partitionMayMatch(part: Part, stored: readonly number[], restrictions: Restricted): boolean {
  for (const [position, bounds] of encodedBounds(part)) {
    const spans = restrictions.get(stored[position]!);
    if (!spans) continue;
    const [low, high] = bounds;
    if (!spansReach(spans, low!, high!)) return false;
  }
  return true;
}

/** Parts do not change, so what was computed of one is kept as long as the part. */
function oncePerPart<T extends object>(compute: (part: Part) => T): (part: Part) => T {
  const known = new WeakMap<Part, T>();
  return (part) => {
    const found = known.get(part);
    if (found) return found;
    const computed = compute(part);
    known.set(part, computed);
    return computed;
  };
}

/** The least and the greatest value of each of the partition's columns, encoded. */
const encodedBounds = oncePerPart((part) =>
  [...part.minmax].map(([position, bounds]) => [position, encodedRows(bounds)] as const),
);

/** The primary index as encoded values: per granule border, per column of the key. */
const encodedIndex = oncePerPart((part): readonly (readonly Buffer[])[] => {
  const columns = part.index.map(encodedRows);
  return Array.from({ length: part.granuleRows.length + 1 }, (_, i) => columns.map((column) => column[i]!));
});

function granulesThatMayMatch(
  borders: readonly (readonly Buffer[])[],
  granuleCount: number,
  spansOfKey: readonly (readonly Span[] | undefined)[],
): GranuleRange[] {
  const ranges: GranuleRange[] = [];
  let start = -1;
  for (let granule = 0; granule <= granuleCount; granule++) {
    const matches = granule < granuleCount && mayMatch(borders[granule], borders[granule + 1], spansOfKey, 0);
    if (matches && start < 0) start = granule;
    if (matches || start < 0) continue;
    ranges.push({ start, end: granule });
    start = -1;
  }
  return ranges;
}

/**
 * Can a key between `low` and `high` (both included, undefined = no bound), equal to them in the columns before
 * `column`, lie inside the spans of every column? A key that differs from both bounds in `column` is free behind it.
 */
function mayMatch(
  low: readonly Buffer[] | undefined,
  high: readonly Buffer[] | undefined,
  spansOfKey: readonly (readonly Span[] | undefined)[],
  column: number,
): boolean {
  if (column === spansOfKey.length || (!low && !high)) return true;
  const spans = spansOfKey[column];
  const [from, to] = [low?.[column], high?.[column]];
  if (from && to && from.equals(to)) return holds(spans, from) && mayMatch(low, high, spansOfKey, column + 1);
  if (!spans || spans.some((span) => reachesBetween(span, from, to))) return true;
  return (
    (from !== undefined && holds(spans, from) && mayMatch(low, undefined, spansOfKey, column + 1)) ||
    (to !== undefined && holds(spans, to) && mayMatch(undefined, high, spansOfKey, column + 1))
  );
}

const startsBefore = (span: Span, value: Buffer): boolean => Buffer.compare(span.start, value) < 0;
const endsBehind = (span: Span, value: Buffer): boolean =>
  span.end === undefined || Buffer.compare(span.end, value) > 0;

const holds = (spans: readonly Span[] | undefined, value: Buffer): boolean =>
  spans === undefined ||
  spans.some((span) => Buffer.compare(span.start, value) <= 0 && endsBehind(span, value));

/** May the span hold a value strictly between? A point is known exactly, a range by its ends. */
function reachesBetween(span: Span, low: Buffer | undefined, high: Buffer | undefined): boolean {
  if (high && !startsBefore(span, high)) return false;
  if (!low) return true;
  return span.point ? Buffer.compare(span.start, low) > 0 : endsBehind(span, low);
}
