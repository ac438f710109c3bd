// part-reader.ts — reads columns of one part: whole granules, into the kernels' memory.
//
// Synchronous, and for one thread: each thread has readers of its own. Files are opened when their column is first read.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import { assert } from '../base/assert.ts';
import type { Files } from '../io/ports.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Column } from '../types/column.ts';
import { takeColumnTo } from '../types/gather.ts';
import { adaptColumn } from './adapted-columns.ts';
import { type ColumnReader, columnReader } from './column-reader.ts';
import type { PartContents } from './part-contents.ts';
import { PartFiles } from './part-files.ts';
import { type ColumnStreams, PartStreams } from './part-streams.ts';
import { storageOf } from './stream-names.ts';

type Granules = { readonly start: number; readonly end: number };

export class PartReader {
  readonly #part: PartContents;
  readonly #streams: PartStreams;
  readonly #columns = new Map<string, OpenColumn>();

  constructor(files: Files | PartFiles, part: PartContents) {
    this.#part = part;
    const partFiles = files instanceof PartFiles ? files : PartFiles.of(files, part.folder, part.checksums);
    this.#streams = new PartStreams(part, partFiles);
  }

  /**
   * The rows of granules [start, end) of a column, in the arena; the dictionary of a LowCardinality column may lie in the
   * reader's own memory, and is then the same object in every result, until `close`.
   * Errors: CorruptionError naming the file; NOT_IMPLEMENTED of codecs; MEMORY_LIMIT_EXCEEDED; of an
   * adapted column those of its cast or DEFAULT, naming the part.
   */
  read(columnName: string, granules: Granules, arena: Arena): Column {
    const adapted = this.#part.adapted?.get(columnName);
    if (!adapted) return this.#readStored(columnName, granules, arena);
    const { granuleStarts, folder } = this.#part;
    const rowCount = granuleStarts[granules.end]! - granuleStarts[granules.start]!;
    try {
      const column = adaptColumn(adapted, rowCount, (name) =>
        name === columnName ? this.#readStored(name, granules, arena) : this.read(name, granules, arena),
      );
      return takeColumnTo(column, arena);
    } catch (error) {
      if (!(error instanceof WinnowError) || error instanceof CorruptionError) throw error;
      throw new WinnowError(error.code, `column ${columnName} of ${folder}: ${error.message}`);
    }
  }

  close(): void {
    for (const { reader } of this.#columns.values()) reader.close();
    this.#columns.clear();
    this.#streams.close();
  }

  #readStored(columnName: string, { start, end }: Granules, arena: Arena): Column {
    const { granuleStarts } = this.#part;
    assert(start >= 0 && start <= end && end < granuleStarts.length, 'granules of the part are read');
    const rowCount = granuleStarts[end]! - granuleStarts[start]!;
    const { reader, streams } = this.#open(columnName);
    try {
      return reader.read({ start, end, rowCount }, arena);
    } finally {
      // Readers are many, and most of them idle.
      streams.endRead();
    }
  }

  #open(columnName: string): OpenColumn {
    const known = this.#columns.get(columnName);
    if (known) return known;
    const column = this.#part.columns.find(({ name }) => name === columnName);
    if (!column)
      throw new WinnowError('NO_SUCH_COLUMN_IN_TABLE', `${this.#part.folder} has no column ${columnName}`);
    const streams = this.#streams.of(column);
    const reader = columnReader(column, storageOf(this.#part.storage, columnName), streams);
    const opened = { reader, streams };
    this.#columns.set(columnName, opened);
    return opened;
  }
}

type OpenColumn = { readonly reader: ColumnReader; readonly streams: ColumnStreams };
