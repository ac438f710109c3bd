// log-trimmer.ts — how much log each row table keeps, and dropping what no index table needs any more.
//
// Keeps true: positions and the trim mark are durable before the first record goes, so that a crash in between
// leaves only records nobody reads. An index table that holds back more than `logMaxBytes` becomes invalid.

import { CorruptionError } from '../base/errors.ts';
import type { Kv } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import type { Sequence } from '../log/change.ts';
import { decodeLogRecord, type LogRecord } from '../log/record.ts';
import { deleteRange } from '../log/delete-range.ts';
import { logRangeBetween, tableLogRange, tableStateKey } from '../log/keyspace.ts';
import { encodeTableState } from '../log/table-state.ts';
import type { IndexTable } from './index-table.ts';
import { writePositions } from './positions.ts';
import type { PipelineServices } from './pipeline.ts';
import { isStoreGone } from './store-gone.ts';

/** The log's size is known by sequence at so many points between two trims. */
const MILESTONES_PER_TRIM = 64;
/** Bytes of a record besides its changes' keys and images: rough. */
const RECORD_BYTES = 48;
const CHANGE_BYTES = 13;

type Milestone = { readonly sequence: Sequence; readonly bytes: number; readonly commitMs: number };

type TableLog = {
  appendedBytes: number;
  trimmedBytes: number;
  /** Rising: `bytes` were appended up to `sequence`, which was committed at `commitMs`. */
  milestones: Milestone[];
  /** When the oldest record that is kept was committed, or before; undefined: there is none. */
  oldestMs: number | undefined;
  /** Records up to here were deleted since the store was opened: the next trim begins behind them. */
  cleanedTo: Sequence;
};

type Kept = { readonly bytes: number; readonly oldestMs: number | undefined };

export class LogTrimmer {
  readonly #services: PipelineServices;
  readonly #indexTablesOf: (tableId: number) => IndexTable[];
  readonly #logs = new Map<number, TableLog>();
  #running: Promise<void> | undefined;
  #started = false;
  #closed = false;

  constructor(services: PipelineServices, indexTablesOf: (tableId: number) => IndexTable[]) {
    this.#services = services;
    this.#indexTablesOf = indexTablesOf;
  }

  /** Nothing is trimmed before: an index table that is not opened yet may need the log. */
  start(): void {
    this.#started = true;
  }

  async loadTable(tableId: number): Promise<void> {
    const { kv } = this.#services;
    const bytes = await kv.approximateSizeBytes(tableLogRange(tableId));
    this.addTable(tableId, { bytes, oldestMs: await firstCommitMs(kv, tableId) });
  }

