// index-table.ts — the state of one index table at run time: its tail, its positions, its life.
//
// Keeps true while `live`: for every target shard, applied entries up to `applied[shard]` plus the tail give the
// index table at any read point. The tail holds every operation above `applied`, prepared ones included.
//
//   invalid ──► building ──► behind ◄──► live
// invalid: the entries are worth nothing; only a build from the rows helps. From every state it may come to that.
// building: it has the entries of the rows up to `builtTo`; those are right up to their positions.
// behind: it has no tail; entries are right up to their positions; the rest is applied from the log.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { lowestOf, type IndexComparison, type IndexTableMoment } from '../catalog/access.ts';
import type { IndexTableDefinition, IndexTableState } from '../catalog/definitions.ts';
import type { Sequence } from '../log/change.ts';
import { ShardTail, type TailOperation } from '../log/tail.ts';
import { Signal } from '../base/signal.ts';
import { Turns } from '../base/turns.ts';
import type { ChangedRows } from '../rows/decoded-rows.ts';
import type { EntryLayout } from './entry-layout.ts';
import { EntryError } from './entry-rows.ts';
import type { IndexStorage, ShardBatch } from './index-storage.ts';
import { Progress } from './progress.ts';

export class IndexTable {
  /** The number of lanes may change. */
  definition: IndexTableDefinition;
  readonly layout: EntryLayout;
  readonly storage: IndexStorage;
  readonly progress: Progress;
  state: IndexTableState;
  /** Set by SYSTEM STOP LANES; ends with the process. */
  stopped = false;
  /** Work that needs the entries at rest, and that runs or waits to. */
  pauses = 0;
  dropped = false;
  /** Another thread applies a piece of the log (log-job.ts): entries, sums and positions are its alone. */
  appliesElsewhere = false;
  /** Why applying failed last; undefined once that is over. */
  lastError: string | undefined;
  /** The last comparison with what it should hold. */
  #comparison: (IndexComparison & { readonly generation: number }) | undefined;
  /** Its filter is not there, or does not fit: it takes part in nothing until the store is opened with another. */
  blocked: WinnowError | undefined;
  /** A row has no entry because an expression fails for it: the index table waits until the row is changed. */
  rowError: EntryError | undefined;
  /** Per target shard: everything up to here is applied and durable. Readers keep the array they found. */
  applied: readonly Sequence[];
  /** While building: the stored key of the last row that has its entry; empty at the beginning. */
  builtTo: Uint8Array = new Uint8Array();
  /** The highest position before a rewind: until all shards are there again, some entries are newer than the positions. */
  replayedTo: Sequence = 0;
  /** Lanes take turns when a batch concerns the shards of several. */
  readonly turns: Turns = new Turns();
  /** Raised when there may be work for the maintenance task or a lane. */
  readonly work: Signal = new Signal();
  #tails: readonly ShardTail[];
  #collecting = false;
  #collectsAfter: Sequence = 0;
  /** Commit times of transactions in the tail, oldest first. */
  #commits: { readonly sequence: Sequence; readonly commitMs: number }[] = [];
  /** While the tail is not the measure: everything committed before this time is applied; undefined = not known. */
  #appliedThroughMs: number | undefined;
  /** When the tail reached its bound; undefined while it is below. */
  fullSinceMs: number | undefined;

  constructor(
    definition: IndexTableDefinition,
    layout: EntryLayout,
    storage: IndexStorage,
    state: IndexTableState,
    applied: readonly Sequence[],
  ) {
    this.definition = definition;
    this.layout = layout;
    this.storage = storage;
    this.state = state;
    this.applied = [...applied];
    this.progress = new Progress(definition.sharding.shardCount);
    this.#tails = newTails(definition.sharding.shardCount);
  }

  /** Readers keep the array they found when they began; it is replaced, never emptied, under them. */
  get tails(): readonly ShardTail[] {
    return this.#tails;
  }

  get collecting(): boolean {
    return this.#collecting;
  }

