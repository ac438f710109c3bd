// key-ranges.ts — which encoded keys of a path, and which of its shards, can hold matching rows.
//
// Keeps true: every key whose columns lie inside the restrictions is inside a range and in a shard that is read;
// ranges are disjoint and ascending.

import { must } from '../base/assert.ts';
import type { KeyRange, Sharding } from '../rows/definition.ts';
import { Sharder } from '../rows/sharding.ts';
import type { DataType } from '../types/data-type.ts';
import { prefixEnd } from '../types/key-codec.ts';
import { pointValue } from './column-spans.ts';
import type { ShardRanges } from './plan.ts';
import type { Span } from './spans.ts';

/** More ranges than this cost more than reading what lies between them. */
const MAX_RANGES = 10_000;

/** More combinations of sharding values than this reach every shard anyway. */
const MAX_SHARD_VALUES = 1_000;

export type ShardedPath = {
  readonly sharding: Sharding;
  /** The type of a column of the table. */
  typeOf(column: number): DataType;
};

export type KeyOfPath = ShardedPath & {
  /** Columns of the key in order, as positions in the row table's column list. */
  readonly columns: readonly number[];
};

export type NarrowedKey = {
  /** Read one after the other; empty when nothing can match. */
  readonly scans: readonly ShardRanges[];
  /** The same in one scan, for reading in key order. */
  readonly merged: ShardRanges;
  readonly rangeCount: number;
  /** Key columns whose restrictions the ranges express in full. */
  readonly answered: ReadonlySet<number>;
  /** Leading key columns that are fixed to single values, and how many of these there are in all. */
  readonly equalColumns: number;
  /** Leading key columns with exactly one value each: rows come ordered by the rest. */
  readonly constantColumns: number;
  /** The column after those is restricted to ranges. */
  readonly ranged: boolean;
};

/** Encoded values of the leading columns, one buffer per column. */
type Prefix = readonly Buffer[];

/** Key ranges and shards of a path under `restrictions`: spans per column. */
export function narrowKey(path: KeyOfPath, restrictions: ReadonlyMap<number, readonly Span[]>): NarrowedKey {
  const { prefixes, equalColumns, constantColumns } = extendPrefixes(path, restrictions);
  const next = path.columns[equalColumns];
  const spans = next === undefined ? undefined : restrictions.get(next);
  const ranged = spans !== undefined && prefixes.length * spans.length <= MAX_RANGES;
  const answered = new Set(path.columns.slice(0, ranged ? equalColumns + 1 : equalColumns));
  const located = prefixes.map((prefix) => ({
    prefix,
    ranges: rangesOf(prefix, ranged ? spans : undefined),
  }));
  const ranges = located.flatMap((each) => each.ranges);
  const shards = shardsOf(path, restrictions);
  const grouped = groupByShard(path, located, equalColumns);
  const scans = grouped ?? [{ shards, ranges }];
  return {
    scans: scans.filter((scan) => scan.ranges.length > 0 && scan.shards.length > 0),
    merged: { shards: grouped ? grouped.map((scan) => scan.shards[0]!) : shards, ranges },
    rangeCount: ranges.length,
    answered,
    equalColumns,
    constantColumns,
    ranged,
  };
}

/** Leading columns restricted to points: every combination of their values. */
function extendPrefixes(
  path: KeyOfPath,
  restrictions: ReadonlyMap<number, readonly Span[]>,
): { prefixes: Prefix[]; equalColumns: number; constantColumns: number } {
  let prefixes: Prefix[] = [[]];
  let equalColumns = 0;
  let constantColumns = 0;
  for (const column of path.columns) {
    const spans = restrictions.get(column);
    if (!spans || !spans.every((span) => span.point) || prefixes.length * spans.length > MAX_RANGES) break;
    prefixes = prefixes.flatMap((prefix) => spans.map((span) => [...prefix, span.start]));
    if (spans.length === 1 && constantColumns === equalColumns) constantColumns++;
    equalColumns++;
  }
  return { prefixes, equalColumns, constantColumns };
}

function rangesOf(prefix: Prefix, spans: readonly Span[] | undefined): KeyRange[] {
  const start = Buffer.concat(prefix);
  if (!spans) return [{ start, end: prefixEnd(start) }];
  return spans.map((span) => ({
    start: Buffer.concat([start, span.start]),
    end: span.end ? Buffer.concat([start, span.end]) : prefixEnd(start),
  }));
}

/** Shards that can hold rows inside the restrictions. */
export function shardsOf(path: ShardedPath, restrictions: ReadonlyMap<number, readonly Span[]>): number[] {
  const { sharding } = path;
  let combinations: Prefix[] = [[]];
  for (const column of sharding.columns) {
    const spans = restrictions.get(column);
    if (!spans?.every((span) => span.point) || combinations.length * spans.length > MAX_SHARD_VALUES) {
      return Array.from({ length: sharding.shardCount }, (_, shard) => shard);
    }
    combinations = combinations.flatMap((values) => spans.map((span) => [...values, span.start]));
  }
  const shardOf = sharderOf(path);
  return [...new Set(combinations.map(shardOf))].sort((a, b) => a - b);
}

/** When the sharding columns are among the fixed ones, each range lies in one shard; else undefined. */
function groupByShard(
  path: KeyOfPath,
  located: readonly { readonly prefix: Prefix; readonly ranges: readonly KeyRange[] }[],
  equalColumns: number,
): ShardRanges[] | undefined {
  const positions = path.sharding.columns.map((column) => path.columns.indexOf(column));
  if (positions.some((position) => position < 0 || position >= equalColumns)) return undefined;
  const shardOf = sharderOf(path);
  const byShard = new Map<number, KeyRange[]>();
  for (const { prefix, ranges } of located) {
    const shard = shardOf(positions.map((position) => prefix[position]!));
    const known = byShard.get(shard);
    if (known) known.push(...ranges);
    else byShard.set(shard, [...ranges]);
  }
  const shards = [...byShard.keys()].sort((a, b) => a - b);
  return shards.map((shard) => ({
    shards: [shard],
    ranges: must(byShard.get(shard), 'the shard has ranges'),
  }));
}

/** The shard of encoded sharding values, given in the order of the sharding columns. */
function sharderOf(path: ShardedPath): (values: Prefix) => number {
  const types = path.sharding.columns.map((column) => path.typeOf(column));
  const sharder = new Sharder(path.sharding, types);
  return (values) => {
    const columns = values.map((start, i) => pointValue(types[i]!, { start, end: undefined, point: true }));
    return sharder.shardOf(columns, 0);
  };
}
