// columnar-shard.ts — the parts of one target shard of a columnar index table, and how they change.
//
// Keeps true:
//   - parts, deleted rows and position change together: in the store by one commit, in memory by one assignment after it;
//   - a state is a value: readers keep the one they found, whatever is applied or merged meanwhile;
//   - a part's folder is complete and durable under its name before the commit that makes it active, and is removed only
//     when no open read view can hold a state with it;
//   - one change at a time: an apply and the end of a merge exclude each other.

import { must } from '../base/assert.ts';
import { addTo } from '../base/multimap.ts';
import type { KvBatch } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import type { TailOperation } from '../log/tail.ts';
import type { Part } from '../parts/part.ts';
import { formatPartName } from '../parts/part-name.ts';
import { MASK_GROUP_ROWS, RowMask } from '../parts/row-mask.ts';
import type { Block } from '../types/column.ts';
import type { KeyLocator, ActivePart, Location } from './locate-keys.ts';
import type { PartRecords, ShardRecords } from './part-records.ts';

export type ShardState = {
  readonly parts: readonly ActivePart[];
  /** Every change up to here is in the parts. */
  readonly position: Sequence;
};

/** What a change does once its batch is durable. */
type Change = {
  readonly added: readonly Part[];
  readonly removed: readonly Part[];
  /** Rows deleted in active or added parts. */
  readonly deleted: ReadonlyMap<Part, readonly number[]>;
  readonly position: Sequence | undefined;
};

/** A change whose parts are written: `fill` puts it into a batch, `settle` shows it once the batch is durable. */
export type StagedChange = {
  readonly fill: (batch: KvBatch) => void;
  readonly settle: () => void;
};

export type ShardServices = {
  readonly records: PartRecords;
  readonly locator: KeyLocator;
  /** Commits to the store what `fill` puts into a batch. */
  readonly commit: (fill: (batch: KvBatch) => void) => Promise<void>;
  /** Writes sorted parts of the rows, durably, with block numbers by `takeBlock`. */
  readonly writeParts: (rows: Block, takeBlock: () => number) => Promise<readonly Part[]>;
  /** Removes the folders once no open read view can need them. */
  readonly discard: (parts: readonly Part[]) => void;
};

export class ColumnarShard {
  readonly #services: ShardServices;
  #state: ShardState;
  #nextBlock: number;
  /** Operations up to here may be in the parts although they look new: a rewind lets them come once more. */
  #heldUpTo: Sequence;
  /** The highest position that was put into a batch since the last rewind. */
  #submitted: Sequence = 0;
  #lock: Promise<unknown> = Promise.resolve();
  #located:
    | { readonly parts: ShardState['parts']; readonly known: Map<string, Location | undefined> }
    | undefined;

  constructor(
    services: ShardServices,
    records: ShardRecords,
    parts: readonly ActivePart[],
    position: Sequence,
  ) {
    this.#services = services;
    this.#state = { parts, position };
    this.#nextBlock = records.nextBlock;
    this.#heldUpTo = records.heldUpTo;
  }

  get state(): ShardState {
    return this.#state;
  }

  get submitted(): Sequence {
    return this.#submitted;
  }

