// path-candidate.ts — one way to the rows of a table: a row table or an index table under the conditions of a query.
//
// Keeps true: every candidate, with the filters it leaves over, gives the same rows.

import type { SourcePosition } from '../base/errors.ts';
import { isPartsPath, type PartsPath, type PathDefinition, type TableStatus } from '../catalog/access.ts';
import {
  columnsOfPath,
  detailColumns,
  entryColumns,
  entryKeyColumns,
  type IndexTableDefinition,
} from '../catalog/definitions.ts';
import { impliedByIndex } from './index-rows.ts';
import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import { narrowKey, shardsOf, type NarrowedKey } from './key-ranges.ts';
import { estimateOf, estimateOfParts } from './path-cost.ts';
import type { FreshnessDemand } from './freshness.ts';
import type { AccessPath, Lookup, SortKey } from './plan.ts';
import { combineRestrictions, type Bind, type Conjunct } from './predicates.ts';
import { partPruner, pruneCounts } from './prune-parts.ts';
import { collectColumns } from '../expr/evaluate.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import { entrySort, sortedBy } from './entry-sort.ts';
import type { NamedType } from '../types/column.ts';
import { columnOrderOf, type ColumnOrder } from './column-order.ts';
import { viewOf } from './path-view.ts';
import { overColumns } from './walk.ts';

export type AccessRequest = {
  readonly status: TableStatus;
  readonly conjuncts: readonly Conjunct[];
  /** What the steps after the filter compute. */
  readonly outputs: readonly Bound[];
  /** Of outputs: rows that come in this order need no sorting. Empty when the order does not matter. */
  readonly sort: readonly SortKey[];
  /** Rows of the answer, in the order of `sort`, when nothing groups them; undefined = all. */
  readonly limit: number | undefined;
  /** Binds over the table. */
  readonly bind: Bind;
  /** What is read is chosen when the query runs, by the keys of a join: conditions narrow nothing. */
  readonly byJoinKeys?: boolean | undefined;
  readonly freshness: FreshnessDemand;
  /** FROM names this index table: its rows are wanted as they are. */
  readonly itself: IndexTableDefinition | undefined;
  /** Name of USE INDEX, or of the index table that FROM names. */
  readonly forced: { readonly name: string; readonly position: SourcePosition } | undefined;
};

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
  const { early, residual, scanColumns, isCurrent } = split;
  const lookup = split.lookup && withPage(request, split, undefined, false, all);
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
  const isFiltered = early.length + residual.length > 0;
  const limit = request.sort.length === 0 && !isFiltered && isCurrent ? request.limit : undefined;
  const access: AccessPath = {
    table,
    path,
    points: undefined,
    parts: { shards, restrictions, ranges, planned },
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
  return candidate(access, split, planned.granules.kept < planned.granules.of);
}

function candidate(
  access: AccessPath,
  { columns, express, residual }: Split,
  narrowsKey: boolean,
): Candidate {
  const over = (e: Bound): Bound => overColumns(express(e), columns);
  return { access, columns, over, residual: residual.map(({ bound }) => over(bound)), narrowsKey };
}

/** The query in the columns of one path. */
type SeenQuery = {
  /** In the order of the request's. */
  readonly conjuncts: readonly Conjunct[];
  readonly outputs: readonly Bound[];
  readonly express: (e: Bound) => Bound;
};

function asSeenBy({ conjuncts, outputs, status, bind }: AccessRequest, path: PathDefinition): SeenQuery {
  const { conjunct, express } = viewOf(path, status.definition, bind);
  return { conjuncts: conjuncts.map(conjunct), outputs: outputs.map(express), express };
}

/** Where each conjunct is decided: by the key ranges, on the entries before the second hop, or on the rows. */
type Split = {
  readonly answered: readonly Conjunct[];
  readonly early: readonly Conjunct[];
  readonly residual: readonly Conjunct[];
  readonly scanColumns: readonly number[];
  /** The second hop, unless the path holds all columns that are needed. */
  readonly lookup: Lookup | undefined;
  /** Columns of the source's blocks. */
  readonly columns: readonly number[];
  /** Expressions over the table in terms of the source's blocks: rows that are fetched have no computed columns. */
  readonly express: (e: Bound) => Bound;
  /**
   * False when rows of now are fetched for entries as they were applied: an entry may lie at the place of an older value,
   * or name no row.
   */
  readonly isCurrent: boolean;
  /** When a page is wanted and the entries hold what it is sorted by: that, over the path's columns. */
  readonly entriesSortedBy: readonly Bound[];
};

