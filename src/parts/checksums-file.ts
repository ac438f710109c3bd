// checksums-file.ts — checksums.txt: sizes and hashes of the files of a part.
//
//   checksums format version: 4 ⏎ then compressed blocks of
//     count varuint · per file, by name:  name · size varuint · hash 16 bytes · compressed u8
//                                         · when 1: decompressed size varuint · decompressed hash 16 bytes
// The hash is not that of the blocks: every 2048 bytes are hashed with the hash so far as the seed.

import { CorruptionError, notImplemented } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { BlockCompressor, decompressAll } from './compressed-block.ts';

const HEADER = 'checksums format version: 4\n';
const HASH_BYTES = 16;
/** More than the files of any part could need. */
const MAX_BYTES = 256 * 1024 * 1024;

export type FileChecksum = {
  readonly sizeBytes: number;
  readonly hash: Uint8Array;
  readonly decompressed: { readonly sizeBytes: number; readonly hash: Uint8Array } | undefined;
};

export type Checksums = ReadonlyMap<string, FileChecksum>;

export function encodeChecksums(checksums: Checksums): Buffer {
  return Buffer.concat([Buffer.from(HEADER), compressed(listed(checksums))]);
}

/** Tells parts apart that have one name: it is that of another part unless all files are the same. */
export function hashOfPart(checksums: Checksums): Buffer {
  return hashOfFile(listed(checksums));
}

function listed(checksums: Checksums): Buffer {
  const writer = new ByteWriter();
  writer.varuint(checksums.size);
  const names = [...checksums.keys()].map((name) => Buffer.from(name)).sort((a, b) => a.compare(b));
  for (const name of names) {
    const { sizeBytes, hash, decompressed } = checksums.get(name.toString())!;
    writer.string(name);
    writer.varuint(sizeBytes);
    writer.append(hash);
    writer.byte(decompressed ? 1 : 0);
    if (!decompressed) continue;
    writer.varuint(decompressed.sizeBytes);
    writer.append(decompressed.hash);
  }
  return writer.finish();
}

/** Errors: CorruptionError; NOT_IMPLEMENTED of other versions. */
export function decodeChecksums(bytes: Buffer, file: string): Checksums {
  const version = /^checksums format version: ([235])\n/.exec(
    bytes.toString('latin1', 0, HEADER.length),
  )?.[1];
  if (version !== undefined) throw notImplemented(`${file}: version ${version} of checksums.txt`);
  if (!bytes.subarray(0, HEADER.length).equals(Buffer.from(HEADER)))
    throw new CorruptionError(file, `'${HEADER.trim()}'`, `'${bytes.toString('latin1', 0, HEADER.length)}'`);
  const reader = new ByteReader(decompressAll(bytes.subarray(HEADER.length), file, MAX_BYTES), file);
  const checksums = new Map<string, FileChecksum>();
  for (let left = reader.varuint(); left > 0; left--) {
    const name = reader.string().toString();
    const sizeBytes = reader.varuint();
    const hash = reader.take(HASH_BYTES);
    const isCompressed = reader.byte();
    if (isCompressed > 1) throw new CorruptionError(file, `0 or 1 for ${name}`, String(isCompressed));
    const decompressed =
      isCompressed === 1 ? { sizeBytes: reader.varuint(), hash: reader.take(HASH_BYTES) } : undefined;
    checksums.set(name, { sizeBytes, hash, decompressed });
  }
  reader.end();
  return checksums;
}

/** The hash of a whole small file. */
export function hashOfFile(bytes: Uint8Array): Buffer {
  const arena = new Arena();
  try {
    const state = arena.bytes(HASH_BYTES).fill(0);
    kernelRuntime().kernels.chunkedHash(arena.take(bytes).byteOffset, bytes.length, state.byteOffset);
    return Buffer.from(state);
  } finally {
    arena.release();
  }
}

function compressed(bytes: Buffer): Buffer {
  const arena = new Arena();
  try {
    const source = arena.take(bytes).byteOffset;
    return Buffer.from(new BlockCompressor(arena).compress(source, bytes.length));
  } finally {
    arena.release();
  }
}
