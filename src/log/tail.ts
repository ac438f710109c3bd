// tail.ts — the changes of one target shard of an index table that are committed but not yet applied.
//
// Keeps true:
//   - operations are appended in sequence order; the lane takes them from the front, in the same order;
//   - `range` answers, for every key it names, with the last operation up to the read point;
//   - an operation is dropped only after the store holds it and no open read view may still need it.
// Laying an operation over applied entries that hold it already changes nothing, so a reader need not know
// exactly how far the lane has come: it only needs every operation the store may lack.
//
// Order: operations wait unsorted until a range is asked for; then they are sorted into a run, and runs of
// similar size are merged. Bulk writes pay no sorting, and a read after each write pays O(log n) amortised.

import type { Sequence } from './change.ts';

/**
 * A put (`value`) or delete (undefined) of one target key. `name` is the key without its shard, as a byte string.
 * `replaced`: the checksum of the entry of that key before this operation; undefined: there was none.
 * `movedTo`: of a delete, the other shard in which the same change puts the row's new entry.
 */
export type TailOperation = {
  readonly sequence: Sequence;
  readonly shard: number;
  readonly name: string;
  readonly storedKey: Uint8Array;
  readonly value: Uint8Array | undefined;
  /** Of a put of an index table that keeps details. */
  readonly detail?: Uint8Array | undefined;
  readonly replaced: number | undefined;
  readonly movedTo: number | undefined;
};

export class ShardTail {
  /** In sequence order; live from `#first` on. */
  #operations: TailOperation[] = [];
  #first = 0;
  /** Where in `#operations` those begin that are in no run. */
  #unsortedFrom = 0;
  /** Operations up to here are dropped; runs may still hold some of them, but not all, so none may show. */
  #droppedTo: Sequence = 0;
  /** Each sorted by name, then sequence; sizes fall from first to last. */
  #runs: TailOperation[][] = [];
  #sortedCount = 0;
  #sizeBytes = 0;

  get count(): number {
    return this.#operations.length - this.#first;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(operation: TailOperation): void {
    this.#operations.push(operation);
    this.#sizeBytes += operationSizeBytes(operation);
  }

  /** Operations above `after` and up to `last`, in sequence order. */
  between(after: Sequence, last: Sequence): TailOperation[] {
    return this.#operations.slice(this.#firstAbove(after), this.#firstAbove(last));
  }

  /** The sequence of the `count`-th operation above `after`; undefined when no more than `count` wait. */
  sequenceOfNth(count: number, after: Sequence): Sequence | undefined {
    const at = this.#firstAbove(after) + count;
    return at < this.#operations.length ? this.#operations[at - 1]!.sequence : undefined;
  }

  /** The sequence of the first operation above `after`; undefined when none waits. */
  sequenceAbove(after: Sequence): Sequence | undefined {
    return this.#operations[this.#firstAbove(after)]?.sequence;
  }

  countAbove(sequence: Sequence): number {
    return this.#operations.length - this.#firstAbove(sequence);
  }

