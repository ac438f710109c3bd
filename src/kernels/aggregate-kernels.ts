// aggregate-kernels.ts — kernels of aggregate functions: of each group, or of all rows.
//
// `groups` has the group of each row, u32; states lie one after the other in the order of groups. A row of the group
// `noGroup` belongs to none: its state is the one before the first, for which there is room (workspace.ts), so that a
// row is left out without a branch.

/** The group of rows that are left out. */
export const noGroup = 0xffff_ffff;

type Integer = 'I8' | 'U8' | 'I16' | 'U16' | 'I32' | 'U32';
type Physical = Integer | 'I64' | 'U64' | 'F32' | 'F64';

/** Sums are u64 that wrap, of floats f64. */
type SumGroups = (values: number, groups: number, rowCount: number, sums: number) => void;
type SumAll = (values: number, rowCount: number, sum: number) => void;

/** `kept` has the width of the values; `seen` is 1, a byte, for each group that has a value. */
type ExtremeOfGroups = (values: number, groups: number, rowCount: number, kept: number, seen: number) => void;
type ExtremeOfAll = (values: number, rowCount: number, kept: number, seen: number) => void;

export type AggregateKernels = {
  [K in `sumGroups${Integer | '64' | 'F32' | 'F64'}`]: SumGroups;
} & {
  [K in `sumAll${Integer | '64' | 'F32' | 'F64'}`]: SumAll;
} & {
  /** NaN counts only while there is nothing else; of values that compare equal the first stays. */
  [K in `${'least' | 'greatest'}OfGroups${Physical}`]: ExtremeOfGroups;
} & {
  [K in `${'least' | 'greatest'}OfAll${Physical}`]: ExtremeOfAll;
} & {
  /** Counts are u64. */
  countGroups(groups: number, rowCount: number, counts: number): void;
  /** Puts 1, a byte, for each group that has a row. */
  markGroups(groups: number, rowCount: number, seen: number): void;
  /** The groups of rows whose mask is not 0, `noGroup` for the others; `groups` 0 = all rows are of group 0. */
  groupsWhere(groups: number, mask: number, rowCount: number, into: number): void;

  /** Sums of 128 bits, {low u64, high i64}: exact whatever is added. */
  sumWideGroupsI64: SumGroups;
  sumWideGroupsU64: SumGroups;
  sumWideAllI64: SumAll;
  sumWideAllU64: SumAll;
  /** Adds sums of 128 bits to those of their groups. */
  addWideSums: SumGroups;

  /** Sums, signed, as the nearest f64. */
  floatsOfSums(sums: number, groupCount: number, into: number): void;
  floatsOfUnsignedSums(sums: number, groupCount: number, into: number): void;
  floatsOfWideSums(sums: number, groupCount: number, into: number): void;
  /** f64 sums, divided by `unit` (10^scale for decimals) and by counts; NaN where the count is 0. */
  averagesOf(sums: number, counts: number, unit: number, groupCount: number, into: number): void;

  /** Counts, for each number in the upper halves, the u64 that have it. */
  countPairs(pairs: number, pairCount: number, counts: number): void;
};
