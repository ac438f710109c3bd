// dictionary-pieces.ts — what the two streams of a LowCardinality column consist of.
//
//   <c>.dict: version u64 = 1 · then dictionaries: number of keys u64 · keys
//   <c>, per piece of a granule: flags u64 · [number of additional keys u64 · keys] · rows u64 · codes
//   flags: width of a code (0 = u8, 1 = u16, 2 = u32), 0x100 the dictionary is used, 0x200 additional keys follow,
//          0x400 a dictionary begins here
//   keys: values of the type inside, without Nullable; String with its length before it

import { CorruptionError } from '../base/errors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import type { ByteReader } from './byte-reader.ts';
import { keySizeBytes } from './dictionary-keys.ts';
import { readTexts, skipTexts } from './text-stream.ts';

export const DICTIONARY_VERSION = 1;
export const SHARED = 0x100;
export const ADDITIONAL = 0x200;
export const BEGINS = 0x400;
const WIDTH_BITS = 0xff;
const ALL_FLAGS = WIDTH_BITS | SHARED | ADDITIONAL | BEGINS;
const WIDTHS = [1, 2, 4] as const;

export type PieceFlags = {
  readonly width: 1 | 2 | 4;
  readonly isShared: boolean;
  readonly hasAdditional: boolean;
  readonly begins: boolean;
};

export function readFlags(reader: ByteReader): PieceFlags {
  const flags = reader.count();
  const width = WIDTHS[flags & WIDTH_BITS];
  const isKnown = flags <= ALL_FLAGS && (flags & ~ALL_FLAGS) === 0 && (flags & (SHARED | ADDITIONAL)) !== 0;
  if (!isKnown || !width)
    throw new CorruptionError(reader.file, `flags before ${reader.at}`, `0x${flags.toString(16)}`);
  return {
    width,
    isShared: (flags & SHARED) !== 0,
    hasAdditional: (flags & ADDITIONAL) !== 0,
    begins: (flags & BEGINS) !== 0,
  };
}

/** A number of keys and the keys, as bytes. The reader's lie in the kernels' memory. */
export function readKeys(reader: ByteReader, sizeBytes: number | undefined, arena: Arena): BytesColumn {
  const count = reader.count();
  const start = reader.at;
  skipKeys(reader, count, sizeBytes);
  const extent = { pointer: reader.bytes.byteOffset + start, sizeBytes: reader.at - start };
  if (sizeBytes === undefined) return readTexts({ path: reader.file }, extent, count, arena);
  const { kernels, memory } = kernelRuntime();
  const offsets = arena.u32(count + 1);
  kernels.evenOffsets(offsets.byteOffset, count, sizeBytes);
  const bytes = arena.bytes(extent.sizeBytes);
  bytes.set(new Uint8Array(memory.buffer, extent.pointer, extent.sizeBytes));
  return { layout: 'bytes', type: { kind: 'String' }, rowCount: count, offsets, bytes, nulls: undefined };
}

function skipKeys(reader: ByteReader, count: number, sizeBytes: number | undefined): void {
  if (sizeBytes === undefined) skipTexts(reader, count);
  else reader.take(count * sizeBytes);
}

/** Goes past pieces of `rowCount` rows together, which bring keys of their own. */
export function skipPieces(reader: ByteReader, type: DataType, rowCount: number): void {
  const sizeBytes = keySizeBytes(type);
  for (let rows = 0; rows < rowCount;) {
    const { width, hasAdditional } = readFlags(reader);
    if (hasAdditional) skipKeys(reader, reader.count(), sizeBytes);
    const pieceRows = reader.count();
    reader.take(pieceRows * width);
    rows += pieceRows;
  }
}
