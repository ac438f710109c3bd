// funnel.ts — how a query shrinks the range of its data, stage by stage, as a value.
//
// Planned numbers come from the plan alone, measured ones from what storage and filter counted; a planned number is
// exact or marked as an estimate, and the two are never mixed.

import { must } from '../base/assert.ts';
import type { Sharding } from '../rows/definition.ts';
import { isPartsPath } from '../catalog/access.ts';
import type { NamedType } from '../types/column.ts';
import { columnsOfPath, entryKeyColumns } from '../catalog/definitions.ts';
import { primaryIndexColumns } from '../catalog/part-schema.ts';
import { freshnessReason } from './freshness.ts';
import type { ConsideredPath, PartsAccess, SelectPlan, TableSource } from './plan.ts';
import type { Kept } from './prune-parts.ts';
import { printAll } from './print-bound.ts';

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
  /** Rows that went into the remaining filter, and those that it kept. */
  rowsFiltered: number;
  rowsKept: number;
};

export type Count = { readonly kept: number; readonly of: number | undefined };

export type FunnelStage = {
  readonly stage:
    | 'shards'
    | 'access path'
    | 'partitions'
    | 'parts'
    | 'granules'
    | 'key ranges'
    | 'tail overlay'
    | 'entries'
    | 'lookup'
    | 'details'
    | 'rows';
  readonly planned: Count & { readonly exact: boolean };
  readonly measured: Count | undefined;
  /** What narrows here. */
  readonly by: string;
};

export type Funnel = {
  readonly stages: readonly FunnelStage[];
  /** The chosen path first; empty when no table of the store is read. */
  readonly considered: readonly ConsideredPath[];
};

/** Share of rows that a remaining condition is guessed to keep. */
const GUESSED_KEPT = 0.3;

