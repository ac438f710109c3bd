// aggregate-sum.ts — sums: of each group, or of all rows (states: group-states.ts).

import { stateOf } from './group-states';

// ---- integers: sums of 64 bits, which wrap

function sumGroups<T>(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  for (let row: usize = 0; row < rowCount; row++) {
    const sum = stateOf(sums, groups, row, 3);
    store<u64>(sum, load<u64>(sum) + <u64>load<T>(values + (row << alignof<T>())));
  }
}

export function sumGroupsI8(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumGroups<i8>(values, groups, rowCount, sums);
}

export function sumGroupsU8(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumGroups<u8>(values, groups, rowCount, sums);
}

export function sumGroupsI16(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumGroups<i16>(values, groups, rowCount, sums);
}

export function sumGroupsU16(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumGroups<u16>(values, groups, rowCount, sums);
}

export function sumGroupsI32(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumGroups<i32>(values, groups, rowCount, sums);
}

export function sumGroupsU32(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumGroups<u32>(values, groups, rowCount, sums);
}

export function sumGroups64(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumGroups<u64>(values, groups, rowCount, sums);
}

/** Adds what the rows behind the last whole vector sum up to. */
function sumRest<T>(values: usize, from: usize, rowCount: usize, vectors: v128, sum: usize): void {
  let total = v128.extract_lane<u64>(vectors, 0) + v128.extract_lane<u64>(vectors, 1);
  for (let row = from; row < rowCount; row++) total += <u64>load<T>(values + (row << alignof<T>()));
  store<u64>(sum, load<u64>(sum) + total);
}

/** The four signed lanes of 32 bits, widened and added. */
function widenSigned(lanes: v128): v128 {
  return v128.add<i64>(i64x2.extend_low_i32x4_s(lanes), i64x2.extend_high_i32x4_s(lanes));
}

function widenUnsigned(lanes: v128): v128 {
  return v128.add<i64>(i64x2.extend_low_i32x4_u(lanes), i64x2.extend_high_i32x4_u(lanes));
}

export function sumAllI8(values: usize, rowCount: usize, sum: usize): void {
  let total = i64x2.splat(0);
  let row: usize = 0;
  for (; row + 16 <= rowCount; row += 16) {
    total = v128.add<i64>(
      total,
      widenSigned(i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load(values + row)))),
    );
  }
  sumRest<i8>(values, row, rowCount, total, sum);
}

export function sumAllU8(values: usize, rowCount: usize, sum: usize): void {
  let total = i64x2.splat(0);
  let row: usize = 0;
  for (; row + 16 <= rowCount; row += 16) {
    total = v128.add<i64>(
      total,
      widenUnsigned(i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v128.load(values + row)))),
    );
  }
  sumRest<u8>(values, row, rowCount, total, sum);
}

export function sumAllI16(values: usize, rowCount: usize, sum: usize): void {
  let total = i64x2.splat(0);
  let row: usize = 0;
  for (; row + 8 <= rowCount; row += 8) {
    total = v128.add<i64>(total, widenSigned(i32x4.extadd_pairwise_i16x8_s(v128.load(values + (row << 1)))));
  }
  sumRest<i16>(values, row, rowCount, total, sum);
}

export function sumAllU16(values: usize, rowCount: usize, sum: usize): void {
  let total = i64x2.splat(0);
  let row: usize = 0;
  for (; row + 8 <= rowCount; row += 8) {
    total = v128.add<i64>(
      total,
      widenUnsigned(i32x4.extadd_pairwise_i16x8_u(v128.load(values + (row << 1)))),
    );
  }
  sumRest<u16>(values, row, rowCount, total, sum);
}

export function sumAllI32(values: usize, rowCount: usize, sum: usize): void {
  let total = i64x2.splat(0);
  let row: usize = 0;
  for (; row + 4 <= rowCount; row += 4) {
    total = v128.add<i64>(total, widenSigned(v128.load(values + (row << 2))));
  }
  sumRest<i32>(values, row, rowCount, total, sum);
}

