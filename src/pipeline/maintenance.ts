// maintenance.ts — brings one index table back to `live`: catches up from the log, or builds from a snapshot.
//
// Catching up: apply the log in chunks; when its end is near, let the tail collect everything above the newest
// sequence H, apply the log up to H, and the two meet without a gap.
//
// Building: copy the rows in the order of their stored keys from a snapshot, whose head T becomes the position: the head is
// written in the batch of the rows, so the entries are those of exactly T. From time to time, and after an interruption,
// there is a newer snapshot with head T': the log between T and T' is applied to the rows that are copied, and copying
// goes on behind them. Nothing is collected meanwhile, so a build never holds a writer up.

import { workBehind } from '../base/work-behind.ts';
import type { IndexTableState } from '../catalog/definitions.ts';
import type { KvSnapshot } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import type { Change } from '../log/change.ts';
import { headIn, tableRowsRange } from '../log/keyspace.ts';
import { DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTable } from '../rows/row-table.ts';
import { BackgroundTask } from './background-task.ts';
import type { ShardBatch } from './index-storage.ts';
import type { IndexTable } from './index-table.ts';
import { logBatches, type LogBatch } from './log-batches.ts';
import type { LogJobResult, LogThreads } from './log-job.ts';
import type { PipelineServices } from './pipeline.ts';
import { readPositions, writeBuiltTo } from './positions.ts';
import { isIndexFailure } from './store-gone.ts';

/** A disk that refuses, or a row without an entry, is asked again after this time; then after twice that, and so on. */
const RETRY_DELAY_MS = 500;
const MAX_RETRY_DELAY_MS = 30_000;

