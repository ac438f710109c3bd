// lane-status.ts — how far each lane of an index table has come.

import type { Sequence } from '../log/change.ts';
import type { IndexTable } from './index-table.ts';
import { shardsOfLane } from './lane-of.ts';

/** A lane that has work and does not get on for this time is stalled. */
const STALLED_AFTER_MS = 5000;

export type LaneStatus = {
  readonly lane: number;
  /** The target shards it owns. */
  readonly shards: readonly number[];
  /** Per shard of `shards`: every commit up to there is applied. */
  readonly positions: readonly Sequence[];
  /** Operations applied since the store was opened. */
  readonly appliedChanges: number;
  /** Operations that wait; undefined: not known, because they are in the log only. */
  readonly lagChanges: number | undefined;
  /** Age of the oldest commit that is not applied; 0 when there is none, Infinity when it is not known. */
  readonly lagMs: number;
  /** There is work, and the position does not change; also when the lanes were stopped. */
  readonly isStalled: boolean;
};

export function laneStatuses(index: IndexTable, nowMs: number): LaneStatus[] {
  const { laneCount, sharding } = index.definition;
  return Array.from({ length: laneCount }, (_, lane) =>
    laneStatus(index, lane, shardsOfLane(lane, laneCount, sharding.shardCount), nowMs),
  );
}

function laneStatus(index: IndexTable, lane: number, shards: readonly number[], nowMs: number): LaneStatus {
  const { applied, progress, state } = index;
  const lagMs = index.lagMsOf(shards, nowMs);
  const movedAtMs = Math.max(...shards.map((shard) => progress.movedAtMs[shard]!));
  const isWorking = state === 'live' || state === 'behind';
  return {
    lane,
    shards,
    positions: shards.map((shard) => applied[shard]!),
    appliedChanges: shards.reduce((total, shard) => total + progress.appliedChanges[shard]!, 0),
    lagChanges: state === 'live' ? index.waitingChangesOf(shards) : undefined,
    lagMs,
    isStalled: isWorking && lagMs >= STALLED_AFTER_MS && nowMs - movedAtMs >= STALLED_AFTER_MS,
  };
}
