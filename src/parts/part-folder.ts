// part-folder.ts — the parts of a plain MergeTree table: the folder is the truth.
//
// Keeps true: a part is active when its folder bears a part's name and no other covers it; it appears by one rename
// after everything in it is on disk. Sources of a merge leave the disk when nobody holds them any more; a crash
// before that leaves them covered. Parts are published in the order of their block numbers, so no part comes late
// into the range that a merge covers.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { Files, Ports } from '../io/ports.ts';
import type { Block } from '../types/column.ts';
import { copyFolder } from './copy-folder.ts';
import { detachPart } from './detach-part.ts';
import type { FoundPart } from './found-parts.ts';
import { writeMergedPart } from './merged-part.ts';
import { PartBitmaps } from './part-bitmaps.ts';
import { Part } from './part.ts';
import {
  activeNames,
  comparePartNames,
  formatPartName,
  mergedPartName,
  parsePartName,
  type PartName,
} from './part-name.ts';
import type { ReaderCache } from './reader-cache.ts';
import type { PartSchema } from './schema.ts';
import { type PartTarget, publishParts, type StagedPart, stageParts } from './write-parts.ts';

/** Before the name of a part that could not be opened, under detached/. */
export const BROKEN_PREFIX = 'broken-on-start_';

/** Parts that stay on disk until they are released. */
export type HeldParts = { readonly parts: readonly Part[]; readonly release: () => void };

export class PartFolder {
  readonly folder: string;
  readonly bitmaps: PartBitmaps;
  readonly #files: Files;
  readonly #readers: ReaderCache;
  #schema: PartSchema;
  /** Active ones, in the order of their names. */
  #parts: readonly Part[] = [];
  #nextBlock = 1;
  #stagings = 0;
  /** Parts are published one insert after the other. */
  #publishing: Promise<unknown> = Promise.resolve();
  readonly #holds = new Map<Part, number>();
  /** No longer active, and to be removed when nobody holds them. */
  readonly #leaving = new Set<Part>();
  #removing: Promise<void> = Promise.resolve();

  private constructor(
    ports: Pick<Ports, 'files' | 'timers'>,
    folder: string,
    schema: PartSchema,
    readers: ReaderCache,
  ) {
    this.#files = ports.files;
    this.folder = folder;
    this.#schema = schema;
    this.#readers = readers;
    this.bitmaps = new PartBitmaps({ ...ports, readers }, folder, schema);
  }

  /**
   * Makes or loads the folder. A part that cannot be opened is set aside under detached/; what a crash left is removed.
   * Errors: LOGICAL_ERROR when two parts share blocks and neither covers the other; NOT_IMPLEMENTED of parts that are not
   * supported yet.
   */
  static async open(
    ports: Pick<Ports, 'files' | 'timers'>,
    folder: string,
    schema: PartSchema,
    readers: ReaderCache,
  ): Promise<PartFolder> {
    const { files } = ports;
    const table = new PartFolder(ports, folder, schema, readers);
    await files.makeDirectory(folder);
    if (!(await files.read(`${folder}/format_version.txt`)))
      await files.writeDurably(`${folder}/format_version.txt`, Buffer.from('1'));
    await table.#load();
    return table;
  }

