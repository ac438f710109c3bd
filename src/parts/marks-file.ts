// marks-file.ts — `<stream>.mrk2`: where each granule begins in its stream, and how many rows it has.
//
//   per granule: offset of a compressed block u64 · offset in its decompressed data u64 · rows u64
//   a last mark with 0 rows says where the stream ends
//
// Keeps true: decoded offsets never go back, and lie in the file.

import { CorruptionError } from '../base/errors.ts';

const MARK_BYTES = 24;
/** More rows than a granule could ever have, below what a count of rows takes. */
const MAX_GRANULE_ROWS = 0x7fff_ffff;

export type Marks = {
  /** Per granule, and a last one for the end when the file has it. */
  readonly blockOffsets: Float64Array;
  readonly offsetsInBlock: Float64Array;
  /** Per granule. */
  readonly rows: Uint32Array;
  readonly hasFinalMark: boolean;
};

/** Marks as they are collected by a writer. */
export class MarksBuilder {
  readonly #numbers: number[] = [];

  add(blockOffset: number, offsetInBlock: number, rows: number): void {
    this.#numbers.push(blockOffset, offsetInBlock, rows);
  }

  encode(): Buffer {
    const bytes = Buffer.allocUnsafe(this.#numbers.length * 8);
    this.#numbers.forEach((number, i) => bytes.writeBigUInt64LE(BigInt(number), 8 * i));
    return bytes;
  }
}

/** `dataBytes` is the size of the stream's file. Errors: CorruptionError. */
export function decodeMarks(bytes: Buffer, file: string, dataBytes: number): Marks {
  const count = bytes.length / MARK_BYTES;
  if (!Number.isInteger(count))
    throw new CorruptionError(file, `marks of ${MARK_BYTES} bytes`, `${bytes.length} bytes`);
  const blockOffsets = new Float64Array(count);
  const offsetsInBlock = new Float64Array(count);
  const rows = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    blockOffsets[i] = readBounded(bytes, i * MARK_BYTES, dataBytes, file);
    offsetsInBlock[i] = readBounded(bytes, i * MARK_BYTES + 8, Number.MAX_SAFE_INTEGER, file);
    rows[i] = readBounded(bytes, i * MARK_BYTES + 16, MAX_GRANULE_ROWS, file);
    const ahead = i === 0 ? 0 : blockOffsets[i]! - blockOffsets[i - 1]!;
    if (ahead < 0 || (i > 0 && ahead === 0 && offsetsInBlock[i]! < offsetsInBlock[i - 1]!))
      throw new CorruptionError(file, `mark ${i} behind the one before it`, 'one that goes back');
    if (rows[i] === 0 && i < count - 1) throw new CorruptionError(file, `rows of granule ${i}`, 'none');
  }
  const hasFinalMark = count > 0 && rows[count - 1] === 0;
  return { blockOffsets, offsetsInBlock, rows: hasFinalMark ? rows.subarray(0, -1) : rows, hasFinalMark };
}

function readBounded(bytes: Buffer, at: number, limit: number, file: string): number {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  if (value > limit) throw new CorruptionError(file, `at most ${limit} at ${at}`, String(value));
  return value;
}
