// text-input-kernels.ts — kernels from the text of rows to columns.

/** Of a value in the text: something is to be unescaped, it is the mark of NULL, there is nothing. */
export const cellFlags = { plain: 0, escaped: 1, nullMark: 2, absent: 3 } as const;

/**
 * Splits whole rows of `columnCount` values, at most `stride` of them: how many. `cells` gets, column by column with room for
 * `stride` rows each, all starts (u32), then all ends (u32), then all flags (u8); `progress` the bytes that the rows take,
 * and 1 when what follows is not a row (u32 each). Unless `isLast`, the text may end within a row, which is left.
 */
type SplitRows = (
  text: number,
  sizeBytes: number,
  isLast: number,
  columnCount: number,
  stride: number,
  cells: number,
  progress: number,
) => number;

/**
 * Values of `count` cells whose text has the common form; 0 for those that are NULL or absent. The rows of all others go to
 * `odd` (u32): how many. `cells`: pointers, u32 each, to the text, the starts, the ends and the flags.
 */
export type ParseCells = (cells: number, count: number, values: number, odd: number) => number;

type ParseScaled = (...args: [...Parameters<ParseCells>, scale: number]) => number;
type ParseDecimals = (...args: [...Parameters<ParseCells>, precision: number, scale: number]) => number;

export type TextInputKernels = {
  /** Values between tabs, with backslashes. A row that ends with a carriage return is none. */
  splitTabSeparated: SplitRows;
  /** Values between commas, perhaps in double quotes; start and end are within quotes and blanks. */
  splitCsv: SplitRows;

  parseU8: ParseCells;
  parseU16: ParseCells;
  parseU32: ParseCells;
  parseU64: ParseCells;
  parseI8: ParseCells;
  parseI16: ParseCells;
  parseI32: ParseCells;
  parseI64: ParseCells;
  /** Of up to 15 digits, without exponent. */
  parseFloats32: ParseCells;
  parseFloats64: ParseCells;
  /** Of up to 18 digits, and no more than `scale` behind the point. */
  parseDecimals32: ParseDecimals;
  parseDecimals64: ParseDecimals;
  /** `YYYY-MM-DD`, as days (u16). */
  parseDates: ParseCells;
  /** `YYYY-MM-DD hh:mm:ss`, as seconds (u32). */
  parseDateTimes: ParseCells;
  /** The same, perhaps with a fraction, as ticks (i64). */
  parseDateTimes64: ParseScaled;

  /**
   * The texts, without what escapes by `escape`, a backslash or a double quote; empty when NULL or absent. `offsets` has
   * room for count + 1, `bytes` for as many as the cells take. How many bytes.
   */
  copyCells(cells: number, count: number, escape: number, offsets: number, bytes: number): number;
};
