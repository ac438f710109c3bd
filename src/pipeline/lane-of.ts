/** The lane that owns a target shard. Positions belong to shards, so the number of lanes may change at any time. */
export function laneOf(shard: number, laneCount: number): number {
  return shard % laneCount;
}
