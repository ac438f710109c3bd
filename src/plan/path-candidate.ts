// path-candidate.ts — one way to the rows of a table: a row table or an index table under the conditions of a query.
//
// Keeps true: every candidate, with the filters it leaves over, gives the same rows.

import { isPartsPath, type PartsPath, type PathDefinition } from '../catalog/access.ts';
import {
  columnsOfPath,
  entryKeyColumns,
  type IndexTableDefinition,
  type TableDefinition,
} from '../catalog/definitions.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import type { AccessRequest } from './access-request.ts';
import { type BitmapAccess, splitByBitmaps } from './bitmap-access.ts';
import { columnOrderOf, type ColumnOrder } from './column-order.ts';
import { asSeenBy, splitConjuncts, withPage, type Split } from './conjunct-split.ts';
import { narrowKey, shardsOf, type NarrowedKey } from './key-ranges.ts';
import { estimateOf, estimateOfParts } from './path-cost.ts';
import type { AccessPath, Lookup } from './plan.ts';
import { combineRestrictions, type Conjunct } from './predicates.ts';
import { partPruner, pruneCounts } from './prune-parts.ts';
import { skipSieves } from './skip/skip-sieve.ts';
import { overColumns } from './walk.ts';

export type Candidate = {
  readonly access: AccessPath;
  /** Columns of the source's blocks. */
  readonly columns: readonly number[];
  /** An expression over the table, over the source's blocks. */
  readonly over: (e: Bound) => Bound;
  /** Conditions still to be checked on the source's blocks. */
  readonly residual: readonly Bound[];
  /** A condition restricts a leading column of the path's key. */
  readonly narrowsKey: boolean;
};

/** Reads `path` for the request, as narrowly as its key or its parts allow; `appliedOnly`: without the tail. */
export function candidateOf(request: AccessRequest, path: PathDefinition, appliedOnly: boolean): Candidate {
  return isPartsPath(path)
    ? partsCandidate(request, path, appliedOnly)
    : keyedCandidate(request, path, appliedOnly);
}

function keyedCandidate(
  request: AccessRequest,
  path: RowTableDefinition | IndexTableDefinition,
  appliedOnly: boolean,
): Candidate {
  const { definition: table, rowCount } = request.status;
  const keyColumns = path.kind === 'rowTable' ? table.primaryKey : entryKeyColumns(path, table);
  const all = columnsOfPath(path, table);
  const typeOf = (column: number) => all[column]!.type;
  const query = asSeenBy(request, path);
  const narrowing = request.byJoinKeys ? [] : query.conjuncts;
  const combined = combineRestrictions(narrowing.map((conjunct) => conjunct.restrictions));
  const narrowed = narrowKey({ columns: keyColumns, sharding: path.sharding, typeOf }, combined.columns);
  const split = splitConjuncts(request, query, path, narrowed.answered, appliedOnly);
  const { answered, early, residual, isCurrent } = split;
  const order = isCurrent
    ? orderOf(columnOrderOf(request.sort, query.outputs), keyColumns, narrowed)
    : undefined;
  const stopsEarly =
    isCurrent && request.limit !== undefined && (request.sort.length === 0 || order !== undefined);
  const filters = { early: early.length, residual: residual.length };
  const isPoints = narrowed.equalColumns === keyColumns.length;
  const limit = stopsEarly ? request.limit : undefined;
  const lookup = split.lookup && withPage(request, split, limit, order !== undefined, all);
  const access: AccessPath = {
    table,
    path,
    parts: undefined,
    points: isPoints && path.kind === 'rowTable' ? pointsOf(narrowed, order) : undefined,
    scans: order && narrowed.scans.length > 1 ? [narrowed.merged] : narrowed.scans,
    scanColumns: split.scanColumns,
    lookup,
    order,
    limit: filters.early + filters.residual === 0 ? limit : undefined,
    appliedOnly,
    estimate: estimateOf({
      rowCount,
      shardCount: path.sharding.shardCount,
      narrowed,
      isPoints,
      isUnique:
        path.kind === 'indexTable' && path.unique === true && narrowed.equalColumns >= path.keyColumns.length,
      filters,
      hop: lookup?.to,
      limit,
      fetchLimit: lookup?.limit,
    }),
    rangeCount: narrowed.rangeCount,
    answered: answered.map((conjunct) => conjunct.bound),
  };
  return candidate(access, split, narrowed.answered.size > 0);
}