  /** `kept`: what there is of its log; of a new table nothing. */
  addTable(tableId: number, { bytes, oldestMs }: Kept = { bytes: 0, oldestMs: undefined }): void {
    const { committer, ports } = this.#services;
    this.#logs.set(tableId, {
      appendedBytes: bytes,
      trimmedBytes: 0,
      milestones: [{ sequence: committer.head, bytes, commitMs: ports.clock.nowMs() }],
      oldestMs,
      cleanedTo: 0,
    });
  }

  removeTable(tableId: number): void {
    this.#logs.delete(tableId);
  }

  /** Bytes of log kept now, roughly. */
  logBytes(tableId: number): number {
    const log = this.#logs.get(tableId);
    return log ? log.appendedBytes - log.trimmedBytes : 0;
  }

  oldestMs(tableId: number): number | undefined {
    return this.#logs.get(tableId)?.oldestMs;
  }

  /** Bytes of log above `sequence`, roughly. */
  bytesAbove(tableId: number, sequence: Sequence): number {
    const log = this.#logs.get(tableId);
    return log ? log.appendedBytes - bytesUpTo(log, sequence) : 0;
  }

  noteAppended(
    tableId: number,
    { sequence, commitMs, changes }: Pick<LogRecord, 'sequence' | 'commitMs' | 'changes'>,
  ): void {
    const log = this.#logs.get(tableId);
    if (!log) return;
    log.oldestMs ??= commitMs;
    log.appendedBytes += RECORD_BYTES;
    for (const { storedKey, before, after } of changes) {
      log.appendedBytes += CHANGE_BYTES + storedKey.length + (before?.length ?? 0) + (after?.length ?? 0);
    }
    const sinceMilestone = log.appendedBytes - (log.milestones.at(-1)?.bytes ?? 0);
    if (sinceMilestone >= this.#services.settings.logTrimBytes / MILESTONES_PER_TRIM) {
      log.milestones.push({ sequence, bytes: log.appendedBytes, commitMs });
      this.#invalidateLaggards(tableId);
      this.consider(tableId);
    }
  }

  /** Trims the table's log when enough of it is no longer needed. */
  consider(tableId: number): void {
    const log = this.#logs.get(tableId);
    if (!log || !this.#started || this.#running || this.#closed || this.#services.committer.failure) return;
    if (this.#mustWait(tableId)) return;
    const upTo = this.#neededAfter(tableId);
    const bytes = bytesUpTo(log, upTo);
    if (bytes - log.trimmedBytes < this.#services.settings.logTrimBytes) return;
    log.trimmedBytes = bytes;
    log.milestones = log.milestones.filter(
      (milestone) => milestone.sequence >= upTo || milestone.bytes === bytes,
    );
    log.oldestMs = log.appendedBytes === bytes ? undefined : log.milestones[0]?.commitMs;
    this.#running = this.#trim(tableId, log, upTo).finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  /** Positions are another thread's to write. */
  #mustWait(tableId: number): boolean {
    return this.#indexTablesOf(tableId).some((index) => index.appliesElsewhere);
  }

  /** Log records up to here are needed by nobody. */
  #neededAfter(tableId: number): Sequence {
    return this.#indexTablesOf(tableId).reduce((low, index) => {
      return index.state === 'invalid' ? low : Math.min(low, index.minApplied);
    }, this.#services.committer.head);
  }

  /** Runs on the write path, so that a log held back without bound is noticed by the very writes that grow it. */
  #invalidateLaggards(tableId: number): void {
    for (const index of this.#indexTablesOf(tableId)) {
      if (index.state !== 'behind' && index.state !== 'building') continue;
      if (this.bytesAbove(tableId, index.minApplied) <= this.#services.settings.logMaxBytes) continue;
      index.stopCollecting();
      index.state = 'invalid';
    }
  }

  async #trim(tableId: number, log: TableLog, upTo: Sequence): Promise<void> {
    const { committer } = this.#services;
    let safe = 0;
    try {
      await committer.apply((batch) => {
        if (!this.#logs.has(tableId) || this.#mustWait(tableId)) return;
        // An index table may have been rewound since.
        safe = Math.min(upTo, this.#neededAfter(tableId));
        const state = committer.tableState(tableId);
        state.trimmedTo = Math.max(state.trimmedTo, safe);
        batch.put(tableStateKey(tableId), encodeTableState(state));
        for (const index of this.#indexTablesOf(tableId)) {
          if (index.state === 'invalid') continue;
          const { applied, definition, storage } = index;
          const reached = applied.map((position, shard) => Math.max(position, storage.submitted(shard)));
          writePositions(batch, definition.id, reached);
        }
      });
      const range = logRangeBetween(tableId, log.cleanedTo, safe);
      if (await deleteRange(this.#services, range, () => !this.#closed))
        log.cleanedTo = Math.max(log.cleanedTo, safe);
    } catch (error) {
      if (!isStoreGone(error)) throw error;
    }
  }
}

async function firstCommitMs(kv: Kv, tableId: number): Promise<number | undefined> {
  try {
    for await (const [first] of rangeChunks(kv, tableLogRange(tableId), 1))
      return decodeLogRecord(first![0], first![1]).commitMs;
  } catch (error) {
    // A damaged record is told by who needs the log.
    if (!(error instanceof CorruptionError)) throw error;
  }
  return undefined;
}

/** Bytes appended up to `sequence`, rounded down to a milestone. */
function bytesUpTo(log: TableLog, sequence: Sequence): number {
  let bytes = log.trimmedBytes;
  for (const milestone of log.milestones) {
    if (milestone.sequence > sequence) break;
    bytes = Math.max(bytes, milestone.bytes);
  }
  return bytes;
}
