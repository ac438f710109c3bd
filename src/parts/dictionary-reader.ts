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
import { relabelled } from '../types/block.ts';
import type { BytesColumn, Column, DictionaryColumn } from '../types/column.ts';
import { type DataType, isNullable, nullable, withoutNullable } from '../types/data-type.ts';
import { ByteReader } from './byte-reader.ts';
import type { ColumnReader, RowRange } from './column-reader.ts';
import { keySizeBytes } from './dictionary-keys.ts';
import { DICTIONARY_VERSION, type PieceFlags, readFlags, readKeys } from './dictionary-pieces.ts';
import { expandKeys } from './expand-texts.ts';
import { type DictionaryPiece, joinPieces } from './join-pieces.ts';
import { type Marks, sameMarks } from './marks-file.ts';
import { putDefaults } from './stored-values.ts';
import type { Extent, MarkedFile, StreamReader } from './stream-reader.ts';

const VERSION_BYTES = 8;

/** Dictionaries of a stream up to this size are kept as long as the reader. */
const MAX_KEPT_BYTES = 8_388_608;

/** The reader of a stream that has values of a type and nothing else. */
export type ValuesReader = (type: DataType, stream: StreamReader, arena: Arena) => ColumnReader;

/** Granules [start, end) whose marks in the stream of dictionaries are the same. */
type Run = { readonly start: number; readonly end: number };

/** Dictionaries that begin at the marks of a run of granules, by its first granule. */
type Dictionaries = Map<number, readonly BytesColumn[]>;

export class DictionaryReader implements ColumnReader {
  readonly #type: DataType;
  /** Of a key, as it is stored; undefined of texts. */
  readonly #keyBytes: number | undefined;
  readonly #keys: MarkedFile | undefined;
  readonly #codes: StreamReader;
  readonly #arena: Arena;
  readonly #valuesReader: ValuesReader;
  readonly #kept: Dictionaries = new Map();

