// marks-file.ts — where each granule begins in the files of its streams, and how many rows it has.
//
//   <stream>.mrk    per granule: offset of a compressed block u64 · offset in its decompressed data u64
//   <stream>.mrk2   the same and rows u64; mostly a last mark with 0 rows says where the stream ends
//   data.mrk3       of a Compact part, per granule: the two offsets for each column, then rows; a last mark likewise
//   data.mrk4       the same for each stream of columns_substreams.txt
//   .c…             the same in compressed blocks
//
// Keeps true: decoded offsets never go back, and lie in the file.

import { assert, must } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';
import type { PartFiles } from './part-files.ts';
import type { PartSettings } from './schema.ts';

const POSITION_BYTES = 16;
const ROWS_BYTES = 8;
/** More rows than a granule could ever have, below what a count of rows takes. */
const MAX_GRANULE_ROWS = 0x7fff_ffff;

/** How the marks of a part are stored, as their files' extension says. */
export type MarksFormat = {
  /** With its dot. */
  readonly extension: string;
  readonly isCompressed: boolean;
  /** All columns lie in data.bin. */
  readonly isCompact: boolean;
  /** Without, all granules but the last have the same number of rows. */
  readonly hasRows: boolean;
  /** Compact: a position for each stream, not for each column. */
  readonly hasStreams: boolean;
};

/** Of a file's name; undefined when it is not one of marks. */
export function marksFormatOf(name: string): MarksFormat | undefined {
  const [extension, compressed, version] = /\.(c?)mrk([234]?)$/.exec(name) ?? [];
  if (extension === undefined) return undefined;
  return {
    extension,
    isCompressed: compressed === 'c',
    isCompact: version === '3' || version === '4',
    hasRows: version !== '',
    hasStreams: version === '4',
  };
}

/** Of the parts that Winnow writes: with rows, unless the table wants all granules to have as many. */
export function writtenMarks({ indexGranularityBytes }: PartSettings): MarksFormat {
  return must(marksFormatOf(indexGranularityBytes === 0 ? '.mrk' : '.mrk2'), 'both are marks');
}

/** Positions of granules, in the order of the file; in a Compact part several of each granule. */
export type Marks = {
  /** Per position, and of the end. */
  readonly blockOffsets: Float64Array;
  readonly offsetsInBlock: Float64Array;
  /** Per granule. */
  readonly rows: Uint32Array;
  /** Where the stream ends is a mark too. */
  readonly hasFinalMark: boolean;
};

/** Where granules begin in one stream, as a writer collects it. */
export class MarksBuilder {
  readonly #positions: number[] = [];

  /** The next granule, or the end of the stream. */
  add(blockOffset: number, offsetInBlock: number): void {
    this.#positions.push(blockOffset, offsetInBlock);
  }

  /** `rows` of each granule; one more position is the end, which only marks with rows have. */
  encode(rows: readonly number[], format: MarksFormat): Buffer {
    this.#requirePositions(rows.length + 1);
    return format.hasRows ? this.#encode([...rows, 0], format) : this.#encode(rows, format);
  }

