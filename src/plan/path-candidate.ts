// path-candidate.ts — one way to the rows of a table: a row table or an index table under the conditions of a query.
//
// Keeps true: every candidate, with the filters it leaves over, gives the same rows.

import type { SourcePosition } from '../base/errors.ts';
import { isPartsPath, type PartsPath, type PathDefinition, type TableStatus } from '../catalog/access.ts';
import { entryColumns, entryKeyColumns, type IndexTableDefinition } from '../catalog/definitions.ts';
import { impliedByIndex } from './index-rows.ts';
import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import { narrowKey, shardsOf, type NarrowedKey } from './key-ranges.ts';
import { estimateOf, estimateOfParts } from './path-cost.ts';
import type { FreshnessDemand } from './freshness.ts';
import type { AccessPath } from './plan.ts';
import { combineRestrictions, type Conjunct } from './predicates.ts';
import { partPruner, pruneCounts } from './prune-parts.ts';
import { collectColumns } from '../expr/evaluate.ts';
import { overColumns } from './walk.ts';

/** An ORDER BY that is nothing but columns of the table, in one direction. */
export type ColumnOrder = { readonly columns: readonly number[]; readonly reverse: boolean };

export type AccessRequest = {
  readonly status: TableStatus;
  readonly conjuncts: readonly Conjunct[];
  /** Columns that the steps after the filter read. */
  readonly columns: ReadonlySet<number>;
  /** Set when rows in this order need no sorting. */
  readonly order: ColumnOrder | undefined;
  /** Rows of the answer when nothing sorts or groups them after `order`; undefined = all. */
  readonly limit: number | undefined;
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
  /** Conjuncts still to be checked on the source's blocks, over all columns of the table. */
  readonly residual: readonly Conjunct[];
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
  const typeOf = (column: number) => table.columns[column]!.type;
  const combined = combineRestrictions(request.conjuncts.map((conjunct) => conjunct.restrictions));
  const narrowed = narrowKey({ columns: keyColumns, sharding: path.sharding, typeOf }, combined.columns);
  const { answered, early, residual, covers } = splitConjuncts(request, path, narrowed.answered, appliedOnly);
  const columns = sorted(columnsOf(residual, request.columns));
  const scanColumns = covers ? columns : sorted(columnsOf(early, new Set(table.primaryKey)));
  // An entry as applied stands for the row as it is now: it may lie at the place of an older value, or name no row.
  const isCurrent = covers || !appliedOnly;
  const order = isCurrent ? orderOf(request.order, keyColumns, narrowed) : undefined;
  const stopsEarly =
    isCurrent && request.limit !== undefined && (request.order === undefined || order !== undefined);
  const filters = { early: early.length, residual: residual.length };
  const isPoints = narrowed.equalColumns === keyColumns.length;
  const limit = stopsEarly ? request.limit : undefined;
  const access: AccessPath = {
    table,
    path,
    parts: undefined,
    points: isPoints && path.kind === 'rowTable' ? pointsOf(narrowed, order) : undefined,
    scans: order && narrowed.scans.length > 1 ? [narrowed.merged] : narrowed.scans,
    scanColumns,
    lookup: covers
      ? undefined
      : { entryFilter: early.map((conjunct) => overColumns(conjunct.bound, scanColumns)) },
    order,
    limit: filters.early + filters.residual === 0 ? limit : undefined,
    appliedOnly,
    estimate: estimateOf({
      rowCount,
      shardCount: path.sharding.shardCount,
      narrowed,
      isPoints,
      filters,
      looksUp: !covers,
      limit,
    }),
    rangeCount: narrowed.rangeCount,
    answered: answered.map((conjunct) => conjunct.bound),
  };
  return { access, columns, residual, narrowsKey: narrowed.answered.size > 0 };
}

