// dictionary-reader.ts — LowCardinality columns as codes and a dictionary (the streams: dictionary-writer.ts).
//
// ClickHouse writes a dictionary when it is full and begins the next one with the next piece; the mark of a granule in
// <c>.dict says which dictionary it begins with. Pieces whose texts found no room, and parts of other writers, bring
// texts of their own (join-pieces.ts).
//
// Keeps true: no code points behind its dictionary; row 0 of the dictionary of a Nullable type, and no other, is NULL.

import { CorruptionError } from '../base/errors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn, Column } from '../types/column.ts';
import { type DataType, isNullable, nullable } from '../types/data-type.ts';
import { ByteReader } from './byte-reader.ts';
import type { ColumnReader, RowRange } from './column-reader.ts';
import { type DictionaryPiece, joinPieces } from './join-pieces.ts';
import { sameMarks } from './marks-file.ts';
import type { Extent, StreamReader } from './stream-reader.ts';
import { readTexts } from './text-stream.ts';

const VERSION_BYTES = 8;
const VERSION = 1n;
const WIDTHS = [1, 2, 4] as const;
const WIDTH_BITS = 0xff;
const SHARED = 0x100;
const ADDITIONAL = 0x200;
const BEGINS = 0x400;
const ALL_FLAGS = WIDTH_BITS | SHARED | ADDITIONAL | BEGINS;

/** Dictionaries of a stream up to this size are kept as long as the reader. */
const MAX_KEPT_BYTES = 8_388_608;

/** Granules [start, end) whose marks in the stream of dictionaries are the same. */
type Run = { readonly start: number; readonly end: number };

/** Dictionaries that begin at the marks of a run of granules, by its first granule. */
type Dictionaries = Map<number, readonly BytesColumn[]>;

export class DictionaryReader implements ColumnReader {
  readonly #type: DataType;
  readonly #texts: StreamReader;
  readonly #codes: StreamReader;
  readonly #arena: Arena;
  readonly #kept: Dictionaries = new Map();