/** Granules are chosen by restrictions, rows by the conjuncts themselves. */
function partsCandidate(request: AccessRequest, path: PartsPath, appliedOnly: boolean): Candidate {
  const { status } = request;
  const { definition: table } = status;
  const all = columnsOfPath(path, table);
  const query = asSeenBy(request, path);
  const split = splitConjuncts(request, query, path, new Set(), appliedOnly);
  const { early, scanColumns, isCurrent } = split;
  const stopsEarly = request.sort.length === 0 && isCurrent;
  const hop = split.lookup && withPage(request, split, stopsEarly ? request.limit : undefined, false, all);
  const restrictions = combineRestrictions(query.conjuncts.map((conjunct) => conjunct.restrictions)).columns;
  const typeOf = (column: number) => all[column]!.type;
  const shards = shardsOf({ sharding: path.sharding, typeOf }, restrictions);
  const columns = path.kind === 'indexTable' ? entryKeyColumns(path, table) : [];
  const narrowed = narrowKey({ columns, sharding: path.sharding, typeOf }, restrictions);
  const ranges = narrowed.answered.size > 0 ? narrowed.merged.ranges : undefined;
  const index = status.indexTables.find(({ definition }) => definition.id === path.id);
  const planned = pruneCounts(
    index?.parts ?? status.parts,
    new Set(shards),
    partPruner(path, table, restrictions),
  );
  const conditions = query.conjuncts.map(({ bound }) => bound);
  const { skipIndexUse } = request;
  const skipIndexes = skipSieves(path, table, conditions, skipIndexUse);
  const { bitmaps, lookup, residual } = withBitmaps(path, table, split, hop);
  const isFiltered = residual.length + (lookup?.entryFilter.length ?? 0) > 0;
  const limit = stopsEarly && !isFiltered ? request.limit : undefined;
  const access: AccessPath = {
    table,
    path,
    points: undefined,
    parts: { shards, restrictions, ranges, planned, skipIndexes, skipIndexUse, bitmaps },
    scans: [],
    scanColumns,
    lookup,
    order: undefined,
    limit,
    appliedOnly,
    estimate: estimateOfParts({
      planned,
      tailChanges: appliedOnly ? 0 : (index?.tailChanges ?? 0),
      shardCount: shards.length,
      columnCount: scanColumns.length,
      filters: early.length,
      looksUp: lookup !== undefined,
      limit,
      fetchLimit: lookup?.limit,
    }),
    rangeCount: 0,
    answered: [],
  };
  const narrowsKey = planned.granules.kept < planned.granules.of;
  return candidate(access, { ...split, residual }, narrowsKey);
}

/** Bitmaps decide conditions of the scan's rows: before a second hop those on the entries, else all that are left. */
function withBitmaps(
  path: PartsPath,
  table: TableDefinition,
  split: Split,
  lookup: Lookup | undefined,
): { bitmaps: BitmapAccess | undefined; lookup: Lookup | undefined; residual: readonly Conjunct[] } {
  const { early, residual, scanColumns, express } = split;
  const over = (e: Bound): Bound => overColumns(lookup ? e : express(e), scanColumns);
  const { bitmaps, left } = splitByBitmaps(path, table, lookup ? early : residual, { scanColumns, over });
  if (!lookup) return { bitmaps, lookup, residual: left };
  return { bitmaps, lookup: { ...lookup, entryFilter: left.map(({ bound }) => over(bound)) }, residual };
}

function candidate(
  access: AccessPath,
  { columns, express, residual }: Split,
  narrowsKey: boolean,
): Candidate {
  const over = (e: Bound): Bound => overColumns(express(e), columns);
  return { access, columns, over, residual: residual.map(({ bound }) => over(bound)), narrowsKey };
}

/** The addresses of single keys, in the order asked for. */
function pointsOf(narrowed: NarrowedKey, order: AccessPath['order']): RowAddress[] {
  const points = narrowed.scans.flatMap(({ shards, ranges }) =>
    ranges.map(({ start }) => ({ shard: shards[0]!, key: start })),
  );
  const direction = order === 'reverse' ? -1 : 1;
  return order ? points.sort((a, b) => direction * Buffer.compare(a.key, b.key)) : points;
}

/** The direction in which the path delivers the order, if it does: key columns with one value each do not count. */
function orderOf(
  order: ColumnOrder | undefined,
  keyColumns: readonly number[],
  narrowed: NarrowedKey,
): AccessPath['order'] {
  if (!order) return undefined;
  const constant = new Set(keyColumns.slice(0, narrowed.constantColumns));
  const varying = keyColumns.slice(narrowed.constantColumns);
  const wanted = order.columns.filter((column) => !constant.has(column));
  if (wanted.length > varying.length || wanted.some((column, i) => column !== varying[i])) return undefined;
  return order.reverse ? 'reverse' : 'forward';
}
