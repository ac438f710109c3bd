// freshness.ts — how fresh a statement's answer must be, and how fresh it is.

import { WinnowError } from '../base/errors.ts';
import { lowestOf, type Freshness, type ReadView, type ShardPosition } from '../catalog/access.ts';
import type { Sequence } from '../log/change.ts';
import { levelOf, type FreshnessDemand } from '../plan/freshness.ts';
import type { AccessPath, SelectPlan, TableSource } from '../plan/plan.ts';
import type { StatementContext } from './context.ts';
import type { Settings } from './settings.ts';

/** The newest commit that the caller has seen, by its session and by the setting; 0 = none. Errors: TOKEN_TOO_NEW. */
export function seenPosition(
  settings: Settings,
  bySession: Sequence | undefined,
  newest: Sequence,
): Sequence {
  const seen = Math.max(settings.position, bySession ?? 0);
  if (seen <= newest) return seen;
  throw new WinnowError(
    'TOKEN_TOO_NEW',
    `position ${seen} is ahead of this store, whose newest is ${newest}`,
    {
      hint: 'It was given by another store, or this one was restored from an older copy: begin without a position.',
    },
  );
}

/** A transaction's reads are exact at its snapshot, whatever less would do. */
export function freshnessDemand({ settings, seen, transaction }: StatementContext): FreshnessDemand {
  if (transaction?.current) return { kind: 'strong' };
  const level = settings.freshness;
  const [, ageMs] = /^bounded:(\d+)$/.exec(level) ?? [];
  if (ageMs !== undefined) return { kind: 'bounded', ageMs: Number(ageMs) };
  if (level === 'session') return { kind: 'session', position: seen === 0 ? undefined : seen };
  return { kind: level === 'eventual' ? 'eventual' : 'strong' };
}

/** The stored tables that a plan reads, be it in a subquery or in a join. */
export function tableSources({ source }: SelectPlan): TableSource[] {
  if (source.kind === 'subquery') return tableSources(source.plan);
  if (source.kind === 'join') return [...tableSources(source.left), ...tableSources(source.right)];
  return source.kind === 'table' ? [source] : [];
}

/** Of an answer for which these tables were read; undefined when there are none. */
export function freshnessOf(sources: readonly TableSource[], view: ReadView): Freshness | undefined {
  const [first] = sources;
  if (!first) return undefined;
  const reads = sources.map((source) => readOf(source, view));
  return {
    level: levelOf(first.freshness),
    sequence: Math.min(...reads.map(({ sequence }) => sequence)),
    accessPath: [...new Set(sources.map(({ access }) => nameOf(access)))].join(', '),
    positions: reads.flatMap(({ positions }) => positions),
    tailRowsOverlaid: view.counters.tailRowsOverlaid,
    ageMs: Math.max(...reads.map(({ ageMs }) => ageMs)),
  };
}

type Read = Pick<Freshness, 'sequence' | 'positions' | 'ageMs'>;

function readOf({ access }: TableSource, view: ReadView): Read {
  const moment = view.moment(access.path.id);
  const positions = shardsOf(access).map((shard): ShardPosition => {
    return { path: nameOf(access), shard, sequence: moment?.positions[shard] ?? view.sequence };
  });
  if (!access.appliedOnly || !moment) return { sequence: view.sequence, positions, ageMs: 0 };
  return { sequence: lowestOf(moment.positions), positions, ageMs: moment.lagMs };
}

const nameOf = ({ path }: AccessPath): string => `${path.database}.${path.name}`;

/** The shards that are read, ascending. */
function shardsOf({ points, parts, scans }: AccessPath): number[] {
  const shards = points
    ? points.map(({ shard }) => shard)
    : (parts?.shards ?? scans.flatMap((scan) => scan.shards));
  return [...new Set(shards)].sort((a, b) => a - b);
}
