// bitmap-kernels.ts — kernels of Roaring bitmaps and of selections: rows of a part as one bit each, low bit first.
//
// maskAnd, maskOr and maskAndNot (mask-kernels.ts) combine bits too: they go byte by byte.

export type BitmapKernels = {
  /**
   * Rows 0 to `count` - 1 (at most 65,536) by their code (u32, below `codeCount`): `positions` (u16 × count) has those of
   * code 0, then those of code 1, each ascending; `ends` (u32 × codeCount), where those of a code end.
   */
  groupByCode(codes: number, count: number, codeCount: number, ends: number, positions: number): void;

  /** How many runs of neighbours ascending positions (u16) make. */
  countRuns(positions: number, count: number): number;

  /** Writes these runs: first position (u16), how many follow it (u16). */
  putRuns(positions: number, count: number, target: number): void;

  /** Sets the bits at positions (u16) in 8192 bytes. */
  setPositions(positions: number, count: number, bits: number): void;

  /** Sets the bits of `count` runs, as `putRuns` writes them, in 8192 bytes; what would lie behind these is left out. */
  setRuns(runs: number, count: number, bits: number): void;

  /** How many of the bits [from, to) are set. */
  countBits(bits: number, from: number, to: number): number;

  /** A mask of the bits [from, from + count). */
  bitsToMask(bits: number, from: number, count: number, mask: number): void;
};