export type MaintenanceServices = PipelineServices & {
  /** Resolves when no lane of the index table has a batch on its way. */
  readonly lanesIdle: () => Promise<void>;
  readonly onApplied: (index: IndexTable, batches: readonly ShardBatch[]) => void;
  readonly isFull: () => boolean;
  /** The index table holds back so much log that it should go on to a newer snapshot. */
  readonly logIsLong: () => boolean;
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
      if (this.#index.state === 'live') this.#failures = 0;
    } catch (error) {
      if (!isIndexFailure(error)) throw error;
      this.#index.fail(error);
      await this.#rest(Math.min(RETRY_DELAY_MS * 2 ** this.#failures++, MAX_RETRY_DELAY_MS));
    }
  }

  async #rest(delayMs: number): Promise<void> {
    if (this.task.closed) return;
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
    if (this.#index.state === 'invalid') await this.#beginBuild();
    if (this.#index.state === 'building') await this.#build();
    else await this.#catchUp();
  }

  /** Applies the log from the positions on; ends `live`, or early when the lanes are stopped. */
  async #catchUp(): Promise<void> {
    const { committer } = this.#services;
    let isLong = false;
    while (this.#mayGoOn('behind')) {
      const reachedEnd: boolean = isLong ? await this.#applyPiece() : await this.#applyOwnPiece();
      isLong = !reachedEnd;
      if (this.#index.collecting && this.#services.isFull()) this.#index.stopCollecting();
      if (!reachedEnd) continue;
      if (!this.#index.collecting) this.#index.startCollecting(committer.lastSequence);
      // Lanes run from here on: if it falls behind again, their batches are waited for first.
      else if (this.#index.minApplied >= this.#index.collectsAfter) return this.#goLive();
      await committer.apply(() => undefined);
    }
  }

  #applyOwnPiece(): Promise<boolean> {
    const changes = this.#services.logThreads?.afterChanges ?? Number.POSITIVE_INFINITY;
    return this.#atSnapshot((snapshot) => this.#applyLog(snapshot, changes));
  }

  /** Applies the next piece of a long log, in another thread when there is one; true at its end. */
  async #applyPiece(): Promise<boolean> {
    const { logThreads, kv, ports } = this.#services;
    const { definition, storage } = this.#index;
    const { sharedPath } = kv;
    if (!logThreads || !storage.appliedElsewhere || sharedPath === undefined || definition.using)
      return this.#applyOwnPiece();
    const startMs = ports.clock.nowMs();
    const result = await this.#runElsewhere(logThreads, sharedPath);
    // What failed there is met again here, where it is known what to do.
    if (!result) return this.#applyOwnPiece();
    this.#index.noteAppliedThrough(result.throughMs ?? startMs);
    return result.throughMs === undefined && this.#mayGoOn('behind');
  }

  /** undefined: no thread was ready, or it failed. However it ended, what it has done is known afterwards. */
  async #runElsewhere(threads: LogThreads, storePath: string): Promise<LogJobResult | undefined> {
    const { committer, kv } = this.#services;
    const { definition: index, storage } = this.#index;
    const { definition: table } = this.#table;
    this.#index.appliesElsewhere = true;
    try {
      // Everything that was submitted for this index table before is in the store first.
      await committer.apply(() => undefined);
      const { applied } = this.#index;
      const batchChanges = storage.batching.changes;
      const job = { storePath, index, table, applied, batchChanges, maxChanges: threads.pieceChanges };
      const running = threads.run(job);
      if (!running) return undefined;
      const result = await running.catch(() => undefined);
      const stored = readPositions(kv, index.id, applied.length) ?? applied;
      storage.appliedElsewhere!(stored);
      const shards = stored.map((position, shard) => {
        return { shard, operations: [], position: result?.position ?? position };
      });
      this.#services.onApplied(this.#index, shards);
      return result;
    } finally {
      this.#index.appliesElsewhere = false;
    }
  }

  #mayGoOn(state: IndexTableState): boolean {
    return this.#mayRun() && this.#index.state === state;
  }

  async #atSnapshot<T>(work: (snapshot: KvSnapshot) => Promise<T>): Promise<T> {
    const snapshot = this.#services.kv.snapshot();
    try {
      return await work(snapshot);
    } finally {
      snapshot.release();
    }
  }

  /** Applies the log as far as the snapshot has it, or about so many changes; false when that ended early. */
  #applyLog(snapshot: KvSnapshot, maxChanges: number): Promise<boolean> {
    let left = maxChanges;
    const startMs = this.#services.ports.clock.nowMs();
    const { state, storage, layout, applied } = this.#index;
    const batches = logBatches(snapshot, {
      layout,
      rows: this.#table.layout,
      applied,
      batchChanges: storage.batching.changes,
      concerned: (changes) => this.#concerned(changes),
    });
    return workBehind(
      batches,
      () => left > 0 && this.#mayGoOn(state),
      async (batch) => {
        await this.#apply(batch, startMs);
        left -= batch.changeCount;
      },
    );
  }

  /** The last batch has everything that was committed before `startMs`. */
  async #apply({ shards, throughMs }: LogBatch, startMs: number): Promise<void> {
    await this.#index.storage.apply(shards);
    this.#index.noteAppliedThrough(throughMs ?? startMs);
    this.#services.onApplied(this.#index, shards);
  }

  /** Changes of rows that should have an entry: while building, of those that are copied. */
  #concerned(changes: readonly Change[]): readonly Change[] {
    const { state, builtTo } = this.#index;
    if (state !== 'building') return changes;
    return changes.filter(({ storedKey }) => Buffer.compare(storedKey, builtTo) <= 0);
  }

  #goLive(): void {
    this.#index.recovered();
    this.#index.state = 'live';
    this.#services.onLive();
  }

  async #beginBuild(): Promise<void> {
    const { committer } = this.#services;
    const index = this.#index;
    index.rowError = undefined;
    await index.storage.clear();
    await committer.apply((batch) => writeBuiltTo(batch, index.definition.id, new Uint8Array()));
    index.builtTo = new Uint8Array();
    index.replayedTo = 0;
    index.applied = index.applied.map(() => committer.head);
    index.noteAppliedThrough(undefined);
    index.state = 'building';
  }

  /** Ends `behind`, or early when the lanes are stopped; goes on where it was. */
  async #build(): Promise<void> {
    while (this.#mayGoOn('building')) {
      await this.#atSnapshot(async (snapshot) => {
        if (!(await this.#applyLog(snapshot, Number.POSITIVE_INFINITY)) || !(await this.#copyRows(snapshot)))
          return;
        await this.#index.storage.finish(headIn(snapshot));
        if (this.#index.state === 'building') this.#index.state = 'behind';
      });
    }
  }

  /** Copies rows behind the last one; false when there may be more, in a newer snapshot. */
  async #copyRows(snapshot: KvSnapshot): Promise<boolean> {
    const { storage, minApplied } = this.#index;
    const { layout, definition } = this.#table;
    const { start, end } = tableRowsRange(definition.id);
    const behind = Buffer.concat([this.#index.builtTo, Buffer.alloc(1)]);
    const range = { start: this.#index.builtTo.length > 0 ? behind : start, end };
    return workBehind(
      rangeChunks(snapshot, range, storage.batching.changes),
      () => this.#mayGoOn('building') && !this.#services.logIsLong(),
      async (rows) => {
        rows.forEach((row) => layout.check(row));
        await storage.add(new DecodedRows(layout, rows), minApplied);
        this.#index.builtTo = rows.at(-1)![0];
      },
    );
  }
}