  #firstAbove(sequence: Sequence): number {
    let low = this.#first;
    let high = this.#operations.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#operations[middle]!.sequence <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Forgets operations up to `sequence`. */
  dropUpTo(sequence: Sequence): void {
    this.#droppedTo = Math.max(this.#droppedTo, sequence);
    while (this.#first < this.#operations.length && this.#operations[this.#first]!.sequence <= sequence) {
      this.#sizeBytes -= operationSizeBytes(this.#operations[this.#first]!);
      this.#first++;
    }
    if (this.#first > 1024 && this.#first * 2 > this.#operations.length) {
      this.#operations = this.#operations.slice(this.#first);
      this.#unsortedFrom = Math.max(0, this.#unsortedFrom - this.#first);
      this.#first = 0;
    }
    if (this.count === 0) this.clear();
    else if (this.#sortedCount > 2 * this.count + 1024) this.#forgetDropped();
  }

  clear(): void {
    this.#operations = [];
    this.#first = 0;
    this.#unsortedFrom = 0;
    this.#runs = [];
    this.#sortedCount = 0;
    this.#sizeBytes = 0;
  }

  /**
   * The last operation per key up to `readPoint`, in key order, for keys in [start, end) given as byte
   * strings; `end` undefined = no bound.
   */
  range(start: string, end: string | undefined, readPoint: Sequence): TailOperation[] {
    return lastPerName(this.within(start, end, 0, readPoint));
  }

  /** Operations above `after` and up to `last` for the keys of a range, as in `range`; by key, then in sequence order. */
  within(start: string, end: string | undefined, after: Sequence, last: Sequence): TailOperation[] {
    if (this.count === 0) return [];
    this.#sortPending();
    const found: TailOperation[] = [];
    const range = { start, end, after: Math.max(after, this.#droppedTo), readPoint: last };
    for (const run of this.#runs) collect(run, range, found);
    if (this.#runs.length > 1) found.sort(byNameThenSequence);
    return found;
  }

  /** A tail of the operations above `sequence`; this one stays as it is, for those who hold it. */
  after(sequence: Sequence): ShardTail {
    const rest = new ShardTail();
    for (let i = this.#firstAbove(sequence); i < this.#operations.length; i++)
      rest.append(this.#operations[i]!);
    return rest;
  }

  #sortPending(): void {
    let run = this.#operations.slice(Math.max(this.#unsortedFrom, this.#first)).sort(byNameThenSequence);
    this.#unsortedFrom = this.#operations.length;
    if (run.length === 0) return;
    this.#sortedCount += run.length;
    while (this.#runs.length > 0 && this.#runs.at(-1)!.length < 2 * run.length)
      run = mergeRuns(this.#runs.pop()!, run);
    this.#runs.push(run);
  }

  /** Runs still hold dropped operations; they are made anew when those outweigh the live ones. */
  #forgetDropped(): void {
    this.#unsortedFrom = this.#first;
    this.#runs = [];
    this.#sortedCount = 0;
  }
}

/** A tail as far as a reader may look into it. */
export type TailLayer = { readonly tail: ShardTail; readonly upTo: Sequence };

/** As `range`, over tails of which each holds only later operations than the one before it. */
export function rangeOver(
  layers: readonly TailLayer[],
  start: string,
  end: string | undefined,
): TailOperation[] {
  const found = layers
    .map(({ tail, upTo }) => tail.range(start, end, upTo))
    .filter((list) => list.length > 0);
  if (found.length <= 1) return found[0] ?? [];
  return lastPerName(found.flat().sort(byNameThenSequence));
}

/** Names and values in memory, plus the objects around them. */
const operationSizeBytes = (operation: TailOperation): number =>
  2 * operation.storedKey.length + (operation.value?.length ?? 0) + (operation.detail?.length ?? 0) + 120;

function byNameThenSequence(a: TailOperation, b: TailOperation): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.sequence - b.sequence;
}

function mergeRuns(a: TailOperation[], b: TailOperation[]): TailOperation[] {
  const merged: TailOperation[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) merged.push(byNameThenSequence(a[i]!, b[j]!) <= 0 ? a[i++]! : b[j++]!);
  while (i < a.length) merged.push(a[i++]!);
  while (j < b.length) merged.push(b[j++]!);
  return merged;
}

type Range = {
  readonly start: string;
  readonly end: string | undefined;
  readonly after: Sequence;
  readonly readPoint: Sequence;
};

function collect(run: readonly TailOperation[], range: Range, into: TailOperation[]): void {
  for (let i = lowerBound(run, range.start); i < run.length; i++) {
    const operation = run[i]!;
    if (range.end !== undefined && operation.name >= range.end) return;
    if (operation.sequence > range.after && operation.sequence <= range.readPoint) into.push(operation);
  }
}

function lowerBound(run: readonly TailOperation[], name: string): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (run[middle]!.name < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lastPerName(sorted: readonly TailOperation[]): TailOperation[] {
  return sorted.filter((operation, i) => sorted[i + 1]?.name !== operation.name);
}
