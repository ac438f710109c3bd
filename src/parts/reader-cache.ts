// reader-cache.ts — open readers of parts and columns they have read, one cache per thread.
//
// Keeps true: a reader that a lease has given out stays open until the lease is released, because columns may lie in its
// memory; cached columns go with their reader, for the same reason. Readers that nobody leases are kept for the next
// time, up to a number; the least recently used go first.

import type { Files } from '../io/ports.ts';
import type { Column } from '../types/column.ts';
import type { BitmapFile } from './bitmap-file.ts';
import { BoundedCache } from './bounded-cache.ts';
import { ColumnCache, type Granules } from './column-cache.ts';
import type { PartContents } from './part-contents.ts';
import { PartFiles } from './part-files.ts';
import { PartReader } from './part-reader.ts';
import type { SkipIndex } from './skip-index.ts';
import { readSkipGranules, skipIndexFile, type SkipGranules } from './skip-index-reader.ts';

/** Each reader holds a few open files per column that was read. */
const MAX_IDLE_READERS = 128;

const MAX_BITMAP_BYTES = 67_108_864;
const MAX_SKIP_INDEX_BYTES = 67_108_864;

type KnownBitmaps = {
  readonly part: PartContents;
  readonly column: string;
  readonly file: BitmapFile | undefined;
};

type Entry = { readonly reader: PartReader; leases: number; gone: boolean };

export type ReaderLease = {
  /** The reader of a part, until `release`. */
  of(part: PartContents): PartReader;
  /** Columns by way of the cache; the lease must outlive them. */
  columns(): LeasedColumns;
  release(): void;
};

export type LeasedColumns = {
  /** Valid until `release`. Errors: CorruptionError naming the file. */
  read(part: PartContents, name: string, granules: Granules): Column;
  release(): void;
};

export class ReaderCache {
  readonly #files: Files;
  /** By folder, the least recently used first. */
  readonly #entries = new Map<string, Entry>();

  readonly #columns: ColumnCache;

  /** Bitmap indexes by file; `file` is undefined of one that has no bitmaps. */
  readonly bitmaps = new BoundedCache<KnownBitmaps>(MAX_BITMAP_BYTES);

  readonly #skipIndexes = new BoundedCache<SkipGranules>(MAX_SKIP_INDEX_BYTES);

  readonly #onForget: (folder: string) => void;

  /** `columnBytes`: memory for columns that nobody reads at the moment. `onForget`: the part of that folder is gone. */
  constructor(files: Files, columnBytes = 0, onForget: (folder: string) => void = () => {}) {
    this.#files = files;
    this.#columns = new ColumnCache(columnBytes);
    this.#onForget = onForget;
  }

  lease(): ReaderLease {
    const leased = new Map<string, Entry>();
    const of = (part: PartContents): PartReader => {
      const known = leased.get(part.folder);
      if (known) return known.reader;
      const entry = this.#use(part);
      entry.leases++;
      leased.set(part.folder, entry);
      return entry.reader;
    };
    return {
      of,
      columns: () => {
        const held = this.#columns.hold();
        return {
          read: (part, name, granules) => held.read(part.folder, of(part), name, granules),
          release: held.release,
        };
      },
      release: () => {
        for (const [folder, entry] of leased) this.#giveBack(folder, entry);
        leased.clear();
      },
    };
  }

  /** What a skip index says of the part; undefined when the part does not have it. Errors: CorruptionError naming the file. */
  skipGranules(part: PartContents, index: SkipIndex): SkipGranules | undefined {
    const { folder, checksums, granuleRows } = part;
    const files = PartFiles.of(this.#files, folder, checksums);
    const file = skipIndexFile(files, index);
    if (file === undefined) return undefined;
    const { hash, decompressed } = files.checksum(file);
    // The hash, because a part that comes may have the name of one that went.
    const key = `${files.path(file)} ${Buffer.from(hash).toString('hex')} ${index.type.kind} ${index.granularity}`;
    const known = this.#skipIndexes.get(key);
    if (known) return known;
    const granules = readSkipGranules(files, file, index, granuleRows.length);
    this.#skipIndexes.add(key, granules, decompressed?.sizeBytes ?? 0);
    return granules;
  }

  /** Closes the files of a part that goes, when nobody reads it any more. */
  forget(folder: string): void {
    this.#onForget(folder);
    this.#evict(folder);
  }

  #evict(folder: string): void {
    const entry = this.#entries.get(folder);
    this.#entries.delete(folder);
    if (!entry) return;
    entry.gone = true;
    if (entry.leases === 0) this.#close(folder, entry);
  }

  close(): void {
    for (const folder of [...this.#entries.keys()]) this.#evict(folder);
  }

  #close(folder: string, entry: Entry): void {
    this.#columns.forget(folder);
    entry.reader.close();
  }

  #use(part: PartContents): Entry {
    const entry = this.#entries.get(part.folder) ?? {
      reader: new PartReader(this.#files, part),
      leases: 0,
      gone: false,
    };
    this.#entries.delete(part.folder);
    this.#entries.set(part.folder, entry);
    return entry;
  }

  #giveBack(folder: string, entry: Entry): void {
    entry.leases--;
    if (entry.leases > 0) return;
    if (entry.gone) this.#close(folder, entry);
    for (const [idleFolder, idle] of this.#entries) {
      if (this.#entries.size <= MAX_IDLE_READERS) return;
      if (idle.leases === 0) this.#evict(idleFolder);
    }
  }
}
