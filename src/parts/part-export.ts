// part-export.ts — parts of one or several folders, copied or written again into one folder, under names that do not meet.

import type { Files, Ports } from '../io/ports.ts';
import type { Block } from '../types/column.ts';
import { mergeParts } from './merge-parts.ts';
import { formatPartName } from './part-name.ts';
import { Part } from './part.ts';
import { PartWriter } from './part-writer.ts';
import type { ReaderCache } from './reader-cache.ts';
import type { RowMask } from './row-mask.ts';
import type { PartSchema } from './schema.ts';
import { publishParts, stageParts } from './write-parts.ts';

const COPY_BYTES = 1024 * 1024;

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

async function copyFolder(files: Files, from: string, to: string): Promise<void> {
  await files.makeDirectory(to);
  for (const name of await files.list(from)) await copyFile(files, `${from}/${name}`, `${to}/${name}`);
  await files.syncDirectory(to);
}

async function copyFile(files: Files, from: string, to: string): Promise<void> {
  const source = files.open(from)!;
  try {
    const target = await files.create(to);
    try {
      for (let position = 0; position < source.sizeBytes; position += COPY_BYTES) {
        const piece = new Uint8Array(Math.min(COPY_BYTES, source.sizeBytes - position));
        await target.write(piece.subarray(0, source.readInto(piece, position)));
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}
