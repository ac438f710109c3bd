// dictionary-writer.ts — the two streams of a LowCardinality column (dictionary-pieces.ts): one dictionary for the whole part,
// and codes.
//
// Keeps true: code 0 is the default, or NULL and then code 1 the default; once a key found no room, the
// dictionary stays as it is, because the codes of additional texts follow its last one.

import { assert } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column } from '../types/column.ts';
import { type DataType, isNullable } from '../types/data-type.ts';
import type { ColumnWriter } from './column-writer.ts';
import { appendKeys, firstKeys, keysOf } from './dictionary-keys.ts';
import { ADDITIONAL, BEGINS, DICTIONARY_VERSION, SHARED } from './dictionary-pieces.ts';
import type { StreamWriter } from './stream-writer.ts';
import { TextDictionary } from './text-dictionary.ts';

const MAX_SHARED_TEXTS = 8192;
const FIRST_SHARED_BYTES = 65_536;
const MAX_SHARED_BYTES = 4_194_304;
/** Rows of one piece: bounds what additional texts take. */
const MAX_PIECE_ROWS = 65_536;

export class DictionaryWriter implements ColumnWriter {
  readonly #kernels = kernelRuntime().kernels;
  readonly #type: DataType;
  readonly #texts: StreamWriter;
  readonly #codes: StreamWriter;
  readonly #scratch: Arena;
  readonly #shared: TextDictionary;
  #source: Source | undefined;
  #begun = false;

  /** `arena` lives as long as the writer, `scratch` as long as a block. */
  constructor(type: DataType, texts: StreamWriter, codes: StreamWriter, arena: Arena, scratch: Arena) {
    this.#type = type;
    this.#texts = texts;
    this.#codes = codes;
    this.#scratch = scratch;
    this.#shared = firstKeys(type, arena, MAX_SHARED_TEXTS, FIRST_SHARED_BYTES, MAX_SHARED_BYTES);
    texts.appendNumber(DICTIONARY_VERSION);
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

  #appendDictionary(stream: StreamWriter, dictionary: TextDictionary): void {
    appendKeys(stream, this.#type, dictionary, this.#scratch);
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
    const dictionary = keysOf(column.dictionary, scratch);
    const known = scratch.u32(dictionary.rowCount).fill(0);
    if (isNullable(column.type)) known[0] = 1;
    return {
      column: { ...column, codes: scratch.take(column.codes), dictionary },
      known: known.byteOffset,
      bytesOf: () => dictionary.offsets[dictionary.rowCount]!,
    };
  }
  const keys = keysOf(column, scratch);
  return { column: keys, known: 0, bytesOf: (start, end) => keys.offsets[end]! - keys.offsets[start]! };
}