/** Granules are chosen by restrictions, rows by the conjuncts themselves. */
function partsCandidate(request: AccessRequest, path: PartsPath, appliedOnly: boolean): Candidate {
  const { status } = request;
  const { definition: table } = status;
  const { early, residual, covers } = splitConjuncts(request, path, new Set(), appliedOnly);
  const columns = sorted(columnsOf(residual, request.columns));
  const scanColumns = covers ? columns : sorted(columnsOf(early, new Set(table.primaryKey)));
  const restrictions = combineRestrictions(
    request.conjuncts.map((conjunct) => conjunct.restrictions),
  ).columns;
  const shards = shardsOf(
    { sharding: path.sharding, typeOf: (column) => table.columns[column]!.type },
    restrictions,
  );
  const index = status.indexTables.find(({ definition }) => definition.id === path.id);
  const planned = pruneCounts(
    index?.parts ?? status.parts,
    new Set(shards),
    partPruner(path, table, restrictions),
  );
  const isFiltered = early.length + residual.length > 0;
  const isCurrent = covers || !appliedOnly;
  const limit = request.order === undefined && !isFiltered && isCurrent ? request.limit : undefined;
  const access: AccessPath = {
    table,
    path,
    points: undefined,
    parts: { shards, restrictions, planned },
    scans: [],
    scanColumns,
    lookup: covers
      ? undefined
      : { entryFilter: early.map((conjunct) => overColumns(conjunct.bound, scanColumns)) },
    order: undefined,
    limit,
    appliedOnly,
    estimate: estimateOfParts({
      planned,
      tailChanges: appliedOnly ? 0 : (index?.tailChanges ?? 0),
      shardCount: shards.length,
      columnCount: scanColumns.length,
      filters: early.length,
      looksUp: !covers,
      limit,
    }),
    rangeCount: 0,
    answered: [],
  };
  return { access, columns, residual, narrowsKey: planned.granules.kept < planned.granules.of };
}

/** Where each conjunct is decided: by the key ranges, on the entries before the second hop, or on the rows. */
type Split = {
  readonly answered: readonly Conjunct[];
  readonly early: readonly Conjunct[];
  readonly residual: readonly Conjunct[];
  /** The path holds all columns that are needed: no second hop. */
  readonly covers: boolean;
};

function splitConjuncts(
  request: AccessRequest,
  path: PathDefinition,
  answeredColumns: ReadonlySet<number>,
  appliedOnly: boolean,
): Split {
  const { definition: table } = request.status;
  const stored = new Set(
    path.kind === 'indexTable' ? entryColumns(path, table) : table.columns.map((_, i) => i),
  );
  const isStored = (column: number): boolean => stored.has(column);
  const isAnswered = (conjunct: Conjunct): boolean => {
    const { exact, columns } = conjunct.restrictions;
    if (exact && [...columns.keys()].every((column) => answeredColumns.has(column))) return true;
    return path.kind === 'indexTable' && table.kind === 'rowTable' && impliedByIndex(path, table, conjunct);
  };
  const answered = request.conjuncts.filter(isAnswered);
  const rest = request.conjuncts.filter((conjunct) => !isAnswered(conjunct));
  if ([...columnsOf(rest, request.columns)].every(isStored))
    return { answered, early: [], residual: rest, covers: true };
  const early = rest.filter((conjunct) => [...columnsOf([conjunct])].every(isStored));
  // An entry that was not brought up to date may name a row that has changed: check the whole condition on the row.
  const residual = appliedOnly ? request.conjuncts : rest.filter((conjunct) => !early.includes(conjunct));
  return { answered, early, residual, covers: false };
}

/** The addresses of single keys, in the order asked for. */
function pointsOf(narrowed: NarrowedKey, order: AccessPath['order']): RowAddress[] {
  const points = narrowed.scans.flatMap(({ shards, ranges }) =>
    ranges.map(({ start }) => ({ shard: shards[0]!, key: start })),
  );
  const direction = order === 'reverse' ? -1 : 1;
  return order ? points.sort((a, b) => direction * Buffer.compare(a.key, b.key)) : points;
}

function columnsOf(conjuncts: readonly Conjunct[], more: Iterable<number> = []): Set<number> {
  const columns = new Set(more);
  for (const conjunct of conjuncts) collectColumns(conjunct.bound, columns);
  return columns;
}

const sorted = (columns: Iterable<number>): number[] => [...columns].sort((a, b) => a - b);

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
