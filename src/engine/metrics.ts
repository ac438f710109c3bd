// metrics.ts — what statements count, as they run. What else there is to know is asked of the store (metric-samples.ts).

import type { FunnelCounters, FunnelStage } from '../plan/funnel.ts';
import type { PathKind, SelectPlan, TableSource } from '../plan/plan.ts';

/** What a statement does, as a label. */
export type StatementKind =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'explain'
  | 'transaction'
  | 'show'
  | 'definition'
  | 'session';

/** Upper bounds in seconds: from a point read to a full scan. */
export const durationBounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60] as const;

export type Histogram = {
  readonly accessPath: PathKind | 'none';
  readonly kind: StatementKind;
  readonly counts: number[];
  sum: number;
  count: number;
};

type Stage = FunnelStage['stage'];

export type Metrics = {
  rowWrites: number;
  rowsRead: number;
  rowsReturned: number;
  readonly errors: Map<number, number>;
  readonly durations: Map<string, Histogram>;
  readonly stages: Map<Stage, { readonly kept: number; readonly of: number }>;
};

export function createMetrics(): Metrics {
  return {
    rowWrites: 0,
    rowsRead: 0,
    rowsReturned: 0,
    errors: new Map(),
    durations: new Map(),
    stages: new Map(),
  };
}

export function countStatement(
  metrics: Metrics,
  kind: StatementKind,
  accessPath: PathKind | 'none',
  elapsedMs: number,
): void {
  const key = `${kind} ${accessPath}`;
  let histogram = metrics.durations.get(key);
  if (!histogram) {
    histogram = { kind, accessPath, counts: durationBounds.map(() => 0), sum: 0, count: 0 };
    metrics.durations.set(key, histogram);
  }
  const seconds = elapsedMs / 1000;
  const bucket = durationBounds.findIndex((bound) => seconds <= bound);
  if (bucket >= 0) histogram.counts[bucket]! += 1;
  histogram.sum += seconds;
  histogram.count += 1;
}

export function countError(metrics: Metrics, errorNumber: number): void {
  metrics.errors.set(errorNumber, (metrics.errors.get(errorNumber) ?? 0) + 1);
}

/** Adds what the stages of one SELECT kept; of a join, those of its sides. */
export function countFunnel(metrics: Metrics, plan: SelectPlan, counters: FunnelCounters): void {
  const { source } = plan;
  if (source.kind === 'join' && counters.join) {
    countFunnel(metrics, source.left, counters.join.left);
    countFunnel(metrics, source.right, counters.join.right);
  } else if (source.kind === 'subquery') countFunnel(metrics, source.plan, counters);
  else if (source.kind === 'table') countStages(metrics.stages, source, counters);
}

function countStages(
  stages: Metrics['stages'],
  { access, status }: TableSource,
  counters: FunnelCounters,
): void {
  const add = (stage: Stage, kept: number, of: number): void => {
    if (of === 0) return;
    const total = stages.get(stage);
    stages.set(stage, { kept: kept + (total?.kept ?? 0), of: of + (total?.of ?? 0) });
  };
  add('shards', counters.shardsRead, access.path.sharding.shardCount);
  if (!access.parts) add('key ranges', counters.entriesRead, status.rowCount);
  add('partitions', counters.partitionsRead, counters.partitions);
  add('parts', counters.partsRead, counters.parts);
  add('granules', counters.granulesRead, counters.granules);
  add('bitmaps', counters.bitmapRowsKept, counters.bitmapRows);
  add('rows', counters.rowsKept, counters.rowsFiltered);
}
