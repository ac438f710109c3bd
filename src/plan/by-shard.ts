// by-shard.ts — plans that can be run one shard at a time: together the shards give the rows of the plan, in its order.

import type { SelectPlan, ShardRanges } from './plan.ts';

/** Whether every row comes from the shard that is run: a scan of a row table, or a join of such scans shard by shard. */
export function isDivisible({ source, aggregation, distinct, sort, limit }: SelectPlan): boolean {
  if (aggregation || distinct || sort.length > 0 || limit.count !== undefined || limit.offset > 0)
    return false;
  if (source.kind === 'join') return source.byShard;
  if (source.kind !== 'table') return false;
  const { path, points, order, limit: stopsAfter } = source.access;
  return path.kind === 'rowTable' && !points && order === undefined && stopsAfter === undefined;
}

/** The plan, which is divisible, over one shard. */
export function inShard(plan: SelectPlan, shard: number): SelectPlan {
  const { source } = plan;
  if (source.kind === 'join') {
    const [left, right] = [inShard(source.left, shard), inShard(source.right, shard)];
    return { ...plan, source: { ...source, left, right } };
  }
  if (source.kind !== 'table') return plan;
  const scans = source.access.scans.flatMap(({ shards, ranges }): ShardRanges[] =>
    shards.includes(shard) ? [{ shards: [shard], ranges }] : [],
  );
  return { ...plan, source: { ...source, access: { ...source.access, scans } } };
}

/** The shards that a divisible plan reads, of a join those of its left side; in the order in which it reads them. */
export function shardsOfPlan({ source }: SelectPlan): number[] {
  if (source.kind === 'join') return shardsOfPlan(source.left);
  return source.kind === 'table' ? [...new Set(source.access.scans.flatMap(({ shards }) => shards))] : [];
}
