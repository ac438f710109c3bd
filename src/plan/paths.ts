// paths.ts — the ways to the rows of a table, their cost, and the choice between them.
//
// Keeps true: every usable path, with the filters it leaves over, gives the same rows. Cost only ranks.

import { WinnowError, type SourcePosition } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { IndexTableStatus, PathDefinition, TableStatus } from '../catalog/access.ts';
import { entryColumns, entryKeyColumns } from '../catalog/definitions.ts';
import type { RowAddress } from '../rows/definition.ts';
import { narrowKey, type NarrowedKey } from './key-ranges.ts';
import type { AccessPath, ConsideredPath, Estimate, PathKind } from './plan.ts';
import { combineRestrictions, type Conjunct } from './predicates.ts';
import { collectColumns, overColumns } from './walk.ts';

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
  readonly freshness: 'strong' | 'eventual';
  /** Name of USE INDEX, or of the index table that FROM names. */
  readonly forced: { readonly name: string; readonly position: SourcePosition } | undefined;
};

export type ChosenAccess = {
  readonly access: AccessPath;
  /** Columns of the source's blocks. */
  readonly columns: readonly number[];
  /** Conjuncts still to be checked on the source's blocks, over all columns of the table. */
  readonly residual: readonly Conjunct[];
  readonly considered: readonly ConsideredPath[];
};

type Candidate = Omit<ChosenAccess, 'considered'> & { readonly name: string; readonly kind: PathKind };

/** `USE INDEX (PRIMARY)` names the row table. */
const ROW_TABLE = 'PRIMARY';

/** The cheapest path, or the forced one. Errors: INDEX_NOT_USABLE when the forced one cannot answer now. */
export function chooseAccess(request: AccessRequest): ChosenAccess {
  const { status, forced } = request;
  const unusable: ConsideredPath[] = [];
  const candidates: Candidate[] = [candidateOf(request, status.definition)];
  for (const index of status.indexTables) {
    const obstacle = obstacleOf(index, request.freshness);
    const { name } = index.definition;
    if (obstacle === undefined) candidates.push(candidateOf(request, index.definition));
    else unusable.push({ name, kind: kindOf(index.definition), chosen: false, reason: obstacle, estimate: undefined });
  }
  const ranked = candidates.sort(compareCandidates);
  const chosen = forced ? forcedCandidate(request, ranked) : ranked[0]!;
  const losers = ranked.filter((candidate) => candidate !== chosen);
  return {
    access: chosen.access,
    columns: chosen.columns,
    residual: chosen.residual,
    considered: [describeWinner(chosen, forced !== undefined), ...losers.map((loser) => describeLoser(loser, chosen)), ...unusable],
  };
}

function kindOf(path: PathDefinition): PathKind {
  return path.kind === 'rowTable' ? 'row table' : `${path.layout} index table`;
}

/** Why the index table cannot answer now; undefined when it can. */
function obstacleOf(index: IndexTableStatus, freshness: 'strong' | 'eventual'): string | undefined {
  switch (index.state) {
    case 'live':
      return undefined;
    case 'behind':
      if (freshness === 'eventual') return undefined;
      return `not fresh enough: it is behind by ${Math.round(index.lagMs)} ms`;
    case 'building':
      return 'it is being built';
    case 'invalid':
      return 'it is invalid and waits to be rebuilt';
  }
}

function forcedCandidate(request: AccessRequest, candidates: readonly Candidate[]): Candidate {
  const { name, position } = request.forced!;
  const { definition, indexTables } = request.status;
  const wanted = name === ROW_TABLE ? definition.name : name;
  const found = candidates.find((candidate) => candidate.name === wanted && (candidate.kind === 'row table') === (name === ROW_TABLE));
  if (found) return found;
  const index = indexTables.find((each) => each.definition.name === name);
  if (!index) {
    const near = nearestName(name, [...indexTables.map((each) => each.definition.name), ROW_TABLE]);
    const hint = near ? `Maybe you meant: ${near}` : undefined;
    throw new WinnowError('INDEX_NOT_USABLE', `${definition.name} has no index table ${name}`, { position, hint });
  }
  throw new WinnowError('INDEX_NOT_USABLE', `index table ${name} cannot be used: ${obstacleOf(index, request.freshness)!}`, {
    position,
    hint: hintFor(index),
  });
}