  get schema(): PartSchema {
    return this.#schema;
  }

  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** The active parts; they stay on disk until `release`. */
  hold(): HeldParts {
    const parts = this.#parts;
    for (const part of parts) this.#holds.set(part, (this.#holds.get(part) ?? 0) + 1);
    let held = true;
    const release = (): void => {
      if (held) parts.forEach((part) => this.#releaseOne(part));
      held = false;
    };
    return { parts, release };
  }

  /** Adds rows as parts of level 0, durable when it resolves. Errors: those of `stageParts`; nothing is added then. */
  async insert(rows: Block): Promise<readonly Part[]> {
    return this.publish(await this.stage(rows));
  }

  /** Sorted parts of the rows, on disk but not yet of the table: `publish` or `discard` them. Errors: as `stageParts`. */
  async stage(rows: Block, maxPartitions?: number): Promise<readonly StagedPart[]> {
    return stageParts(this.#target, rows, String(++this.#stagings), maxPartitions);
  }

  /** Adds staged parts, all in one turn, as parts of level 0; durable when it resolves. */
  async publish(staged: readonly StagedPart[]): Promise<readonly Part[]> {
    if (staged.length === 0) return [];
    const published = this.#publishing.then(async () => {
      const added = await publishParts(this.#target, staged, () => this.#nextBlock++);
      for (const part of added) await this.bitmaps.build(part);
      this.#activate(added, []);
      return added;
    });
    this.#publishing = published.catch(() => undefined);
    return published;
  }

  /** A copy of a whole, sorted part that lies elsewhere: `publish` or `discard` it. */
  async stageCopy({ name, folder }: FoundPart): Promise<StagedPart> {
    const staged = {
      partitionId: name.partitionId,
      folder: `${this.folder}/tmp_attach_${++this.#stagings}`,
    };
    try {
      // What a crash left under the name.
      await this.#files.remove(staged.folder);
      await copyFolder(this.#files, folder, staged.folder);
      return staged;
    } catch (error) {
      await this.discard([staged]);
      throw error;
    }
  }

  /** Adds whole, sorted parts of detached/, all or none. Errors: those of the disk. */
  async attach(sources: readonly FoundPart[]): Promise<void> {
    const staged = sources.map(({ name, folder }) => ({
      partitionId: name.partitionId,
      folder,
      isOriginal: true,
    }));
    await this.publish(staged);
    await this.#files.syncDirectory(this.detached);
  }

  /**
   * Moves active parts to detached/, under their names; durable when it resolves. Nothing may merge meanwhile. `waits` is
   * awaited, again and again, while somebody reads them; what it throws leaves them as they were.
   * Errors: BAD_DATA_PART_NAME when one of the names is taken there.
   */
  async detach(parts: readonly Part[], waits: () => Promise<void>): Promise<void> {
    const taken = await this.#files.list(this.detached);
    const name = parts.map((part) => formatPartName(part.name)).find((each) => taken.includes(each));
    if (name !== undefined)
      throw new WinnowError('BAD_DATA_PART_NAME', `there is a part ${name} in ${this.detached} already`);
    const remaining = new Set(parts);
    this.#parts = this.#parts.filter((part) => !remaining.has(part));
    try {
      while (parts.some((part) => this.#holds.has(part))) await waits();
      for (const part of parts) {
        this.#readers.forget(part.folder);
        const entry = formatPartName(part.name);
        await detachPart(this.#files, this.folder, entry, entry);
        await this.bitmaps.remove(part);
        remaining.delete(part);
      }
    } catch (error) {
      this.#activate([...remaining], []);
      throw error;
    }
  }

  get detached(): string {
    return `${this.folder}/detached`;
  }

  async discard(staged: readonly StagedPart[]): Promise<void> {
    for (const { folder } of staged) await this.#files.remove(folder);
  }

  /** Merges neighbouring active parts of one partition into one, or none when all rows are deleted; false when `goesOn` ended it. */
  async merge(sources: readonly Part[], goesOn: () => Promise<boolean>): Promise<boolean> {
    return this.#replace(sources, mergedPartName(sources.map(({ name }) => name)), this.#schema, goesOn);
  }

  /**
   * Writes an active part again, by another schema of the same columns, under the name that a mutation would give it;
   * false when `goesOn` ended it. Nothing may merge meanwhile.
   */
  async rewrite(part: Part, schema: PartSchema, goesOn: () => Promise<boolean>): Promise<boolean> {
    return this.#replace([part], { ...part.name, mutation: this.#nextBlock++ }, schema, goesOn);
  }

  /** Parts are written by another schema of the same columns from now on. */
  async useSchema(schema: PartSchema): Promise<void> {
    this.#schema = schema;
    await this.bitmaps.useSchema(schema, this.#parts);
  }

  async #replace(
    sources: readonly Part[],
    name: PartName,
    schema: PartSchema,
    goesOn: () => Promise<boolean>,
  ): Promise<boolean> {
    const masked = sources.map((part) => ({ part, mask: part.deletedRows }));
    const target = { ...this.#target, schema };
    const merged = await writeMergedPart(target, masked, { readers: this.#readers, goesOn }, name);
    if (merged === 'stopped') return false;
    if (merged) await this.bitmaps.build(merged);
    this.#activate(merged ? [merged] : [], sources);
    return true;
  }

  /** Resolves when parts that left are off the disk. */
  async close(): Promise<void> {
    await this.bitmaps.close();
    await this.#removing;
  }

  get #target(): PartTarget {
    return { files: this.#files, folder: this.folder, schema: this.#schema, sync: true };
  }

  async #load(): Promise<void> {
    const found: PartName[] = [];
    for (const entry of await this.#files.list(this.folder)) {
      if (/^(tmp|delete_tmp)/.test(entry)) await this.#files.remove(`${this.folder}/${entry}`);
      const name = parsePartName(entry);
      if (name?.partitionId.startsWith('patch-')) throw notImplemented(`patch part ${this.folder}/${entry}`);
      if (name) found.push(name);
    }
    // What is detached keeps its names for itself, so that other parts can be detached beside it.
    const detached = (await this.#files.list(this.detached))
      .map(parsePartName)
      .filter((name) => name !== undefined);
    const numbers = [...found, ...detached].flatMap(({ maxBlock, mutation = 0 }) => [maxBlock, mutation]);
    this.#nextBlock = 1 + numbers.reduce((most, number) => Math.max(most, number), 0);
    const { active, covered, sharing } = activeNames(found);
    if (sharing) throw sharedBlocks(sharing, this.folder);
    const opened: Part[] = [];
    for (const name of active.sort(comparePartNames)) {
      const part = await this.#openOrSetAside(formatPartName(name));
      if (part) opened.push(part);
    }
    const readable = new Set(opened.map((part) => formatPartName(part.name)));
    for (const { name, by } of covered) {
      // Else they are all there is of those rows.
      if (readable.has(formatPartName(by)))
        await this.#files.remove(`${this.folder}/${formatPartName(name)}`);
    }
    await this.bitmaps.tidy(opened);
    this.#parts = opened;
  }

  async #openOrSetAside(name: string): Promise<Part | undefined> {
    try {
      return await Part.open(this.#files, `${this.folder}/${name}`, this.#schema);
    } catch (error) {
      // A part that Winnow cannot read yet is whole: without its rows, answers would be wrong.
      if (!(error instanceof WinnowError) || error.code === 'NOT_IMPLEMENTED') throw error;
      await detachPart(this.#files, this.folder, name, `${BROKEN_PREFIX}${name}`);
      return undefined;
    }
  }

  #activate(added: readonly Part[], removed: readonly Part[]): void {
    const kept = this.#parts.filter((part) => !removed.includes(part));
    this.#parts = [...kept, ...added].sort((a, b) => comparePartNames(a.name, b.name));
    for (const part of removed) {
      this.#leaving.add(part);
      this.#removeIfFree(part);
    }
  }

  #releaseOne(part: Part): void {
    const holds = this.#holds.get(part)! - 1;
    if (holds > 0) this.#holds.set(part, holds);
    else this.#holds.delete(part);
    this.#removeIfFree(part);
  }

  #removeIfFree(part: Part): void {
    if (!this.#leaving.has(part) || this.#holds.has(part)) return;
    this.#leaving.delete(part);
    this.#readers.forget(part.folder);
    // What cannot be removed now is covered, and goes when the folder is loaded again.
    this.#removing = this.#removing
      .then(() => this.#files.remove(part.folder))
      .then(() => this.bitmaps.remove(part))
      .catch(() => undefined);
  }
}

function sharedBlocks(sharing: readonly [PartName, PartName], folder: string): WinnowError {
  const [a, b] = sharing.map(formatPartName);
  return new WinnowError(
    'LOGICAL_ERROR',
    `parts ${a} and ${b} in ${folder} share blocks and neither covers the other`,
  );
}
