// order-kernels.ts — kernels over rows in an order. `keys` points to `keyCount` records that sort-keys.ts writes.

/** Scratch of `sortRows` and `topRows`. */
export const sortScratchBytes = (count: number): number => 8192 + 20 * count;

/** One source of `mergeRuns`: pointer to its keys, next row, number of rows; u32 each. */
export const mergeSourceWords = 3;

/** Scratch of `mergeRuns`. */
export const mergeScratchBytes = (sourceCount: number): number => 212 * sourceCount;

export type OrderKernels = {
  /** Negative, 0 or positive as row i of the columns `a` comes before, with or after row j of the columns `b`. */
  compareRows(a: number, i: number, b: number, j: number, keyCount: number): number;

  /** Sorts `positions` (u32) by the keys of their rows; rows that are equal keep their order. */
  sortRows(keys: number, keyCount: number, positions: number, count: number, scratch: number): void;

  /** Moves the first `limit` rows, in order, to the front of `positions`; the others are lost. How many these are. */
  topRows(
    keys: number,
    keyCount: number,
    positions: number,
    count: number,
    limit: number,
    scratch: number,
  ): number;

  /** The first row that comes before its predecessor; `rowCount` when the rows are sorted. */
  firstUnsorted(keys: number, keyCount: number, rowCount: number): number;

  /** Which of rows [from, to), in any order, comes first; of equal ones the first. */
  firstInOrder(keys: number, keyCount: number, from: number, to: number): number;

  /** How many of the sorted rows come before row `wantedRow` of the columns `wanted`. */
  lowerBound(keys: number, keyCount: number, rowCount: number, wanted: number, wantedRow: number): number;

  /** How many of the sorted rows do not come after row `wantedRow` of the columns `wanted`. */
  upperBound(keys: number, keyCount: number, rowCount: number, wanted: number, wantedRow: number): number;

  /**
   * Merges sorted rows of several sources, whose records (`mergeSourceWords`) lie in the order in which equal rows are
   * taken; their keys have the same kinds and flags, and `nulls` or not. Writes pairs of source (u16) and row (u32), at
   * most `limit`, and moves each source's next row; stops behind the last row of a source, which can then be given its
   * next rows. A source whose next row is its number of rows has ended. How many pairs: 0 when all have ended.
   */
  mergeRuns(
    sources: number,
    sourceCount: number,
    keyCount: number,
    limit: number,
    outSources: number,
    outRows: number,
    scratch: number,
  ): number;
};
