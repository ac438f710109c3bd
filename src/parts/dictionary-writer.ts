// dictionary-writer.ts — the two streams of a LowCardinality column: one dictionary for the whole part, and codes.
//
//   <c>.dict: version u64 = 1 · number of texts u64 · texts
//   <c>, per piece of a granule: flags u64 · [number of additional texts u64 · texts] · rows u64 · codes
//   flags: width of a code (0 = u8, 1 = u16, 2 = u32), 0x100 the dictionary is used, 0x200 additional texts follow,
//          0x400 the dictionary begins here
//
// Keeps true: code 0 is the empty text, or NULL and then code 1 the empty text; once a text found no room, the
// dictionary stays as it is, because the codes of additional texts follow its last one.

import { assert } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column } from '../types/column.ts';
import { isNullable } from '../types/data-type.ts';
import type { ColumnWriter } from './column-writer.ts';
import type { StreamWriter } from './stream-writer.ts';
import { TextDictionary } from './text-dictionary.ts';
import { appendTexts } from './text-stream.ts';

const MAX_SHARED_TEXTS = 8192;
const FIRST_SHARED_BYTES = 65_536;
const MAX_SHARED_BYTES = 4_194_304;
/** Rows of one piece: bounds what additional texts take. */
const MAX_PIECE_ROWS = 65_536;

const VERSION = 1;
const SHARED = 0x100;
const ADDITIONAL = 0x200;
const BEGINS = 0x400;

export class DictionaryWriter implements ColumnWriter {
  readonly #kernels = kernelRuntime().kernels;
  readonly #texts: StreamWriter;
  readonly #codes: StreamWriter;
  readonly #scratch: Arena;
  readonly #shared: TextDictionary;
  #source: Source | undefined;
  #begun = false;

  /** `arena` lives as long as the writer, `scratch` as long as a block. */
  constructor(texts: StreamWriter, codes: StreamWriter, nullable: boolean, arena: Arena, scratch: Arena) {
    this.#texts = texts;
    this.#codes = codes;
    this.#scratch = scratch;
    this.#shared = new TextDictionary(arena, MAX_SHARED_TEXTS, FIRST_SHARED_BYTES, MAX_SHARED_BYTES);
    if (nullable) this.#shared.addNull();
    this.#shared.addEmpty();
    texts.appendNumber(VERSION);
  }

  begin(column: Column): void {
    this.#source = sourceOf(column, this.#scratch);
  }

  mark(): void {
    this.#texts.mark();
    this.#codes.mark();
  }

  append(start: number, end: number): void {
    for (let from = start; from < end; from += MAX_PIECE_ROWS)
      this.#appendPiece(from, Math.min(end - from, MAX_PIECE_ROWS));
  }

  finish(): void {
    this.#texts.appendNumber(this.#shared.count);
    this.#appendDictionary(this.#texts, this.#shared);
  }

  #appendPiece(start: number, rowCount: number): void {
    const codes = this.#scratch.u32(rowCount);
    let additional: TextDictionary | undefined;
    let row = 0;
    while ((row = this.#encode(start, additional, row, rowCount, codes)) < rowCount) {
      if (this.#shared.grow()) continue;
      assert(additional === undefined, 'additional texts have room for all that is left');
      this.#shared.freeze();
      const textBytes = this.#source!.bytesOf(start + row, start + rowCount);
      additional = new TextDictionary(this.#scratch, rowCount - row, textBytes, textBytes);
    }
    this.#write(codes, additional);
  }

  /** Codes of rows of the piece, from `row` on; the row where room ran out, or the last one's end. */
  #encode(
    start: number,
    additional: TextDictionary | undefined,
    row: number,
    rowCount: number,
    codes: Uint32Array,
  ): number {
    const { column, known } = this.#source!;
    const dictionaries = [this.#shared.pointer, additional?.pointer ?? 0] as const;
    const range = [row, rowCount, codes.byteOffset] as const;
    if (column.layout === 'bytes') {
      const nulls = column.nulls ? column.nulls.byteOffset + start : 0;
      const offsets = column.offsets.byteOffset + 4 * start;
      return this.#kernels.encodeTexts(...dictionaries, offsets, column.bytes.byteOffset, nulls, ...range);
    }
    const width = column.codes.BYTES_PER_ELEMENT;
    const { offsets, bytes } = column.dictionary;
    const recode = {
      1: this.#kernels.recodeTexts8,
      2: this.#kernels.recodeTexts16,
      4: this.#kernels.recodeTexts32,
    };
    const source = column.codes.byteOffset + width * start;
    return recode[width as 1 | 2 | 4](
      ...dictionaries,
      source,
      known,
      offsets.byteOffset,
      bytes.byteOffset,
      ...range,
    );
  }

  #write(codes: Uint32Array, additional: TextDictionary | undefined): void {
    const highest = this.#kernels.maxU32(codes.byteOffset, codes.length) >>> 0;
    const widthCode = highest < 0x100 ? 0 : highest < 0x1_0000 ? 1 : 2;
    const flags = widthCode + SHARED + (additional ? ADDITIONAL : 0) + (this.#begun ? 0 : BEGINS);
    this.#begun = true;
    this.#codes.appendNumber(flags);
    if (additional) {
      this.#codes.appendNumber(additional.count);
      this.#appendDictionary(this.#codes, additional);
    }
    this.#codes.appendNumber(codes.length);
    const narrow =
      widthCode === 0 ? Uint8Array.from(codes) : widthCode === 1 ? Uint16Array.from(codes) : codes;
    this.#codes.append(new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength));
  }

  #appendDictionary(stream: StreamWriter, { offsets, bytes, count }: TextDictionary): void {
    appendTexts(stream, offsets.byteOffset, bytes.byteOffset, count, this.#scratch);
  }
}

/** Rows to be encoded, in the kernels' memory. */
type Source = {
  readonly column: Extract<Column, { layout: 'bytes' | 'dictionary' }>;
  /** Of a dictionary column: 1 + the new code of each old one; else 0. */
  readonly known: number;
  /** A bound for the bytes of the distinct texts in rows [start, end). */
  readonly bytesOf: (start: number, end: number) => number;
};

function sourceOf(column: Column, scratch: Arena): Source {
  if (column.layout === 'dictionary') {
    const { offsets, bytes, rowCount } = column.dictionary;
    const known = scratch.u32(rowCount).fill(0);
    if (isNullable(column.type)) known[0] = 1;
    const dictionary = { ...column.dictionary, offsets: scratch.take(offsets), bytes: scratch.take(bytes) };
    return {
      column: { ...column, codes: scratch.take(column.codes), dictionary },
      known: known.byteOffset,
      bytesOf: () => offsets[rowCount]!,
    };
  }
  assert(column.layout === 'bytes', 'LowCardinality columns hold texts');
  const { offsets, bytes, nulls } = column;
  return {
    column: {
      ...column,
      offsets: scratch.take(offsets),
      bytes: scratch.take(bytes),
      nulls: nulls && scratch.take(nulls),
    },
    known: 0,
    bytesOf: (start, end) => offsets[end]! - offsets[start]!,
  };
}
