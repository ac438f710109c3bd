// part-bitmaps.ts — the bitmap indexes of the parts of one folder, in files beside them: bitmaps/<part>.<index>.bitmap
//
// Keeps true: they change no answer. A file is whole when it has its name; one that is missing, damaged or of another part
// is an error that the reader of the index takes as "read the rows", and asks to have it made again.

import { AssertionError } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';
import type { Ports } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { BitmapBuilder } from './bitmap-builder.ts';
import { BitmapFile, type ColumnBitmaps, encodeBitmapFile } from './bitmap-file.ts';
import { escapeFileName, streamFileName } from './file-name.ts';
import type { Part } from './part.ts';
import type { ReaderCache } from './reader-cache.ts';
import type { BitmapIndexDefinition, PartSchema } from './schema.ts';

export const BITMAPS_FOLDER = 'bitmaps';
const EXTENSION = '.bitmap';
/** Rows that are read at once: whole granules, at least one. */
const CHUNK_ROWS = 65_536;

export type BitmapServices = Pick<Ports, 'files' | 'timers'> & { readonly readers: ReaderCache };

export class PartBitmaps {
  readonly #services: BitmapServices;
  readonly #folder: string;
  #schema: PartSchema;
  /** Of the indexes that are being made again, or that could not be. */
  readonly #asked = new Set<string>();
  #restoring: Promise<void> = Promise.resolve();
  #writing: Promise<void> = Promise.resolve();
  readonly #gone = new WeakSet<Part>();
  #ended = false;

  /** `folder`: the one that the parts lie in. */
  constructor(services: BitmapServices, folder: string, schema: PartSchema) {
    this.#services = services;
    this.#folder = `${folder}/${BITMAPS_FOLDER}`;
    this.#schema = schema;
  }

  /** The bitmaps of an index; undefined when the column has too many values. Errors: CorruptionError. */
  read(part: Part, index: BitmapIndexDefinition): BitmapFile | undefined {
    const { files, readers } = this.#services;
    const path = this.#path(part, index);
    const column = this.#columnOf(index);
    const known = readers.bitmaps.get(path);
    // A part that comes may have the name of one that went.
    if (known && known.part === part && known.column === column.name) return known.file;
    const file = BitmapFile.read(files, path, part, column);
    readers.bitmaps.add(path, { part, column: column.name, file }, file?.sizeBytes ?? 0);
    return file;
  }