  /** Runs `work` when no other change of this shard runs. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lock.then(work);
    this.#lock = result.catch(() => undefined);
    return result;
  }

  /** Takes no part in applying: a shard that had nothing to do reached `position`. */
  advance(position: Sequence): void {
    if (position > this.#state.position) this.#state = { ...this.#state, position };
  }

  /**
   * Prepares the application of operations in sequence order; `decode` makes rows of the puts. The caller runs it
   * exclusively, until the change is settled.
   */
  async stage(
    operations: readonly TailOperation[],
    position: Sequence,
    decode: (puts: readonly TailOperation[]) => Block,
    writePosition: (batch: KvBatch) => void,
  ): Promise<StagedChange> {
    const { last, mayExist } = summarize(operations, this.#state.position, this.#heldUpTo);
    const deleted = rowsByPart(this.locate(this.#state.parts, mayExist).values());
    const puts = [...last.values()].filter(({ value }) => value !== undefined);
    const added = puts.length > 0 ? await this.#write(decode(puts)) : [];
    return this.#staged({ added, removed: [], deleted, position }, writePosition);
  }

  /** Adds rows that no part has: those of a build. */
  add(rows: Block): Promise<void> {
    return this.exclusively(async () => {
      const added = await this.#write(rows);
      await this.#change({ added, removed: [], deleted: new Map(), position: undefined }, () => undefined);
    });
  }

  /** Ends a build; see IndexStorage. */
  finishBuild(position: Sequence, writePosition: (batch: KvBatch) => void): Promise<void> {
    return this.exclusively(() =>
      this.#change({ added: [], removed: [], deleted: new Map(), position }, writePosition),
    );
  }

  /**
   * Puts `merged` in the place of `sources`, which were active when the merge began. Rows deleted since then are
   * deleted in `merged` too. `newlyDeleted` gives their keys.
   */
  replace(
    sources: readonly ActivePart[],
    merged: Part | undefined,
    keysOf: (part: Part, rows: Uint32Array) => string[],
  ): Promise<void> {
    return this.exclusively(async () => {
      const keys = sources.flatMap(({ part, mask }) => {
        const now = must(
          this.#state.parts.find((active) => active.part === part),
          'a merged part is active',
        ).mask;
        const rows = now.positionsIn(0, part.rowCount).filter((row) => !mask.has(row));
        return rows.length > 0 ? keysOf(part, rows) : [];
      });
      const inMerged = merged
        ? this.#services.locator.locate([{ part: merged, mask: RowMask.none }], keys)
        : undefined;
      const deleted = rowsByPart(inMerged?.values() ?? []);
      const removed = sources.map(({ part }) => part);
      await this.#change(
        { added: merged ? [merged] : [], removed, deleted, position: undefined },
        () => undefined,
      );
    });
  }

  /** See IndexStorage. */
  rewind(position: Sequence, replayedTo: Sequence): void {
    this.#heldUpTo = Math.max(this.#heldUpTo, replayedTo);
    this.#submitted = position;
    this.#state = { ...this.#state, position };
  }

  /** Forgets all parts, whose records are gone from the store. */
  clear(): Promise<void> {
    return this.exclusively(async () => {
      const removed = this.#state.parts.map(({ part }) => part);
      this.#state = { parts: [], position: 0 };
      this.#services.discard(removed);
    });
  }

  /** Where the keys lie in these parts; remembered for the parts that were asked about last. */
  locate(parts: ShardState['parts'], names: Iterable<string>): Map<string, Location> {
    if (this.#located?.parts !== parts) this.#located = { parts, known: new Map() };
    const { known } = this.#located;
    const wanted = [...names];
    const unknown = wanted.filter((name) => !known.has(name));
    if (unknown.length > 0) {
      const found = this.#services.locator.locate(parts, unknown);
      for (const name of unknown) known.set(name, found.get(name));
    }
    return new Map(
      wanted.flatMap((name) => {
        const location = known.get(name);
        return location ? [[name, location] as const] : [];
      }),
    );
  }

  /** Operations above the state's position, as the last one per key, and the keys that a part may hold. */
  pending(operations: readonly TailOperation[], state: ShardState): Pending {
    return summarize(operations, state.position, this.#heldUpTo);
  }

  #write(rows: Block): Promise<readonly Part[]> {
    return this.#services.writeParts(rows, () => this.#nextBlock++);
  }

  async #change(change: Change, fillMore: (batch: KvBatch) => void): Promise<void> {
    const staged = this.#staged(change, fillMore);
    await this.#services.commit(staged.fill);
    staged.settle();
  }

  #staged(change: Change, fillMore: (batch: KvBatch) => void): StagedChange {
    const { records, discard } = this.#services;
    const parts = nextParts(this.#state.parts, change);
    const fill = (batch: KvBatch): void => {
      this.#submitted = Math.max(this.#submitted, change.position ?? 0);
      if (change.added.length > 0) records.putNextBlock(batch, this.#nextBlock);
      for (const { part, mask } of this.#state.parts)
        if (change.removed.includes(part)) records.deletePart(batch, formatPartName(part.name), mask);
      for (const part of change.added) records.putPart(batch, formatPartName(part.name));
      for (const { part, mask } of parts) {
        const rows = change.deleted.get(part);
        if (rows) records.putMask(batch, formatPartName(part.name), mask, groupsOf(rows));
      }
      fillMore(batch);
    };
    const settle = (): void => {
      this.#state = { parts, position: Math.max(this.#state.position, change.position ?? 0) };
      discard(change.removed);
    };
    return { fill, settle };
  }
}

export type Pending = {
  readonly last: ReadonlyMap<string, TailOperation>;
  readonly mayExist: readonly string[];
};

/** A key whose first operation is new, and above what the parts may hold already, is in no part. */
function summarize(operations: readonly TailOperation[], position: Sequence, heldUpTo: Sequence): Pending {
  const last = new Map<string, TailOperation>();
  const mayExist: string[] = [];
  for (const operation of operations) {
    if (operation.sequence <= position) continue;
    const isFirst = !last.has(operation.name);
    last.set(operation.name, operation);
    const isNew = operation.replaced === undefined && operation.sequence > heldUpTo;
    if (isFirst && !isNew) mayExist.push(operation.name);
  }
  return { last, mayExist };
}

function nextParts(before: readonly ActivePart[], { added, removed, deleted }: Change): ActivePart[] {
  const kept = before.filter(({ part }) => !removed.includes(part));
  const all = [...kept, ...added.map((part) => ({ part, mask: RowMask.none }))];
  return all.map(({ part, mask }) => {
    const rows = deleted.get(part);
    return { part, mask: rows ? mask.with(rows) : mask };
  });
}

export function rowsByPart(locations: Iterable<Location>): Map<Part, number[]> {
  const rows = new Map<Part, number[]>();
  for (const { part, row } of locations) addTo(rows, part, row);
  return rows;
}

const groupsOf = (rows: readonly number[]): Set<number> =>
  new Set(rows.map((row) => Math.floor(row / MASK_GROUP_ROWS)));
