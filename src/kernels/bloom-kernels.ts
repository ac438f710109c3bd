// bloom-kernels.ts — kernels of bloom filters as ClickHouse's skip indexes have them. Hashes are u64.

/** A hash of each number by its bits, without sign; of Float32 by those of the Float64 that it equals. */
type BloomHash = (values: number, count: number, target: number) => void;

export type BloomKernels = {
  [Kind in '8' | '16' | '32' | '64' | 'F32' as `bloomHash${Kind}`]: BloomHash;
} & {
  /** A hash of each value of 16 or 32 bytes, as they are stored. */
  bloomHashWide(values: number, count: number, sizeBytes: number, target: number): void;

  /** A hash of each text. */
  bloomHashTexts(offsets: number, bytes: number, count: number, target: number): void;

  /** Sets the bits that `hashCount` functions (at most 15) give each hash, in a filter of at least one byte. */
  bloomSet(hashes: number, count: number, hashCount: number, filter: number, filterBytes: number): void;

  /** 1 when all bits are set that `bloomSet` would set for the hash, else 0. */
  bloomHas(hash: bigint, hashCount: number, filter: number, filterBytes: number): number;

  /** Sets the bits of every run of `length` characters (UTF-8) of the texts. */
  addNgrams(
    offsets: number,
    bytes: number,
    count: number,
    length: number,
    seed: bigint,
    hashCount: number,
    filter: number,
    filterBytes: number,
  ): void;

  /** Sets the bits of every longest run of ASCII letters, digits and bytes from 0x80 on in the texts. */
  addTokens(
    offsets: number,
    bytes: number,
    count: number,
    seed: bigint,
    hashCount: number,
    filter: number,
    filterBytes: number,
  ): void;
};
