// part-writer.ts — writes one Wide part from sorted rows.
//
// Keeps true: rows come in the order of the sorting key, all of one partition, in blocks of any size; when `finish`
// resolves, the folder holds a whole part and, with `sync`, everything in it is on disk. The folder's own name is the
// caller's: it is renamed to that of a part afterwards.
//
// How many rows a granule has is decided when it begins, by the block that its first row comes in.

import { assert, must } from '../base/assert.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Files } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { Workspace } from '../kernels/workspace.ts';
import { expandDictionary, takeBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { ByteWriter } from './byte-writer.ts';
import { encodeChecksums, type FileChecksum, hashOfFile } from './checksums-file.ts';
import { ColumnBounds } from './column-bounds.ts';
import { type ColumnWriter, columnWriter } from './column-writer.ts';
import { formatColumns } from './columns-file.ts';
import { chainsOf } from './chain-choice.ts';
import { type CodecChain, LZ4_CHAIN } from './codec.ts';
import { BlockCompressor } from './compressed-block.ts';
import { boundsFileName, skipIndexFileName, streamFileName } from './file-name.ts';
import { granuleRowsFor } from './granule-rows.ts';
import { writtenMarks } from './marks-file.ts';
import {
  CHECKSUMS_FILE,
  COLUMNS_FILE,
  COUNT_FILE,
  DATA_EXTENSION,
  PARTITION_FILE,
  PRIMARY_FILE,
} from './part-files.ts';
import { writeValue } from './single-value.ts';
import { type PartSchema, requireBoundable } from './schema.ts';
import { skipIndexExtension } from './skip-index.ts';
import { SkipIndexWriter } from './skip-index-writer.ts';
import { requireStorable, typedStreamsOf } from './stream-names.ts';
import { requireEqualLengths } from '../types/nested.ts';
import { StreamWriter } from './stream-writer.ts';

export class PartWriter {
  readonly #files: Files;
  readonly #folder: string;
  readonly #schema: PartSchema;
  readonly #sync: boolean;
  readonly #arena = new Arena();
  readonly #workspace = new Workspace();
  /** Of all streams, by name; none before the first row. */
  readonly #streams = new Map<string, StreamWriter>();
  #columns: readonly ColumnWriter[] = [];
  readonly #indexes: SkipIndexWriter[] = [];
  /** Rows of each granule so far. */
  readonly #granuleRows: number[] = [];
  /** Rows that the last of them may still take. */
  #missingRows = 0;
  /** The primary key of each granule's first row. */
  readonly #index = new ByteWriter();
  #lastKey: Buffer = Buffer.alloc(0);
  #partition: Buffer | undefined;
  readonly #bounds: ReadonlyMap<number, ColumnBounds>;

  /** `folder` must not exist. Errors: NOT_IMPLEMENTED of columns that a part cannot hold. */
  constructor(files: Files, folder: string, schema: PartSchema, options: { readonly sync: boolean }) {
    requireStorable(schema.columns);
    requireBoundable(schema);
    this.#files = files;
    this.#folder = folder;
    this.#schema = schema;
    this.#sync = options.sync;
    this.#bounds = new Map(
      schema.partitionBy?.sourceColumns.map((column) => [column, new ColumnBounds()] as const),
    );
  }

  get rowCount(): number {
    return this.#granuleRows.reduce((total, rows) => total + rows, 0);
  }

  async write(block: Block): Promise<void> {
    if (block.rowCount === 0) return;
    requireEqualLengths(this.#schema.columns, block);
    if (this.#columns.length === 0) await this.#open();
    this.#workspace.scratch.rewind();
    this.#addPartition(block);
    const pieces = this.#cut(block);
    for (const [i, writer] of this.#columns.entries()) {
      writer.begin(must(block.columns[i], 'a block has the columns of the schema'));
      appendPieces(writer, pieces);
    }
    for (const index of this.#indexes) {
      index.begin(block);
      appendPieces(index, pieces);
    }
    this.#addKeys(block, pieces);
    for (const stream of this.#allStreams()) await stream.drain();
  }

  /** There was at least one row. */
  async finish(): Promise<void> {
    assert(this.#granuleRows.length > 0, 'a part has rows');
    for (const writer of [...this.#columns, ...this.#indexes]) writer.finish();
    const checksums = new Map<string, FileChecksum>();
    const finish = async (stream: StreamWriter, extension: string): Promise<void> => {
      checksums.set(`${stream.name}${extension}`, await stream.finish(this.#sync));
    };
    await allDone([
      ...[...this.#streams.values()].map((stream) => finish(stream, DATA_EXTENSION)),
      ...this.#indexes.map(({ stream, index }) => finish(stream, skipIndexExtension(index.type))),
    ]);
    const listed = this.#listedFiles();
    for (const [name, bytes] of listed)
      checksums.set(name, { sizeBytes: bytes.length, hash: hashOfFile(bytes), decompressed: undefined });
    const unlisted = [
      [COLUMNS_FILE, formatColumns(this.#schema.columns)],
      [CHECKSUMS_FILE, encodeChecksums(checksums)],
    ] as const;
    await allDone([...listed, ...unlisted].map(([name, bytes]) => this.#writeFile(name, bytes)));
    if (this.#sync) await this.#files.syncDirectory(this.#folder);
    this.#releaseMemory();
  }

  /** Gives up: nothing of the part stays. */
  async abort(): Promise<void> {
    for (const stream of this.#allStreams()) await stream.abort();
    await this.#files.remove(this.#folder);
    this.#releaseMemory();
  }

  async #open(): Promise<void> {
    await this.#files.makeDirectory(this.#folder);
    const compressor = new BlockCompressor(this.#arena);
    const services = { compressor, workspace: this.#workspace, arena: this.#arena, settings: this.#schema };
    const open = async (
      name: string,
      extension: string,
      chains: readonly CodecChain[],
    ): Promise<StreamWriter> => {
      const file = await this.#files.create(`${this.#folder}/${name}${extension}`);
      return new StreamWriter(name, file, chains, services);
    };
    const { columns, codecs, skipIndexes } = this.#schema;
    const chains = new Map<string, readonly CodecChain[]>();
    // Who wants marks without rows may know no codecs of numbers either.
    const { hasRows } = writtenMarks(this.#schema);
    // Of the columns that share a stream, the first decides about it.
    for (const column of columns) {
      const codec = codecs.get(column.name);
      for (const { name, values, numbers } of typedStreamsOf(column)) {
        const undeclared = chainsOf(hasRows ? numbers : undefined);
        if (!chains.has(name)) chains.set(name, codec ? [codec.chainOf(values)] : undeclared);
      }
    }
    await allDone([
      ...[...chains].map(async ([name, ofStream]) => {
        this.#streams.set(name, await open(streamFileName(name), DATA_EXTENSION, ofStream));
      }),
      ...skipIndexes.map(async (index) => {
        const stream = await open(skipIndexFileName(index.name), skipIndexExtension(index.type), [LZ4_CHAIN]);
        this.#indexes.push(new SkipIndexWriter(index, stream));
      }),
    ]);
    const stream = (name: string): StreamWriter =>
      must(this.#streams.get(name), 'every stream of a column is named');
    const shared = new Set<string>();
    const sizes = (name: string): StreamWriter | undefined => {
      if (shared.has(name)) return undefined;
      shared.add(name);
      return stream(name);
    };
    const context = { stream, sizes, arena: this.#arena, scratch: this.#workspace.scratch };
    this.#columns = columns.map((column) => columnWriter(column, context));
  }

  #allStreams(): StreamWriter[] {
    return [...this.#streams.values(), ...this.#indexes.map(({ stream }) => stream)];
  }

  /** Rows of the block by granule. */
  #cut(block: Block): Piece[] {
    const granuleRows = granuleRowsFor(block, this.#schema);
    const pieces: Piece[] = [];
    for (let start = 0; start < block.rowCount;) {
      const begins = this.#missingRows === 0;
      if (begins) {
        this.#granuleRows.push(0);
        this.#missingRows = granuleRows;
      }
      const end = Math.min(block.rowCount, start + this.#missingRows);
      this.#missingRows -= end - start;
      this.#granuleRows[this.#granuleRows.length - 1]! += end - start;
      pieces.push({ start, end, begins });
      start = end;
    }
    return pieces;
  }

  #addKeys(block: Block, pieces: readonly Piece[]): void {
    const { sortingKey, primaryKeyLength } = this.#schema;
    const key = sortingKey.slice(0, primaryKeyLength).map((column) => block.columns[column]!);
    for (const { start, begins } of pieces)
      if (begins) for (const column of key) writeValue(this.#index, column, start);
    const last = new ByteWriter();
    for (const column of key) writeValue(last, column, block.rowCount - 1);
    this.#lastKey = last.finish();
  }

  #addPartition(block: Block): void {
    const { partitionBy } = this.#schema;
    if (!partitionBy) return;
    for (const [column, bounds] of this.#bounds) bounds.add(expandDictionary(block.columns[column]!));
    if (this.#partition) return;
    const first = takeBlock(block, Uint32Array.of(0));
    const row = { ...first, columns: first.columns.map(expandDictionary) };
    const writer = new ByteWriter();
    for (const expression of partitionBy.expressions) writeValue(writer, evaluate(expression, row), 0);
    this.#partition = writer.finish();
  }

  /** Files beside the streams' data, but for those that checksums.txt does not list. */
  #listedFiles(): Map<string, Buffer> {
    const { columns, primaryKeyLength } = this.#schema;
    const files = new Map<string, Buffer>([[COUNT_FILE, Buffer.from(String(this.rowCount))]]);
    const format = writtenMarks(this.#schema);
    for (const stream of this.#streams.values())
      files.set(`${stream.name}${format.extension}`, stream.marks.encode(this.#granuleRows, format));
    for (const { stream, count } of this.#indexes)
      files.set(`${stream.name}${format.extension}`, stream.marks.encodeIndex(count, format));
    // The key of the last row goes with the mark of the end.
    const keys = [this.#index.finish(), ...(format.hasRows ? [this.#lastKey] : [])];
    if (primaryKeyLength > 0) files.set(PRIMARY_FILE, Buffer.concat(keys));
    if (this.#partition) files.set(PARTITION_FILE, this.#partition);
    for (const [column, { bounds }] of this.#bounds) {
      const writer = new ByteWriter();
      for (const row of [0, 1]) writeValue(writer, must(bounds, 'a part has rows'), row);
      files.set(boundsFileName(columns[column]!.name), writer.finish());
    }
    return files;
  }

  #releaseMemory(): void {
    for (const index of this.#indexes) index.release();
    this.#workspace.close();
    this.#arena.release();
  }

  async #writeFile(name: string, bytes: Uint8Array): Promise<void> {
    const file = await this.#files.create(`${this.#folder}/${name}`);
    try {
      await file.write(bytes);
      if (this.#sync) await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** Waits for all, also when one fails: nothing goes on behind the error. */
async function allDone(promises: readonly Promise<void>[]): Promise<void> {
  const failure = (await Promise.allSettled(promises)).find((result) => result.status === 'rejected');
  if (failure) throw failure.reason;
}

function appendPieces(writer: Pick<ColumnWriter, 'mark' | 'append'>, pieces: readonly Piece[]): void {
  for (const { start, end, begins } of pieces) {
    if (begins) writer.mark();
    writer.append(start, end);
  }
}

/** Rows [start, end) of a block; a granule begins with them, or they go on with one. */
type Piece = { readonly start: number; readonly end: number; readonly begins: boolean };
