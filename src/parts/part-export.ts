// part-export.ts — parts of one or several folders, copied or written again into one folder, under names that do not meet.

import type { Ports } from '../io/ports.ts';
import type { Block } from '../types/column.ts';
import { copyFolder } from './copy-folder.ts';
import { mergeParts } from './merge-parts.ts';
import { formatPartName } from './part-name.ts';
import { Part } from './part.ts';
import { PartWriter } from './part-writer.ts';
import type { ReaderCache } from './reader-cache.ts';
import type { RowMask } from './row-mask.ts';
import type { PartSchema } from './schema.ts';
import { publishParts, stageParts } from './write-parts.ts';

export class PartExport {
  readonly names: string[] = [];
  rows = 0;
  bytes = 0;
  /** Of the parts, those that are copies. */
  copied = 0;
  readonly #ports: Ports;
  readonly #readers: ReaderCache;
  readonly #folder: string;
  readonly #schema: PartSchema;
  #nextBlock = 1;

  /** `folder` is empty, or not there yet. */
  constructor(ports: Ports, readers: ReaderCache, folder: string, schema: PartSchema) {
    this.#ports = ports;
    this.#readers = readers;
    this.#folder = folder;
    this.#schema = schema;
  }

  async copy(part: Part): Promise<void> {
    const { files } = this.#ports;
    const name = this.#takeName(part.name.partitionId);
    await copyFolder(files, part.folder, `${this.#folder}/${name}`);
    await files.syncDirectory(this.#folder);
    this.copied++;
    this.#add(await Part.open(files, `${this.#folder}/${name}`, this.#schema));
  }

  /** The rows that are not masked. */
  async rewrite(part: Part, mask: RowMask): Promise<void> {
    const { files, timers } = this.#ports;
    await files.makeDirectory(this.#folder);
    const folder = `${this.#folder}/${this.#takeName(part.name.partitionId)}`;
    const writer = new PartWriter(files, folder, this.#schema, { sync: true });
    const goesOn = (): Promise<boolean> => timers.yield().then(() => true);
    const rowCount = await mergeParts([{ part, mask }], this.#schema, {
      readers: this.#readers,
      writer,
      goesOn,
    });
    if (rowCount === 0) return writer.abort();
    await writer.finish();
    await files.syncDirectory(this.#folder);
    this.#add(await Part.open(files, folder, this.#schema));
  }

  /** Rows that no part has yet. */
  async write(rows: Block): Promise<void> {
    const target = { files: this.#ports.files, folder: this.#folder, schema: this.#schema, sync: true };
    const staged = await stageParts(target, rows, 'export');
    for (const part of await publishParts(target, staged, () => this.#nextBlock++)) this.#add(part);
  }

  #takeName(partitionId: string): string {
    const block = this.#nextBlock++;
    return formatPartName({ partitionId, minBlock: block, maxBlock: block, level: 0 });
  }

  #add(part: Part): void {
    this.names.push(formatPartName(part.name));
    this.rows += part.rowCount;
    this.bytes += part.sizeBytes;
  }
}
