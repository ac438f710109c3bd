// bitmap-file.ts — the file of one bitmap index of one part (docs/formats/bitmaps.md).
//
//   'WINNOWBM' · version u32 = 1 · size of the head u32 · hash of the head 16 bytes · head · bitmaps
//   head: hash of the part 16 bytes · column str · type str · rows varuint · values varuint · the values, ascending, NULL last
//         · per value: rows varuint, size of its bitmap varuint, hash of its bitmap 16 bytes
//   A column that has too many values has 2^32 - 1 of them, and nothing behind that.
//
// Keeps true: every byte is under a hash, and bitmaps are read one by one; the file is of the part that it is opened for.

import { must } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';
import type { Files, OpenFile } from '../io/ports.ts';
import type { Arena } from '../kernels/arena.ts';
import type { Column, NamedType } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { hashOfFile, hashOfPart } from './checksums-file.ts';
import type { PartContents } from './part-contents.ts';
import { uniteRoaring } from './roaring.ts';
import { readRows, writeValue } from './single-value.ts';

/** A part whose column has more, NULL among them, has no bitmaps. */
export const MAX_BITMAP_VALUES = 4096;

const MAGIC = Buffer.from('WINNOWBM');
const VERSION = 1;
const HASH_BYTES = 16;
const START_BYTES = MAGIC.length + 4 + 4 + HASH_BYTES;
const TOO_MANY = 2 ** 32 - 1;
/** Of larger files only the bitmaps that are asked for are read. */
const MAX_KEPT_BYTES = 1_048_576;
const NOT_OF_THE_PART = 'the bitmaps of the part';

/** The values of a column in a part, ascending, NULL last, and the rows of each. */
export type ColumnBitmaps = {
  readonly values: Column;
  readonly bitmaps: readonly { readonly rowCount: number; readonly bytes: Buffer }[];
};

/** `bitmaps`: undefined when there are too many values. */
export function encodeBitmapFile(
  { checksums, rowCount }: PartContents,
  { name, type }: NamedType,
  bitmaps: ColumnBitmaps | undefined,
): Buffer {
  const head = new ByteWriter();
  head.append(hashOfPart(checksums));
  head.string(Buffer.from(name));
  head.string(Buffer.from(typeName(type)));
  head.varuint(rowCount);
  head.varuint(bitmaps ? bitmaps.values.rowCount : TOO_MANY);
  for (let row = 0; row < (bitmaps?.values.rowCount ?? 0); row++) writeValue(head, bitmaps!.values, row);
  for (const bitmap of bitmaps?.bitmaps ?? []) {
    head.varuint(bitmap.rowCount);
    head.varuint(bitmap.bytes.length);
    head.append(hashOfFile(bitmap.bytes));
  }
  const bytes = head.finish();
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(VERSION);
  sizes.writeUInt32LE(bytes.length, 4);
  const all = bitmaps?.bitmaps.map((bitmap) => bitmap.bytes) ?? [];
  return Buffer.concat([MAGIC, sizes, hashOfFile(bytes), bytes, ...all]);
}

type Entry = {
  readonly rowCount: number;
  readonly at: number;
  readonly sizeBytes: number;
  readonly hash: Buffer;
};

/** What a file says; a small one is kept whole. */
export class BitmapFile {
  /** Of the column's type: ascending, NULL last. */
  readonly values: Column;
  /** In memory, roughly. */
  readonly sizeBytes: number;
  readonly #files: Files;
  readonly #path: string;
  readonly #entries: readonly Entry[];
  readonly #content: Buffer | undefined;

  private constructor(files: Files, path: string, head: Head, content: Buffer | undefined) {
    this.#files = files;
    this.#path = path;
    this.values = head.values;
    this.#entries = head.entries;
    this.#content = content;
    this.sizeBytes = head.sizeBytes + (content?.length ?? 0);
  }

  /** Undefined: the column has too many values. Errors: CorruptionError, also when there is no file, or one of another part. */
  static read(files: Files, path: string, part: PartContents, column: NamedType): BitmapFile | undefined {
    return withFile(files, path, (file) => {
      const head = readHead(file, path, part, column);
      const isSmall = file.sizeBytes <= MAX_KEPT_BYTES;
      return (
        head && new BitmapFile(files, path, head, isSmall ? readAt(file, path, 0, file.sizeBytes) : undefined)
      );
    });
  }

