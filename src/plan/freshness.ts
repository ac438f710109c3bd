// freshness.ts — how fresh an answer must be, and whether an index table is that fresh without its tail.

import { lowestOf, type FreshnessLevel, type IndexTableMoment } from '../catalog/access.ts';
import type { Sequence } from '../log/change.ts';

export type FreshnessDemand =
  | { readonly kind: 'strong' }
  /** At least as new as this commit; undefined: the session has seen none, and nothing is known to be enough. */
  | { readonly kind: 'session'; readonly position: Sequence | undefined }
  /** No older than this. */
  | { readonly kind: 'bounded'; readonly ageMs: number }
  | { readonly kind: 'eventual' };

/** How an index table may answer: with its tail laid over it, as it was last applied, or not now. */
export type IndexUse = 'overlaid' | 'applied' | 'unusable';

export function indexUse(index: IndexTableMoment, demand: FreshnessDemand): IndexUse {
  if (index.state !== 'live' && index.state !== 'behind') return 'unusable';
  if (isFreshAsApplied(index, demand)) return 'applied';
  return index.state === 'live' ? 'overlaid' : 'unusable';
}

function isFreshAsApplied(index: IndexTableMoment, demand: FreshnessDemand): boolean {
  const { positions, lagMs, isReplaying } = index;
  if (isReplaying) return false;
  switch (demand.kind) {
    case 'strong':
      return false;
    case 'session':
      return demand.position !== undefined && lowestOf(positions) >= demand.position;
    case 'bounded':
      return lagMs <= demand.ageMs;
    case 'eventual':
      return true;
  }
}

export function levelOf(demand: FreshnessDemand): FreshnessLevel {
  return demand.kind === 'bounded' ? `bounded:${demand.ageMs}` : demand.kind;
}

/** Why the tail is needed or not, as a phrase. */
export function freshnessReason(index: IndexTableMoment, demand: FreshnessDemand): string {
  if (index.isReplaying && demand.kind !== 'strong') return 'its log is being replayed';
  switch (demand.kind) {
    case 'strong':
    case 'eventual':
      return demand.kind;
    case 'session':
      if (demand.position === undefined) return 'session without a position';
      return `session at ${demand.position}, applied up to ${lowestOf(index.positions)}`;
    case 'bounded':
      return `${levelOf(demand)}, ${lagText(index)}`;
  }
}

export function lagText({ lagMs }: IndexTableMoment): string {
  return Number.isFinite(lagMs) ? `behind by ${Math.round(lagMs)} ms` : 'behind by an unknown time';
}
