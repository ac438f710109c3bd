// table-funnel.ts — how the access path of one table narrows what is read, stage by stage.

import { must } from '../base/assert.ts';
import { isPartsPath } from '../catalog/access.ts';
import { columnsOfPath, entryKeyColumns } from '../catalog/definitions.ts';
import { primaryIndexColumns } from '../catalog/part-schema.ts';
import type { Sharding } from '../rows/definition.ts';
import type { NamedType } from '../types/column.ts';
import type { BitmapAccess } from './bitmap-access.ts';
import { freshnessReason } from './freshness.ts';
import type { Count, FunnelCounters, FunnelStage } from './funnel.ts';
import type { SieveIndex } from './skip/skip-sieve.ts';
import type { PartsAccess, TableSource } from './plan.ts';
import { printAll } from './print-bound.ts';
import type { Kept } from './prune-parts.ts';
import { guessKept } from './row-estimate.ts';

export const NOT_NARROWED = 'no condition narrows it';

/** Every stage of a table but the remaining filter. */
export function tableStages(source: TableSource, counters: FunnelCounters | undefined): FunnelStage[] {
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
    answered.length === 0 ? NOT_NARROWED : `${count(rangeCount, 'range')}: ${printAll(answered)}`;
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
  { planned, restrictions, skipIndexes, bitmaps }: PartsAccess,
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
    planned: { ...plannedCount, exact: name === 'granules' || skipIndexes.length === 0 },
    measured: counters && measured,
    by,
  });
  const {
    partitionsRead = 0,
    partitions = 0,
    partsRead = 0,
    parts = 0,
    granulesRead = 0,
    granulesByKey = 0,
    granules = 0,
    bitmapRows = 0,
    bitmapRowsKept = 0,
  } = counters ?? {};
  // A LIMIT may end the reading before the granules that are left have been read.
  const kept = skipIndexes.length > 0 ? granulesByKey : granulesRead;
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
      { kept, of: granules },
      `primary index (${key.map(nameOf).join(', ')}), ` +
        (restricted.length === 0 ? 'no condition narrows it' : `narrowed by ${restricted.join(', ')}`),
    ),
    ...skipIndexStages(skipIndexes, planned.granules.kept, counters),
    ...(bitmaps
      ? [bitmapsStage(bitmaps, planned.rows, { kept: bitmapRowsKept, of: bitmapRows }, counters)]
      : []),
    ...granulesReadStage(skipIndexes, planned.granules.kept, counters),
  ];
}

const nothing = { kept: 0, of: 0 };

/** What skip indexes leave is known when they are read: planned is that they leave everything. */
function skipIndexStages(
  skipIndexes: PartsAccess['skipIndexes'],
  planned: number,
  counters: FunnelCounters | undefined,
): FunnelStage[] {
  return skipIndexes.map(({ indexes }, i): FunnelStage => ({
    stage: 'skip index',
    planned: { kept: planned, of: planned, exact: planned === 0 },
    measured: counters && (counters.skipIndexes[i] ?? nothing),
    by: indexes.length === 1 ? skipIndexText(indexes[0]!) : `${namesOf(indexes)} together`,
  }));
}

const skipIndexText = ({ index: { name, sql, type, granularity } }: SieveIndex): string =>
  `${name}: ${type.kind} of ${sql}, ${count(granularity, 'granule')} each`;

const namesOf = (indexes: readonly SieveIndex[]): string => indexes.map(({ index }) => index.name).join(', ');

function granulesReadStage(
  skipIndexes: PartsAccess['skipIndexes'],
  planned: number,
  counters: FunnelCounters | undefined,
): FunnelStage[] {
  if (skipIndexes.length === 0) return [];
  const { kept } = counters?.skipIndexes.at(-1) ?? nothing;
  return [
    {
      stage: 'granules read',
      planned: { kept: planned, of: planned, exact: planned === 0 },
      measured: counters && { kept: counters.granulesRead, of: kept },
      by: 'from the files of columns',
    },
  ];
}

function bitmapsStage(
  { conjuncts, indexes }: BitmapAccess,
  rows: number,
  measured: Count,
  counters: FunnelCounters | undefined,
): FunnelStage {
  const names = [...indexes.values()].map(({ name }) => name).join(', ');
  return {
    stage: 'bitmaps',
    planned: { kept: guessKept(rows, conjuncts.length), of: rows, exact: rows === 0 },
    measured: counters && measured,
    by: `bitmap index ${names}: ${printAll(conjuncts)}`,
  };
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
  const touched = counters
    ? shardList(counters.lookupShards, table.sharding.shardCount)
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

/** `shards 1, 4 of 8` */
export function shardList(shards: ReadonlySet<number>, shardCount: number): string {
  return `shards ${[...shards].sort((a, b) => a - b).join(', ') || 'none'} of ${shardCount}`;
}

/** `1 range`, `3 ranges` */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
