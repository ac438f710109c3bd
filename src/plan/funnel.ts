// funnel.ts — how a query shrinks the range of its data, stage by stage, as a value.
//
// Planned numbers come from the plan alone, measured ones from what storage and filter counted; a planned number is
// exact or marked as an estimate, and the two are never mixed.

import type { ConsideredPath, JoinSource, KeyLookup, SelectPlan, TableSource } from './plan.ts';
import { printAll, printBound } from './print-bound.ts';
import { isColocated } from './colocation.ts';
import { knownAggregates } from './known-aggregates.ts';
import { deliveredRows, guessKept, guessRows } from './row-estimate.ts';
import { count, NOT_NARROWED, shardList, tableStages } from './table-funnel.ts';

/** What was counted between the storage and the first operator of one SELECT. */
export type FunnelCounters = {
  shardsRead: number;
  /** Entries that storage read, before the tail was overlaid. */
  entriesRead: number;
  bytesRead: number;
  tailRowsOverlaid: number;
  /** Rows that the scan delivered. */
  rowsScanned: number;
  rowsLookedUp: number;
  detailsFetched: number;
  lookupShards: Set<number>;
  /** Of a columnar path: what there was, and what was opened and read. */
  partitionsRead: number;
  partitions: number;
  partsRead: number;
  parts: number;
  granulesRead: number;
  granules: number;
  /** Rows of granules whose parts were asked for bitmaps, and those of them that are left. */
  bitmapRows: number;
  bitmapRowsKept: number;
  /** Parts whose metadata answered, of which no granule was read. */
  partsKnown: number;
  /** Left by the primary index. */
  granulesByKey: number;
  /** Per skip index that was asked: granules before it and behind it. */
  skipIndexes: { kept: number; of: number }[];
  /** Rows that went into the remaining filter, and those that it kept. */
  rowsFiltered: number;
  rowsKept: number;
  /** Of a join, whose sides count for themselves. */
  join: JoinCounters | undefined;
};

export type JoinCounters = {
  readonly left: FunnelCounters;
  readonly right: FunnelCounters;
  /** Rows of the right side that were kept for left rows to meet. */
  rowsHeld: number;
  /** Of a look-up by keys: the shards of the right side's path that were read. */
  readonly shards: Set<number>;
  /** Of a co-located join: left rows whose matches lie in another shard. */
  rowsCrossing: number;
};

export type Count = { readonly kept: number; readonly of: number | undefined };

export type FunnelStage = {
  readonly stage:
    | 'shards'
    | 'access path'
    | 'partitions'
    | 'parts'
    | 'granules'
    | 'bitmaps'
    | 'skip index'
    | 'granules read'
    | 'metadata'
    | 'key ranges'
    | 'tail overlay'
    | 'entries'
    | 'lookup'
    | 'details'
    | 'join'
    | 'rows';
  /** In a join, the side whose stage this is. */
  readonly table?: string | undefined;
  readonly planned: Count & { readonly exact: boolean };
  readonly measured: Count | undefined;
  /** What narrows here. */
  readonly by: string;
};

export type Funnel = {
  readonly stages: readonly FunnelStage[];
  /** Per table of the store the chosen path first. `table` as in FunnelStage. */
  readonly considered: readonly (ConsideredPath & Pick<FunnelStage, 'table'>)[];
};

/** The funnel of a plan; with `counters` of a finished run also what was measured. */
export function funnelOf(plan: SelectPlan, counters?: FunnelCounters): Funnel {
  const { source } = plan;
  switch (source.kind) {
    case 'table':
      return { stages: stagesOf(source, plan, counters), considered: source.considered };
    case 'join':
      return funnelOfJoin(source, plan, counters);
    case 'subquery':
      return funnelOf(source.plan, counters);
    case 'virtual':
      return { stages: [rowsStage(plan, undefined, counters)], considered: [] };
    case 'oneRow':
      return { stages: [rowsStage(plan, 1, counters)], considered: [] };
    case 'nothing':
      return {
        stages: [{ ...rowsStage(plan, 0, counters), by: 'the condition is never true' }],
        considered: [],
      };
  }
}

function stagesOf(
  source: TableSource,
  plan: SelectPlan,
  counters: FunnelCounters | undefined,
): FunnelStage[] {
  return [
    ...tableStages(source, counters),
    ...metadataStage(source, plan, counters),
    rowsStage(plan, deliveredRows(source.access), counters),
  ];
}

