// level-kv.ts — the key-value store on LevelDB.
//
// LevelDB runs batches on a thread pool and may commit concurrent ones out of order, so exactly one is in flight.
// A write that failed may or may not be on disk: after one, nothing answers until the store is opened again.

import { resolve } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { assert } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type { Kv, KvBatch, KvEntry, KvIterator, KvRange, KvReader, KvSnapshot } from './kv.ts';

type Level = ClassicLevel<Uint8Array, Uint8Array>;
type LevelSnapshot = ReturnType<Level['snapshot']>;
/** Encodings stand here too: without them LevelDB's binding clones the options at every get. */
type ReadOptions = { snapshot: LevelSnapshot; keyEncoding: 'view'; valueEncoding: 'view' };
/** Throws when the store was closed or a write failed. */
type Guard = () => void;

export type LevelKvOptions = {
  /** Cache of uncompressed blocks; default 256 MiB. */
  readonly cacheBytes?: number;
  /** Recent writes kept in memory, at most twice; default 64 MiB. */
  readonly writeBufferBytes?: number;
};

const mebibyte = 1024 * 1024;
/** Above every key of Winnow: their first byte is a small number. */
const NO_KEY = Uint8Array.of(0xff);
const maxFileBytes = 32 * mebibyte;
/** An iterator crosses to the thread pool once per so many bytes: the default of 16 KiB makes scans slow. */
const readAheadBytes = 256 * 1024;

/** Stores that this thread owns: between threads of one process LevelDB's own lock does not count. */
const owned = new Set<string>();

/**
 * Opens the store in the folder `path`, making it when it is not there.
 * Errors: STORE_LOCKED when any process, this one included, has it open; CANNOT_OPEN_FILE.
 */
export async function openLevelKv(path: string, options: LevelKvOptions = {}): Promise<Kv> {
  const folder = resolve(path);
  if (owned.has(folder)) throw lockedError(path);
  owned.add(folder);
  try {
    const level = await openLevel(folder, options);
    return new LevelKv(level, folder, () => owned.delete(folder));
  } catch (error) {
    owned.delete(folder);
    throw openError(path, error);
  }
}

/**
 * In another thread of the process that owns the store: a handle of its own, at the owner's `sharedPath`. The owner closes
 * the store after all such threads have ended.
 */
export async function shareLevelKv(sharedPath: string): Promise<Kv> {
  return new LevelKv(await openLevel(sharedPath, {}), sharedPath, () => undefined);
}

async function openLevel(folder: string, options: LevelKvOptions): Promise<Level> {
  const level: Level = new ClassicLevel(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: options.cacheBytes ?? 256 * mebibyte,
    writeBufferSize: options.writeBufferBytes ?? 64 * mebibyte,
    maxFileSize: maxFileBytes,
    multithreading: true,
  });
  await level.open();
  return level;
}

class LevelKv implements Kv {
  readonly sharedPath: string;
  readonly #level: Level;
  readonly #onClosed: () => void;
  readonly #reader: KvReader;
  readonly #guard: Guard = () => this.#assertUsable();
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  constructor(level: Level, path: string, onClosed: () => void) {
    this.sharedPath = path;
    this.#level = level;
    this.#onClosed = onClosed;
    this.#reader = createReader(level, undefined, this.#guard);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#reader.get(key);
  }

  iterate(range: KvRange, options?: { readonly reverse?: boolean }): KvIterator {
    return this.#reader.iterate(range, options);
  }

