// numbered-values.ts — what the numbers of a numbering stand for, in the width of their column.

import { valuesAt } from './numbering';

/** The values of `count` numbers in the width of their column; integers wrap back into it, floats are their bits. */
export function valuesOf8(numbering: usize, count: usize, into: usize): void {
  const values = load<usize>(numbering, valuesAt);
  for (let i: usize = 0; i < count; i++) store<u8>(into + i, <u8>load<u64>(values + (i << 3)));
}

export function valuesOf16(numbering: usize, count: usize, into: usize): void {
  const values = load<usize>(numbering, valuesAt);
  for (let i: usize = 0; i < count; i++) store<u16>(into + (i << 1), <u16>load<u64>(values + (i << 3)));
}

export function valuesOf32(numbering: usize, count: usize, into: usize): void {
  const values = load<usize>(numbering, valuesAt);
  for (let i: usize = 0; i < count; i++) store<u32>(into + (i << 2), <u32>load<u64>(values + (i << 3)));
}
