// column-reader.ts — from the streams of a column to its rows, by type.
//
// Keeps true: a column has as many values as its rows, no more and no fewer; sizes are checked against the bytes there
// are before anything is allocated for them; under NULL lies the type's default; flags and enum numbers are valid ones.

import { must } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { relabelled } from '../types/block.ts';
import { type Column, fixedArrays, type FixedValues, type NamedType } from '../types/column.ts';
import {
  type DataType,
  elementType,
  evenSizeBytes,
  type FixedPhysical,
  isEnum,
  physicalOf,
  typeName,
} from '../types/data-type.ts';
import { DictionaryReader } from './dictionary-reader.ts';
import type { ColumnStreams } from './part-streams.ts';
import type { Storage } from './serialization-file.ts';
import { SparseReader } from './sparse-reader.ts';
import {
  columnPath,
  dictionaryStream,
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
import { allBytesInMemory } from './stored-bytes.ts';
import { aligned, MAX_ELEMENTS, putDefaults, requireFlags, requireSize } from './stored-values.ts';
import { StateReader } from './state-reader.ts';
import type { StreamReader } from './stream-reader.ts';
import { readTexts } from './text-stream.ts';

/** Granules [start, end), which hold `rowCount` values. */
export type RowRange = { readonly start: number; readonly end: number; readonly rowCount: number };

export interface ColumnReader {
  /** The values, in the arena. */
  read(range: RowRange, arena: Arena): Column;
  close(): void;
}

export function columnReader(
  { name, type }: NamedType,
  storage: Storage,
  streams: ColumnStreams,
): ColumnReader {
  return readerOf(type, columnPath(name, storage), streams);
}

function readerOf(type: DataType, path: StreamPath, streams: ColumnStreams): ColumnReader {
  const sparse = sparseValueType(type, path);
  if (sparse) {
    const values = readerOf(sparse, valuesPath(type, path), streams);
    return new SparseReader(type, streams.stream(sparseStream(path)), values);
  }
  switch (type.kind) {
    case 'Nullable':
      return new NullableReader(
        type,
        streams.stream(nullStream(path)),
        readerOf(type.inner, innerPath(path), streams),
      );
    case 'Array':
    case 'Map': {
      const sizes = streams.stream(sizeStream(path));
      return new ArrayReader(type, sizes, readerOf(elementType(type), elementsPath(path), streams));
    }
    case 'Tuple': {
      const fields = type.elements.map((element, i) =>
        readerOf(element.type, fieldPath(path, element, i), streams),
      );
      return new TupleReader(type, fields);
    }
    case 'LowCardinality': {
      const keys = streams.dictionaries(dictionaryStream(path));
      return new DictionaryReader(type, keys, streams.stream(path.base), streams.arena, valuesReader);
    }
    case 'String': {
      const lengths = path.storage.hasLengths ? streams.stream(lengthStream(path)) : undefined;
      return new TextReader(type, streams.stream(path.base), lengths);
    }
    case 'AggregateFunction':
      return new StateReader(type, streams.stream(path.base));
    default:
      return valuesReader(type, streams.stream(path.base), streams.arena);
  }
}

/** Of values that are all of one size. */
function valuesReader(type: DataType, stream: StreamReader, arena: Arena): ColumnReader {
  if (physicalOf(type) !== 'bytes') return new FixedReader(type, stream, arena);
  return new EvenBytesReader(type, stream, must(evenSizeBytes(type), 'only String has no one size'));
}

/** The constructors of `fixedArrays`, over the kernels' memory. */
type FixedArray = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): FixedValues;
};

class FixedReader implements ColumnReader {
  readonly #type: DataType;
  readonly #stream: StreamReader;
  readonly #array: FixedArray;
  /** Of an enum: 1 for each number it has, as one without a sign. */
  readonly #allowed: Uint8Array | undefined;

