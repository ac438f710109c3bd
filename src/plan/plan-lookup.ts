// plan-lookup.ts — whether the right side of a join is looked up by the keys of the left rows, and by which path.

import type { PathDefinition } from '../catalog/access.ts';
import { columnsOfPath, entryKeyColumns } from '../catalog/definitions.ts';
import type { Expression } from '../expr/expression.ts';
import { isDivisible } from './by-shard.ts';
import { colocationOf } from './colocation.ts';
import type { Draft } from './draft.ts';
import type { From } from './from.ts';
import { sameValues } from './join-key.ts';
import type { AccessRequest } from './access-request.ts';
import { candidateOf, type Candidate } from './path-candidate.ts';
import { viewOf } from './path-view.ts';
import { pathName, usablePaths } from './paths.ts';
import type { Colocation, ConsideredPath, JoinSource, KeyLookup, PlanContext, SelectPlan } from './plan.ts';
import { guessMatches } from './row-estimate.ts';
import { accessRequest, tablePlan } from './table-plan.ts';

/** As in path-cost.ts: one sequentially read entry costs 1. */
const COST = { range: 8, point: 6, lookup: 6, detail: 3, build: 1 };

type Prefix = Omit<KeyLookup, 'colocation'>;
type Way = { readonly prefix: Prefix; readonly candidate: Candidate; readonly cost: number };

export type RightSide = {
  readonly draft: Draft;
  readonly from: From;
  /** What each key of the join is over the side's own columns; undefined: a value of another type than its columns have. */
  readonly keys: readonly (Expression | undefined)[];
};

/** The join with its right side looked up, where that is possible and costs less than reading it whole; else as it is. */
export function planLookup(join: JoinSource, side: RightSide, context: PlanContext): JoinSource {
  const { source } = side.from;
  const { joinAlgorithm } = context;
  if (source.kind !== 'unplanned' || join.right.source.kind !== 'table') return join;
  const whole = { ...join, byShard: isByShard(join, side, context) };
  if (joinAlgorithm === 'hash') return whole;
  const ways = waysOf(join, side, accessRequest(side.draft, source, context));
  const best = ways.reduce<Way | undefined>((a, b) => (a && a.cost <= b.cost ? a : b), undefined);
  if (!best || (joinAlgorithm !== 'direct' && best.cost >= costOfReading(join.right))) return whole;
  const { candidate, prefix } = best;
  const chosen = { ...candidate, considered: describe(best, ways) };
  const right = tablePlan(side.draft, source, chosen, context);
  return { ...join, right, lookup: { ...prefix, colocation: colocationOfLookup(join, best, context) } };
}

function colocationOfLookup(
  join: JoinSource,
  { candidate, prefix: { prefix, shardColumns } }: Way,
  context: PlanContext,
): Colocation | undefined {
  const { path } = candidate.access;
  if (path.kind !== 'rowTable' || !shardColumns) return undefined;
  const columns = shardColumns.map((place) => prefix[place]!);
  return colocationOf(join, path, columns, context);
}

/** Whether the join as it is can be run shard by shard. */
function isByShard(join: JoinSource, { keys }: RightSide, context: PlanContext): boolean {
  const { left, right } = join;
  const path = right.source.kind === 'table' ? right.source.access.path : undefined;
  if (path?.kind !== 'rowTable' || !isDivisible(left) || !isDivisible(right)) return false;
  const columns = path.sharding.columns.map((column) =>
    keys.findIndex((key) => key?.kind === 'column' && key.index === column),
  );
  return !columns.includes(-1) && colocationOf(join, path, columns, context) !== undefined;
}

function costOfReading({ source }: SelectPlan): number {
  if (source.kind !== 'table') return 0;
  const { cost, entriesRead } = source.access.estimate;
  return cost + entriesRead * COST.build;
}

/** Every path with a key that begins with keys of the join. */
function waysOf(join: JoinSource, side: RightSide, request: AccessRequest): Way[] {
  return usablePaths(request).flatMap(({ path, appliedOnly }) => {
    const prefix = prefixOf(join, side, path, request);
    if (!prefix) return [];
    return [wayOf(join, prefix, candidateOf({ ...request, byJoinKeys: true }, path, appliedOnly))];
  });
}

function wayOf(join: JoinSource, prefix: Prefix, candidate: Candidate): Way {
  const { access } = candidate;
  const { leftRows } = join.estimate;
  const { shardCount } = access.path.sharding;
  const entries = Math.round(leftRows * (prefix.isPoint ? 1 : guessMatches(join.left, join.right)));
  const shardsOfKey = prefix.shardColumns ? 1 : shardCount;
  const opened = prefix.isPoint ? COST.point : COST.range * shardsOfKey;
  const rowsLookedUp = access.lookup?.to === 'rows' ? entries : 0;
  const detailsFetched = access.lookup?.to === 'details' ? entries : 0;
  const fetching = rowsLookedUp * COST.lookup + detailsFetched * COST.detail;
  const cost = leftRows * opened + entries + fetching;
  const shardsRead = Math.min(shardCount, leftRows * shardsOfKey);
  const estimate = { entriesRead: entries, exact: false, rowsLookedUp, detailsFetched, shardsRead, cost };
  return { prefix, cost, candidate: { ...candidate, access: { ...access, rangeCount: leftRows, estimate } } };
}

/** The leading columns of the path's key that the join's keys fix; undefined when the first one is not. */
function prefixOf(
  { keys }: JoinSource,
  side: RightSide,
  path: PathDefinition,
  { status: { definition: table } }: AccessRequest,
): Prefix | undefined {
  if (path.kind === 'mergeTree' || (path.kind === 'indexTable' && path.parts)) return undefined;
  const keyColumns = path.kind === 'indexTable' ? entryKeyColumns(path, table) : path.primaryKey;
  const columns = columnsOfPath(path, table);
  const { express } = viewOf(path, table);
  const places = side.keys.map((key, i) => {
    const column = key && express(key);
    if (column?.kind !== 'column' || !sameValues(keys[i]!.type, columns[column.index]!.type))
      return undefined;
    return column.index;
  });
  const prefix: number[] = [];
  for (const column of keyColumns) {
    const key = places.indexOf(column);
    if (key < 0) break;
    prefix.push(key);
  }
  if (prefix.length === 0) return undefined;
  const shardPlaces = path.sharding.columns.map((column) => keyColumns.indexOf(column));
  const isSharded = shardPlaces.every((place) => place >= 0 && place < prefix.length);
  const isPoint = path.kind === 'rowTable' && prefix.length === keyColumns.length;
  return { prefix, shardColumns: isSharded ? shardPlaces : undefined, isPoint };
}

function describe(best: Way, ways: readonly Way[]): ConsideredPath[] {
  const others = ways.filter((way) => way !== best);
  return [best, ...others].map((way) => {
    const { path, estimate } = way.candidate.access;
    const reason =
      way === best
        ? 'its key begins with the keys of the join'
        : `it would cost ${(way.cost / Math.max(1, best.cost)).toFixed(1)} times as much`;
    return { ...pathName(path), chosen: way === best, reason, estimate };
  });
}
