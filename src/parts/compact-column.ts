// compact-column.ts — the streams of one column of a Compact part: in each granule of data.bin the streams of a column
// follow each other, and how long each is shows only from what is in it.
//
// Keeps true: what lies between the marks of a column and of the next one is taken by its streams, no more and no less.

import { CorruptionError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { NamedType } from '../types/column.ts';
import { type DataType, elementType } from '../types/data-type.ts';
import { ByteReader } from './byte-reader.ts';
import { DICTIONARY_VERSION, skipPieces } from './dictionary-pieces.ts';
import type { ColumnStreams } from './part-streams.ts';
import type { Storage } from './serialization-file.ts';
import {
  columnPath,
  elementsPath,
  fieldPath,
  innerPath,
  lengthStream,
  nullStream,
  sizeStream,
  sparseStream,
  sparseValueType,
  type StreamPath,
  valuesPath,
} from './stream-names.ts';
import type { Extent, MarkedFile, ReaderMemory, StreamReader } from './stream-reader.ts';
import { scanSparse } from './sparse-reader.ts';
import { MAX_ELEMENTS, storedSizeBytes } from './stored-values.ts';
import { codedPaths, type CompactPositions } from './substreams-file.ts';
import { skipTexts } from './text-stream.ts';

export type CompactSource = {
  readonly column: NamedType;
  readonly storage: Storage;
  readonly positions: CompactPositions;
  readonly granuleRows: Uint32Array;
  readonly data: MarkedFile;
  readonly memory: ReaderMemory;
};

/** What the streams have in some granules, by name. */
type Pieces = Map<string, Extent[]>;

export class CompactColumn implements ColumnStreams {
  readonly #source: CompactSource;
  /** Decompressed granules. */
  readonly #granules = new Arena();
  /** Of the granules that are being read. */
  #cut: { readonly start: number; readonly end: number; readonly pieces: Pieces } | undefined;

  constructor(source: CompactSource) {
    this.#source = source;
  }

  get arena(): Arena {
    return this.#source.memory.arena;
  }

  stream(name: string): StreamReader {
    return {
      path: this.#source.data.path,
      load: (start, end, into) => this.#load(name, start, end, into),
      close: () => undefined,
    };
  }

  dictionaries(): undefined {
    return undefined;
  }

  endRead(): void {
    this.#cut = undefined;
    this.#granules.release();
    this.#source.memory.scratch.release();
  }

  #load(name: string, start: number, end: number, into = this.#source.memory.scratch): Extent {
    if (this.#cut?.start !== start || this.#cut.end !== end)
      this.#cut = { start, end, pieces: this.#cutGranules(start, end) };
    const { scratch } = this.#source.memory;
    if (into === scratch) scratch.rewind();
    const pieces = this.#cut.pieces.get(name) ?? [];
    const bytes = into.bytes(pieces.reduce((total, { sizeBytes }) => total + sizeBytes, 0));
    const memory = new Uint8Array(bytes.buffer);
    let at = 0;
    for (const { pointer, sizeBytes } of pieces) {
      bytes.set(memory.subarray(pointer, pointer + sizeBytes), at);
      at += sizeBytes;
    }
    return { pointer: bytes.byteOffset, sizeBytes: bytes.length };
  }

  #cutGranules(start: number, end: number): Pieces {
    const { column, storage, positions, granuleRows, data } = this.#source;
    const first = positions.ofColumn.get(column.name)!;
    const next = [...positions.ofColumn.values()].find((position) => position > first) ?? positions.total;
    const pieces: Pieces = new Map();
    for (let granule = start; granule < end; granule++) {
      const at = granule * positions.total;
      const { pointer, sizeBytes } = data.load(at + first, at + next, this.#granules);
      const bytes = Buffer.from(kernelRuntime().memory.buffer, pointer, sizeBytes);
      const cutter = new GranuleCutter(new ByteReader(bytes, data.path), pieces);
      cutter.cut(column.type, columnPath(column.name, storage), granuleRows[granule]!);
    }
    return pieces;
  }
}

/** Cuts one granule of a column into its streams. */
class GranuleCutter {
  readonly #reader: ByteReader;
  readonly #pieces: Pieces;

  constructor(reader: ByteReader, pieces: Pieces) {
    this.#reader = reader;
    this.#pieces = pieces;
  }

  /** All of it. */
  cut(type: DataType, path: StreamPath, rowCount: number): void {
    for (const { base } of codedPaths(type, path)) {
      const version = this.#reader.count();
      if (version !== DICTIONARY_VERSION)
        throw new CorruptionError(
          this.#reader.file,
          `version ${DICTIONARY_VERSION} of ${base}`,
          String(version),
        );
    }
    this.#cutValues(type, path, rowCount);
    this.#reader.end();
  }

  #cutValues(type: DataType, path: StreamPath, rowCount: number): void {
    const sparse = sparseValueType(type, path);
    if (sparse) {
      const valueCount = this.#takePositions(sparseStream(path), rowCount);
      return this.#cutValues(sparse, valuesPath(type, path), valueCount);
    }
    switch (type.kind) {
      case 'Nullable':
        this.#take(nullStream(path), rowCount);
        return this.#cutValues(type.inner, innerPath(path), rowCount);
      case 'Array':
      case 'Map': {
        const elementCount = this.#takeSizes(sizeStream(path), rowCount);
        return this.#cutValues(elementType(type), elementsPath(path), elementCount);
      }
      case 'Tuple':
        return type.elements.forEach((element, i) =>
          this.#cutValues(element.type, fieldPath(path, element, i), rowCount),
        );
      case 'LowCardinality':
        return this.#takeCut(path.base, () => skipPieces(this.#reader, type, rowCount));
      case 'String':
        return path.storage.hasLengths
          ? this.#take(path.base, this.#takeSizes(lengthStream(path), rowCount))
          : this.#takeCut(path.base, () => skipTexts(this.#reader, rowCount));
      case 'AggregateFunction':
        // How long states are only they know; a column has no other stream behind them.
        return this.#take(path.base, this.#reader.left);
      default:
        return this.#take(path.base, rowCount * storedSizeBytes(type));
    }
  }

  /** What `skip` goes past is of a stream. */
  #takeCut(stream: string, skip: () => void): void {
    const start = this.#reader.at;
    skip();
    const sizeBytes = this.#reader.at - start;
    this.#reader.at = start;
    this.#take(stream, sizeBytes);
  }

  #take(stream: string, sizeBytes: number): void {
    const { byteOffset: pointer } = this.#reader.take(sizeBytes);
    const pieces = this.#pieces.get(stream);
    if (pieces) pieces.push({ pointer, sizeBytes });
    else this.#pieces.set(stream, [{ pointer, sizeBytes }]);
  }

  /** Sizes of arrays or texts; their sum. */
  #takeSizes(stream: string, rowCount: number): number {
    this.#take(stream, 8 * rowCount);
    const { pointer } = this.#pieces.get(stream)!.at(-1)!;
    const total = kernelRuntime().kernels.sumOfSizes(pointer, rowCount, MAX_ELEMENTS);
    if (total < 0) throw new CorruptionError(this.#reader.file, `at most ${MAX_ELEMENTS} elements`, 'more');
    return total;
  }

  /** Where values of a sparse column stand; how many. */
  #takePositions(stream: string, rowCount: number): number {
    const { bytes, at, left, file } = this.#reader;
    const extent = { pointer: bytes.byteOffset + at, sizeBytes: left };
    const { sizeBytes, valueCount } = scanSparse(file, extent, rowCount);
    this.#take(stream, sizeBytes);
    return valueCount;
  }
}