  /** The tail holds every operation above this sequence. */
  get collectsAfter(): Sequence {
    return this.#collectsAfter;
  }

  get minApplied(): Sequence {
    return lowestOf(this.applied);
  }

  get maxApplied(): Sequence {
    return this.applied.reduce((high, position) => Math.max(high, position));
  }

  get isReplaying(): boolean {
    return this.minApplied < this.replayedTo;
  }

  /** False while it is stopped, paused or out of use. */
  get mayApply(): boolean {
    return !this.stopped && !this.dropped && !this.blocked && this.pauses === 0;
  }

  get tailChanges(): number {
    return this.#tails.reduce((total, tail) => total + tail.count, 0);
  }

  /** Changes of the tail that are not applied; the others stay for open views. */
  get waitingChanges(): number {
    return this.waitingChangesOf([...this.#tails.keys()]);
  }

  /** The same of some of its shards. */
  waitingChangesOf(shards: readonly number[]): number {
    return shards.reduce((total, shard) => total + this.#tails[shard]!.countAbove(this.applied[shard]!), 0);
  }

  get tailBytes(): number {
    return this.#tails.reduce((total, tail) => total + tail.sizeBytes, 0);
  }

  /** Age of the oldest commit that is not applied; 0 when there is none, Infinity when it is not known. */
  lagMs(nowMs: number): number {
    const isLive = this.state === 'live';
    const oldestMs = isLive ? (this.#commits[0]?.commitMs ?? nowMs) : this.#appliedThroughMs;
    return oldestMs === undefined ? Number.POSITIVE_INFINITY : Math.max(0, nowMs - oldestMs);
  }

  /** The same of some of its shards. */
  lagMsOf(shards: readonly number[], nowMs: number): number {
    if (this.state !== 'live') return this.lagMs(nowMs);
    const waiting = shards.map(
      (shard) => this.#tails[shard]!.sequenceAbove(this.applied[shard]!) ?? Number.POSITIVE_INFINITY,
    );
    const oldest = Math.min(...waiting);
    const commit = this.#commits.find(({ sequence }) => sequence >= oldest);
    return commit ? Math.max(0, nowMs - commit.commitMs) : 0;
  }

  moment(nowMs: number): IndexTableMoment {
    return {
      state: this.state,
      positions: this.applied,
      lagMs: this.lagMs(nowMs),
      isReplaying: this.isReplaying,
    };
  }

  /** The log was applied, with everything that was committed before this time; undefined = not known. */
  noteAppliedThrough(commitMs: number | undefined): void {
    this.#appliedThroughMs = commitMs;
  }

  /** From now on changes above `after` go to the (empty) tail. */
  startCollecting(after: Sequence): void {
    this.#replaceTails();
    this.#collecting = true;
    this.#collectsAfter = after;
  }

  /**
   * Applying failed, for this index table alone: it goes on from the log. It is built again when bytes are damaged, and
   * when a row has no entry, because the log will always hold that row.
   */
  fail(error: Error): void {
    this.progress.noteFailure(error);
    this.lastError = error.message;
    this.rowError = error instanceof EntryError && !error.isOver ? error : undefined;
    this.stopCollecting();
    const isDamage = error instanceof WinnowError && error.code === 'CHECKSUM_DOESNT_MATCH';
    const endsBuild = this.state === 'building' && !this.storage.resumesBuilds;
    if (endsBuild || isDamage || error instanceof EntryError) this.state = 'invalid';
    else if (this.state === 'live') this.state = 'behind';
  }

  /** Of the entries of now: undefined when they were not compared since they were built. */
  get comparison(): IndexComparison | undefined {
    return this.#comparison?.generation === this.storage.sums.generation ? this.#comparison : undefined;
  }

  /** `generation`: of the sums when the comparison began. */
  noteComparison(comparison: IndexComparison, generation: number): void {
    this.#comparison = { ...comparison, generation };
  }

  /** Takes it out of use. */
  block(error: WinnowError): void {
    this.blocked = error;
    this.lastError = error.message;
    this.state = 'invalid';
  }

  /** Why it cannot go on by itself. */
  get obstacle(): WinnowError | undefined {
    return this.blocked ?? this.rowError;
  }

  /** It is as it should be again. */
  recovered(): void {
    this.lastError = this.blocked?.message;
    this.rowError = undefined;
  }

  /** Gives the tail up; the entries stay right up to their positions and the rest comes from the log. */
  fallBehind(): void {
    this.stopCollecting();
    if (this.state === 'live') this.state = 'behind';
  }

  stopCollecting(): void {
    // While behind, the tail begins above what the log has yet to bring.
    if (this.state !== 'behind' || this.#appliedThroughMs === undefined)
      this.#appliedThroughMs = this.#commits[0]?.commitMs;
    this.#replaceTails();
    this.#collecting = false;
  }

  /** Leaves what is applied to the views that hold it, and goes on without: a view that is held for long fills no tail. */
  letGoOfApplied(): void {
    this.#tails = this.#tails.map((tail, shard) => tail.after(this.applied[shard]!));
  }

  /** Never fails: a row without an entry ends this index table's collecting, not the commit. */
  collect(sequence: Sequence, commitMs: number, changed: ChangedRows): void {
    const operations = this.#split(sequence, changed);
    for (const operation of operations)
      must(this.#tails[operation.shard], 'an operation has a shard').append(operation);
    if (operations.length > 0) this.#commits.push({ sequence, commitMs });
  }

  #split(sequence: Sequence, changed: ChangedRows): readonly TailOperation[] {
    try {
      return this.layout.split(sequence, changed);
    } catch (error) {
      if (!(error instanceof EntryError)) throw error;
      this.fail(error);
      return [];
    }
  }

  /** The next operations of the given shards, about `limit` of them and up to `head`, ending between transactions. */
  take(shards: readonly number[], head: Sequence, limit: number): ShardBatch[] {
    const perShard = Math.max(1, Math.ceil(limit / shards.length));
    let position = head;
    for (const shard of shards) {
      position = Math.min(
        position,
        this.#tails[shard]!.sequenceOfNth(perShard, this.applied[shard]!) ?? head,
      );
    }
    return shards
      .filter((shard) => position > this.applied[shard]!)
      .map((shard) => ({
        shard,
        position,
        operations: this.#tails[shard]!.between(this.applied[shard]!, position),
      }));
  }

  /** True when a delete in the batches has its put in a shard that gets there later. */
  separatesMoves(batches: readonly ShardBatch[]): boolean {
    const reached = [...this.applied];
    for (const { shard, position } of batches) reached[shard] = position;
    return batches.some(({ operations }) =>
      operations.some(({ movedTo, sequence }) => movedTo !== undefined && reached[movedTo]! < sequence),
    );
  }

  /** Notes what became durable; `trim` decides when the tail may forget it. */
  markApplied(batches: readonly ShardBatch[], nowMs: number, trim: (forget: () => void) => void): void {
    this.progress.noteApplied(batches, nowMs);
    const tails = this.#tails;
    const applied = [...this.applied];
    for (const { shard, position } of batches) applied[shard] = Math.max(applied[shard]!, position);
    this.applied = applied;
    const low = this.minApplied;
    const kept = this.#commits.findIndex((commit) => commit.sequence > low);
    this.#commits = kept < 0 ? [] : kept === 0 ? this.#commits : this.#commits.slice(kept);
    trim(() => {
      for (const { shard, position } of batches) tails[shard]!.dropUpTo(position);
    });
  }

  #replaceTails(): void {
    this.#tails = newTails(this.definition.sharding.shardCount);
    this.#commits = [];
    this.fullSinceMs = undefined;
  }
}

const newTails = (shardCount: number): ShardTail[] =>
  Array.from({ length: shardCount }, () => new ShardTail());