/** Whether parts answer by themselves is known when they are looked at. */
function metadataStage(
  { access: { parts } }: TableSource,
  plan: SelectPlan,
  counters: FunnelCounters | undefined,
): FunnelStage[] {
  if (!parts || !knownAggregates(plan)) return [];
  const { kept } = parts.planned.parts;
  return [
    {
      stage: 'metadata',
      planned: { kept, of: kept, exact: false },
      measured: counters && { kept: counters.partsKnown, of: counters.partsRead },
      by: 'parts whose metadata answers: none of their granules is read',
    },
  ];
}

function funnelOfJoin(source: JoinSource, plan: SelectPlan, counters: FunnelCounters | undefined): Funnel {
  const { names, lookup } = source;
  const left = funnelOf(source.left, counters?.join?.left);
  const right = funnelOf(source.right, counters?.join?.right);
  const ofRight = lookup ? right.stages.map(readByKeys) : right.stages;
  const named = <T extends Pick<FunnelStage, 'table'>>(items: readonly T[], table: string): T[] =>
    items.map((item) => (item.table === undefined ? { ...item, table } : item));
  return {
    stages: [
      ...named(left.stages, names.left),
      ...named(ofRight, names.right),
      { ...joinStage(source, counters?.join), table: '' },
      { ...rowsStage(plan, source.estimate.rows, counters), table: '' },
    ],
    considered: [...named(left.considered, names.left), ...named(right.considered, names.right)],
  };
}

/** What a stage of the right side says when only keys of left rows are read, of which nothing is known yet. */
function readByKeys(stage: FunnelStage): FunnelStage {
  const guessed = { ...stage, planned: { ...stage.planned, exact: false } };
  if (stage.stage === 'shards') return guessed;
  return stage.stage === 'key ranges'
    ? { ...guessed, by: stage.by.replace(NOT_NARROWED, 'the keys of the left rows') }
    : stage;
}

/** How rows of the right side come together with left rows. */
function joinStage(source: JoinSource, counters: JoinCounters | undefined): FunnelStage {
  const { join, keys, right, lookup } = source;
  const access = right.source.kind === 'table' ? right.source.access : undefined;
  const of = access?.path.sharding.shardCount;
  const on = keys.map((key) => `${printBound(key.left)} = ${printBound(key.right)}`).join(', ');
  return {
    stage: 'join',
    planned: { kept: access?.estimate.shardsRead ?? 0, of, exact: !lookup },
    measured: counters && { kept: counters.right.shardsRead, of },
    by: `${join}${on && ` on ${on}`}: ${joinText(source, counters)}`,
  };
}

function joinText(source: JoinSource, counters: JoinCounters | undefined): string {
  const { keys, lookup, byShard, right } = source;
  if (lookup) return lookupText(source, lookup, counters);
  const rows = counters ? count(counters.rowsHeld, 'row') : `~${count(guessRows(right), 'row')}`;
  const kept = `${rows} kept${keys.length > 0 ? ' by key' : ''}`;
  return byShard ? `co-located: 0 rows cross shards, ${kept} shard by shard` : kept;
}

function lookupText({ right }: JoinSource, lookup: KeyLookup, counters: JoinCounters | undefined): string {
  const apart = lookup.colocation?.apart;
  const from =
    apart === undefined ? '' : ` (left rows come from index table ${apart}, not from their shards)`;
  const how = isColocated(lookup)
    ? `co-located: ${count(counters?.rowsCrossing ?? 0, 'row')} cross shards`
    : `looked up ${lookup.shardColumns ? 'where the keys lie' : 'in every shard'}${from}`;
  const shardCount = right.source.kind === 'table' ? right.source.access.path.sharding.shardCount : 0;
  return counters ? `${how}, ${shardList(counters.shards, shardCount)}` : how;
}

/** `input`: planned rows before the remaining filter. */
function rowsStage(
  { filter }: SelectPlan,
  input: number | undefined,
  counters: FunnelCounters | undefined,
): FunnelStage {
  const guessed = guessKept(input ?? 0, filter.length);
  return {
    stage: 'rows',
    planned: { kept: guessed, of: input, exact: input !== undefined && input <= 1 && filter.length === 0 },
    measured: counters && { kept: counters.rowsKept, of: counters.rowsFiltered },
    by: filter.length === 0 ? 'no condition remains' : `remaining: ${printAll(filter)}`,
  };
}