export function sumAllU32(values: usize, rowCount: usize, sum: usize): void {
  let total = i64x2.splat(0);
  let row: usize = 0;
  for (; row + 4 <= rowCount; row += 4) {
    total = v128.add<i64>(total, widenUnsigned(v128.load(values + (row << 2))));
  }
  sumRest<u32>(values, row, rowCount, total, sum);
}

export function sumAll64(values: usize, rowCount: usize, sum: usize): void {
  let total = i64x2.splat(0);
  let other = i64x2.splat(0);
  let row: usize = 0;
  for (; row + 4 <= rowCount; row += 4) {
    total = v128.add<i64>(total, v128.load(values + (row << 3)));
    other = v128.add<i64>(other, v128.load(values + (row << 3), 16));
  }
  sumRest<u64>(values, row, rowCount, v128.add<i64>(total, other), sum);
}

// ---- sums of 128 bits: {low u64, high i64}, which hold any sum of 64-bit integers

function addWide(sum: usize, low: u64, high: u64): void {
  const before = load<u64>(sum);
  const after = before + low;
  store<u64>(sum, after);
  store<u64>(sum, load<u64>(sum, 8) + high + <u64>(after < low), 8);
}

function signOf<T>(value: T): u64 {
  return isSigned<T>() ? <u64>(<i64>value >> 63) : 0;
}

function sumWideGroups<T>(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  for (let row: usize = 0; row < rowCount; row++) {
    const value = load<T>(values + (row << 3));
    addWide(stateOf(sums, groups, row, 4), <u64>value, signOf<T>(value));
  }
}

export function sumWideGroupsI64(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumWideGroups<i64>(values, groups, rowCount, sums);
}

export function sumWideGroupsU64(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumWideGroups<u64>(values, groups, rowCount, sums);
}

function sumWideAll<T>(values: usize, rowCount: usize, sum: usize): void {
  let low: u64 = 0;
  let high: u64 = 0;
  for (let row: usize = 0; row < rowCount; row++) {
    const value = load<T>(values + (row << 3));
    low += <u64>value;
    high += signOf<T>(value) + <u64>(low < <u64>value);
  }
  addWide(sum, low, high);
}

export function sumWideAllI64(values: usize, rowCount: usize, sum: usize): void {
  sumWideAll<i64>(values, rowCount, sum);
}

export function sumWideAllU64(values: usize, rowCount: usize, sum: usize): void {
  sumWideAll<u64>(values, rowCount, sum);
}

/** Adds sums of 128 bits to the sums of their groups. */
export function addWideSums(partial: usize, groups: usize, rowCount: usize, sums: usize): void {
  for (let row: usize = 0; row < rowCount; row++) {
    const from = partial + (row << 4);
    addWide(stateOf(sums, groups, row, 4), load<u64>(from), load<u64>(from, 8));
  }
}

// ---- floats: added one after the other, because every order has its own rounding

function sumFloatGroups<T>(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  for (let row: usize = 0; row < rowCount; row++) {
    const sum = stateOf(sums, groups, row, 3);
    store<f64>(sum, load<f64>(sum) + <f64>load<T>(values + (row << alignof<T>())));
  }
}

export function sumGroupsF32(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumFloatGroups<f32>(values, groups, rowCount, sums);
}

export function sumGroupsF64(values: usize, groups: usize, rowCount: usize, sums: usize): void {
  sumFloatGroups<f64>(values, groups, rowCount, sums);
}

function sumFloatAll<T>(values: usize, rowCount: usize, sum: usize): void {
  let total = load<f64>(sum);
  for (let row: usize = 0; row < rowCount; row++) total += <f64>load<T>(values + (row << alignof<T>()));
  store<f64>(sum, total);
}

export function sumAllF32(values: usize, rowCount: usize, sum: usize): void {
  sumFloatAll<f32>(values, rowCount, sum);
}

export function sumAllF64(values: usize, rowCount: usize, sum: usize): void {
  sumFloatAll<f64>(values, rowCount, sum);
}