/** The hop for no more than the page that is wanted. `limit`: of entries as they come. */
function withPage(
  { sort, limit: page }: AccessRequest,
  { lookup, residual, scanColumns, isCurrent, entriesSortedBy: by }: Split,
  limit: number | undefined,
  isOrdered: boolean,
  columns: readonly NamedType[],
): Lookup | undefined {
  if (!lookup || residual.length > 0) return lookup;
  if (isOrdered || !isCurrent || by.length === 0) return { ...lookup, limit };
  return { ...lookup, limit: page, sort: entrySort(sort, by, scanColumns, columns) };
}

function splitConjuncts(
  request: AccessRequest,
  query: SeenQuery,
  path: PathDefinition,
  answeredColumns: ReadonlySet<number>,
  appliedOnly: boolean,
): Split {
  const { definition: table } = request.status;
  const stored = new Set(
    path.kind === 'indexTable' ? entryColumns(path, table) : table.columns.map((_, i) => i),
  );
  const isStored = (column: number): boolean => stored.has(column);
  const isAnswered = ({ restrictions: { exact, columns } }: Conjunct, i: number): boolean => {
    if (exact && [...columns.keys()].every((column) => answeredColumns.has(column))) return true;
    const original = request.conjuncts[i]!;
    return path.kind === 'indexTable' && table.kind === 'rowTable' && impliedByIndex(path, table, original);
  };
  const answered = query.conjuncts.filter(isAnswered);
  const rest = query.conjuncts.filter((conjunct) => !answered.includes(conjunct));
  const needed = columnsOf(rest, query.outputs);
  const { express } = query;
  if (needed.every(isStored)) {
    const columns = { scanColumns: needed, columns: needed };
    return {
      answered,
      early: [],
      residual: rest,
      ...columns,
      lookup: undefined,
      express,
      isCurrent: true,
      entriesSortedBy: [],
    };
  }
  const early = rest.filter((conjunct) => columnsOf([conjunct]).every(isStored));
  const late = rest.filter((conjunct) => !early.includes(conjunct));
  const hop = (to: Lookup['to'], scanColumns: readonly number[]): Lookup => ({
    to,
    entryFilter: early.map((conjunct) => overColumns(conjunct.bound, scanColumns)),
    limit: undefined,
    sort: undefined,
  });
  const by = sortedBy(request, query.outputs);
  const entriesSortedBy = columnsOf([], by).every(isStored) ? by : [];
  const details = new Set(path.kind === 'indexTable' ? detailColumns(path, table) : []);
  if (needed.every((column) => isStored(column) || details.has(column))) {
    const scanColumns = [...stored].sort((a, b) => a - b);
    const columns = { scanColumns, columns: columnsOf(late, query.outputs) };
    const lookup = hop('details', scanColumns);
    return { answered, early, residual: late, ...columns, lookup, express, isCurrent: true, entriesSortedBy };
  }
  // An entry that was not brought up to date may name a row that has changed: check the whole condition on the row.
  const residual = request.conjuncts.filter((_, i) => appliedOnly || late.includes(query.conjuncts[i]!));
  const scanColumns = columnsOf(early, entriesSortedBy, table.primaryKey);
  return {
    answered,
    early,
    residual,
    scanColumns,
    columns: columnsOf(residual, request.outputs),
    lookup: hop('rows', scanColumns),
    express: (e) => e,
    isCurrent: !appliedOnly,
    entriesSortedBy,
  };
}

/** The addresses of single keys, in the order asked for. */
function pointsOf(narrowed: NarrowedKey, order: AccessPath['order']): RowAddress[] {
  const points = narrowed.scans.flatMap(({ shards, ranges }) =>
    ranges.map(({ start }) => ({ shard: shards[0]!, key: start })),
  );
  const direction = order === 'reverse' ? -1 : 1;
  return order ? points.sort((a, b) => direction * Buffer.compare(a.key, b.key)) : points;
}

/** Columns that are read, ascending. */
function columnsOf(
  conjuncts: readonly Conjunct[],
  outputs: readonly Bound[] = [],
  more: readonly number[] = [],
): number[] {
  const columns = new Set(more);
  for (const { bound } of conjuncts) collectColumns(bound, columns);
  for (const e of outputs) collectColumns(e, columns);
  return [...columns].sort((a, b) => a - b);
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
