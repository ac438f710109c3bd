// merge-parts.ts — several sorted parts become one, row by row in the order of the sorting key.
//
// Keeps true: rows that are equal by the key keep the order of their parts, and in a part their own; masked rows are left
// out. Memory is bounded: each source has a few granules at hand, and rows go to the writer when one of them runs out.

import { must } from '../base/assert.ts';
import { Arena } from '../kernels/arena.ts';
import { mergeScratchBytes, mergeSourceWords } from '../kernels/order-kernels.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Block } from '../types/column.ts';
import { gatherSources } from './gather-sources.ts';
import { MergeSource } from './merge-source.ts';
import type { Part } from './part.ts';
import type { PartWriter } from './part-writer.ts';
import type { ReaderCache } from './reader-cache.ts';
import type { RowMask } from './row-mask.ts';
import type { PartSchema } from './schema.ts';

export type MaskedPart = { readonly part: Part; readonly mask: RowMask };

const DEFAULT_MEMORY_BYTES = 64 * 1024 * 1024;
/** Rows that go to the writer at once. */
const BLOCK_ROWS = 65_536;

export type MergeServices = {
  readonly readers: ReaderCache;
  readonly writer: PartWriter;
  /** Asked between blocks; false ends the merge. */
  readonly goesOn: () => Promise<boolean>;
  /** What all sources together have at hand, more or less; each has at least a granule. */
  readonly memoryBytes?: number;
};

/**
 * Writes the merged rows of `sources`, in block order, to the writer, which the caller finishes or aborts.
 * How many rows; undefined when `goesOn` ended the merge. Errors: those of reading and writing.
 */
export async function mergeParts(
  sources: readonly MaskedPart[],
  schema: PartSchema,
  { readers, writer, goesOn, memoryBytes = DEFAULT_MEMORY_BYTES }: MergeServices,
): Promise<number | undefined> {
  const chunkBytes = memoryBytes / sources.length;
  const lease = readers.lease();
  const open = sources.map(({ part, mask }) => new MergeSource(part, mask, schema, lease, chunkBytes));
  const merge = new Merge(open, schema);
  try {
    for (let rowCount = 0; ;) {
      const block = merge.next();
      if (block.rowCount === 0) return rowCount;
      await writer.write(block);
      rowCount += block.rowCount;
      if (!(await goesOn())) return undefined;
    }
  } finally {
    merge.release();
    lease.release();
  }
}

class Merge {
  readonly #kernels = kernelRuntime().kernels;
  readonly #sources: readonly MergeSource[];
  readonly #schema: PartSchema;
  /** Lives as long as the merge. */
  readonly #arena = new Arena();
  readonly #blockArena = new Arena();
  readonly #records: Uint32Array;
  readonly #scratch: number;
  readonly #chosenSources: Uint16Array;
  readonly #chosenRows: Uint32Array;

  constructor(sources: readonly MergeSource[], schema: PartSchema) {
    this.#sources = sources;
    this.#schema = schema;
    this.#records = this.#arena.u32(mergeSourceWords * sources.length).fill(0);
    this.#scratch = this.#arena.allocate(mergeScratchBytes(sources.length));
    this.#chosenSources = this.#arena.u16(BLOCK_ROWS);
    this.#chosenRows = this.#arena.u32(BLOCK_ROWS);
  }

  /** The next rows, lent until the next call; none when all sources have ended. */
  next(): Block {
    this.#refill();
    const rowCount = this.#choose();
    if (rowCount === 0) return { rowCount, columns: [] };
    const sources = this.#chosenSources.subarray(0, rowCount);
    const rows = this.#chosenRows.subarray(0, rowCount);
    this.#blockArena.rewind();
    // A source that never had rows is not chosen: any columns do for it.
    const some = must(
      this.#sources.find(({ columns }) => columns.length > 0),
      'rows come from a source',
    );
    const columns = this.#schema.columns.map((_, i) => {
      const ofSources = this.#sources.map((source) => source.columns[i] ?? some.columns[i]!);
      return gatherSources(ofSources, { sources, rows }, this.#blockArena);
    });
    return { rowCount, columns };
  }

  release(): void {
    for (const source of this.#sources) source.release();
    this.#blockArena.release();
    this.#arena.release();
  }

  /** Gives rows to sources that have none at hand. */
  #refill(): void {
    for (const [i, source] of this.#sources.entries()) {
      if (!this.#isSpent(i)) continue;
      source.next();
      this.#records.set([source.keys, 0, source.rowCount], mergeSourceWords * i);
    }
  }

  /** Chooses rows until a source has to be refilled; how many. */
  #choose(): number {
    const keyCount = this.#schema.sortingKey.length;
    let count = 0;
    while (count < BLOCK_ROWS) {
      const merged = this.#kernels.mergeRuns(
        this.#records.byteOffset,
        this.#sources.length,
        keyCount,
        BLOCK_ROWS - count,
        this.#chosenSources.byteOffset + 2 * count,
        this.#chosenRows.byteOffset + 4 * count,
        this.#scratch,
      );
      count += merged;
      if (merged === 0 || this.#sources.some(({ hasMore }, i) => hasMore && this.#isSpent(i))) break;
    }
    return count;
  }

  #isSpent(source: number): boolean {
    const record = mergeSourceWords * source;
    return this.#records[record + 1] === this.#records[record + 2];
  }
}
