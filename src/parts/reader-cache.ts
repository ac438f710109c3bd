// reader-cache.ts — open readers of parts, one cache per thread, the least recently used are closed first.

import type { Files } from '../io/ports.ts';
import type { Part } from './part.ts';
import { PartReader } from './part-reader.ts';

/** Each reader holds a few open files per column that was read. */
const MAX_READERS = 128;

export class ReaderCache {
  readonly #files: Files;
  /** By folder, the least recently used first. */
  readonly #readers = new Map<string, PartReader>();

  constructor(files: Files) {
    this.#files = files;
  }

  /** The reader of a part; valid until others have been asked for, so ask again for each use. */
  of(part: Part): PartReader {
    const reader = this.#readers.get(part.folder) ?? new PartReader(this.#files, part);
    this.#readers.delete(part.folder);
    this.#readers.set(part.folder, reader);
    for (const [folder, oldest] of this.#readers) {
      if (this.#readers.size <= MAX_READERS) break;
      oldest.close();
      this.#readers.delete(folder);
    }
    return reader;
  }

  /** Closes the files of a part that goes. */
  forget(folder: string): void {
    this.#readers.get(folder)?.close();
    this.#readers.delete(folder);
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }
}
