// maintenance.ts — brings one index table back to `live`: catches up from the log, or builds from a snapshot.
//
// Catching up: apply the log in chunks; when its end is near, let the tail collect everything above the newest
// sequence H, apply the log up to H, and the two meet without a gap. Building: collect above the newest sequence,
// wait until that is durable, copy the rows of a snapshot, and set every position to the head T that the snapshot holds.
// The head is written in the batch of the rows, so the entries are those of exactly T.

import { assert } from '../base/assert.ts';
import type { KvEntry } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import { headIn, rowShardRange } from '../log/keyspace.ts';
import type { LogRecord } from '../log/record.ts';
import { readLog } from '../log/row-log.ts';
import type { TailOperation } from '../log/tail.ts';
import { ChangedRows, DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTable } from '../rows/row-table.ts';
import { BackgroundTask } from './background-task.ts';
import type { ShardBatch } from './index-storage.ts';
import type { IndexTable } from './index-table.ts';
import type { PipelineServices } from './pipeline.ts';
import { isIndexFailure } from './store-gone.ts';

const BUILD_CHUNK_ROWS = 2000;

/** A disk that refuses, or a row without an entry, is asked again after this time; then after twice that, and so on. */
const RETRY_DELAY_MS = 500;
const MAX_RETRY_DELAY_MS = 30_000;

export type MaintenanceServices = PipelineServices & {
  /** Resolves when no lane of the index table has a batch on its way. */
  readonly lanesIdle: () => Promise<void>;
  readonly onApplied: (index: IndexTable, batches: readonly ShardBatch[]) => void;
  readonly isFull: () => boolean;
  readonly onLive: () => void;
};

export class Maintenance {
  readonly task: BackgroundTask;
  readonly #index: IndexTable;
  readonly #table: RowTable;
  readonly #services: MaintenanceServices;
  #failures = 0;
  #nap: AbortController | undefined;
  #running: Promise<void> | undefined;

  constructor(index: IndexTable, table: RowTable, services: MaintenanceServices) {
    this.#index = index;
    this.#table = table;
    this.#services = services;
    this.task = new BackgroundTask(async () => {
      while (this.#mayRun() && this.#index.state !== 'live') {
        this.#running = this.#tryStep();
        await this.#running.finally(() => (this.#running = undefined));
      }
    });
  }

  /** Resolves when it applies nothing. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running.catch(() => undefined);
  }

  #mayRun(): boolean {
    const { task } = this;
    return !task.closed && this.#index.mayApply && !this.#table.dropped && !this.#services.committer.failure;
  }

  async #tryStep(): Promise<void> {
    try {
      await this.#step();
      if (this.#index.state !== 'live') return;
      this.#index.recovered();
      this.#failures = 0;
    } catch (error) {
      if (!isIndexFailure(error)) throw error;
      this.#index.fail(error);
      await this.#rest(Math.min(RETRY_DELAY_MS * 2 ** this.#failures++, MAX_RETRY_DELAY_MS));
    }
  }

  async #rest(delayMs: number): Promise<void> {
    this.#nap = new AbortController();
    await this.#services.ports.timers.sleep(delayMs, this.#nap.signal);
    this.#nap = undefined;
  }

  /** Tries again at once what failed. */
  hurry(): void {
    this.#nap?.abort();
    this.task.wake();
  }

  close(): Promise<void> {
    const closed = this.task.close();
    this.#nap?.abort();
    return closed;
  }

  async #step(): Promise<void> {
    await this.#services.lanesIdle();
    if (this.#index.state === 'behind') await this.#catchUp();
    else await this.#build();
  }

