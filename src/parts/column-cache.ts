// column-cache.ts — columns of granules as they were decoded, kept for the next query of this thread, within a bound.
//
// Never the truth: parts do not change, so a column that is there is the column of the files. Whoever looks at a column
// holds it; what nobody holds goes when room is needed, the least recently used first. Texts that are read a second time
// become codes of a dictionary, when they are few.

import { Arena } from '../kernels/arena.ts';
import type { Column } from '../types/column.ts';
import { codedTexts } from './coded-texts.ts';
import type { PartReader } from './part-reader.ts';

export type Granules = { readonly start: number; readonly end: number };

type Entry = {
  readonly key: string;
  column: Column;
  arena: Arena;
  holders: number;
  /** It was looked at as a candidate for codes. */
  examined: boolean;
};

/** Columns that stay where they are until `release`. */
export type HeldColumns = {
  /** Errors: those of PartReader. */
  read(folder: string, reader: PartReader, name: string, granules: Granules): Column;
  release(): void;
};

export class ColumnCache {
  /** By folder, then by column and granules; the least recently used first. */
  readonly #entries = new Map<string, Entry>();
  /** Keys of a folder's entries. */
  readonly #folders = new Map<string, Set<string>>();
  readonly #maxBytes: number;
  #sizeBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  hold(): HeldColumns {
    const held = new Set<Entry>();
    return {
      read: (folder, reader, name, granules) => {
        const entry = this.#entry(folder, reader, name, granules);
        if (!held.has(entry)) entry.holders++;
        held.add(entry);
        return entry.column;
      },
      release: () => {
        for (const entry of held) entry.holders--;
        held.clear();
        this.#shrink();
      },
    };
  }

  /** Drops the columns of a part that nobody holds any more. */
  forget(folder: string): void {
    for (const key of this.#folders.get(folder) ?? []) this.#drop(this.#entries.get(key)!);
    this.#folders.delete(folder);
  }

  #entry(folder: string, reader: PartReader, name: string, granules: Granules): Entry {
    const key = `${folder}\0${name}\0${granules.start}\0${granules.end}`;
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      if (!known.examined && known.holders === 0) this.#examine(known);
      return known;
    }
    const arena = new Arena();
    try {
      const column = reader.read(name, granules, arena);
      const entry = { key, column, arena, holders: 0, examined: false };
      this.#add(folder, entry);
      return entry;
    } catch (error) {
      arena.release();
      throw error;
    }
  }

  #examine(entry: Entry): void {
    const { column, arena: before } = entry;
    entry.examined = true;
    if (column.layout !== 'bytes' || column.type.kind !== 'String') return;
    const arena = new Arena();
    const coded = codedTexts(column, arena);
    if (!coded) return arena.release();
    this.#sizeBytes += arena.sizeBytes - before.sizeBytes;
    entry.column = coded;
    entry.arena = arena;
    before.release();
  }

  #add(folder: string, entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#sizeBytes += entry.arena.sizeBytes;
    const keys = this.#folders.get(folder);
    if (keys) keys.add(entry.key);
    else this.#folders.set(folder, new Set([entry.key]));
  }

  #shrink(): void {
    if (this.#sizeBytes <= this.#maxBytes) return;
    for (const entry of this.#entries.values()) {
      if (this.#sizeBytes <= this.#maxBytes) return;
      if (entry.holders > 0) continue;
      this.#drop(entry);
      this.#folders.get(entry.key.slice(0, entry.key.indexOf('\0')))?.delete(entry.key);
    }
  }

  #drop(entry: Entry): void {
    this.#entries.delete(entry.key);
    this.#sizeBytes -= entry.arena.sizeBytes;
    entry.arena.release();
  }
}
