// chain-choice.ts — what the blocks of a stream are compressed by, when several chains may do it.
//
// A sample of a block decides for it and the next ones: encoding whole blocks by each chain would cost more than it saves.
// LZ4 stays unless another one is smaller by a fifth, and a block that keeps less than its sample promised is LZ4's, too.

import type { DataType } from '../types/data-type.ts';
import { type CodecChain, LZ4_CHAIN } from './codec.ts';
import { t64TypeOf } from './column-codec.ts';
import type { BlockCompressor } from './compressed-block.ts';

const SAMPLE_BYTES = 4096;
/** A smaller block is not worth a sample. */
const MIN_BLOCK_BYTES = 4 * SAMPLE_BYTES;
const BLOCKS_PER_SAMPLE = 4;
const WORTHWHILE = 0.8;

/**
 * Of a column without CODEC, for its values and for sizes: of whole numbers of 4 or 8 bytes, Delta before LZ4 (rising ones) and T64 (ones of a narrow
 * range), which decode about as fast as LZ4. Others take too long to decode, or save nothing.
 */
export function chainsOf(numbers: DataType | undefined): readonly CodecChain[] {
  const type = numbers && t64TypeOf(numbers);
  if (!type || type.width < 4) return [LZ4_CHAIN];
  const { width } = type;
  return [LZ4_CHAIN, [{ name: 'Delta', width }, ...LZ4_CHAIN], [{ name: 'T64', type, hasBitPlanes: false }]];
}

export class ChainChoice {
  readonly #compressor: BlockCompressor;
  readonly #chains: readonly CodecChain[];
  #chosen: CodecChain;
  /** What LZ4 made of a byte of the sample. */
  #lz4Ratio = 1;
  #blocksLeft = 0;

  /** The first of the chains is LZ4, unless it is the only one. */
  constructor(compressor: BlockCompressor, chains: readonly CodecChain[]) {
    this.#compressor = compressor;
    this.#chains = chains;
    this.#chosen = chains[0]!;
  }

  /** The frame of a block; `source` is a pointer. Lent until the compressor's next. */
  compress(source: number, sizeBytes: number): Buffer {
    const first = this.#chains[0]!;
    if (this.#chains.length === 1 || sizeBytes < MIN_BLOCK_BYTES)
      return this.#compressor.compress(source, sizeBytes, first);
    if (this.#blocksLeft-- <= 0) this.#choose(source, sizeBytes);
    const frame = this.#compressor.compress(source, sizeBytes, this.#chosen);
    if (this.#chosen === first || frame.length <= this.#lz4Ratio * sizeBytes) return frame;
    this.#blocksLeft = 0;
    return this.#compressor.compress(source, sizeBytes, first);
  }

  #choose(source: number, sizeBytes: number): void {
    // Whole numbers, if the block begins with one.
    const sample = source + Math.floor((sizeBytes - SAMPLE_BYTES) / 16) * 8;
    const sizes = this.#chains.map((chain) => this.#compressor.compress(sample, SAMPLE_BYTES, chain).length);
    const smallest = Math.min(...sizes);
    const index = smallest <= WORTHWHILE * sizes[0]! ? sizes.indexOf(smallest) : 0;
    this.#chosen = this.#chains[index]!;
    this.#lz4Ratio = sizes[0]! / SAMPLE_BYTES;
    this.#blocksLeft = BLOCKS_PER_SAMPLE - 1;
  }
}
