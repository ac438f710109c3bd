// part-reader.ts — reads columns of one part: whole granules, into the kernels' memory.
//
// Synchronous, and for one thread: each thread has readers of its own. Files are opened when their column is first read.

import { WinnowError } from '../base/errors.ts';
import { assert } from '../base/assert.ts';
import type { Files } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import type { Column } from '../types/column.ts';
import { type ColumnReader, columnReader } from './column-reader.ts';
import type { PartContents } from './part-contents.ts';
import { PartFiles } from './part-files.ts';
import type { StreamContext } from './stream-reader.ts';

export class PartReader {
  readonly #part: PartContents;
  readonly #context: StreamContext;
  readonly #columns = new Map<string, ColumnReader>();

  constructor(files: Files, part: PartContents) {
    this.#part = part;
    this.#context = {
      files: PartFiles.of(files, part.folder, part.checksums),
      granuleRows: part.granuleRows,
      arena: new Arena(),
      scratch: new Arena(),
    };
  }

  /**
   * The rows of granules [start, end) of a column, in the arena; the dictionary of a LowCardinality column may lie in the
   * reader's own memory, and is then the same object in every result, until `close`.
   * Errors: CorruptionError naming the file; NOT_IMPLEMENTED of codecs; MEMORY_LIMIT_EXCEEDED.
   */
  read(columnName: string, granules: { readonly start: number; readonly end: number }, arena: Arena): Column {
    const { start, end } = granules;
    const { granuleStarts } = this.#part;
    assert(start >= 0 && start <= end && end < granuleStarts.length, 'granules of the part are read');
    const rowCount = granuleStarts[end]! - granuleStarts[start]!;
    try {
      return this.#readerOf(columnName).read({ start, end, rowCount }, arena);
    } finally {
      // Readers are many, and most of them idle.
      this.#context.scratch.release();
    }
  }

  close(): void {
    for (const column of this.#columns.values()) column.close();
    this.#columns.clear();
    this.#context.arena.release();
    this.#context.scratch.release();
  }

  #readerOf(columnName: string): ColumnReader {
    let reader = this.#columns.get(columnName);
    if (reader) return reader;
    const column = this.#part.columns.find(({ name }) => name === columnName);
    if (!column)
      throw new WinnowError('NO_SUCH_COLUMN_IN_TABLE', `${this.#part.folder} has no column ${columnName}`);
    this.#columns.set(columnName, (reader = columnReader(column, this.#context)));
    return reader;
  }
}
