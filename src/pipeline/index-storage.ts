// index-storage.ts — where the entries of one index table lie, and how a batch of operations gets there.
//
// Keeps true, in every implementation: operations and the positions they reach take effect in one store commit, so each
// change takes effect exactly once; entries that are read together with a tail are those of one such moment.

import type { Sequence } from '../log/change.ts';
import type { TailOperation } from '../log/tail.ts';
import type { DecodedRows } from '../rows/decoded-rows.ts';
import type { ExpectedSums } from './expected-sums.ts';

/** Operations of one target shard in sequence order, and the sequence up to which they are complete. */
export type ShardBatch = {
  readonly shard: number;
  readonly operations: readonly TailOperation[];
  readonly position: Sequence;
};

export interface IndexStorage {
  /** Counted with every batch of operations. */
  readonly sums: ExpectedSums;
  /** A lane waits up to `delayMs` for a batch of so many changes. */
  readonly batching: { readonly changes: number; readonly delayMs: number };
  /** Resolves when the batches are durable and visible. */
  apply(batches: readonly ShardBatch[]): Promise<void>;
  /**
   * The highest position of the shard that was put into a batch, be it durable or not. Whoever writes positions beside
   * `apply` must not write a lower one: operations would be applied again after a crash.
   */
  submitted(shard: number): Sequence;
  /** Another thread has applied batches, up to these positions; undefined: only this thread can apply (log-job.ts). */
  readonly appliedElsewhere?: (positions: readonly Sequence[]) => void;
  /** Positions go back, while nothing is on its way; operations up to `replayedTo` will be applied once more. */
  rewind(positions: readonly Sequence[], replayedTo: Sequence): void;
  /** Deletes all entries and positions, before a build. */
  clear(): Promise<void>;
  /** True: an interrupted build goes on where it was. False: it begins again. */
  readonly resumesBuilds: boolean;
  /** Takes the next rows of a build, as they are at `position`, where all shards are. */
  add(rows: DecodedRows, position: Sequence): Promise<void>;
  /** Ends a build: the entries are those of exactly `position`. Resolves when that is durable. */
  finish(position: Sequence): Promise<void>;
  /** Applied entries; undefined: not known. */
  readonly rowCount: number | undefined;
  /** On disk, roughly. */
  sizeBytes(): Promise<number>;
  /** Ends background work. */
  close(): Promise<void>;
}