function hintFor(index: IndexTableStatus): string {
  const name = `${index.definition.database}.${index.definition.name}`;
  if (index.state === 'invalid') return `REBUILD INDEX TABLE ${name}`;
  if (index.state === 'building') return 'Wait until it is live; system.index_tables shows its state.';
  return `Wait until its lanes have caught up, or read it as it is with SETTINGS freshness = 'eventual'.`;
}

// ---- one candidate

function candidateOf(request: AccessRequest, path: PathDefinition): Candidate {
  const { definition: table } = request.status;
  const keyColumns = path.kind === 'rowTable' ? table.primaryKey : entryKeyColumns(path, table);
  const typeOf = (column: number) => table.columns[column]!.type;
  const combined = combineRestrictions(request.conjuncts.map((conjunct) => conjunct.restrictions));
  const narrowed = narrowKey({ columns: keyColumns, sharding: path.sharding, typeOf }, combined.columns);
  const eventual = request.freshness === 'eventual' && path.kind === 'indexTable';
  const split = splitConjuncts(request, path, narrowed, eventual);
  const { answered, early, residual, covers } = split;
  const columns = sorted(columnsOf(residual, request.columns));
  const scanColumns = covers ? columns : sorted(columnsOf(early, new Set(table.primaryKey)));
  const order = orderOf(request.order, keyColumns, narrowed);
  const stopsEarly = request.limit !== undefined && (request.order === undefined || order !== undefined);
  const filters = early.length + residual.length;
  const isPoints = path.kind === 'rowTable' && narrowed.equalColumns === keyColumns.length;
  const access: AccessPath = {
    table,
    path,
    points: isPoints ? pointsOf(narrowed, order) : undefined,
    scans: order && narrowed.scans.length > 1 ? [narrowed.merged] : narrowed.scans,
    scanColumns,
    lookup: covers ? undefined : { entryFilter: early.map((conjunct) => overColumns(conjunct.bound, scanColumns)) },
    order,
    limit: stopsEarly && filters === 0 ? request.limit : undefined,
    eventual,
    estimate: estimateOf({ request, path, narrowed, keyColumns, split, limit: stopsEarly ? request.limit : undefined }),
    rangeCount: narrowed.rangeCount,
    answered: answered.map((conjunct) => conjunct.bound),
  };
  return { name: path.name, kind: kindOf(path), access, columns, residual };
}

/** Where each conjunct is decided: by the key ranges, on the entries before the second hop, or on the rows. */
type Split = {
  readonly answered: readonly Conjunct[];
  readonly early: readonly Conjunct[];
  readonly residual: readonly Conjunct[];
  /** The path holds all columns that are needed: no second hop. */
  readonly covers: boolean;
};

function splitConjuncts(request: AccessRequest, path: PathDefinition, narrowed: NarrowedKey, eventual: boolean): Split {
  const { definition: table } = request.status;
  const stored = new Set(path.kind === 'rowTable' ? table.columns.map((_, i) => i) : entryColumns(path, table));
  const isStored = (column: number): boolean => stored.has(column);
  const isAnswered = ({ restrictions }: Conjunct): boolean =>
    restrictions.exact && [...restrictions.columns.keys()].every((column) => narrowed.answered.has(column));
  const answered = request.conjuncts.filter(isAnswered);
  const rest = request.conjuncts.filter((conjunct) => !isAnswered(conjunct));
  if ([...columnsOf(rest, request.columns)].every(isStored)) return { answered, early: [], residual: rest, covers: true };
  const early = rest.filter((conjunct) => [...columnsOf([conjunct])].every(isStored));
  // An entry that was not brought up to date may name a row that has changed: check the whole condition on the row.
  const residual = eventual ? request.conjuncts : rest.filter((conjunct) => !early.includes(conjunct));
  return { answered, early, residual, covers: false };
}