  batch(): KvBatch {
    this.#guard();
    return new LevelBatch(this.#level);
  }

  async write(batch: KvBatch, options: { readonly sync: boolean }): Promise<void> {
    this.#guard();
    assert(this.#writing === undefined, 'one batch is in flight at a time');
    assert(batch instanceof LevelBatch, 'a batch is written to the store that made it');
    this.#writing = batch.chained.write({ sync: options.sync });
    try {
      await this.#writing;
    } catch (error) {
      this.#failure = error;
      throw new WinnowError('STORE_FAILED', `a write to ${this.sharedPath} failed`, {
        detail: messageOf(error),
        hint: 'Make sure that the disk is healthy and has room, then open the store again.',
        cause: error,
      });
    } finally {
      this.#writing = undefined;
    }
  }

  snapshot(): KvSnapshot {
    this.#guard();
    const snapshot = this.#level.snapshot();
    const read: ReadOptions = { snapshot, keyEncoding: 'view', valueEncoding: 'view' };
    const reader = createReader(this.#level, read, this.#guard);
    // LevelDB lets go at once or when the last iterator on the snapshot closes; there is nothing to wait for.
    return { ...reader, release: () => void snapshot.close() };
  }

  async approximateSizeBytes(range: KvRange): Promise<number> {
    this.#guard();
    return this.#level.approximateSize(range.start, range.end);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    // Compacting a range that holds nothing writes the recent batches to a table, so that the next open need not read
    // them all again from LevelDB's log: seconds, when the buffer is full. A store that failed is only closed.
    if (this.#failure === undefined) await this.#level.compactRange(NO_KEY, NO_KEY).catch(() => undefined);
    await this.#level.close();
    this.#onClosed();
  }

  #assertUsable(): void {
    if (this.#closing) throw new WinnowError('STORE_CLOSED', `the store ${this.sharedPath} is closed`);
    if (this.#failure === undefined) return;
    throw new WinnowError('STORE_FAILED', `an earlier write to ${this.sharedPath} failed`, {
      detail: messageOf(this.#failure),
      hint: 'Open the store again.',
      cause: this.#failure,
    });
  }
}

class LevelBatch implements KvBatch {
  readonly chained: ReturnType<Level['batch']>;
  count = 0;
  sizeBytes = 0;

  constructor(level: Level) {
    this.chained = level.batch();
    // The database keeps every unwritten batch alive until it closes; an abandoned one should just vanish.
    level.detachResource(this.chained);
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.chained.put(key, value);
    this.count++;
    this.sizeBytes += key.length + value.length;
  }

  delete(key: Uint8Array): void {
    this.chained.del(key);
    this.count++;
    this.sizeBytes += key.length;
  }
}

function createReader(level: Level, read: ReadOptions | undefined, guard: Guard): KvReader {
  return {
    get(key) {
      guard();
      // Without options the binding takes a shorter way.
      return read ? level.getSync(key, read) : level.getSync(key);
    },
    iterate(range, options) {
      guard();
      return createIterator(level, read, guard, range, options?.reverse ?? false);
    },
  };
}

function createIterator(
  level: Level,
  read: ReadOptions | undefined,
  guard: Guard,
  range: KvRange,
  reverse: boolean,
): KvIterator {
  const iterator = level.iterator({
    ...read,
    gte: range.start,
    lt: range.end,
    reverse,
    highWaterMarkBytes: readAheadBytes,
  });
  let ended = false;
  return {
    async next(count): Promise<KvEntry[]> {
      guard();
      if (ended) return [];
      const entries: KvEntry[] = await iterator.nextv(count);
      // Cut short by neither count nor read-ahead: the range is at its end, which saves asking again.
      ended = entries.length < count && sizeOf(entries) < readAheadBytes;
      return entries;
    },
    close: () => iterator.close(),
  };
}

function sizeOf(entries: readonly KvEntry[]): number {
  return entries.reduce((total, [key, value]) => total + key.length + value.length, 0);
}

function lockedError(path: string, cause?: unknown): WinnowError {
  return new WinnowError('STORE_LOCKED', `the store ${path} is open already`, {
    hint: 'Close the other process, or talk to it instead.',
    cause,
  });
}

function openError(path: string, error: unknown): WinnowError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if ((cause as { code?: unknown }).code === 'LEVEL_LOCKED') return lockedError(path, cause);
  return new WinnowError('CANNOT_OPEN_FILE', `cannot open the store ${path}`, {
    detail: messageOf(cause),
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
