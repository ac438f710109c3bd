// paths.ts — the choice between the ways to the rows of a table, and the reasons against those not taken.

import { WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { IndexTableStatus, PathDefinition } from '../catalog/access.ts';
import { freshnessReason, indexUse, lagText, type FreshnessDemand } from './freshness.ts';
import { count } from './table-funnel.ts';
import { lackOfRows } from './index-rows.ts';
import type { AccessRequest } from './access-request.ts';
import { candidateOf, type Candidate } from './path-candidate.ts';
import type { ConsideredPath, PathKind } from './plan.ts';

export type ChosenAccess = Candidate & {
  /** Every path looked at, the chosen one first. */
  readonly considered: readonly ConsideredPath[];
};

/** `USE INDEX (PRIMARY)` names the row table. */
const ROW_TABLE = 'PRIMARY';

/** The cheapest path, or the forced one. Errors: INDEX_NOT_USABLE when the forced one cannot answer now. */
export function chooseAccess(request: AccessRequest): ChosenAccess {
  const { status, forced, itself } = request;
  const candidates = itself ? [] : [candidateOf(request, status.definition, false)];
  const unusable: ConsideredPath[] = [];
  for (const index of status.indexTables) {
    if (itself && index.definition.id !== itself.id) continue;
    const obstacle = obstacleOf(index, request);
    if (obstacle !== undefined)
      unusable.push({ ...pathName(index.definition), chosen: false, reason: obstacle, estimate: undefined });
    else candidates.push(candidateOf(request, index.definition, isAppliedOnly(index, request)));
  }
  const ranked = candidates.sort(compareCandidates);
  const chosen = forced ? forcedCandidate(request, ranked) : ranked[0]!;
  const losers = ranked
    .filter((candidate) => candidate !== chosen)
    .map((loser) => describeLoser(loser, chosen));
  return { ...chosen, considered: [describeWinner(chosen, forced !== undefined), ...losers, ...unusable] };
}

/** Paths that can answer now, the forced one alone if there is one. */
export function usablePaths(request: AccessRequest): { path: PathDefinition; appliedOnly: boolean }[] {
  const { status, itself, forced } = request;
  const indexTables = status.indexTables.filter(
    (index) => (!itself || index.definition.id === itself.id) && obstacleOf(index, request) === undefined,
  );
  const paths = [
    ...(itself ? [] : [{ path: status.definition, appliedOnly: false }]),
    ...indexTables.map((index) => ({
      path: index.definition,
      appliedOnly: isAppliedOnly(index, request),
    })),
  ];
  return forced ? paths.filter(({ path }) => isForced(path, forced.name)) : paths;
}

function isAppliedOnly(index: IndexTableStatus, { freshness }: AccessRequest): boolean {
  return indexUse(index, freshness) === 'applied';
}

function isForced(path: PathDefinition, name: string): boolean {
  return path.kind === 'indexTable' ? path.name === name : name === ROW_TABLE;
}

export function pathName(path: PathDefinition): { readonly name: string; readonly kind: PathKind } {
  if (path.kind === 'indexTable') return { name: path.name, kind: `${path.layout} index table` };
  return { name: path.name, kind: path.kind === 'rowTable' ? 'row table' : 'MergeTree table' };
}

/** The cheapest first; of equals the one with fewer shards, then the row table. */
function compareCandidates({ access: a }: Candidate, { access: b }: Candidate): number {
  const byShards = a.estimate.shardsRead - b.estimate.shardsRead;
  return (
    a.estimate.cost - b.estimate.cost ||
    byShards ||
    Number(b.path.kind === 'rowTable') - Number(a.path.kind === 'rowTable')
  );
}

/** Why the index table cannot answer the query now; undefined when it can. */
function obstacleOf(index: IndexTableStatus, request: AccessRequest): string | undefined {
  return lackOf(index, request) ?? stateObstacle(index, request.freshness);
}

function lackOf({ definition }: IndexTableStatus, request: AccessRequest): string | undefined {
  const { status, conjuncts, itself } = request;
  if (itself || status.definition.kind !== 'rowTable') return undefined;
  return lackOfRows(definition, status.definition, conjuncts);
}

function stateObstacle(index: IndexTableStatus, demand: FreshnessDemand): string | undefined {
  if (indexUse(index, demand) !== 'unusable') return undefined;
  if (index.state === 'building') return 'it is being built';
  if (index.state === 'invalid')
    return `it is invalid and waits to be rebuilt${index.lastError === undefined ? '' : `: ${index.lastError}`}`;
  const reason = demand.kind === 'strong' ? `it is ${lagText(index)}` : freshnessReason(index, demand);
  return `not fresh enough: ${reason}`;
}

function forcedCandidate(request: AccessRequest, candidates: readonly Candidate[]): Candidate {
  const { name, position } = request.forced!;
  const { definition, indexTables } = request.status;
  const found = candidates.find(({ access }) => isForced(access.path, name));
  if (found) return found;
  const index = indexTables.find((each) => each.definition.name === name);
  if (!index) {
    const near = nearestName(name, [...indexTables.map((each) => each.definition.name), ROW_TABLE]);
    const hint = near ? `Maybe you meant: ${near}` : undefined;
    throw new WinnowError('INDEX_NOT_USABLE', `${definition.name} has no index table ${name}`, {
      position,
      hint,
    });
  }
  throw new WinnowError(
    'INDEX_NOT_USABLE',
    `index table ${name} cannot be used: ${obstacleOf(index, request)!}`,
    {
      position,
      hint: hintFor(index, request),
    },
  );
}

function hintFor(index: IndexTableStatus, request: AccessRequest): string {
  if (lackOf(index, request)) return `It has the rows of ${describeRows(index)}; FROM it reads them.`;
  const name = `${index.definition.database}.${index.definition.name}`;
  if (index.state === 'invalid') return `REBUILD INDEX TABLE ${name}`;
  if (index.state === 'building') return 'Wait until it is live; system.index_tables shows its state.';
  return `Wait until its lanes have caught up, or read it as it is with SETTINGS freshness = 'eventual'.`;
}

function describeRows({ definition: { whereSql, nullKeys, using } }: IndexTableStatus): string {
  const conditions = [
    ...(whereSql === undefined ? [] : [`WHERE ${whereSql}`]),
    ...(using ? [`USING ${using.name}`] : []),
    ...(nullKeys === 'sparse' ? ["null_keys = 'sparse'"] : []),
  ];
  return conditions.join(' with ');
}

function describeWinner(chosen: Candidate, forced: boolean): ConsideredPath {
  const { path, estimate } = chosen.access;
  return {
    ...pathName(path),
    chosen: true,
    get reason() {
      return forced ? 'forced by the query' : `reads ${extent(chosen)}`;
    },
    estimate,
  };
}

function describeLoser(loser: Candidate, chosen: Candidate): ConsideredPath {
  const { path, estimate } = loser.access;
  return {
    ...pathName(path),
    chosen: false,
    // Asked for by EXPLAIN only; every query has losers.
    get reason() {
      const ratio = estimate.cost / Math.max(chosen.access.estimate.cost, 1);
      const times =
        ratio >= 1.05 ? `, ${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} times the cost` : '';
      const wide = loser.narrowsKey
        ? ''
        : `no condition narrows its ${loser.access.parts ? 'parts' : 'key'}; `;
      return `${wide}would read ${extent(loser)}${times}`;
    },
    estimate,
  };
}

function extent({ access: { estimate, parts } }: Candidate): string {
  const { entriesRead, shardsRead, rowsLookedUp, detailsFetched, exact } = estimate;
  const shards = shardsRead === 1 ? '1 shard' : `${shardsRead} shards`;
  const entries = parts
    ? `${parts.planned.granules.kept} of ${parts.planned.granules.of} granules, ${exact ? '' : '~'}${entriesRead} rows of ${shards}`
    : `${exact ? '' : '~'}${entriesRead} entries of ${shards}`;
  if (detailsFetched > 0) return `${entries} and fetch ~${count(detailsFetched, 'detail')}`;
  return rowsLookedUp > 0 ? `${entries} and look up ~${rowsLookedUp} rows` : entries;
}
