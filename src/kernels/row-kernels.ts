// row-kernels.ts — kernels that move and change values row by row. `positions` are u32; they may repeat, in any order.

/** target[i] = values[positions[i]], of values of so many bits. */
type Gather = (values: number, positions: number, count: number, target: number) => void;

/** target[i] = table[codes[i]]; table and target are u32. */
type MapCodes = (codes: number, count: number, table: number, target: number) => void;

/** The same numbers with more or fewer bits; a number that does not fit loses its high bits. */
type Convert = (values: number, count: number, target: number) => void;

/** Writes one value `count` times. */
type Fill<T> = (target: number, count: number, value: T) => void;

/**
 * A hash of 64 bits (u64) of each value, which is taken as so many bits: of floats, 0 and -0 differ. One to one: equal
 * hashes of one seed mean equal values. Not for anything that is stored.
 */
type Hash = (values: number, count: number, seed: bigint, target: number) => void;

/** Of rows chosen from several columns: `values` has a pointer (u32) for each source, `sources` are u16, `rows` u32. */
type GatherFrom = (values: number, sources: number, rows: number, count: number, target: number) => void;

export type RowKernels = {
  [Bits in 8 | 16 | 32 | 64 as `gather${Bits}`]: Gather;
} & {
  [Bits in 8 | 16 | 32 | 64 as `gatherFrom${Bits}`]: GatherFrom;
} & {
  [Suffix in 'U8' | 'U16' | 'U32' as `mapCodes${Suffix}`]: MapCodes;
} & {
  [Suffix in 'U8ToU16' | 'U8ToU32' | 'U16ToU32' as `widen${Suffix}`]: Convert;
} & {
  [Suffix in 'U16ToU8' | 'U32ToU8' | 'U32ToU16' as `narrow${Suffix}`]: Convert;
} & { [Bits in 8 | 16 | 32 as `fill${Bits}`]: Fill<number> } & { fill64: Fill<bigint> } & {
  [Bits in 8 | 16 | 32 | 64 as `hash${Bits}`]: Hash;
} & {
  /**
   * The first half of gathering strings: writes the offsets (u32 × count + 1, from 0) that the gathered strings will have.
   * How many bytes they take; when that is 2^32 or more, the offsets are of no use.
   */
  gatherOffsets(offsets: number, positions: number, count: number, target: number): number;

  /** The second half: writes the bytes, `offsets` being those of the source. */
  gatherBytes(offsets: number, bytes: number, positions: number, count: number, target: number): void;

  /** As `gatherOffsets`, of rows chosen from several columns: `offsets` has a pointer (u32) for each source. */
  gatherOffsetsFrom(offsets: number, sources: number, rows: number, count: number, target: number): number;

  /** As `gatherBytes`: `offsets` and `bytes` have a pointer (u32) for each source. */
  gatherBytesFrom(
    offsets: number,
    bytes: number,
    sources: number,
    rows: number,
    count: number,
    target: number,
  ): void;

  /** Writes first, first + 1, … (u32). */
  sequence(first: number, count: number, target: number): void;

  /** A hash of 128 bits (16 bytes) of each string, in two halves that each depend on all its bytes. Not for anything stored. */
  hashStrings(offsets: number, bytes: number, count: number, seed: bigint, target: number): void;
};
