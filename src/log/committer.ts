// committer.ts — the one writer of a store: transactions and lane batches, grouped into durable batches.
//
// Keeps true:
//   - one sequence for the whole store; a transaction takes one number; holes are normal;
//   - a transaction's rows, its log records and the table states are in one batch, so they appear together;
//   - transactions are evaluated one after the other, each on the result of those before it, durable or not;
//   - at most one batch is in flight; transactions that arrive meanwhile form the next one (group commit);
//   - `publish` and then the acknowledgement come after the batch is durable, in sequence order;
//   - a refusal was decided on writes that may not be durable yet: it is given when they are, so that whoever reads again
//     finds what it was refused for;
//   - after a failed write nothing is acknowledged any more: the store must be opened again.

import { assert, must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { addTo } from '../base/multimap.ts';
import type { Clock, Timers } from '../io/ports.ts';
import type { Kv, KvBatch } from '../kv/kv.ts';
import type { Change, Sequence } from './change.ts';
import type { HighestKeys } from './highest-keys.ts';
import { HEAD_KEY, logKey, sequenceBytes, tableStateKey } from './keyspace.ts';
import { encodeLogRecord } from './record.ts';
import { encodeTableState, type TableState } from './table-state.ts';

/** A group takes no further work past this size; what waits goes into the next one. */
const GROUP_MAX_BYTES = 8 * 1024 * 1024;

/** Implemented by the pipeline: keeps the tails of index tables in step with the commits. */
export interface CommitHook {
  /** Before a transaction is evaluated: a promise while writers of this table must wait. */
  admit(tableId: number): Promise<void> | undefined;
  /**
   * The transaction's changes, and what it keeps beside them; may refuse by throwing, and then nothing of it is kept.
   */
  prepare(
    sequence: Sequence,
    commitMs: number,
    changes: ReadonlyMap<number, readonly Change[]>,
    beside: Beside,
  ): void;
  /** Everything up to `sequence` is durable; may not fail. */
  publish(sequence: Sequence): void;
}

/** Values that a transaction keeps beside its rows, in the same batch and under no log; reads see every write before. */
export interface Beside {
  read(storedKey: Buffer): Uint8Array | undefined;
  /** `value` undefined deletes. */
  write(storedKey: Buffer, value: Uint8Array | undefined): void;
}

/** What a transaction sees and does. Reads see its own writes. */
export interface WriteContext {
  readonly sequence: Sequence;
  readonly nowMs: number;
  readonly beside: Beside;
  read(storedKey: Buffer): Uint8Array | undefined;
  /**
   * `storedKey` lies in that shard of that row table; `image` undefined deletes. Answers with the image that was there
   * when the transaction began to be evaluated.
   */
  write(
    tableId: number,
    shard: number,
    storedKey: Buffer,
    image: Uint8Array | undefined,
  ): Uint8Array | undefined;
}

type Group = {
  readonly batch: KvBatch;
  /** What transactions of the group wrote, by stored key; null = deleted. */
  readonly overlay: Map<string, Uint8Array | null>;
  readonly touchedTables: Set<number>;
  readonly waiters: { resolve(): void; reject(error: unknown): void }[];
  lastSequence: Sequence;
  hasTransactions: boolean;
};

type PendingWrite = {
  readonly tableId: number;
  readonly shard: number;
  readonly storedKey: Buffer;
  readonly before: Uint8Array | undefined;
  after: Uint8Array | undefined;
};

type KeptValue = { readonly storedKey: Buffer; readonly after: Uint8Array | undefined };

export class Committer {
  readonly #kv: Kv;
  readonly #clock: Clock;
  readonly #timers: Timers;
  #hook: CommitHook | undefined;
  readonly #tables = new Map<number, { readonly state: TableState; readonly highestKeys: HighestKeys }>();
  /** Work that arrived while the open group was full. */
  readonly #queue: (() => void)[] = [];
  #open: Group;
  #inFlight: Group | undefined;
  #writing: Promise<void> | undefined;
  #scheduled = false;
  #lastSequence: Sequence;
  #head: Sequence;
  #failure: WinnowError | undefined;
  #closed = false;

  constructor(options: {
    readonly kv: Kv;
    readonly clock: Clock;
    readonly timers: Timers;
    readonly head: Sequence;
  }) {
    this.#kv = options.kv;
    this.#clock = options.clock;
    this.#timers = options.timers;
    this.#head = options.head;
    this.#lastSequence = options.head;
    this.#open = this.#newGroup();
  }

  setHook(hook: CommitHook): void {
    this.#hook = hook;
  }

  /** The newest durable sequence. */
  get head(): Sequence {
    return this.#head;
  }

  /** The newest sequence taken; commits up to it may still be on their way to disk. */
  get lastSequence(): Sequence {
    return this.#lastSequence;
  }

  /** True while a batch is on its way: a snapshot taken now may or may not hold it. */
  get writeInFlight(): boolean {
    return this.#inFlight !== undefined;
  }

  get failure(): WinnowError | undefined {
    return this.#failure;
  }

  addTable(tableId: number, state: TableState, highestKeys: HighestKeys): void {
    this.#tables.set(tableId, { state, highestKeys });
  }

  removeTable(tableId: number): void {
    this.#tables.delete(tableId);
  }

  tableState(tableId: number): TableState {
    return this.#table(tableId).state;
  }

  #table(tableId: number): { readonly state: TableState; readonly highestKeys: HighestKeys } {
    return must(this.#tables.get(tableId), 'a table is known to the committer');
  }

  /**
   * Runs `work`, which writes to these tables, as one transaction; resolves when it is durable. What `work` throws
   * rejects, and nothing is kept.
   */
  async commit<T>(
    tableIds: readonly number[],
    work: (context: WriteContext) => T,
  ): Promise<{ sequence: Sequence; value: T }> {
    for (const tableId of tableIds) {
      const waiting = this.#hook?.admit(tableId);
      if (waiting) await waiting;
    }
    return this.#submit((group) => this.#evaluate(group, work));
  }

  /** Adds puts and deletes that are no transaction (index entries, positions, catalog); resolves when durable. */
  async apply(fill: (batch: KvBatch) => void): Promise<void> {
    await this.#submit((group) => {
      fill(group.batch);
    });
  }

  /** Resolves when nothing is on its way any more; afterwards the committer takes no work. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#writing || this.#scheduled)
      await (this.#writing?.catch(() => undefined) ?? this.#timers.yield());
  }

  #submit<T>(enter: (group: Group) => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = (): void => {
        const unusable = this.#failure ?? (this.#closed ? closedError() : undefined);
        if (unusable) return reject(unusable);
        const group = this.#open;
        try {
          const value = enter(group);
          group.waiters.push({ resolve: () => resolve(value), reject });
          this.#schedule();
        } catch (error) {
          const decidedOn = group.waiters.length > 0 ? group : this.#inFlight;
          if (decidedOn) decidedOn.waiters.push({ resolve: () => reject(error), reject });
          // Not in this turn: who tries again at once would keep everybody else from theirs.
          else void this.#timers.yield().then(() => reject(error));
        }
      };
      if (this.#queue.length > 0 || this.#open.batch.sizeBytes >= GROUP_MAX_BYTES) this.#queue.push(run);
      else run();
    });
  }

  #evaluate<T>(group: Group, work: (context: WriteContext) => T): { sequence: Sequence; value: T } {
    const sequence = this.#lastSequence + 1;
    const nowMs = this.#clock.nowMs();
    const writes = new Map<string, PendingWrite>();
    const kept = new Map<string, KeptValue>();
    const beside: Beside = {
      read: (storedKey) => {
        const pending = kept.get(storedKey.toString('latin1'));
        return pending ? pending.after : this.#newest(storedKey);
      },
      write: (storedKey, after) => kept.set(storedKey.toString('latin1'), { storedKey, after }),
    };
    const value = work({
      sequence,
      nowMs,
      beside,
      read: (storedKey) => {
        const pending = writes.get(storedKey.toString('latin1'));
        return pending ? pending.after : this.#newest(storedKey);
      },
      write: (tableId, shard, storedKey, image) => {
        const name = storedKey.toString('latin1');
        const pending = writes.get(name);
        if (pending) {
          pending.after = image;
          return pending.before;
        }
        const isNew = this.#table(tableId).highestKeys.noteWrite(shard, storedKey);
        const before = isNew ? undefined : this.#newest(storedKey, name);
        writes.set(name, { tableId, shard, storedKey, before, after: image });
        return before;
      },
    });
    const changes = changesByTable(writes.values());
    this.#hook?.prepare(sequence, nowMs, changes, beside);
    this.#lastSequence = sequence;
    for (const [name, { storedKey, after }] of kept) put(group, name, storedKey, after);
    this.#emit(group, sequence, nowMs, writes, changes);
    return { sequence, value };
  }

  #newest(storedKey: Buffer, name = storedKey.toString('latin1')): Uint8Array | undefined {
    const open = this.#open.overlay.get(name);
    if (open !== undefined) return open ?? undefined;
    const flying = this.#inFlight?.overlay.get(name);
    if (flying !== undefined) return flying ?? undefined;
    return this.#kv.get(storedKey);
  }

  #emit(
    group: Group,
    sequence: Sequence,
    commitMs: number,
    writes: ReadonlyMap<string, PendingWrite>,
    changes: ReadonlyMap<number, readonly Change[]>,
  ): void {
    for (const [name, write] of writes) {
      if (!write.before && !write.after) continue;
      put(group, name, write.storedKey, write.after);
    }
    for (const [tableId, list] of changes) {
      const state = this.tableState(tableId);
      for (const [shard, shardChanges] of changesByShard(list)) {
        const key = logKey(tableId, sequence, shard);
        const previous = must(state.lastSequences[shard], 'a change lies in a shard of its table');
        group.batch.put(key, encodeLogRecord(key, { previous, commitMs, changes: shardChanges }));
        state.lastSequences[shard] = sequence;
      }
      for (const change of list) state.rowCount += (change.after ? 1 : 0) - (change.before ? 1 : 0);
      group.touchedTables.add(tableId);
    }
    group.lastSequence = sequence;
    group.hasTransactions = true;
  }

  #newGroup(): Group {
    return {
      batch: this.#kv.batch(),
      overlay: new Map(),
      touchedTables: new Set(),
      waiters: [],
      lastSequence: 0,
      hasTransactions: false,
    };
  }

  /** Starts the next batch one turn later, so that writers woken together share it. */
  #schedule(): void {
    if (this.#scheduled || this.#writing) return;
    this.#scheduled = true;
    void this.#timers.yield().then(() => {
      this.#scheduled = false;
      this.#writing = this.#writeLoop();
      void this.#writing.finally(() => {
        this.#writing = undefined;
        // What came between the loop's last look and now has scheduled nothing.
        if (this.#open.waiters.length > 0) this.#schedule();
      });
    });
  }

  async #writeLoop(): Promise<void> {
    while (this.#open.waiters.length > 0 && !this.#failure) {
      const group = this.#open;
      this.#inFlight = group;
      this.#open = this.#newGroup();
      this.#finishBatch(group);
      this.#drainQueue();
      try {
        await this.#kv.write(group.batch, { sync: true });
        this.#acknowledge(group);
      } catch (cause) {
        this.#fail(group, cause);
      }
    }
    if (this.#failure) this.#rejectRest(this.#failure);
  }

  #finishBatch(group: Group): void {
    if (!group.hasTransactions) return;
    group.batch.put(HEAD_KEY, sequenceBytes(group.lastSequence));
    for (const tableId of group.touchedTables) {
      const table = this.#tables.get(tableId);
      if (table) group.batch.put(tableStateKey(tableId), encodeTableState(table.state));
    }
  }

  #drainQueue(): void {
    while (this.#queue.length > 0 && this.#open.batch.sizeBytes < GROUP_MAX_BYTES) this.#queue.shift()!();
  }

  #acknowledge(group: Group): void {
    this.#inFlight = undefined;
    if (group.hasTransactions) {
      assert(group.lastSequence > this.#head, 'the head only rises');
      this.#head = group.lastSequence;
      this.#hook?.publish(this.#head);
    }
    for (const waiter of group.waiters) waiter.resolve();
  }

  #fail(group: Group, cause: unknown): void {
    this.#inFlight = undefined;
    this.#failure = new WinnowError('STORE_FAILED', 'a write to disk failed; open the store again', {
      cause,
    });
    for (const waiter of group.waiters) waiter.reject(this.#failure);
  }

  #rejectRest(failure: WinnowError): void {
    for (const waiter of this.#open.waiters.splice(0)) waiter.reject(failure);
    for (const run of this.#queue.splice(0)) run();
  }
}

const closedError = (): WinnowError => new WinnowError('STORE_CLOSED', 'the store is closed');

function put(group: Group, name: string, storedKey: Buffer, value: Uint8Array | undefined): void {
  group.overlay.set(name, value ?? null);
  if (value) group.batch.put(storedKey, value);
  else group.batch.delete(storedKey);
}

function changesByTable(writes: Iterable<PendingWrite>): Map<number, Change[]> {
  const tables = new Map<number, Change[]>();
  for (const write of writes) {
    if (!write.before && !write.after) continue;
    let list = tables.get(write.tableId);
    if (!list) tables.set(write.tableId, (list = []));
    list.push(write);
  }
  return tables;
}

function changesByShard(changes: readonly Change[]): Map<number, Change[]> {
  const shards = new Map<number, Change[]>();
  for (const change of changes) addTo(shards, change.shard, change);
  return shards;
}