  /** Applies the log from the positions on; ends `live`, or early when the lanes are stopped. */
  async #catchUp(): Promise<void> {
    const { committer } = this.#services;
    while (this.#mayRun() && this.#index.state === 'behind') {
      const reachedEnd = await this.#applyLog();
      if (this.#index.collecting && this.#services.isFull()) this.#index.stopCollecting();
      if (!reachedEnd) continue;
      if (!this.#index.collecting) this.#index.startCollecting(committer.lastSequence);
      else if (this.#index.minApplied >= this.#index.collectsAfter) this.#goLive();
      await committer.apply(() => undefined);
    }
  }

  /** One pass over the log as it is now; true when it came to its end. */
  async #applyLog(): Promise<boolean> {
    const { kv, committer } = this.#services;
    const { changes } = this.#index.storage.batching;
    const snapshot = kv.snapshot();
    const head = committer.head;
    const startMs = this.#services.ports.clock.nowMs();
    const { id, sharding } = this.#table.definition;
    let pending: LogRecord[] = [];
    let changeCount = 0;
    try {
      for await (const records of readLog(
        { reader: snapshot, tableId: id, shardCount: sharding.shardCount },
        this.#index.minApplied,
      )) {
        for (const record of records) {
          const startsTransaction = pending.length > 0 && pending.at(-1)!.sequence !== record.sequence;
          if (startsTransaction && changeCount >= changes) {
            await this.#apply(pending, pending.at(-1)!.sequence, pending.at(-1)!.commitMs);
            if (!this.#mayRun() || this.#index.state !== 'behind') return false;
            pending = [];
            changeCount = 0;
          }
          pending.push(record);
          changeCount += record.changes.length;
        }
      }
    } finally {
      snapshot.release();
    }
    await this.#apply(pending, Math.max(head, pending.at(-1)?.sequence ?? 0), startMs);
    return true;
  }

  /** `throughMs`: everything committed before this time is among the records, or applied already. */
  async #apply(records: readonly LogRecord[], position: Sequence, throughMs: number): Promise<void> {
    const { definition, layout, applied, storage } = this.#index;
    const operations: TailOperation[][] = Array.from({ length: definition.sharding.shardCount }, () => []);
    for (const record of records) {
      for (const operation of layout.split(
        record.sequence,
        new ChangedRows(this.#table.layout, record.changes),
      )) {
        if (record.sequence > applied[operation.shard]!) operations[operation.shard]!.push(operation);
      }
    }
    const batches = operations.map((list, shard) => ({ shard, operations: list, position }));
    await storage.apply(batches);
    this.#index.noteAppliedThrough(throughMs);
    this.#services.onApplied(this.#index, batches);
  }

  #goLive(): void {
    this.#index.state = 'live';
    this.#services.onLive();
  }

  async #build(): Promise<void> {
    const { committer, kv } = this.#services;
    const index = this.#index;
    index.state = 'building';
    index.rowError = undefined;
    await index.storage.clear();
    index.buildFrom = committer.lastSequence;
    index.startCollecting(index.buildFrom);
    await committer.apply(() => undefined);
    const snapshot = kv.snapshot();
    const position = headIn(snapshot);
    assert(position >= index.buildFrom, 'a tail begins at or before the snapshot it continues');
    index.buildFrom = position;
    try {
      for (let shard = 0; shard < this.#table.definition.sharding.shardCount; shard++) {
        const iterator = snapshot.iterate(rowShardRange(this.#table.definition.id, shard));
        try {
          while (await this.#copyRows(await iterator.next(BUILD_CHUNK_ROWS))) {
            if (!this.#mayRun()) index.state = 'invalid';
            if (index.state !== 'building') return;
          }
        } finally {
          await iterator.close();
        }
      }
    } finally {
      snapshot.release();
    }
    // A change of a row that has no entry may have come in meanwhile.
    if (index.state !== 'building') return;
    await index.storage.finish(position);
    this.#services.onApplied(
      index,
      index.applied.map((_, shard) => ({ shard, operations: [], position })),
    );
    index.state = index.collecting ? 'live' : 'behind';
    if (index.state === 'live') this.#services.onLive();
  }

  /** False at the end of the shard. */
  async #copyRows(rows: readonly KvEntry[]): Promise<boolean> {
    if (rows.length === 0) return false;
    rows.forEach((row) => this.#table.layout.check(row));
    await this.#index.storage.add(new DecodedRows(this.#table.layout, rows));
    if (this.#services.isFull()) this.#index.stopCollecting();
    return true;
  }
}