  /** Makes the bitmaps that a part lacks. What the disk does not let it make stays away: the part is as good without. */
  async build(part: Part): Promise<void> {
    for (const index of this.#schema.bitmapIndexes)
      if (!this.#isThere(part, index)) await this.#tryToMake(part, index);
  }

  /** Makes the bitmaps of an index if a part lacks them. Errors: those of reading the column and of writing. */
  async materialize(part: Part, index: BitmapIndexDefinition): Promise<void> {
    if (!this.#isThere(part, index)) await this.#make(part, index);
  }

  /** Has the bitmaps of an index made again, behind the caller, because they were missing or damaged. */
  restore(part: Part, index: BitmapIndexDefinition): void {
    const path = this.#path(part, index);
    this.#services.readers.bitmaps.drop(path);
    if (this.#asked.has(path)) return;
    this.#asked.add(path);
    this.#restoring = this.#restoring.then(async () => {
      // Asking once more would fail once more, until the folder is opened again.
      if (await this.#tryToMake(part, index)) this.#asked.delete(path);
    });
  }

  /** The indexes are those of another schema; files of other parts and other indexes are removed. */
  async useSchema(schema: PartSchema, parts: readonly Part[]): Promise<void> {
    this.#schema = schema;
    await this.#restoring;
    this.#asked.clear();
    await this.tidy(parts);
  }

  /** Files that do not say what the rows of the part are; they are made again. What is missing decides nothing. */
  async problems(part: Part): Promise<CorruptionError[]> {
    const found: CorruptionError[] = [];
    for (const index of this.#schema.bitmapIndexes) {
      const path = this.#path(part, index);
      const bytes = await this.#services.files.read(path);
      const bitmaps = bytes && (await this.#bitmapsOf(part, index));
      if (!bytes || bitmaps === 'stopped') continue;
      if (encodeBitmapFile(part, this.#columnOf(index), bitmaps).equals(bytes)) continue;
      found.push(new CorruptionError(path, 'the bitmaps of the rows', 'others'));
      this.restore(part, index);
    }
    return found;
  }

  /** Of the file of an index; 0 when there is none. */
  sizeBytes(part: Part, index: Pick<BitmapIndexDefinition, 'name'>): number {
    const file = this.#services.files.open(this.#path(part, index));
    file?.close();
    return file?.sizeBytes ?? 0;
  }

  /** Of a part that leaves. */
  async remove(part: Part): Promise<void> {
    this.#gone.add(part);
    await this.#restoring;
    for (const index of this.#schema.bitmapIndexes) await this.#removeFile(this.#path(part, index));
  }

  /** Removes every file that is not of one of the parts and indexes. */
  async tidy(parts: readonly Part[]): Promise<void> {
    const { files } = this.#services;
    const wanted = new Set(
      parts.flatMap((part) => this.#schema.bitmapIndexes.map((index) => this.#path(part, index))),
    );
    for (const entry of await files.list(this.#folder)) {
      const path = `${this.#folder}/${entry}`;
      if (!wanted.has(path)) await this.#removeFile(path);
    }
  }

  /** Resolves when what was asked for so far is made again, or was given up. */
  settled(): Promise<void> {
    return this.#restoring;
  }

  /** Resolves when nothing is made any more. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#restoring;
  }

  #columnOf({ column }: BitmapIndexDefinition): PartSchema['columns'][number] {
    return this.#schema.columns[column]!;
  }

  #path({ folder }: Part, { name }: Pick<BitmapIndexDefinition, 'name'>): string {
    const part = folder.slice(folder.lastIndexOf('/') + 1);
    return `${this.#folder}/${part}.${streamFileName(escapeFileName(name))}${EXTENSION}`;
  }

  #isThere(part: Part, index: BitmapIndexDefinition): boolean {
    try {
      this.read(part, index);
      return true;
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      return false;
    }
  }

  /** False when the disk refuses, or the part is damaged or leaves. */
  async #tryToMake(part: Part, index: BitmapIndexDefinition): Promise<boolean> {
    try {
      return await this.#make(part, index);
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      return false;
    }
  }

  /** False when the part leaves meanwhile, or the table is closed. */
  async #make(part: Part, index: BitmapIndexDefinition): Promise<boolean> {
    const bitmaps = await this.#bitmapsOf(part, index);
    if (bitmaps === 'stopped') return false;
    const bytes = encodeBitmapFile(part, this.#columnOf(index), bitmaps);
    // One after the other: a file that two ask for has one temporary name.
    const written = this.#writing.then(() => this.#write(part, index, bytes));
    this.#writing = written.catch(() => undefined);
    await written;
    return true;
  }

  async #bitmapsOf(part: Part, index: BitmapIndexDefinition): Promise<ColumnBitmaps | undefined | 'stopped'> {
    const { name, type } = this.#columnOf(index);
    const lease = this.#services.readers.lease();
    const arena = new Arena();
    const builder = new BitmapBuilder(type);
    try {
      for (const granules of chunksOf(part)) {
        arena.rewind();
        if (!builder.add(lease.of(part).read(name, granules, arena))) break;
        await this.#services.timers.yield();
        if (this.#ended || this.#gone.has(part)) return 'stopped';
      }
      return builder.finish();
    } finally {
      builder.release();
      arena.release();
      lease.release();
    }
  }

  /** Not synced: what a crash leaves of it is seen by its hashes, and made again. */
  async #write(part: Part, index: BitmapIndexDefinition, bytes: Uint8Array): Promise<void> {
    const { files } = this.#services;
    const path = this.#path(part, index);
    await files.makeDirectory(this.#folder);
    await files.remove(`${path}.tmp`);
    const file = await files.create(`${path}.tmp`);
    try {
      await file.write(bytes);
    } finally {
      await file.close();
    }
    this.#services.readers.bitmaps.drop(path);
    await files.rename(`${path}.tmp`, path);
  }

  async #removeFile(path: string): Promise<void> {
    this.#services.readers.bitmaps.drop(path);
    await this.#services.files.remove(path);
  }
}

function* chunksOf({ granuleStarts }: Part): Generator<{ start: number; end: number }> {
  const count = granuleStarts.length - 1;
  for (let start = 0, end = 0; start < count; start = end) {
    end = start + 1;
    while (end < count && granuleStarts[end + 1]! - granuleStarts[start]! <= CHUNK_ROWS) end++;
    yield { start, end };
  }
}