  /** Sets the bits of the rows that have one of the values, given as rows of `values`. Errors: CorruptionError, some bits set. */
  unite(chosen: readonly number[], bits: Uint8Array, scratch: Arena): void {
    const entries = chosen.map((value) => must(this.#entries[value], 'a value of the file is chosen'));
    const content = this.#content;
    if (content)
      for (const entry of entries)
        this.#uniteOne(entry, content.subarray(entry.at, entry.at + entry.sizeBytes), bits, scratch);
    else if (entries.length > 0)
      withFile(this.#files, this.#path, (file) => {
        for (const entry of entries)
          this.#uniteOne(entry, readAt(file, this.#path, entry.at, entry.sizeBytes), bits, scratch);
      });
  }

  #uniteOne({ hash, rowCount }: Entry, content: Buffer, bits: Uint8Array, scratch: Arena): void {
    scratch.rewind();
    const bytes = scratch.take(content);
    if (!hashOfFile(bytes).equals(hash))
      throw new CorruptionError(this.#path, 'a bitmap with the hash in its head', 'another');
    const found = uniteRoaring(bytes, bits, this.#path);
    if (found !== rowCount) throw new CorruptionError(this.#path, `a bitmap of ${rowCount} rows`, `${found}`);
  }
}

function withFile<T>(files: Files, path: string, use: (file: OpenFile) => T): T {
  const file = files.open(path);
  if (!file) throw new CorruptionError(path, NOT_OF_THE_PART, 'no file');
  try {
    return use(file);
  } finally {
    file.close();
  }
}

function readAt(file: OpenFile, path: string, at: number, sizeBytes: number): Buffer {
  if (at + sizeBytes > file.sizeBytes)
    throw new CorruptionError(path, `${sizeBytes} bytes at ${at}`, `a file of ${file.sizeBytes}`);
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  if (file.readInto(bytes, at) === sizeBytes) return bytes;
  throw new CorruptionError(path, `${sizeBytes} bytes at ${at}`, 'fewer');
}

type Head = { readonly values: Column; readonly entries: readonly Entry[]; readonly sizeBytes: number };

/** Undefined when it says that there are too many values. */
function readHead(file: OpenFile, path: string, part: PartContents, column: NamedType): Head | undefined {
  const start = readAt(file, path, 0, START_BYTES);
  if (!start.subarray(0, MAGIC.length).equals(MAGIC) || start.readUInt32LE(MAGIC.length) !== VERSION)
    throw new CorruptionError(path, `a bitmap index of version ${VERSION}`, 'something else');
  const bytes = readAt(file, path, START_BYTES, start.readUInt32LE(MAGIC.length + 4));
  if (!hashOfFile(bytes).equals(start.subarray(START_BYTES - HASH_BYTES)))
    throw new CorruptionError(path, 'a head with the hash before it', 'another');
  const head = new ByteReader(bytes, path);
  requirePart(head, part, column);
  const valueCount = head.varuint();
  if (valueCount === TOO_MANY) return undefined;
  if (valueCount > MAX_BITMAP_VALUES)
    throw new CorruptionError(path, `up to ${MAX_BITMAP_VALUES} values`, `${valueCount}`);
  const [values] = readRows(head, [column.type], valueCount);
  const entries = readEntries(head, valueCount, part.rowCount, file.sizeBytes);
  return { values: values!, entries, sizeBytes: 2 * bytes.length };
}

function requirePart(
  head: ByteReader,
  { checksums, rowCount }: PartContents,
  { name, type }: NamedType,
): void {
  const isOfPart =
    head.take(HASH_BYTES).equals(hashOfPart(checksums)) &&
    head.string().toString() === name &&
    head.string().toString() === typeName(type) &&
    head.varuint() === rowCount;
  if (!isOfPart) throw new CorruptionError(head.file, NOT_OF_THE_PART, 'those of another');
}

function readEntries(head: ByteReader, count: number, rowCount: number, fileBytes: number): Entry[] {
  let at = START_BYTES + head.bytes.length;
  let rows = 0;
  const entries = Array.from({ length: count }, (): Entry => {
    const entry = { rowCount: head.varuint(), at, sizeBytes: head.varuint(), hash: head.take(HASH_BYTES) };
    at += entry.sizeBytes;
    rows += entry.rowCount;
    return entry;
  });
  head.end();
  if (at !== fileBytes) throw new CorruptionError(head.file, `${at} bytes`, `${fileBytes}`);
  if (rows !== rowCount) throw new CorruptionError(head.file, `bitmaps of ${rowCount} rows`, `${rows}`);
  return entries;
}
