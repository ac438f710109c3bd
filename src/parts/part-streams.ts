// part-streams.ts — where the streams of a part's columns lie: in a file each (Wide), or all in data.bin (Compact).

import { CorruptionError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import type { NamedType } from '../types/column.ts';
import { CompactColumn } from './compact-column.ts';
import { streamFileName } from './file-name.ts';
import { type Marks, readMarks } from './marks-file.ts';
import type { PartContents } from './part-contents.ts';
import { COMPACT_STREAM, DATA_EXTENSION, type PartFiles } from './part-files.ts';
import { storageOf } from './stream-names.ts';
import { MarkedFile, type ReaderMemory, type StreamReader } from './stream-reader.ts';
import { compactPositions } from './substreams-file.ts';

/** The streams of one column. */
export interface ColumnStreams {
  /** Lives as long as the reader. */
  readonly arena: Arena;
  stream(name: string): StreamReader;
  /** A stream of dictionaries that granules share; undefined where each has its own. */
  dictionaries(name: string): MarkedFile | undefined;
  /** What was loaded into the scratch is not needed any more. */
  endRead(): void;
}

export class PartStreams {
  readonly #part: PartContents;
  readonly #files: PartFiles;
  readonly #memory: ReaderMemory = { arena: new Arena(), scratch: new Arena() };
  /** Of a Compact part. */
  readonly #data: MarkedFile | undefined;

  constructor(part: PartContents, files: PartFiles) {
    this.#part = part;
    this.#files = files;
    if (part.marks.isCompact) this.#data = this.#file(COMPACT_STREAM, compactPositions(part).total);
  }

  of(column: NamedType): ColumnStreams {
    const endRead = (): void => this.#memory.scratch.release();
    if (!this.#data)
      return {
        arena: this.#memory.arena,
        stream: (name) => this.#file(streamFileName(name), 1),
        dictionaries: (name) => this.#file(streamFileName(name), 1),
        endRead,
      };
    return new CompactColumn({
      column,
      storage: storageOf(this.#part.storage, column.name),
      positions: compactPositions(this.#part),
      granuleRows: this.#part.granuleRows,
      data: this.#data,
      memory: this.#memory,
    });
  }

  close(): void {
    this.#data?.close();
    this.#memory.arena.release();
    this.#memory.scratch.release();
  }

  #file(name: string, positionCount: number): MarkedFile {
    const files = this.#files;
    const marksFile = `${name}${this.#part.marks.extension}`;
    const marks = (dataBytes: number): Marks => {
      const shape = { ...this.#part, format: this.#part.marks, dataBytes, positionCount };
      const found = readMarks(files, marksFile, shape);
      requireGranules(found, this.#part.granuleRows, files.path(marksFile));
      return found;
    };
    return new MarkedFile({ ...this.#memory, files, dataFile: `${name}${DATA_EXTENSION}`, marksFile, marks });
  }
}

/** All streams of a part have the same granules. */
function requireGranules({ rows }: Marks, granuleRows: Uint32Array, path: string): void {
  if (rows.length === granuleRows.length && rows.every((count, i) => count === granuleRows[i])) return;
  throw new CorruptionError(path, 'the granules of the part', 'others');
}
