// lane.ts — an ordered worker that owns some target shards of one index table and applies their tails.

import { must } from '../base/assert.ts';
import { Signal } from '../base/signal.ts';
import type { Timers } from '../io/ports.ts';
import type { Committer } from '../log/committer.ts';
import { applyBatch, type ShardBatch } from './apply-batch.ts';
import type { IndexTable } from './index-table.ts';
import { isStoreGone } from './store-gone.ts';

/** A batch that is not full waits this long for more changes: fewer batches, bounded lag. */
const BATCH_DELAY_MS = 5;

export type LaneServices = {
  readonly committer: Committer;
  readonly timers: Timers;
  readonly batchChanges: number;
  /** After a batch is durable. */
  readonly onApplied: (index: IndexTable, batches: readonly ShardBatch[]) => void;
};

export class Lane {
  readonly #index: IndexTable;
  readonly #shards: readonly number[];
  readonly #services: LaneServices;
  readonly #signal = new Signal();
  readonly #finished: Promise<void>;
  #closed = false;
  #busy: Promise<void> | undefined;

  constructor(index: IndexTable, shards: readonly number[], services: LaneServices) {
    this.#index = index;
    this.#shards = shards;
    this.#services = services;
    this.#finished = this.#run();
  }

  /** Something may be waiting. */
  wake(): void {
    this.#signal.raise();
  }

  /** Resolves when no batch of this lane is on its way. */
  async idle(): Promise<void> {
    while (this.#busy) await this.#busy;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#signal.raise();
    await this.#finished;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      await this.#signal.wait();
      while (this.#mayApply() && this.#hasWork()) {
        const waiting = this.#waiting();
        if (waiting > 0 && waiting < this.#services.batchChanges)
          await this.#services.timers.sleep(BATCH_DELAY_MS);
        if (!this.#mayApply()) break;
        this.#busy = this.#applyNext();
        await this.#busy;
        this.#busy = undefined;
      }
    }
  }

  #mayApply(): boolean {
    const { state, stopped, dropped } = this.#index;
    return !this.#closed && !stopped && !dropped && state === 'live' && !this.#services.committer.failure;
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

  /** A failed write fails the whole store, so there is nothing to retry here. */
  async #applyNext(): Promise<void> {
    const { committer, batchChanges, onApplied } = this.#services;
    const batches = this.#index.take(this.#shards, committer.head, batchChanges);
    try {
      if (batches.some((batch) => batch.operations.length > 0))
        await applyBatch(committer, this.#index.definition.id, batches);
      onApplied(this.#index, batches);
    } catch (error) {
      if (!isStoreGone(error)) throw error;
    }
  }
}
