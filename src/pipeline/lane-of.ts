/**
 * The target shards that a lane owns, ascending: every `laneCount`-th. Positions belong to shards, so the number of lanes
 * may change at any time.
 */
export function shardsOfLane(lane: number, laneCount: number, shardCount: number): number[] {
  const shards: number[] = [];
  for (let shard = lane; shard < shardCount; shard += laneCount) shards.push(shard);
  return shards;
}
