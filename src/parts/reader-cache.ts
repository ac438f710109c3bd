// reader-cache.ts — open readers of parts, one cache per thread.
//
// Keeps true: a reader that a lease has given out stays open until the lease is released, because columns may lie in its
// memory. Readers that nobody leases are kept for the next time, up to a number; the least recently used go first.

import type { Files } from '../io/ports.ts';
import type { PartContents } from './part-contents.ts';
import { PartReader } from './part-reader.ts';

/** Each reader holds a few open files per column that was read. */
const MAX_IDLE_READERS = 128;

type Entry = { readonly reader: PartReader; leases: number; gone: boolean };

export type ReaderLease = {
  /** The reader of a part, until `release`. */
  of(part: PartContents): PartReader;
  release(): void;
};

export class ReaderCache {
  readonly #files: Files;
  /** By folder, the least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(files: Files) {
    this.#files = files;
  }

  lease(): ReaderLease {
    const leased = new Map<string, Entry>();
    return {
      of: (part) => {
        const known = leased.get(part.folder);
        if (known) return known.reader;
        const entry = this.#use(part);
        entry.leases++;
        leased.set(part.folder, entry);
        return entry.reader;
      },
      release: () => {
        for (const entry of leased.values()) this.#giveBack(entry);
        leased.clear();
      },
    };
  }

  /** Closes the files of a part that goes, when nobody reads it any more. */
  forget(folder: string): void {
    const entry = this.#entries.get(folder);
    this.#entries.delete(folder);
    if (!entry) return;
    entry.gone = true;
    if (entry.leases === 0) entry.reader.close();
  }

  close(): void {
    for (const folder of [...this.#entries.keys()]) this.forget(folder);
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

  #giveBack(entry: Entry): void {
    entry.leases--;
    if (entry.leases > 0) return;
    if (entry.gone) entry.reader.close();
    for (const [folder, idle] of this.#entries) {
      if (this.#entries.size <= MAX_IDLE_READERS) return;
      if (idle.leases === 0) this.forget(folder);
    }
  }
}
