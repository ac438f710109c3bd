// progress.ts — what became of an index table since the store was opened: for people to look at, nothing is decided by it.

import { WinnowError } from '../base/errors.ts';
import type { ShardBatch } from './index-storage.ts';

export class Progress {
  /** Operations applied, per target shard. */
  readonly appliedChanges: number[];
  /** When the position of a target shard changed last. */
  readonly movedAtMs: number[];
  /** Times that applying failed and was tried again, by the name of the error. */
  readonly retries: Map<string, number> = new Map();
  /** Queries that read it. */
  hits = 0;
  lastUsedMs: number | undefined;

  constructor(shardCount: number) {
    this.appliedChanges = new Array<number>(shardCount).fill(0);
    this.movedAtMs = new Array<number>(shardCount).fill(0);
  }

  noteApplied(batches: readonly ShardBatch[], nowMs: number): void {
    for (const { shard, operations } of batches) {
      this.appliedChanges[shard]! += operations.length;
      this.movedAtMs[shard] = nowMs;
    }
  }

  noteFailure(error: Error): void {
    const reason =
      error instanceof WinnowError ? error.code : ((error as NodeJS.ErrnoException).code ?? error.name);
    this.retries.set(reason, (this.retries.get(reason) ?? 0) + 1);
  }

  noteUse(nowMs: number): void {
    this.hits++;
    this.lastUsedMs = nowMs;
  }
}
