// stream-reader.ts — the data files of a part: finds granules by their marks, reads and decompresses their blocks.
//
// Keeps true: what `load` gives are exactly the bytes between two marks; every block's checksum was verified; blocks lie
// where marks say, and together give no more than checksums.txt says. Behind the last granule nothing follows.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { OpenFile } from '../io/ports.ts';
import type { Arena } from '../kernels/arena.ts';
import { BlockDecompressor, type BlockFrame } from './compressed-block.ts';
import type { Marks } from './marks-file.ts';
import type { PartFiles } from './part-files.ts';

/** Files up to this size are also checked as a whole when they are opened, at some 10 ms for the largest. */
const MAX_WHOLE_CHECK_BYTES = 67_108_864;
/** Kernels count bytes by 31 bits. */
const MAX_EXTENT_BYTES = 0x7fff_ffff;

/** Bytes in the kernels' memory. */
export type Extent = { readonly pointer: number; readonly sizeBytes: number };

/** Where a stream's granules are found. */
export interface StreamReader {
  /** Path of the data file, for errors. */
  readonly path: string;
  /**
   * The decompressed bytes of granules [start, end), in `into`; without it in the scratch, until the next load of any
   * stream. Errors: CorruptionError naming the file.
   */
  load(start: number, end: number, into?: Arena): Extent;
  close(): void;
}

export type ReaderMemory = {
  /** Lives as long as the reader. */
  readonly arena: Arena;
  /** Rewound by every load. */
  readonly scratch: Arena;
};

/** What a file of a part is read by. */
export type MarkedFileSource = ReaderMemory & {
  readonly files: PartFiles;
  /** Names of the files. */
  readonly dataFile: string;
  readonly marksFile: string;
  /** Reads the marks for a data file of that size. */
  readonly marks: (dataBytes: number) => Marks;
};

/** A file of blocks, and marks of what follows each other in it: `load` takes positions of marks. */
export class MarkedFile implements StreamReader {
  readonly path: string;
  readonly #source: MarkedFileSource;
  readonly #decompressedBytes: number;
  #opened: Opened | undefined;

  constructor(source: MarkedFileSource) {
    this.#source = source;
    this.path = source.files.path(source.dataFile);
    this.#decompressedBytes = source.files.checksum(source.dataFile).decompressed?.sizeBytes ?? 0;
  }

  /** Of the whole file. */
  get decompressedBytes(): number {
    return this.#decompressedBytes;
  }

  get marks(): Marks {
    return this.#open().marks;
  }

  load(start: number, end: number, into = this.#source.scratch): Extent {
    const { file, decompressor } = this.#open();
    const range = this.#rangeOf(start, end);
    this.#source.scratch.rewind();
    const bytes = this.#source.scratch.bytes(range.fileEnd - range.firstBlock);
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
    const { files, dataFile, arena } = this.#source;
    const file = files.open(dataFile);
    try {
      const marks = this.#source.marks(file.sizeBytes);
      if (file.sizeBytes <= MAX_WHOLE_CHECK_BYTES) files.verifyOpened(dataFile, file);
      return (this.#opened = { file, marks, decompressor: new BlockDecompressor(this.path, arena) });
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Which bytes of the file hold granules [start, end): up to a mark, or to where the next marked block begins. */
  #rangeOf(start: number, end: number): Range {
    const { file, marks } = this.#open();
    const { blockOffsets, offsetsInBlock } = marks;
    const lastBlock = blockOffsets[end]!;
    const lastOffset = offsetsInBlock[end]!;
    const isEnd = end === blockOffsets.length - 1;
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
    const { files, marksFile, dataFile } = this.#source;
    return new CorruptionError(files.path(marksFile), `marks that fit ${dataFile}`, `(${block}, ${offset})`);
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
