// sorted-rows.ts — what can be asked of rows that are sorted, or ought to be.

import { compareByKeys } from './sort-key';

/** See Kernels.compareRows. */
export function compareRows(a: usize, i: u32, b: usize, j: u32, keyCount: u32): i32 {
  return compareByKeys(a, i, b, j, keyCount);
}

/** See Kernels.firstUnsorted. */
export function firstUnsorted(keys: usize, keyCount: u32, rowCount: u32): u32 {
  for (let row: u32 = 1; row < rowCount; row++) {
    if (compareByKeys(keys, row - 1, keys, row, keyCount) > 0) return row;
  }
  return rowCount;
}

/** See Kernels.firstInOrder. */
export function firstInOrder(keys: usize, keyCount: u32, from: u32, to: u32): u32 {
  let first = from;
  for (let row = from + 1; row < to; row++) {
    if (compareByKeys(keys, row, keys, first, keyCount) < 0) first = row;
  }
  return first;
}

/** See Kernels.lowerBound. */
export function lowerBound(keys: usize, keyCount: u32, rowCount: u32, wanted: usize, wantedRow: u32): u32 {
  let low: u32 = 0;
  let high = rowCount;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    if (compareByKeys(keys, middle, wanted, wantedRow, keyCount) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** See Kernels.upperBound. */
export function upperBound(keys: usize, keyCount: u32, rowCount: u32, wanted: usize, wantedRow: u32): u32 {
  let low: u32 = 0;
  let high = rowCount;
  while (low < high) {
    const middle = low + ((high - low) >> 1);
    if (compareByKeys(keys, middle, wanted, wantedRow, keyCount) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
