// merge-source.ts — one sorted part as a source of a merge: some granules at a time, without the masked rows.

import { CorruptionError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { writeSortKeys } from '../kernels/sort-keys.ts';
import { rowsOfMask } from '../types/gather.ts';
import type { Column } from '../types/column.ts';
import { sortKeyOf } from '../types/sort-key.ts';
import { expandTexts } from './expand-texts.ts';
import { type ChosenRows, gatherSources } from './gather-sources.ts';
import type { Part } from './part.ts';
import type { ReaderLease } from './reader-cache.ts';
import type { RowMask } from './row-mask.ts';
import type { PartSchema } from './schema.ts';

export class MergeSource {
  readonly #part: Part;
  readonly #mask: RowMask;
  readonly #schema: PartSchema;
  readonly #readers: ReaderLease;
  readonly #chunkGranules: number;
  readonly #arena = new Arena();
  #nextGranule = 0;
  /** The rows at hand, per column of the schema. */
  columns: readonly Column[] = [];
  rowCount = 0;
  /** Pointer to their sort keys. */
  keys = 0;

  /** Holds about `chunkBytes` in memory. */
  constructor(part: Part, mask: RowMask, schema: PartSchema, readers: ReaderLease, chunkBytes: number) {
    this.#part = part;
    this.#mask = mask;
    this.#schema = schema;
    this.#readers = readers;
    const granuleBytes = Math.max(1, part.uncompressedBytes / Math.max(1, part.granuleRows.length));
    this.#chunkGranules = Math.max(1, Math.floor(chunkBytes / granuleBytes));
  }

  /** Whether granules are left behind those at hand. */
  get hasMore(): boolean {
    return this.#nextGranule < this.#part.granuleRows.length;
  }

  /** Replaces the rows at hand by the next ones; there are none when the part has ended. Errors: those of reading. */
  next(): void {
    this.rowCount = 0;
    while (this.rowCount === 0 && this.hasMore) this.#read();
    if (this.rowCount > 0) this.#makeKeys();
  }

  release(): void {
    this.#arena.release();
  }

  #read(): void {
    const start = this.#nextGranule;
    const end = Math.min(this.#part.granuleRows.length, start + this.#chunkGranules);
    this.#nextGranule = end;
    this.#arena.rewind();
    const firstRow = this.#part.granuleStarts[start]!;
    const rowCount = this.#part.granuleStarts[end]! - firstRow;
    const kept = this.#keptRows(firstRow, rowCount);
    this.rowCount = kept ? kept.rows.length : rowCount;
    if (this.rowCount === 0) return;
    const reader = this.#readers.of(this.#part);
    this.columns = this.#schema.columns.map(({ name }) => {
      const column = expandTexts(reader.read(name, { start, end }, this.#arena), this.#arena);
      return kept ? gatherSources([column], kept, this.#arena) : column;
    });
  }

  /** Rows that are not masked, when some are. */
  #keptRows(firstRow: number, rowCount: number): ChosenRows | undefined {
    const masked = this.#mask.positionsIn(firstRow, firstRow + rowCount);
    if (masked.length === 0) return undefined;
    const keep = this.#arena.u8(rowCount).fill(1);
    const { kernels } = kernelRuntime();
    kernels.maskClearAt(keep.byteOffset, this.#arena.take(masked).byteOffset, masked.length, firstRow);
    const rows = rowsOfMask(keep, this.#arena);
    return { sources: this.#arena.u16(rows.length).fill(0), rows };
  }

  #makeKeys(): void {
    const { sortingKey } = this.#schema;
    this.keys = writeSortKeys(
      this.#arena,
      sortingKey.map((column) => sortKeyOf(this.columns[column]!)),
    );
    const row = kernelRuntime().kernels.firstUnsorted(this.keys, sortingKey.length, this.rowCount);
    if (row < this.rowCount)
      throw new CorruptionError(this.#part.folder, 'rows in the order of the sorting key', 'others');
  }
}