/** The addresses of single keys, in the order asked for. */
function pointsOf(narrowed: NarrowedKey, order: AccessPath['order']): RowAddress[] {
  const points = narrowed.scans.flatMap(({ shards, ranges }) => ranges.map(({ start }) => ({ shard: shards[0]!, key: start })));
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
function orderOf(order: ColumnOrder | undefined, keyColumns: readonly number[], narrowed: NarrowedKey): AccessPath['order'] {
  if (!order) return undefined;
  const constant = new Set(keyColumns.slice(0, narrowed.constantColumns));
  const varying = keyColumns.slice(narrowed.constantColumns);
  const wanted = order.columns.filter((column) => !constant.has(column));
  if (wanted.length > varying.length || wanted.some((column, i) => column !== varying[i])) return undefined;
  return order.reverse ? 'reverse' : 'forward';
}

// ---- cost

const COST = { entry: 1, lookup: 6, shard: 3 };

/** Share of the rows that one value, or a range, of a column is guessed to hold. */
const SELECTIVITY = { equal: 0.01, range: 0.25, filter: 0.3 };

/** Share of its entries that a read is never trusted to save by stopping early behind a filter. */
const EARLY_STOP_SHARE = 0.1;

function estimateOf(about: {
  readonly request: AccessRequest;
  readonly path: PathDefinition;
  readonly narrowed: NarrowedKey;
  readonly keyColumns: readonly number[];
  readonly split: Split;
  /** Rows after which reading stops. */
  readonly limit: number | undefined;
}): Estimate {
  const { request, path, narrowed, keyColumns, split, limit } = about;
  const { rowCount } = request.status;
  const shardsRead = new Set(narrowed.scans.flatMap((scan) => scan.shards)).size;
  const isPoints = narrowed.equalColumns === keyColumns.length;
  let entries = rowCount;
  if (narrowed.rangeCount === 0) entries = 0;
  else if (isPoints) entries = Math.min(rowCount, narrowed.rangeCount);
  else if (narrowed.equalColumns > 0 || narrowed.ranged) entries = guessEntries(rowCount, narrowed);
  else entries = (rowCount * shardsRead) / path.sharding.shardCount;
  const filters = split.early.length + split.residual.length;
  if (limit !== undefined) entries = Math.min(entries, filters === 0 ? limit : Math.max(limit, entries * EARLY_STOP_SHARE));
  const passing = entries * SELECTIVITY.filter ** split.early.length;
  const rowsLookedUp = split.covers ? 0 : Math.min(entries, Math.max(1, passing));
  const cost = entries * COST.entry + rowsLookedUp * COST.lookup + shardsRead * COST.shard;
  const isWhole = narrowed.answered.size === 0 && shardsRead === path.sharding.shardCount;
  const exact = narrowed.rangeCount === 0 || (limit === undefined && (isPoints || isWhole));
  return { entriesRead: Math.round(entries), exact, rowsLookedUp: Math.round(rowsLookedUp), shardsRead, cost };
}

function guessEntries(rowCount: number, narrowed: NarrowedKey): number {
  const { equalColumns, ranged, rangeCount } = narrowed;
  const perRange = rowCount * SELECTIVITY.equal ** equalColumns * (ranged ? SELECTIVITY.range : 1);
  return Math.min(rowCount, Math.max(1, perRange) * rangeCount);
}

function compareCandidates(a: Candidate, b: Candidate): number {
  const [left, right] = [a.access.estimate, b.access.estimate];
  return left.cost - right.cost || left.shardsRead - right.shardsRead || Number(b.kind === 'row table') - Number(a.kind === 'row table');
}

// ---- why

function describeWinner(chosen: Candidate, forced: boolean): ConsideredPath {
  const { name, kind, access } = chosen;
  return { name, kind, chosen: true, reason: forced ? 'forced by the query' : `reads ${extent(access.estimate)}`, estimate: access.estimate };
}

function describeLoser(loser: Candidate, chosen: Candidate): ConsideredPath {
  const { estimate } = loser.access;
  const winner = chosen.access.estimate;
  const ratio = estimate.cost / Math.max(winner.cost, 1);
  const times = ratio >= 1.05 ? `, ${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times the cost` : '';
  const narrows = loser.access.answered.length === 0 && loser.access.scans.length > 0 ? 'no condition narrows its key; ' : '';
  return { name: loser.name, kind: loser.kind, chosen: false, reason: `${narrows}would read ${extent(estimate)}${times}`, estimate };
}

function extent(estimate: Estimate): string {
  const entries = `${estimate.exact ? '' : '~'}${estimate.entriesRead} entries of ${estimate.shardsRead} shards`;
  return estimate.rowsLookedUp > 0 ? `${entries} and look up ~${estimate.rowsLookedUp} rows` : entries;
}