  /**
   * `keys` are dictionaries that granules share, if they do; `arena` lives as long as the reader; `valuesReader` reads keys
   * that are no texts.
   */
  constructor(
    type: DataType,
    keys: MarkedFile | undefined,
    codes: StreamReader,
    arena: Arena,
    valuesReader: ValuesReader,
  ) {
    this.#type = type;
    this.#valuesReader = valuesReader;
    this.#keyBytes = keySizeBytes(type);
    this.#keys = keys;
    this.#codes = codes;
    this.#arena = arena;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): Column {
    const isKept = this.#keys !== undefined && this.#keys.decompressedBytes <= MAX_KEPT_BYTES;
    const read = { arena, known: isKept ? this.#kept : new Map(), knownArena: isKept ? this.#arena : arena };
    const pieces: DictionaryPiece[] = [];
    for (let from = start; from < end;) {
      const to = this.#keys ? Math.min(end, sameMarks(this.#keys.marks, from).end) : end;
      this.#readPieces(from, to, pieces, read);
      from = to;
    }
    const found = pieces.reduce((total, piece) => total + piece.rowCount, 0);
    if (found !== rowCount) throw new CorruptionError(this.#codes.path, `${rowCount} codes`, `${found}`);
    return this.#ofType(joinPieces(this.#type, this.#keyBytes, pieces, rowCount, arena), arena);
  }

  close(): void {
    this.#keys?.close();
    this.#codes.close();
    this.#kept.clear();
  }

  /** Texts stay codes of a dictionary; other values are laid out as such. */
  #ofType(coded: DictionaryColumn, arena: Arena): Column {
    if (this.#keyBytes === undefined) return coded;
    const { rowCount, bytes, nulls } = coded.dictionary;
    // Reading may change the bytes, and the dictionary may be used again.
    const copy = arena.bytes(bytes.length);
    copy.set(bytes);
    const keys = this.#keysFrom({ pointer: copy.byteOffset, sizeBytes: copy.length }, rowCount, arena);
    if (nulls) putDefaults(keys, nulls);
    return expandKeys(coded, relabelled(keys, this.#type, nulls), arena);
  }

  #keysFrom(extent: Extent, rowCount: number, arena: Arena): Column {
    const stream = { path: this.#codes.path, load: () => extent, close: () => undefined };
    const range = { start: 0, end: 0, rowCount };
    return this.#valuesReader(withoutNullable(this.#type), stream, this.#arena).read(range, arena);
  }

  /** Pieces of granules that begin with the same dictionary. */
  #readPieces(start: number, end: number, pieces: DictionaryPiece[], read: Read): void {
    const reader = this.#readerOf(this.#codes, this.#codes.load(start, end, read.arena));
    const shared = this.#keys && new SharedDictionaries(this.#keys.marks, start);
    for (let isFirst = true; reader.left > 0; isFirst = false) {
      const flags = readFlags(reader);
      // The first piece uses the dictionary at its granule's mark, whether or not that begins with it.
      const begins = flags.begins && !isFirst;
      const keys = flags.isShared ? shared?.next(begins, (run) => this.#dictionaries(run, read)) : undefined;
      if (flags.isShared && !keys)
        throw new CorruptionError(
          this.#keys?.path ?? this.#codes.path,
          `a dictionary for granule ${start}`,
          'none',
        );
      pieces.push(this.#readPiece(reader, flags, keys, read.arena));
    }
  }

  #readPiece(
    reader: ByteReader,
    { width, hasAdditional }: PieceFlags,
    shared: BytesColumn | undefined,
    arena: Arena,
  ): DictionaryPiece {
    const additional = hasAdditional ? readKeys(reader, this.#keyBytes, arena) : undefined;
    const rowCount = reader.count();
    const { byteOffset: codes } = reader.take(rowCount * width);
    const { kernels } = kernelRuntime();
    const max = { 1: kernels.maxU8, 2: kernels.maxU16, 4: kernels.maxU32 }[width];
    const keyCount = (shared?.rowCount ?? 0) + (additional?.rowCount ?? 0);
    const highest = max(codes, rowCount) >>> 0;
    // Without rows there is no code, nor need there be a key.
    if (rowCount > 0 && highest >= keyCount)
      throw new CorruptionError(this.#codes.path, `codes below ${keyCount}`, `${highest}`);
    return { rowCount, width, codes, shared, additional };
  }

  /** The dictionaries from the mark of a run of granules up to the next mark. */
  #dictionaries({ start, end }: Run, { known, knownArena }: Read): readonly BytesColumn[] {
    const found = known.get(start);
    if (found || start === end || !this.#keys) return found ?? [];
    const { blockOffsets, offsetsInBlock } = this.#keys.marks;
    const reader = this.#readerOf(this.#keys, this.#keys.load(start, end));
    if (blockOffsets[start] === 0 && offsetsInBlock[start]! <= VERSION_BYTES)
      requireVersion(reader, offsetsInBlock[start]!);
    else if (start === 0)
      throw new CorruptionError(reader.file, 'nothing but the version before the first mark', 'more');
    const dictionaries: BytesColumn[] = [];
    while (reader.left > 0)
      dictionaries.push(
        this.#asShared(readKeys(reader, this.#keyBytes, knownArena), reader.file, knownArena),
      );
    known.set(start, dictionaries);
    return dictionaries;
  }

  /** Marks the NULL of a Nullable type. */
  #asShared(keys: BytesColumn, path: string, arena: Arena): BytesColumn {
    if (!isNullable(this.#type)) return keys;
    if (keys.rowCount === 0 || keys.offsets[1] !== (this.#keyBytes ?? 0))
      throw new CorruptionError(path, 'an empty text that stands for NULL', 'another');
    const nulls = arena.u8(keys.rowCount).fill(0);
    nulls[0] = 1;
    return { ...keys, type: nullable({ kind: 'String' }), nulls };
  }

  #readerOf({ path }: StreamReader, { pointer, sizeBytes }: Extent): ByteReader {
    return new ByteReader(Buffer.from(kernelRuntime().memory.buffer, pointer, sizeBytes), path);
  }
}

/** The dictionaries that pieces use, one after the other. */
class SharedDictionaries {
  readonly #marks: Marks;
  #run: Run;
  #index = 0;

  /** From the mark of granule `start` on. */
  constructor(marks: Marks, start: number) {
    this.#marks = marks;
    this.#run = sameMarks(marks, start);
  }

  /** That of the next piece, which may begin another one. */
  next(begins: boolean, load: (run: Run) => readonly BytesColumn[]): BytesColumn | undefined {
    if (begins && ++this.#index === load(this.#run).length) {
      this.#run = sameMarks(this.#marks, this.#run.end);
      this.#index = 0;
    }
    return load(this.#run)[this.#index];
  }
}

/** What one read works with. */
type Read = {
  readonly arena: Arena;
  readonly known: Dictionaries;
  /** Where the known dictionaries lie. */
  readonly knownArena: Arena;
};

/** The version stands before the first dictionary; the first mark is behind it, or before it. */
function requireVersion(reader: ByteReader, markOffset: number): void {
  const { buffer, byteOffset } = reader.bytes;
  const version = Buffer.from(buffer, byteOffset - markOffset, VERSION_BYTES).readBigUInt64LE();
  reader.take(VERSION_BYTES - markOffset);
  if (version !== BigInt(DICTIONARY_VERSION))
    throw new CorruptionError(reader.file, `version ${DICTIONARY_VERSION}`, `${version}`);
}
