// part-files.ts — the files of a part's folder, by its checksums.txt.
//
// Keeps true: what is read as a whole has the size and hash that checksums.txt says; an opened file has its size.
// Files that checksums.txt does not list are not looked at, but for columns.txt.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { Files, OpenFile } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { FileHash } from '../kernels/file-hash.ts';
import { type Checksums, decodeChecksums, type FileChecksum, hashOfFile } from './checksums-file.ts';
import { decompressAll } from './compressed-block.ts';

export const CHECKSUMS_FILE = 'checksums.txt';
export const COLUMNS_FILE = 'columns.txt';
export const COUNT_FILE = 'count.txt';
export const PRIMARY_FILE = 'primary.idx';
export const COMPRESSED_PRIMARY_FILE = 'primary.cidx';
export const PARTITION_FILE = 'partition.dat';
export const DATA_EXTENSION = '.bin';
/** Name of the data file of a Compact part, without extension. */
export const COMPACT_STREAM = 'data';

/** Projections are folders, which checksums.txt lists as files. */
export const isProjection = (name: string): boolean => name.endsWith('.proj');

/** Larger ones are read piece by piece. */
const MAX_SMALL_FILE_BYTES = 1024 * 1024 * 1024;
const PIECE_BYTES = 1_048_576;

export class PartFiles {
  readonly folder: string;
  readonly checksums: Checksums;
  readonly #files: Files;

  private constructor(files: Files, folder: string, checksums: Checksums) {
    this.#files = files;
    this.folder = folder;
    this.checksums = checksums;
  }

  /** `checksums` are those of checksums.txt when they were read before. Errors: CorruptionError naming checksums.txt. */
  static of(files: Files, folder: string, checksums?: Checksums): PartFiles {
    if (checksums) return new PartFiles(files, folder, checksums);
    const unread = new PartFiles(files, folder, new Map());
    const path = unread.path(CHECKSUMS_FILE);
    return new PartFiles(files, folder, decodeChecksums(unread.readUnlisted(CHECKSUMS_FILE), path));
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  has(name: string): boolean {
    return this.checksums.has(name);
  }

  checksum(name: string): FileChecksum {
    const checksum = this.checksums.get(name);
    if (!checksum) throw new CorruptionError(this.path(name), 'an entry in checksums.txt', 'none');
    return checksum;
  }

  /** A listed file, to be read piece by piece. */
  open(name: string): OpenFile {
    const { sizeBytes } = this.checksum(name);
    const file = this.#files.open(this.path(name));
    if (file?.sizeBytes === sizeBytes) return file;
    file?.close();
    throw this.#otherSize(name, file?.sizeBytes);
  }

  /** A listed file as a whole. */
  read(name: string): Buffer {
    const bytes = readAll(this.open(name), this.path(name));
    this.verify(name, bytes);
    return bytes;
  }

  /** The content of a listed file of compressed blocks. */
  readDecompressed(name: string): Buffer {
    const expected = this.checksum(name).decompressed?.sizeBytes;
    if (expected === undefined) throw new CorruptionError(this.path(name), 'a compressed file', 'another');
    if (expected > MAX_SMALL_FILE_BYTES) throw tooLarge(this.path(name), expected);
    const content = decompressAll(this.read(name), this.path(name), expected);
    if (content.length === expected) return content;
    throw new CorruptionError(this.path(name), `${expected} bytes of content`, `${content.length}`);
  }

  /** That these are all bytes of a listed file. */
  verify(name: string, bytes: Uint8Array): void {
    if (!hashOfFile(bytes).equals(this.checksum(name).hash)) throw this.#otherHash(name);
  }

  /** That a listed file which was opened has the hash of checksums.txt; read in pieces. */
  verifyOpened(name: string, file: OpenFile): void {
    const arena = new Arena();
    try {
      const hash = new FileHash(arena);
      const piece = arena.bytes(Math.min(file.sizeBytes, PIECE_BYTES));
      for (let at = 0; at < file.sizeBytes; at += piece.length)
        hash.update(piece.subarray(0, file.readInto(piece, at)));
      if (!hash.digest().equals(this.checksum(name).hash)) throw this.#otherHash(name);
    } finally {
      arena.release();
    }
  }

  #otherSize(name: string, found: number | undefined): CorruptionError {
    const { sizeBytes } = this.checksum(name);
    return found === undefined
      ? new CorruptionError(this.path(name), `a file of ${sizeBytes} bytes`, 'no file')
      : new CorruptionError(this.path(name), `${sizeBytes} bytes`, `${found}`);
  }

  #otherHash(name: string): CorruptionError {
    return new CorruptionError(this.path(name), 'the hash in checksums.txt', 'another');
  }

  /** A file that checksums.txt does not list. */
  readUnlisted(name: string): Buffer {
    const file = this.#files.open(this.path(name));
    if (!file) throw new CorruptionError(this.path(name), 'a file', 'no file');
    return readAll(file, this.path(name));
  }

  /** That every listed file is there and has its size. */
  requireSizes(): void {
    for (const [name, { sizeBytes }] of this.checksums) {
      if (isProjection(name)) continue;
      const found = this.#files.sizeBytes(this.path(name));
      if (found !== sizeBytes) throw this.#otherSize(name, found);
    }
  }
}

function readAll(file: OpenFile, path: string): Buffer {
  try {
    if (file.sizeBytes > MAX_SMALL_FILE_BYTES) throw tooLarge(path, file.sizeBytes);
    const bytes = Buffer.allocUnsafe(file.sizeBytes);
    if (file.readInto(bytes, 0) < bytes.length)
      throw new CorruptionError(path, `${file.sizeBytes} bytes`, 'fewer');
    return bytes;
  } finally {
    file.close();
  }
}

function tooLarge(path: string, sizeBytes: number): WinnowError {
  return new WinnowError(
    'MEMORY_LIMIT_EXCEEDED',
    `${path} has ${sizeBytes} bytes, too many to be read as a whole`,
  );
}
