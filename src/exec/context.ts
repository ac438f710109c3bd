// context.ts — what a running query has at hand, and what it counts.

import { WinnowError } from '../base/errors.ts';
import type { ReadView } from '../catalog/access.ts';
import type { Clock, Timers } from '../io/ports.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import type { FunnelCounters } from '../plan/funnel.ts';
import type { MemoryTracker } from './memory-tracker.ts';
import type { WorkerPool } from './worker-pool.ts';

export type ExecContext = {
  /** The read point of the whole statement, subqueries included. The caller releases it. */
  readonly view: ReadView;
  readonly signal: AbortSignal | undefined;
  readonly memory: MemoryTracker;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Of the thread that runs the query. */
  readonly readers: ReaderCache;
  readonly workers: WorkerPool;
  /** Threads that the query may use; 0 = all there are. */
  readonly maxThreads: number;
  /** Memory for decoded columns, of each thread. */
  readonly columnCacheBytes: number;
  /** Steady-clock time at which the query must be done; undefined = no limit. */
  readonly deadlineMs: number | undefined;
  /** 0 = no limit. */
  readonly maxRowsToRead: number;
  readonly maxBlockRows: number;
  /** Of one source: each side of a join has its own. */
  readonly counters: FunnelCounters;
  /** Rows that all sources have delivered so far. */
  readonly rowsRead: { count: number };
};

/** All at zero. */
export function newSourceCounters(): FunnelCounters {
  return {
    shardsRead: 0,
    entriesRead: 0,
    bytesRead: 0,
    tailRowsOverlaid: 0,
    rowsScanned: 0,
    rowsLookedUp: 0,
    detailsFetched: 0,
    lookupShards: new Set(),
    partitionsRead: 0,
    partitions: 0,
    partsRead: 0,
    parts: 0,
    granulesRead: 0,
    granules: 0,
    bitmapRows: 0,
    bitmapRowsKept: 0,
    granulesByKey: 0,
    partsKnown: 0,
    skipIndexes: [],
    rowsFiltered: 0,
    rowsKept: 0,
    join: undefined,
  };
}

/** Called between blocks. Errors: QUERY_WAS_CANCELLED, TIMEOUT_EXCEEDED. */
export function checkpoint(context: ExecContext): void {
  if (context.signal?.aborted) throw new WinnowError('QUERY_WAS_CANCELLED', 'the query was cancelled');
  if (context.deadlineMs !== undefined && context.clock.monotonicMs() > context.deadlineMs) {
    throw new WinnowError(
      'TIMEOUT_EXCEEDED',
      'Timeout exceeded: the query ran longer than max_execution_time allows',
    );
  }
}