  constructor(type: DataType, stream: StreamReader, arena: Arena) {
    this.#type = type;
    this.#stream = stream;
    this.#array = fixedArrays[physicalOf(type) as FixedPhysical] as FixedArray;
    if (!isEnum(type)) return;
    const count = 2 ** (8 * this.#array.BYTES_PER_ELEMENT);
    this.#allowed = arena.u8(count).fill(0);
    for (const { value } of type.entries) this.#allowed[value & (count - 1)] = 1;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): Column {
    const width = this.#array.BYTES_PER_ELEMENT;
    const extent = this.#stream.load(start, end, arena);
    requireSize(this.#stream, extent, rowCount * width);
    const pointer = aligned(extent, width, arena);
    this.#requireValid(pointer, rowCount);
    const values = new this.#array(kernelRuntime().memory.buffer, pointer, rowCount);
    return { layout: 'fixed', type: this.#type, rowCount, values, nulls: undefined };
  }

  close(): void {
    this.#stream.close();
  }

  #requireValid(pointer: number, rowCount: number): void {
    if (this.#type.kind === 'Bool') requireFlags(this.#stream, pointer, rowCount);
    if (!this.#allowed) return;
    const { firstForeignU8, firstForeignU16 } = kernelRuntime().kernels;
    const firstForeign = this.#array.BYTES_PER_ELEMENT === 1 ? firstForeignU8 : firstForeignU16;
    const row = firstForeign(pointer, rowCount, this.#allowed.byteOffset) >>> 0;
    if (row === rowCount) return;
    throw new CorruptionError(
      this.#stream.path,
      `numbers of ${typeName(this.#type)}`,
      `another in row ${row}`,
    );
  }
}

class TextReader implements ColumnReader {
  readonly #type: DataType;
  readonly #stream: StreamReader;
  readonly #lengths: StreamReader | undefined;

  /** Without `lengths`, each text has its length before it. */
  constructor(type: DataType, stream: StreamReader, lengths: StreamReader | undefined) {
    this.#type = type;
    this.#stream = stream;
    this.#lengths = lengths;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): Column {
    if (!this.#lengths) {
      const extent = this.#stream.load(start, end);
      return { ...readTexts(this.#stream, extent, rowCount, arena), type: this.#type };
    }
    const offsets = readSizes(this.#lengths, { start, end, rowCount }, arena);
    const extent = this.#stream.load(start, end, arena);
    requireSize(this.#stream, extent, offsets[rowCount]!);
    const bytes = Buffer.from(kernelRuntime().memory.buffer, extent.pointer, extent.sizeBytes);
    return { layout: 'bytes', type: this.#type, rowCount, offsets, bytes, nulls: undefined };
  }

  close(): void {
    this.#stream.close();
    this.#lengths?.close();
  }
}

/** Sizes of arrays or texts, as offsets. */
function readSizes(sizes: StreamReader, { start, end, rowCount }: RowRange, arena: Arena): Uint32Array {
  const extent = sizes.load(start, end);
  requireSize(sizes, extent, rowCount * 8);
  const offsets = arena.u32(rowCount + 1);
  const { kernels } = kernelRuntime();
  const fitting = kernels.sizesToOffsets(extent.pointer, rowCount, offsets.byteOffset, MAX_ELEMENTS) >>> 0;
  if (fitting === rowCount) return offsets;
  throw new CorruptionError(sizes.path, `at most ${MAX_ELEMENTS} elements`, `more in row ${fitting}`);
}

/** Values laid out as bytes of one size. */
class EvenBytesReader implements ColumnReader {
  readonly #type: DataType;
  readonly #stream: StreamReader;
  readonly #sizeBytes: number;

  constructor(type: DataType, stream: StreamReader, sizeBytes: number) {
    this.#type = type;
    this.#stream = stream;
    this.#sizeBytes = sizeBytes;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): Column {
    const extent = this.#stream.load(start, end, arena);
    requireSize(this.#stream, extent, rowCount * this.#sizeBytes);
    const { kernels, memory } = kernelRuntime();
    const bytes = Buffer.from(memory.buffer, extent.pointer, extent.sizeBytes);
    allBytesInMemory(this.#type, bytes);
    const offsets = arena.u32(rowCount + 1);
    kernels.evenOffsets(offsets.byteOffset, rowCount, this.#sizeBytes);
    return { layout: 'bytes', type: this.#type, rowCount, offsets, bytes, nulls: undefined };
  }

  close(): void {
    this.#stream.close();
  }
}

class NullableReader implements ColumnReader {
  readonly #type: DataType;
  readonly #stream: StreamReader;
  readonly #inner: ColumnReader;

  constructor(type: DataType, stream: StreamReader, inner: ColumnReader) {
    this.#type = type;
    this.#stream = stream;
    this.#inner = inner;
  }

  read(range: RowRange, arena: Arena): Column {
    const { rowCount } = range;
    const extent = this.#stream.load(range.start, range.end, arena);
    requireSize(this.#stream, extent, rowCount);
    const hasNulls = requireFlags(this.#stream, extent.pointer, rowCount);
    const nulls = new Uint8Array(kernelRuntime().memory.buffer, extent.pointer, rowCount);
    const column = this.#inner.read(range, arena);
    if (hasNulls) putDefaults(column, nulls);
    return relabelled(column, this.#type, nulls);
  }

  close(): void {
    this.#stream.close();
    this.#inner.close();
  }
}

class ArrayReader implements ColumnReader {
  readonly #type: DataType;
  readonly #sizes: StreamReader;
  readonly #elements: ColumnReader;

  constructor(type: DataType, sizes: StreamReader, elements: ColumnReader) {
    this.#type = type;
    this.#sizes = sizes;
    this.#elements = elements;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): Column {
    const offsets = readSizes(this.#sizes, { start, end, rowCount }, arena);
    const elements = this.#elements.read({ start, end, rowCount: offsets[rowCount]! }, arena);
    return { layout: 'array', type: this.#type, rowCount, offsets, elements, nulls: undefined };
  }

  close(): void {
    this.#sizes.close();
    this.#elements.close();
  }
}

class TupleReader implements ColumnReader {
  readonly #type: DataType;
  readonly #fields: readonly ColumnReader[];

  constructor(type: DataType, fields: readonly ColumnReader[]) {
    this.#type = type;
    this.#fields = fields;
  }

  read(range: RowRange, arena: Arena): Column {
    const fields = this.#fields.map((field) => field.read(range, arena));
    return { layout: 'tuple', type: this.#type, rowCount: range.rowCount, fields, nulls: undefined };
  }

  close(): void {
    for (const field of this.#fields) field.close();
  }
}
