// lane.ts — an ordered worker that owns some target shards of one index table and applies their tails.
//
// Keeps true: a row that keeps an entry is in the applied entries at every moment. When a change moves an entry to another
// shard, its delete becomes visible with the put or after it: the shards of a lane get there in one batch, and when the put
// is another lane's and not applied yet, all shards of the index table get there in one batch, which runs alone. Nobody
// waits for anything but batches that run, so nothing can wait in a circle.

import { must } from '../base/assert.ts';
import type { Timers } from '../io/ports.ts';
import type { Committer } from '../log/committer.ts';
import { BackgroundTask } from './background-task.ts';
import type { ShardBatch } from './index-storage.ts';
import type { IndexTable } from './index-table.ts';
import { isIndexFailure } from './store-gone.ts';

export type LaneServices = {
  readonly committer: Committer;
  readonly timers: Timers;
  /** After a batch is durable. */
  readonly onApplied: (index: IndexTable, batches: readonly ShardBatch[]) => void;
  /** The index table is no longer live. */
  readonly onFailed: () => void;
};

export class Lane {
  readonly task: BackgroundTask;
  readonly #index: IndexTable;
  readonly #shards: readonly number[];
  readonly #services: LaneServices;
  #busy: Promise<void> | undefined;
  /** Ends the wait for a fuller batch. */
  #nap: AbortController | undefined;

  constructor(index: IndexTable, shards: readonly number[], services: LaneServices) {
    this.#index = index;
    this.#shards = shards;
    this.#services = services;
    this.task = new BackgroundTask(() => this.#applyAll());
  }

  /** Resolves when no batch of this lane is on its way. */
  async idle(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  async #applyAll(): Promise<void> {
    while (this.#mayApply() && this.#hasWork()) {
      const { changes, delayMs } = this.#index.storage.batching;
      const waiting = this.#waiting();
      if (waiting > 0 && waiting < changes) await this.#waitForMore(delayMs);
      if (!this.#mayApply()) return;
      this.#busy = this.#applyNext();
      await this.#busy.finally(() => (this.#busy = undefined));
    }
  }

  /** Applies what there is without waiting for more. */
  hurry(): void {
    this.task.wake();
    this.#nap?.abort();
  }

  close(): Promise<void> {
    const closed = this.task.close();
    this.#nap?.abort();
    return closed;
  }

  async #waitForMore(delayMs: number): Promise<void> {
    this.#nap = new AbortController();
    await this.#services.timers.sleep(delayMs, this.#nap.signal);
    this.#nap = undefined;
  }

  #mayApply(): boolean {
    const { state, mayApply } = this.#index;
    return !this.task.closed && mayApply && state === 'live' && !this.#services.committer.failure;
  }

  #hasWork(): boolean {
    const { head } = this.#services.committer;
    return this.#shards.some((shard) => this.#index.applied[shard]! < head);
  }

  #waiting(): number {
    return this.#shards.reduce(
      (total, shard) => total + must(this.#index.tails[shard], 'a shard has a tail').count,
      0,
    );
  }

  async #applyNext(): Promise<void> {
    const { turns, applied } = this.#index;
    if (await turns.together(() => this.#apply(this.#shards))) return;
    await turns.alone(() => this.#apply([...applied.keys()]));
  }

  /**
   * False, and nothing is done, when the put of a moved entry would come later than its delete. A failed commit fails the
   * whole store. What fails before it concerns this index table, and is left to maintenance.
   */
  async #apply(shards: readonly number[]): Promise<boolean> {
    if (!this.#mayApply()) return true;
    const { committer, onApplied, onFailed } = this.#services;
    const { storage } = this.#index;
    const batches = this.#index.take(shards, committer.head, storage.batching.changes);
    if (this.#index.separatesMoves(batches)) return false;
    const hasOperations = batches.some((batch) => batch.operations.length > 0);
    try {
      if (hasOperations) await storage.apply(batches);
      onApplied(this.#index, batches);
    } catch (error) {
      if (!isIndexFailure(error)) throw error;
      this.#index.fail(error);
      onFailed();
    }
    return true;
  }
}