  /** Of a skip index: each granule counts as one row, and nothing says where the stream ends. */
  encodeIndex(count: number, format: MarksFormat): Buffer {
    this.#requirePositions(count + 1);
    return this.#encode(
      Array.from({ length: count }, () => 1),
      format,
    );
  }

  #requirePositions(count: number): void {
    assert(this.#positions.length === 2 * count, 'a stream has a mark for each granule and one for its end');
  }

  #encode(rows: readonly number[], { hasRows }: MarksFormat): Buffer {
    const markBytes = POSITION_BYTES + (hasRows ? ROWS_BYTES : 0);
    const bytes = Buffer.allocUnsafe(rows.length * markBytes);
    for (let i = 0; i < rows.length; i++) {
      bytes.writeBigUInt64LE(BigInt(this.#positions[2 * i]!), i * markBytes);
      bytes.writeBigUInt64LE(BigInt(this.#positions[2 * i + 1]!), i * markBytes + 8);
      if (hasRows) bytes.writeBigUInt64LE(BigInt(rows[i]!), i * markBytes + POSITION_BYTES);
    }
    return bytes;
  }
}

/** What a marks file does not say itself. */
export type MarksShape = {
  /** Of the file that the marks point into. */
  readonly dataBytes: number;
  /** Per granule: 1 in a Wide part, and by default. */
  readonly positionCount?: number;
  /** Where marks do not have rows: those of the part, and of each granule but the last. */
  readonly fixed?: { readonly rowCount: number; readonly granuleRows: number } | undefined;
};

/** The marks of a listed file. Errors: CorruptionError. */
export function readMarks(
  files: PartFiles,
  name: string,
  { format, rowCount, indexGranularity, ...shape }: StoredMarks,
): Marks {
  const bytes = format.isCompressed ? files.readDecompressed(name) : files.read(name);
  const fixed = format.hasRows ? undefined : { rowCount, granuleRows: indexGranularity };
  return decodeMarks(bytes, files.path(name), { ...shape, fixed });
}

/** What is known of a marks file of a part. */
export type StoredMarks = Omit<MarksShape, 'fixed'> & {
  readonly format: MarksFormat;
  readonly rowCount: number;
  readonly indexGranularity: number;
};

/** `bytes` are not compressed. Errors: CorruptionError. */
export function decodeMarks(
  bytes: Buffer,
  file: string,
  { dataBytes, positionCount = 1, fixed }: MarksShape,
): Marks {
  const markBytes = positionCount * POSITION_BYTES + (fixed ? 0 : ROWS_BYTES);
  const count = bytes.length / markBytes;
  if (!Number.isInteger(count))
    throw new CorruptionError(file, `marks of ${markBytes} bytes`, `${bytes.length} bytes`);
  const rows = fixed ? fixedRows(fixed, count, file) : decodeRows(bytes, file, markBytes);
  const total = rows.length * positionCount;
  const blockOffsets = new Float64Array(total + 1);
  const offsetsInBlock = new Float64Array(total + 1);
  for (let i = 0; i <= total; i++) {
    const at = Math.floor(i / positionCount) * markBytes + (i % positionCount) * POSITION_BYTES;
    const isStored = at < bytes.length;
    blockOffsets[i] = isStored ? readBounded(bytes, at, dataBytes, file) : dataBytes;
    offsetsInBlock[i] = isStored ? readBounded(bytes, at + 8, Number.MAX_SAFE_INTEGER, file) : 0;
    const ahead = i === 0 ? 0 : blockOffsets[i]! - blockOffsets[i - 1]!;
    if (ahead < 0 || (i > 0 && ahead === 0 && offsetsInBlock[i]! < offsetsInBlock[i - 1]!))
      throw new CorruptionError(file, `position ${i} behind the one before it`, 'one that goes back');
  }
  return { blockOffsets, offsetsInBlock, rows, hasFinalMark: rows.length < count };
}

/** Of each granule: the last mark, with 0 rows, is none. */
function decodeRows(bytes: Buffer, file: string, markBytes: number): Uint32Array {
  const count = bytes.length / markBytes;
  const rows = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    rows[i] = readBounded(bytes, (i + 1) * markBytes - ROWS_BYTES, MAX_GRANULE_ROWS, file);
    if (rows[i] === 0 && i < count - 1)
      throw new CorruptionError(file, 'rows in all marks but the last', `0 in mark ${i} of ${count}`);
  }
  return rows.at(-1) === 0 ? rows.subarray(0, -1) : rows;
}

function fixedRows(
  { rowCount, granuleRows }: NonNullable<MarksShape['fixed']>,
  count: number,
  file: string,
): Uint32Array {
  if (Math.ceil(rowCount / granuleRows) !== count)
    throw new CorruptionError(
      file,
      `marks of ${rowCount} rows in granules of ${granuleRows}, which is the table's index_granularity`,
      `${count}`,
    );
  const rows = new Uint32Array(count).fill(granuleRows);
  if (count > 0) rows[count - 1] = rowCount - (count - 1) * granuleRows;
  return rows;
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
