// column-writer.ts — from the rows of a column to its streams, by type.
//
// Keeps true: all streams of a column have the same marks; what lies under NULL is written as it is, the type's default.

import { assert, must } from '../base/assert.ts';
import { storedStatesOf } from '../expr/aggregates.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column, NamedType } from '../types/column.ts';
import {
  type DataType,
  elementType,
  evenSizeBytes,
  physicalOf,
  type TupleElement,
} from '../types/data-type.ts';
import { DictionaryWriter } from './dictionary-writer.ts';
import { allStoredBytes } from './stored-bytes.ts';
import {
  columnPath,
  dictionaryStream,
  elementsPath,
  fieldPath,
  nullStream,
  sizeStream,
  type StreamPath,
} from './stream-names.ts';
import type { StreamWriter } from './stream-writer.ts';
import { appendTexts } from './text-stream.ts';

export interface ColumnWriter {
  /** The column whose rows come next. */
  begin(column: Column): void;
  /** A granule begins. */
  mark(): void;
  /** Rows [start, end) of the column. */
  append(start: number, end: number): void;
  /** All rows were appended. */
  finish(): void;
}

export type WriterContext = {
  readonly stream: (name: string) => StreamWriter;
  /** As `stream`, of sizes; undefined when another column writes them. */
  readonly sizes: (name: string) => StreamWriter | undefined;
  /** Lives as long as the writer. */
  readonly arena: Arena;
  /** Lives as long as a block. */
  readonly scratch: Arena;
};

export function columnWriter({ name, type }: NamedType, context: WriterContext): ColumnWriter {
  return writerOf(type, columnPath(name), context);
}

function writerOf(type: DataType, path: StreamPath, context: WriterContext): ColumnWriter {
  switch (type.kind) {
    case 'Nullable':
      return new NullableWriter(context.stream(nullStream(path)), writerOf(type.inner, path, context));
    case 'Array':
    case 'Map':
      return arrayWriter(elementType(type), path, context);
    case 'Tuple':
      return new TupleWriter(type.elements.map((element, i) => fieldWriter(element, i, path, context)));
    case 'LowCardinality': {
      const texts = context.stream(dictionaryStream(path));
      const codes = context.stream(path.base);
      return new DictionaryWriter(type, texts, codes, context.arena, context.scratch);
    }
    case 'String':
      return new TextWriter(context.stream(path.base), context.scratch);
    case 'AggregateFunction':
      return new StateWriter(context.stream(path.base), storedStatesOf(type).empty);
    default: {
      const stream = context.stream(path.base);
      return physicalOf(type) === 'bytes'
        ? new EvenBytesWriter(type, stream, context.scratch)
        : new FixedWriter(stream);
    }
  }
}

function arrayWriter(inner: DataType, path: StreamPath, context: WriterContext): ArrayWriter {
  const sizes = context.sizes(sizeStream(path));
  return new ArrayWriter(sizes, writerOf(inner, elementsPath(path), context), context.scratch);
}

const fieldWriter = (
  element: TupleElement,
  i: number,
  path: StreamPath,
  context: WriterContext,
): ColumnWriter => writerOf(element.type, fieldPath(path, element, i), context);

class FixedWriter implements ColumnWriter {
  readonly #stream: StreamWriter;
  #bytes: Uint8Array = new Uint8Array(0);
  #width = 1;

  constructor(stream: StreamWriter) {
    this.#stream = stream;
  }

  begin(column: Column): void {
    assert(column.layout === 'fixed', 'numbers are laid out as numbers');
    const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = column.values;
    this.#bytes = new Uint8Array(buffer, byteOffset, byteLength);
    this.#width = BYTES_PER_ELEMENT;
  }

  mark(): void {
    this.#stream.mark();
  }

  append(start: number, end: number): void {
    this.#stream.append(this.#bytes.subarray(start * this.#width, end * this.#width));
  }

  finish(): void {}
}

class TextWriter implements ColumnWriter {
  readonly #stream: StreamWriter;
  readonly #scratch: Arena;
  #offsets = 0;
  #bytes = 0;

  constructor(stream: StreamWriter, scratch: Arena) {
    this.#stream = stream;
    this.#scratch = scratch;
  }

  begin(column: Column): void {
    assert(column.layout === 'bytes', 'texts are laid out as bytes');
    this.#offsets = this.#scratch.take(column.offsets).byteOffset;
    this.#bytes = this.#scratch.take(column.bytes).byteOffset;
  }

  mark(): void {
    this.#stream.mark();
  }

