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

/** An open file, until `close`. */
export class BitmapFile {
  /** Of the column's type: ascending, NULL last. */
  readonly values: Column;
  readonly #path: string;
  readonly #file: OpenFile;
  readonly #entries: readonly Entry[];

  private constructor(path: string, file: OpenFile, values: Column, entries: readonly Entry[]) {
    this.#path = path;
    this.#file = file;
    this.values = values;
    this.#entries = entries;
  }

  /** Undefined: the column has too many values. Errors: CorruptionError, also when there is no file, or one of another part. */
  static open(files: Files, path: string, part: PartContents, column: NamedType): BitmapFile | undefined {
    const file = files.open(path);
    if (!file) throw new CorruptionError(path, NOT_OF_THE_PART, 'no file');
    try {
      const head = readHead(file, path);
      requirePart(head, part, column);
      const valueCount = head.varuint();
      if (valueCount <= MAX_BITMAP_VALUES) {
        const [values] = readRows(head, [column.type], valueCount);
        return new BitmapFile(
          path,
          file,
          values!,
          readEntries(head, valueCount, part.rowCount, file.sizeBytes),
        );
      }
      if (valueCount !== TOO_MANY)
        throw new CorruptionError(path, `up to ${MAX_BITMAP_VALUES} values`, `${valueCount}`);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
    return undefined;
  }

  /** Sets the bits of the rows that have a value, given as a row of `values`. Errors: CorruptionError, some bits set. */
  unite(value: number, bits: Uint8Array, scratch: Arena): void {
    const entry = must(this.#entries[value], 'a value of the file is chosen');
    const bytes = scratch.bytes(entry.sizeBytes);
    const read = this.#file.readInto(bytes, entry.at);
    if (read < entry.sizeBytes || !hashOfFile(bytes).equals(entry.hash))
      throw new CorruptionError(this.#path, 'a bitmap with the hash in its head', 'another');
    const rowCount = uniteRoaring(bytes, bits, this.#path);
    if (rowCount !== entry.rowCount)
      throw new CorruptionError(this.#path, `a bitmap of ${entry.rowCount} rows`, `${rowCount}`);
  }

  close(): void {
    this.#file.close();
  }
}

/** The head, behind its hash. */
function readHead(file: OpenFile, path: string): ByteReader {
  const start = Buffer.alloc(START_BYTES);
  const hasStart = file.readInto(start, 0) === START_BYTES && start.subarray(0, MAGIC.length).equals(MAGIC);
  if (!hasStart || start.readUInt32LE(MAGIC.length) !== VERSION)
    throw new CorruptionError(path, `a bitmap index of version ${VERSION}`, 'something else');
  const sizeBytes = start.readUInt32LE(MAGIC.length + 4);
  if (START_BYTES + sizeBytes > file.sizeBytes)
    throw new CorruptionError(path, `a head of ${sizeBytes} bytes`, `a file of ${file.sizeBytes}`);
  const head = Buffer.alloc(sizeBytes);
  const isWhole = file.readInto(head, START_BYTES) === sizeBytes;
  if (!isWhole || !hashOfFile(head).equals(start.subarray(START_BYTES - HASH_BYTES)))
    throw new CorruptionError(path, 'a head with the hash before it', 'another');
  return new ByteReader(head, path);
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
