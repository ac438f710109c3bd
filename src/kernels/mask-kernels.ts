// mask-kernels.ts — kernels that make and combine masks.
//
// A mask has one byte per row: 1 = the row is meant, 0 = it is not. Kernels rely on there being no other values.

/** The `comparison` of the compare kernels. */
export const comparisons = { '=': 0, '!=': 1, '<': 2, '<=': 3, '>': 4, '>=': 5 } as const;

/** Ends of the names of kernels for fixed columns, by what JavaScript has for a value. */
type NumberSuffix = 'U8' | 'I8' | 'U16' | 'I16' | 'U32' | 'I32' | 'F32' | 'F64';
type BigintSuffix = 'U64' | 'I64';

/**
 * Compares each value with a constant that the column's type can hold. Floats as in SQL: of NaN only != holds, and -0
 * equals 0.
 */
type Compare<T> = (values: number, count: number, comparison: number, constant: T, mask: number) => void;

/** Whether low <= value <= high. */
type Between<T> = (values: number, count: number, low: T, high: T, mask: number) => void;

/** mask[i] = table[codes[i]], where the table has a 0 or a 1 for every code that occurs. */
type Member = (codes: number, count: number, table: number, mask: number) => void;

/** Looks at each string, `offsets` (u32 × count + 1) and `bytes`; the bytes lie in the memory with slack, the needle too. */
type StringMatch = (
  offsets: number,
  bytes: number,
  count: number,
  needle: number,
  needleBytes: number,
  mask: number,
) => void;

export type MaskKernels = {
  [Suffix in NumberSuffix as `compare${Suffix}`]: Compare<number>;
} & { [Suffix in BigintSuffix as `compare${Suffix}`]: Compare<bigint> } & {
  [Suffix in NumberSuffix as `between${Suffix}`]: Between<number>;
} & { [Suffix in BigintSuffix as `between${Suffix}`]: Between<bigint> } & {
  [Suffix in 'U8' | 'U16' | 'U32' as `member${Suffix}`]: Member;
} & {
  stringsEqual: StringMatch;
  stringsStartWith: StringMatch;
  /** An empty needle is contained in every string. */
  stringsContain: StringMatch;

  /** Both; the target may be one of the two, here and below. */
  maskAnd(a: number, b: number, count: number, target: number): void;

  /** At least one. */
  maskOr(a: number, b: number, count: number, target: number): void;

  /** The first and not the second, which may be the nulls of a column. */
  maskAndNot(a: number, b: number, count: number, target: number): void;

  /** Turned around: of the nulls of a column, the rows that have a value. */
  maskNot(mask: number, count: number, target: number): void;

  /** How many rows are meant. */
  maskCount(mask: number, count: number): number;

  /** Writes the positions (u32) of the rows that are meant, ascending; how many. */
  maskPositions(mask: number, count: number, positions: number): number;

  /** Clears the mask at `positions` (u32), which are counted from a row `firstRow` before the mask's first. */
  maskClearAt(mask: number, positions: number, count: number, firstRow: number): void;
};