  append(start: number, end: number): void {
    appendTexts(this.#stream, this.#offsets + 4 * start, this.#bytes, end - start, this.#scratch);
  }

  finish(): void {}
}

/** Values laid out as bytes of one size. */
class EvenBytesWriter implements ColumnWriter {
  readonly #type: DataType;
  readonly #stream: StreamWriter;
  readonly #sizeBytes: number;
  readonly #scratch: Arena;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(type: DataType, stream: StreamWriter, scratch: Arena) {
    this.#type = type;
    this.#stream = stream;
    this.#sizeBytes = must(evenSizeBytes(type), 'only String has no one size');
    this.#scratch = scratch;
  }

  begin(column: Column): void {
    assert(column.layout === 'bytes', 'values of one size beside numbers are laid out as bytes');
    const bytes = column.bytes.subarray(0, column.rowCount * this.#sizeBytes);
    this.#bytes = allStoredBytes(this.#type, bytes, this.#scratch);
  }

  mark(): void {
    this.#stream.mark();
  }

  append(start: number, end: number): void {
    this.#stream.append(this.#bytes.subarray(start * this.#sizeBytes, end * this.#sizeBytes));
  }

  finish(): void {}
}

/** States of aggregate functions, as they are. */
class StateWriter implements ColumnWriter {
  readonly #stream: StreamWriter;
  readonly #empty: Buffer;
  #offsets: Uint32Array = new Uint32Array(1);
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(stream: StreamWriter, empty: Buffer) {
    this.#stream = stream;
    this.#empty = empty;
  }

  begin(column: Column): void {
    assert(column.layout === 'bytes', 'states are laid out as bytes');
    this.#offsets = column.offsets;
    this.#bytes = column.bytes;
  }

  mark(): void {
    this.#stream.mark();
  }

  append(start: number, end: number): void {
    let from = start;
    for (let row = start; row < end; row++) {
      if (this.#offsets[row] !== this.#offsets[row + 1]) continue;
      this.#appendFull(from, row);
      this.#stream.append(this.#empty);
      from = row + 1;
    }
    this.#appendFull(from, end);
  }

  #appendFull(start: number, end: number): void {
    this.#stream.append(this.#bytes.subarray(this.#offsets[start], this.#offsets[end]));
  }

  finish(): void {}
}

class NullableWriter implements ColumnWriter {
  readonly #stream: StreamWriter;
  readonly #inner: ColumnWriter;
  #nulls: Uint8Array = new Uint8Array(0);

  constructor(stream: StreamWriter, inner: ColumnWriter) {
    this.#stream = stream;
    this.#inner = inner;
  }

  begin(column: Column): void {
    assert(column.nulls, 'Nullable columns say what is NULL');
    this.#nulls = column.nulls;
    this.#inner.begin(column);
  }

  mark(): void {
    this.#stream.mark();
    this.#inner.mark();
  }

  append(start: number, end: number): void {
    this.#stream.append(this.#nulls.subarray(start, end));
    this.#inner.append(start, end);
  }

  finish(): void {
    this.#inner.finish();
  }
}

class ArrayWriter implements ColumnWriter {
  readonly #sizes: StreamWriter | undefined;
  readonly #elements: ColumnWriter;
  readonly #scratch: Arena;
  #offsets: Uint32Array = new Uint32Array(1);

  constructor(sizes: StreamWriter | undefined, elements: ColumnWriter, scratch: Arena) {
    this.#sizes = sizes;
    this.#elements = elements;
    this.#scratch = scratch;
  }

  begin(column: Column): void {
    assert(column.layout === 'array', 'Array and Map are laid out as arrays');
    this.#offsets = this.#scratch.take(column.offsets);
    this.#elements.begin(column.elements);
  }

  mark(): void {
    this.#sizes?.mark();
    this.#elements.mark();
  }

  append(start: number, end: number): void {
    if (this.#sizes) this.#appendSizes(this.#sizes, start, end);
    this.#elements.append(this.#offsets[start]!, this.#offsets[end]!);
  }

  #appendSizes(stream: StreamWriter, start: number, end: number): void {
    const sizes = this.#scratch.u64(end - start);
    kernelRuntime().kernels.offsetsToSizes(
      this.#offsets.byteOffset + 4 * start,
      end - start,
      sizes.byteOffset,
    );
    stream.append(new Uint8Array(sizes.buffer, sizes.byteOffset, sizes.byteLength));
  }

  finish(): void {
    this.#elements.finish();
  }
}

class TupleWriter implements ColumnWriter {
  readonly #fields: readonly ColumnWriter[];

  constructor(fields: readonly ColumnWriter[]) {
    this.#fields = fields;
  }

  begin(column: Column): void {
    assert(column.layout === 'tuple', 'Tuple is laid out as a tuple');
    this.#fields.forEach((field, i) => field.begin(column.fields[i]!));
  }

  mark(): void {
    for (const field of this.#fields) field.mark();
  }

  append(start: number, end: number): void {
    for (const field of this.#fields) field.append(start, end);
  }

  finish(): void {
    for (const field of this.#fields) field.finish();
  }
}