  /** `arena` lives as long as the reader. */
  constructor(type: DataType, texts: StreamReader, codes: StreamReader, arena: Arena) {
    this.#type = type;
    this.#texts = texts;
    this.#codes = codes;
    this.#arena = arena;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): Column {
    const isKept = this.#texts.decompressedBytes <= MAX_KEPT_BYTES;
    const read = { arena, known: isKept ? this.#kept : new Map(), knownArena: isKept ? this.#arena : arena };
    const pieces: DictionaryPiece[] = [];
    for (let from = start; from < end;) {
      const to = Math.min(end, sameMarks(this.#texts.marks, from).end);
      this.#readPieces(from, to, pieces, read);
      from = to;
    }
    const found = pieces.reduce((total, piece) => total + piece.rowCount, 0);
    if (found !== rowCount) throw new CorruptionError(this.#codes.path, `${rowCount} codes`, `${found}`);
    return joinPieces(this.#type, pieces, rowCount, arena);
  }

  close(): void {
    this.#texts.close();
    this.#codes.close();
    this.#kept.clear();
  }

  /** Pieces of granules that begin with the same dictionary. */
  #readPieces(start: number, end: number, pieces: DictionaryPiece[], read: Read): void {
    const reader = this.#readerOf(this.#codes, this.#codes.load(start, end, read.arena));
    let run = sameMarks(this.#texts.marks, start);
    let index = 0;
    for (let isFirst = true; reader.left > 0; isFirst = false) {
      const flags = this.#readFlags(reader);
      let shared: BytesColumn | undefined;
      if (flags & SHARED) {
        // The first piece uses the dictionary at its granule's mark, whether or not that begins with it.
        if (flags & BEGINS && !isFirst) {
          index++;
          if (index === this.#dictionaries(run, read).length)
            [run, index] = [sameMarks(this.#texts.marks, run.end), 0];
        }
        shared = this.#dictionaries(run, read)[index];
        if (!shared) throw new CorruptionError(this.#texts.path, `a dictionary for granule ${start}`, 'none');
      }
      pieces.push(this.#readPiece(reader, flags, shared, read.arena));
    }
  }

  #readFlags(reader: ByteReader): number {
    const flags = reader.count();
    const isKnown = flags <= ALL_FLAGS && (flags & ~ALL_FLAGS) === 0 && (flags & (SHARED | ADDITIONAL)) !== 0;
    if (!isKnown)
      throw new CorruptionError(this.#codes.path, `flags before ${reader.at}`, `0x${flags.toString(16)}`);
    return flags;
  }

  #readPiece(
    reader: ByteReader,
    flags: number,
    shared: BytesColumn | undefined,
    arena: Arena,
  ): DictionaryPiece {
    const width = WIDTHS[flags & WIDTH_BITS];
    if (!width)
      throw new CorruptionError(this.#codes.path, 'codes of 1, 2 or 4 bytes', `width ${flags & WIDTH_BITS}`);
    const additional = flags & ADDITIONAL ? readDictionary(reader, arena) : undefined;
    const rowCount = reader.count();
    const { byteOffset: codes } = reader.take(rowCount * width);
    const { kernels } = kernelRuntime();
    const max = { 1: kernels.maxU8, 2: kernels.maxU16, 4: kernels.maxU32 }[width];
    const textCount = (shared?.rowCount ?? 0) + (additional?.rowCount ?? 0);
    const highest = max(codes, rowCount) >>> 0;
    if (highest >= textCount)
      throw new CorruptionError(this.#codes.path, `codes below ${textCount}`, `${highest}`);
    return { rowCount, width, codes, shared, additional };
  }

  /** The dictionaries from the mark of a run of granules up to the next mark. */
  #dictionaries({ start, end }: Run, { known, knownArena }: Read): readonly BytesColumn[] {
    const found = known.get(start);
    if (found || start === end) return found ?? [];
    const { blockOffsets, offsetsInBlock } = this.#texts.marks;
    const reader = this.#readerOf(this.#texts, this.#texts.load(start, end));
    if (blockOffsets[start] === 0 && offsetsInBlock[start]! <= VERSION_BYTES)
      this.#requireVersion(reader, offsetsInBlock[start]!);
    else if (start === 0)
      throw new CorruptionError(this.#texts.path, 'nothing but the version before the first mark', 'more');
    const dictionaries: BytesColumn[] = [];
    while (reader.left > 0) dictionaries.push(this.#asShared(readDictionary(reader, knownArena), knownArena));
    known.set(start, dictionaries);
    return dictionaries;
  }

  /** The version stands before the first dictionary; the first mark is behind it, or before it. */
  #requireVersion(reader: ByteReader, markOffset: number): void {
    const { buffer, byteOffset } = reader.bytes;
    const version = Buffer.from(buffer, byteOffset - markOffset, VERSION_BYTES).readBigUInt64LE();
    reader.take(VERSION_BYTES - markOffset);
    if (version !== VERSION) throw new CorruptionError(this.#texts.path, `version ${VERSION}`, `${version}`);
  }

  /** Marks the NULL of a Nullable type. */
  #asShared(texts: BytesColumn, arena: Arena): BytesColumn {
    if (!isNullable(this.#type)) return texts;
    if (texts.rowCount === 0 || texts.offsets[1] !== 0)
      throw new CorruptionError(this.#texts.path, 'an empty text that stands for NULL', 'another');
    const nulls = arena.u8(texts.rowCount).fill(0);
    nulls[0] = 1;
    return { ...texts, type: nullable({ kind: 'String' }), nulls };
  }

  #readerOf({ path }: StreamReader, { pointer, sizeBytes }: Extent): ByteReader {
    return new ByteReader(Buffer.from(kernelRuntime().memory.buffer, pointer, sizeBytes), path);
  }
}

/** What one read works with. */
type Read = {
  readonly arena: Arena;
  readonly known: Dictionaries;
  /** Where the known dictionaries lie. */
  readonly knownArena: Arena;
};

/** Number of texts u64 · texts. The reader's bytes lie in the kernels' memory. */
function readDictionary(reader: ByteReader, arena: Arena): BytesColumn {
  const count = reader.count();
  const { kernels } = kernelRuntime();
  const pointer = reader.bytes.byteOffset + reader.at;
  const sizeBytes = count > reader.left ? -1 : kernels.skipStrings(pointer, reader.left, count);
  if (sizeBytes < 0) throw new CorruptionError(reader.file, `${count} texts`, `${reader.left} bytes`);
  reader.take(sizeBytes);
  return readTexts({ path: reader.file }, { pointer, sizeBytes }, count, arena);
}
