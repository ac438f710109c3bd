// stream-reader.ts — one stream of a part: finds granules by their marks, reads and decompresses their blocks.
//
// Keeps true: what `load` gives are exactly the bytes between two marks; every block's checksum was verified; blocks lie
// where marks say, and together give no more than checksums.txt says. Behind the last granule nothing follows.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { OpenFile } from '../io/ports.ts';
import type { Arena } from '../kernels/arena.ts';
import { BlockDecompressor, type BlockFrame } from './compressed-block.ts';
import { streamFileName } from './file-name.ts';
import { decodeMarks, type Marks } from './marks-file.ts';
import { DATA_EXTENSION, MARKS_EXTENSION, type PartFiles } from './part-files.ts';

/** Files up to this size are also checked as a whole when they are opened, at some 10 ms for the largest. */
const MAX_WHOLE_CHECK_BYTES = 67_108_864;
/** Kernels count bytes by 31 bits. */
const MAX_EXTENT_BYTES = 0x7fff_ffff;

/** Bytes in the kernels' memory. */
export type Extent = { readonly pointer: number; readonly sizeBytes: number };

export type StreamContext = {
  readonly files: PartFiles;
  readonly granuleRows: Uint32Array;
  /** Lives as long as the reader. */
  readonly arena: Arena;
  /** Rewound by every load. */
  readonly scratch: Arena;
};

export class StreamReader {
  /** Path of the data file, for errors. */
  readonly path: string;
  readonly #context: StreamContext;
  readonly #dataFile: string;
  readonly #marksFile: string;
  readonly #decompressedBytes: number;
  #opened: Opened | undefined;

  constructor(name: string, context: StreamContext) {
    const fileName = streamFileName(name);
    this.#context = context;
    this.#dataFile = `${fileName}${DATA_EXTENSION}`;
    this.#marksFile = `${fileName}${MARKS_EXTENSION}`;
    this.path = context.files.path(this.#dataFile);
    this.#decompressedBytes = context.files.checksum(this.#dataFile).decompressed?.sizeBytes ?? 0;
  }

  /** Of the whole stream. */
  get decompressedBytes(): number {
    return this.#decompressedBytes;
  }

  get marks(): Marks {
    return this.#open().marks;
  }

  /**
   * The decompressed bytes of granules [start, end), in `into`; without it in the scratch, until the next load of any
   * stream. Errors: CorruptionError naming the file.
   */
  load(start: number, end: number, into = this.#context.scratch): Extent {
    const { file, decompressor } = this.#open();
    const range = this.#rangeOf(start, end);
    this.#context.scratch.rewind();
    const bytes = this.#context.scratch.bytes(range.fileEnd - range.firstBlock);
    if (file.readInto(bytes, range.firstBlock) < bytes.length)
      throw new CorruptionError(this.path, `${bytes.length} bytes at ${range.firstBlock}`, 'the end');
    const { frames, totalBytes, endBytes } = this.#framesOf(bytes, range, decompressor);
    const sizeBytes = endBytes - range.firstOffset;
    if (sizeBytes < 0) throw this.#markedWrong(range.firstBlock, range.firstOffset);
    const target = into.allocate(totalBytes);
    let to = target;
    for (const frame of frames) {
      decompressor.decompress(bytes, frame, to, range.firstBlock);
      to += frame.decompressedBytes;
    }
    return { pointer: target + range.firstOffset, sizeBytes };
  }

  close(): void {
    this.#opened?.file.close();
    this.#opened = undefined;
  }

  #open(): Opened {
    if (this.#opened) return this.#opened;
    const { files, granuleRows, arena } = this.#context;
    const file = files.open(this.#dataFile);
    try {
      const path = files.path(this.#marksFile);
      const marks = decodeMarks(files.read(this.#marksFile), path, file.sizeBytes);
      if (marks.rows.length !== granuleRows.length || marks.rows.some((rows, i) => rows !== granuleRows[i]))
        throw new CorruptionError(path, 'the granules of the part', 'others');
      if (file.sizeBytes <= MAX_WHOLE_CHECK_BYTES) files.verifyOpened(this.#dataFile, file);
      return (this.#opened = { file, marks, decompressor: new BlockDecompressor(this.path, arena) });
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Which bytes of the file hold granules [start, end): up to a mark, or to where the next marked block begins. */
  #rangeOf(start: number, end: number): Range {
    const { file, marks } = this.#open();
    const { blockOffsets, offsetsInBlock, rows } = marks;
    // A part without rows has no marks.
    if (rows.length === 0)
      return { firstBlock: 0, firstOffset: 0, lastBlock: 0, lastOffset: 0, fileEnd: 0, isEnd: true };
    const lastBlock = blockOffsets[end]!;
    const lastOffset = offsetsInBlock[end]!;
    const isEnd = end === rows.length;
    const blockEnd = lastOffset === 0 ? lastBlock : nextBlock(blockOffsets, lastBlock, file.sizeBytes);
    const fileEnd = isEnd ? file.sizeBytes : blockEnd;
    return {
      firstBlock: blockOffsets[start]!,
      firstOffset: offsetsInBlock[start]!,
      lastBlock,
      lastOffset,
      fileEnd,
      isEnd,
    };
  }

  /** The blocks of a range, and where it ends in what they give. */
  #framesOf(
    bytes: Buffer,
    { firstBlock, lastBlock, lastOffset, isEnd }: Range,
    decompressor: BlockDecompressor,
  ): { frames: BlockFrame[]; totalBytes: number; endBytes: number } {
    const frames: BlockFrame[] = [];
    let totalBytes = 0;
    let endBytes = -1;
    for (let at = 0; ; at = frames.at(-1)!.end) {
      if (firstBlock + at === lastBlock) endBytes = totalBytes + lastOffset;
      const isFound = endBytes >= 0 && totalBytes >= endBytes && !isEnd;
      if (isFound || at === bytes.length) break;
      const frame = decompressor.frameAt(bytes, at, firstBlock);
      frames.push(frame);
      totalBytes += frame.decompressedBytes;
      if (totalBytes > this.#decompressedBytes)
        throw new CorruptionError(this.path, `${this.#decompressedBytes} bytes of data`, 'more');
    }
    if (endBytes < 0 || endBytes > totalBytes || (isEnd && endBytes !== totalBytes))
      throw this.#markedWrong(lastBlock, lastOffset);
    if (totalBytes > MAX_EXTENT_BYTES)
      throw new WinnowError(
        'MEMORY_LIMIT_EXCEEDED',
        `${totalBytes} bytes of ${this.path} are too many to read at once`,
      );
    return { frames, totalBytes, endBytes };
  }

  #markedWrong(block: number, offset: number): CorruptionError {
    const { files } = this.#context;
    return new CorruptionError(
      files.path(this.#marksFile),
      `marks that fit ${this.#dataFile}`,
      `(${block}, ${offset})`,
    );
  }
}

type Opened = {
  readonly file: OpenFile;
  readonly marks: Marks;
  readonly decompressor: BlockDecompressor;
};

type Range = {
  readonly firstBlock: number;
  /** In what that block gives. */
  readonly firstOffset: number;
  readonly lastBlock: number;
  readonly lastOffset: number;
  readonly fileEnd: number;
  /** The range reaches to the end of the stream. */
  readonly isEnd: boolean;
};

/** The first marked block behind `block`, or the end of the file. */
function nextBlock(blockOffsets: Float64Array, block: number, fileBytes: number): number {
  let low = 0;
  let high = blockOffsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (blockOffsets[middle]! <= block) low = middle + 1;
    else high = middle;
  }
  return blockOffsets[low] ?? fileBytes;
}
