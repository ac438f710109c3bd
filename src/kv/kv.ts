// kv.ts — the ordered key-value store that rows and log commit to together.
//
// Keeps true, in every implementation:
//   - keys are ordered as unsigned bytes; a batch is seen whole or not at all, also after a crash;
//   - a batch written with sync is durable when its promise resolves, and so is every earlier one;
//   - batches take effect in the order of the `write` calls, because only one may be in flight;
//   - a snapshot sees the batches that took effect before it, and none later;
//   - a reader may see a synced batch slightly before its promise resolves, never before it is durable.
// A failed write leaves the store unusable: the owner must close and open it again.
//
// Other threads of the process may open a store a second time (`sharedPath`) and write batches of their own to it. Among
// batches of different threads no order is promised, so a thread writes only what no other one writes at that time.

export type KvEntry = readonly [key: Uint8Array, value: Uint8Array];

/** Half-open: from `start`, up to and without `end`. */
export type KvRange = { readonly start: Uint8Array; readonly end: Uint8Array };

export interface KvBatch {
  put(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
  /** Number of puts and deletes so far. */
  readonly count: number;
  /** Bytes of keys and values so far. */
  readonly sizeBytes: number;
}

export interface KvReader {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Reads a range in key order, or backwards; close the iterator in `finally`. */
  iterate(range: KvRange, options?: { readonly reverse?: boolean }): KvIterator;
}

export interface KvIterator {
  /** Up to `count` further entries; empty at the end. */
  next(count: number): Promise<KvEntry[]>;
  close(): Promise<void>;
}

export interface KvSnapshot extends KvReader {
  release(): void;
}

export interface Kv extends KvReader {
  /** Where other threads of this process can open the same store; undefined: they cannot. */
  readonly sharedPath: string | undefined;
  batch(): KvBatch;
  /** One at a time: the caller waits for the promise before the next write. */
  write(batch: KvBatch, options: { readonly sync: boolean }): Promise<void>;
  snapshot(): KvSnapshot;
  /** Bytes on disk of a range, roughly; recent writes may be missing. */
  approximateSizeBytes(range: KvRange): Promise<number>;
  close(): Promise<void>;
}
