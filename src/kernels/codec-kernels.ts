// codec-kernels.ts — kernels between bytes of files and columns: codecs, CityHash, strings with their lengths.

/** Scratch of `lz4Compress`. */
export const lz4ScratchBytes = 32_768;
/** Scratch of `lz4CompressHigh`. */
export const lz4HighScratchBytes = 262_144;

/** Most bytes that `lz4Compress` makes of so many. */
export const lz4MaxCompressedBytes = (sourceBytes: number): number =>
  sourceBytes + Math.ceil(sourceBytes / 255) + 16;

/** Most bytes that the kernels of Delta, DoubleDelta, Gorilla and T64 make of so many. */
export const maxNumbersBytes = (sourceBytes: number): number => Math.ceil(2.5 * sourceBytes) + 1024;

/** `chunkedHash` takes pieces that are multiples of this, but for the last. */
export const hashChunkBytes = 2048;

export type CodecKernels = {
  /**
   * Decompresses an LZ4 block that gives exactly `targetBytes`. `targetBytes` when it does, -1 when the block is damaged:
   * then the target's content is undefined, and nothing beside it was touched.
   */
  lz4Decompress(source: number, sourceBytes: number, target: number, targetBytes: number): number;

  /** Compresses to an LZ4 block; its size. The target has room for `lz4MaxCompressedBytes`, the scratch `lz4ScratchBytes`. */
  lz4Compress(source: number, sourceBytes: number, target: number, scratch: number): number;

  /**
   * Codecs of numbers of `width` bytes (1, 2, 4 or 8), of which the last may be followed by the beginning of another; the
   * size of the payload. The target has room for `maxNumbersBytes`.
   */
  deltaEncode(source: number, sourceBytes: number, width: number, target: number): number;
  doubleDeltaEncode(source: number, sourceBytes: number, width: number, target: number): number;
  gorillaEncode(source: number, sourceBytes: number, width: number, target: number): number;

  /** The inverse, as in `lz4Decompress`. */
  deltaDecode(source: number, sourceBytes: number, target: number, targetBytes: number): number;
  doubleDeltaDecode(source: number, sourceBytes: number, target: number, targetBytes: number): number;
  gorillaDecode(source: number, sourceBytes: number, target: number, targetBytes: number): number;

  /** As the others, without the first byte of the payload, which names the type and whether all planes are of bits. */
  t64Encode(
    source: number,
    sourceBytes: number,
    width: number,
    isSigned: boolean,
    hasBitPlanes: boolean,
    target: number,
  ): number;
  t64Decode(
    source: number,
    sourceBytes: number,
    width: number,
    isSigned: boolean,
    hasBitPlanes: boolean,
    target: number,
    targetBytes: number,
  ): number;

  /** As `lz4Compress`, more thoroughly: up to `attempts` earlier places are compared at each one. */
  lz4CompressHigh(
    source: number,
    sourceBytes: number,
    target: number,
    scratch: number,
    attempts: number,
  ): number;

  /** CityHash64 1.0.2, as signed 64 bits. */
  cityHash64(source: number, sourceBytes: number): bigint;

  /** CityHash128 1.0.2: 16 bytes, low half first. */
  cityHash128(source: number, sourceBytes: number, target: number): void;

  /** CityHash128 1.0.2 of bytes that follow those which the seed is the hash of. */
  cityHash128WithSeed(source: number, sourceBytes: number, low: bigint, high: bigint, target: number): void;

  /**
   * Continues the hash that checksums.txt holds of a file: every 2048 bytes are hashed with the hash so far as the seed.
   * `state`: 16 bytes, zero at first and the hash at the end. All pieces but the last are multiples of `hashChunkBytes`.
   */
  chunkedHash(source: number, sourceBytes: number, state: number): void;

  /**
   * Reads `count` strings, each `length varint · bytes`, into `offsets` (u32 × count + 1) and `bytes` (at most
   * `sourceBytes - count`). How many bytes they took; -1 when they run past the end, or a length is no number below 2^35.
   */
  decodeStrings(source: number, sourceBytes: number, count: number, offsets: number, bytes: number): number;

  /** What `decodeStrings` gives, without decoding: where `count` strings end. */
  skipStrings(source: number, sourceBytes: number, count: number): number;

  /** How many bytes `encodeStrings` will write. */
  encodedStringsBytes(offsets: number, count: number): number;

  /** Writes rows of `offsets` + `bytes` as `length varint · bytes` each; how many bytes. The first offset need not be 0. */
  encodeStrings(offsets: number, bytes: number, count: number, target: number): number;
};