/** The funnel of a plan; with `counters` of a finished run also what was measured. */
export function funnelOf(plan: SelectPlan, counters?: FunnelCounters): Funnel {
  const { source } = plan;
  switch (source.kind) {
    case 'table':
      return { stages: stagesOf(source, plan, counters), considered: source.considered };
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
  const { access } = source;
  const { estimate, lookup } = access;
  const stages = [shardsStage(source, counters), pathStage(source, counters)];
  if (access.parts) stages.push(...partsStages(source, access.parts, counters));
  else stages.push(rangesStage(source, counters));
  if (access.path.kind === 'indexTable') stages.push(tailStage(source, counters));
  const fetched = estimate.rowsLookedUp + estimate.detailsFetched;
  if (lookup && lookup.entryFilter.length > 0) {
    stages.push({
      stage: 'entries',
      planned: { kept: fetched, of: estimate.entriesRead, exact: false },
      measured: counters && {
        kept: counters.rowsLookedUp + counters.detailsFetched,
        of: counters.rowsScanned,
      },
      by: `before the ${lookup.to} are fetched: ${printAll(lookup.entryFilter)}`,
    });
  }
  if (lookup) stages.push((lookup.to === 'rows' ? lookupStage : detailsStage)(source, counters));
  stages.push(rowsStage(plan, lookup ? fetched : estimate.entriesRead, counters));
  return stages;
}

function shardsStage({ access }: TableSource, counters: FunnelCounters | undefined): FunnelStage {
  const { sharding } = access.path;
  return {
    stage: 'shards',
    planned: { kept: access.estimate.shardsRead, of: sharding.shardCount, exact: true },
    measured: counters && { kept: counters.shardsRead, of: sharding.shardCount },
    by: shardingText(sharding, columnsOfPath(access.path, access.table)),
  };
}

function shardingText(sharding: Sharding, columns: readonly NamedType[]): string {
  if (sharding.shardCount === 1) return 'unsharded';
  const names = sharding.columns.map((column) => columns[column]!.name).join(', ');
  return sharding.method === 'mod' ? `mod(${names}, ${sharding.shardCount})` : `hash(${names})`;
}

function pathStage({ access, considered }: TableSource, counters: FunnelCounters | undefined): FunnelStage {
  const { name, kind } = considered[0]!;
  const asApplied = access.appliedOnly ? ', as last applied' : '';
  const taken = { kept: 1, of: considered.length };
  return {
    stage: 'access path',
    planned: { ...taken, exact: true },
    measured: counters && taken,
    by: `${name}, ${kind}${asApplied}`,
  };
}

function rangesStage({ access, status }: TableSource, counters: FunnelCounters | undefined): FunnelStage {
  const { path, table, estimate, answered, rangeCount, limit } = access;
  const keyColumns = path.kind === 'indexTable' ? entryKeyColumns(path, table) : path.primaryKey;
  const columns = columnsOfPath(path, table);
  const names = keyColumns.map((column) => columns[column]!.name).join(', ');
  const ranges =
    answered.length === 0
      ? 'no condition narrows it'
      : `${count(rangeCount, 'range')}: ${printAll(answered)}`;
  const stop = limit === undefined ? '' : `; stops after ${count(limit, 'row')}`;
  return {
    stage: 'key ranges',
    planned: { kept: estimate.entriesRead, of: status.rowCount, exact: estimate.exact },
    measured: counters && { kept: counters.entriesRead, of: status.rowCount },
    by: `key (${names}), ${ranges}${stop}`,
  };
}

/** Each sieve of prune-parts.ts, planned on the parts of then and measured on those that were read. */
function partsStages(
  { access }: TableSource,
  { planned, restrictions }: PartsAccess,
  counters: FunnelCounters | undefined,
): FunnelStage[] {
  const { path, table } = access;
  if (!isPartsPath(path)) return [];
  const columns = columnsOfPath(path, table);
  const nameOf = (column: number): string => columns[column]!.name;
  const key = primaryIndexColumns(path, table);
  const restricted = key.filter((column) => restrictions.has(column)).map(nameOf);
  const stage = (
    name: FunnelStage['stage'],
    plannedCount: Kept,
    measured: Count,
    by: string,
  ): FunnelStage => ({
    stage: name,
    planned: { ...plannedCount, exact: true },
    measured: counters && measured,
    by,
  });
  const {
    partitionsRead = 0,
    partitions = 0,
    partsRead = 0,
    parts = 0,
    granulesRead = 0,
    granules = 0,
  } = counters ?? {};
  const { partitionBySql } = path.parts!;
  return [
    stage(
      'partitions',
      planned.partitions,
      { kept: partitionsRead, of: partitions },
      partitionBySql === undefined ? 'not partitioned' : `minimum and maximum by ${partitionBySql}`,
    ),
    stage('parts', planned.parts, { kept: partsRead, of: parts }, 'with a granule left'),
    stage(
      'granules',
      planned.granules,
      { kept: granulesRead, of: granules },
      `primary index (${key.map(nameOf).join(', ')}), ` +
        (restricted.length === 0 ? 'no condition narrows it' : `narrowed by ${restricted.join(', ')}`),
    ),
  ];
}

function tailStage(source: TableSource, counters: FunnelCounters | undefined): FunnelStage {
  const { access, status, freshness } = source;
  const index = must(
    status.indexTables.find(({ definition }) => definition.id === access.path.id),
    'a path that was chosen is there',
  );
  const { tailChanges } = index;
  const kept = access.appliedOnly ? 0 : tailChanges;
  const what = access.appliedOnly ? 'left out' : 'changes not applied yet';
  return {
    stage: 'tail overlay',
    planned: { kept, of: tailChanges, exact: kept === 0 },
    measured: counters && { kept: counters.tailRowsOverlaid, of: tailChanges },
    by: `${what} (${freshnessReason(index, freshness)})`,
  };
}

function lookupStage({ access, status }: TableSource, counters: FunnelCounters | undefined): FunnelStage {
  const { estimate, table } = access;
  const shards = counters && [...counters.lookupShards].sort((a, b) => a - b);
  const touched = shards
    ? `shards ${shards.join(', ') || 'none'} of ${table.sharding.shardCount}`
    : 'only the shards that own them';
  return {
    stage: 'lookup',
    planned: { kept: estimate.rowsLookedUp, of: status.rowCount, exact: false },
    measured: counters && { kept: counters.rowsLookedUp, of: status.rowCount },
    by: `rows of ${table.name} by primary key, ${touched}`,
  };
}

function detailsStage({ access, status }: TableSource, counters: FunnelCounters | undefined): FunnelStage {
  const { estimate, path, lookup } = access;
  const stop = lookup?.limit === undefined ? '' : `; stops after ${count(lookup.limit, 'row')}`;
  return {
    stage: 'details',
    planned: { kept: estimate.detailsFetched, of: status.rowCount, exact: false },
    measured: counters && { kept: counters.detailsFetched, of: status.rowCount },
    by: `of ${path.name}, in the shards of their entries${stop}`,
  };
}

/** `input`: planned rows before the remaining filter. */
function rowsStage(
  { filter }: SelectPlan,
  input: number | undefined,
  counters: FunnelCounters | undefined,
): FunnelStage {
  const guessed = input ? Math.max(1, Math.round(input * GUESSED_KEPT ** filter.length)) : 0;
  return {
    stage: 'rows',
    planned: { kept: guessed, of: input, exact: input !== undefined && input <= 1 && filter.length === 0 },
    measured: counters && { kept: counters.rowsKept, of: counters.rowsFiltered },
    by: filter.length === 0 ? 'no condition remains' : `remaining: ${printAll(filter)}`,
  };
}

/** `1 range`, `3 ranges` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
