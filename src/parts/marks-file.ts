// marks-file.ts — `<stream>.mrk2`: where each granule begins in its stream, and how many rows it has.
//
//   per granule: offset of a compressed block u64 · offset in its decompressed data u64 · rows u64
//   a last mark with 0 rows says where the stream ends
//
// Keeps true: decoded offsets never go back, and lie in the file.

import { assert } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';

/** Of one mark. */
export const MARK_BYTES = 24;
/** More rows than a granule could ever have, below what a count of rows takes. */
const MAX_GRANULE_ROWS = 0x7fff_ffff;

export type Marks = {
  /** Per granule, and of the end. */
  readonly blockOffsets: Float64Array;
  readonly offsetsInBlock: Float64Array;
  /** Per granule. */
  readonly rows: Uint32Array;
};

/** Where granules begin in one stream, as a writer collects it. */
export class MarksBuilder {
  readonly #positions: number[] = [];

  /** The next granule, or the end of the stream. */
  add(blockOffset: number, offsetInBlock: number): void {
    this.#positions.push(blockOffset, offsetInBlock);
  }

  /** `rows` of each granule; one more position is the end. */
  encode(rows: readonly number[]): Buffer {
    return this.#encode([...rows, 0]);
  }

  /** Of a skip index: each granule counts as one row, and nothing says where the stream ends. */
  encodeIndex(count: number): Buffer {
    const marks = this.#encode([...Array.from({ length: count }, () => 1), 0]);
    return marks.subarray(0, count * MARK_BYTES);
  }

  #encode(rows: readonly number[]): Buffer {
    const count = rows.length;
    assert(this.#positions.length === 2 * count, 'a stream has a mark for each granule and one for its end');
    const bytes = Buffer.allocUnsafe(count * MARK_BYTES);
    for (let i = 0; i < count; i++) {
      bytes.writeBigUInt64LE(BigInt(this.#positions[2 * i]!), i * MARK_BYTES);
      bytes.writeBigUInt64LE(BigInt(this.#positions[2 * i + 1]!), i * MARK_BYTES + 8);
      bytes.writeBigUInt64LE(BigInt(rows[i]!), i * MARK_BYTES + 16);
    }
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
    if ((rows[i] === 0) !== (i === count - 1))
      throw new CorruptionError(
        file,
        'rows in all marks but the last',
        `${rows[i]} in mark ${i} of ${count}`,
      );
  }
  return { blockOffsets, offsetsInBlock, rows: rows.subarray(0, Math.max(0, count - 1)) };
}

/** Granules [start, end) that begin where `granule` does; none behind the last granule. */
export function sameMarks(marks: Marks, granule: number): { start: number; end: number } {
  if (granule >= marks.rows.length) return { start: granule, end: granule };
  const position = [marks.blockOffsets[granule]!, marks.offsetsInBlock[granule]!] as const;
  return { start: firstMark(marks, ...position), end: firstMark(marks, position[0], position[1] + 1) };
}

/** The first granule that begins at or behind a position. */
function firstMark({ blockOffsets, offsetsInBlock, rows }: Marks, block: number, offset: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const ahead = blockOffsets[middle]! - block || offsetsInBlock[middle]! - offset;
    if (ahead < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readBounded(bytes: Buffer, at: number, limit: number, file: string): number {
  const value = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
  if (value > limit) throw new CorruptionError(file, `at most ${limit} at ${at}`, String(value));
  return value;
}
