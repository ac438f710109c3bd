// verify-file.ts — that a file has the sizes and hashes of its entry in checksums.txt, read block by block.

import { CorruptionError } from '../base/errors.ts';
import type { Files, OpenFile } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { FileHash } from '../kernels/file-hash.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { FileChecksum } from './checksums-file.ts';
import { BlockDecompressor, FRAME_START_BYTES, frameSizeBytes } from './compressed-block.ts';

const PIECE_BYTES = 1_048_576;

/** Errors: CorruptionError naming the file. */
export async function verifyFile(files: Files, path: string, checksum: FileChecksum): Promise<void> {
  const file = files.open(path);
  if (!file) throw new CorruptionError(path, 'a file', 'no file');
  try {
    verifyBytes(file, path, checksum);
    if (checksum.decompressed) verifyDecompressed(file, path, checksum.decompressed);
  } finally {
    file.close();
  }
}

function verifyBytes(file: OpenFile, path: string, { sizeBytes, hash }: FileChecksum): void {
  if (file.sizeBytes !== sizeBytes)
    throw new CorruptionError(path, `${sizeBytes} bytes`, `${file.sizeBytes}`);
  withArena((arena) => {
    const found = new FileHash(arena);
    const piece = arena.bytes(PIECE_BYTES);
    for (let at = 0; at < sizeBytes; at += PIECE_BYTES)
      found.update(piece.subarray(0, file.readInto(piece, at)));
    if (!found.digest().equals(hash)) throw new CorruptionError(path, 'the hash in checksums.txt', 'another');
  });
}

function verifyDecompressed(
  file: OpenFile,
  path: string,
  expected: NonNullable<FileChecksum['decompressed']>,
): void {
  withArena((arena) => {
    const found = new FileHash(arena);
    const decompressor = new BlockDecompressor(path, arena);
    const block = new Arena();
    let sizeBytes = 0;
    try {
      for (let at = 0; at < file.sizeBytes;) {
        block.rewind();
        const bytes = readFrame(file, at, block);
        const frame = decompressor.frameAt(bytes, 0, at);
        if (sizeBytes + frame.decompressedBytes > expected.sizeBytes)
          throw new CorruptionError(path, `${expected.sizeBytes} bytes of data`, 'more');
        const target = block.allocate(frame.decompressedBytes);
        decompressor.decompress(bytes, frame, target, at);
        found.update(new Uint8Array(kernelRuntime().memory.buffer, target, frame.decompressedBytes));
        sizeBytes += frame.decompressedBytes;
        at += frame.end;
      }
    } finally {
      block.release();
    }
    if (sizeBytes !== expected.sizeBytes || !found.digest().equals(expected.hash))
      throw new CorruptionError(path, 'the data that checksums.txt says', 'other data');
  });
}

/** The bytes of the frame at `at`, as far as the file goes. */
function readFrame(file: OpenFile, at: number, arena: Arena): Buffer {
  const start = Buffer.alloc(FRAME_START_BYTES);
  const wanted = file.readInto(start, at) < FRAME_START_BYTES ? FRAME_START_BYTES : frameSizeBytes(start);
  const bytes = arena.bytes(Math.min(wanted, file.sizeBytes - at));
  return bytes.subarray(0, file.readInto(bytes, at));
}

function withArena(use: (arena: Arena) => void): void {
  const arena = new Arena();
  try {
    use(arena);
  } finally {
    arena.release();
  }
}
