// mask.ts — masks: one byte per row, 1 = the row is meant, 0 = it is not.

/** See Kernels.maskAnd. */
export function maskAnd(a: usize, b: usize, count: u32, target: usize): void {
  const end = target + count;
  for (; target + 16 <= end; a += 16, b += 16, target += 16) {
    v128.store(target, v128.and(v128.load(a), v128.load(b)));
  }
  while (target < end) store<u8>(target++, load<u8>(a++) & load<u8>(b++));
}

/** See Kernels.maskOr. */
export function maskOr(a: usize, b: usize, count: u32, target: usize): void {
  const end = target + count;
  for (; target + 16 <= end; a += 16, b += 16, target += 16) {
    v128.store(target, v128.or(v128.load(a), v128.load(b)));
  }
  while (target < end) store<u8>(target++, load<u8>(a++) | load<u8>(b++));
}

/** See Kernels.maskAndNot. */
export function maskAndNot(a: usize, b: usize, count: u32, target: usize): void {
  const end = target + count;
  for (; target + 16 <= end; a += 16, b += 16, target += 16) {
    v128.store(target, v128.andnot(v128.load(a), v128.load(b)));
  }
  while (target < end) store<u8>(target++, load<u8>(a++) & ~load<u8>(b++));
}

/** See Kernels.maskNot. */
export function maskNot(mask: usize, count: u32, target: usize): void {
  const ones = v128.splat<u8>(1);
  const end = target + count;
  for (; target + 16 <= end; mask += 16, target += 16) {
    v128.store(target, v128.xor(v128.load(mask), ones));
  }
  while (target < end) store<u8>(target++, load<u8>(mask++) ^ 1);
}

/** See Kernels.maskCount. */
export function maskCount(mask: usize, count: u32): u32 {
  const end = mask + count;
  let sums = v128.splat<u32>(0);
  for (; mask + 16 <= end; mask += 16) {
    const pairs = i16x8.extadd_pairwise_i8x16_u(v128.load(mask));
    sums = v128.add<u32>(sums, i32x4.extadd_pairwise_i16x8_u(pairs));
  }
  let total = v128.extract_lane<u32>(sums, 0) + v128.extract_lane<u32>(sums, 1);
  total += v128.extract_lane<u32>(sums, 2) + v128.extract_lane<u32>(sums, 3);
  while (mask < end) total += <u32>load<u8>(mask++);
  return total;
}

/** See Kernels.maskPositions. */
export function maskPositions(mask: usize, count: u32, positions: usize): u32 {
  const zero = v128.splat<u8>(0);
  let to = positions;
  let row: u32 = 0;
  for (; row + 16 <= count; row += 16) {
    const bits = v128.bitmask<i8>(v128.ne<u8>(v128.load(mask + row), zero));
    if (bits == 0) continue;
    to = bits == 0xffff ? putSixteen(row, to) : putMeant(mask, row, row + 16, to);
  }
  to = putMeant(mask, row, count, to);
  return <u32>(to - positions) >> 2;
}

/** Puts every row and goes on behind it only if it is meant: nothing has to be guessed. */
function putMeant(mask: usize, from: u32, to: u32, target: usize): usize {
  for (let row = from; row < to; row++) {
    store<u32>(target, row);
    target += (<usize>load<u8>(mask + row)) << 2;
  }
  return target;
}

function putSixteen(row: u32, to: usize): usize {
  const four = v128.splat<u32>(4);
  let rows = v128.add<u32>(v128.splat<u32>(row), i32x4(0, 1, 2, 3));
  v128.store(to, rows);
  rows = v128.add<u32>(rows, four);
  v128.store(to, rows, 16);
  rows = v128.add<u32>(rows, four);
  v128.store(to, rows, 32);
  v128.store(to, v128.add<u32>(rows, four), 48);
  return to + 64;
}

/** See Kernels.maskClearAt. */
export function maskClearAt(mask: usize, positions: usize, count: u32, firstRow: u32): void {
  const end = positions + ((<usize>count) << 2);
  for (; positions < end; positions += 4) store<u8>(mask + (load<u32>(positions) - firstRow), 0);
}

function memberRows<T>(codes: usize, count: u32, table: usize, mask: usize): void {
  const end = mask + count;
  for (; mask < end; codes += sizeof<T>()) store<u8>(mask++, load<u8>(table + <usize>load<T>(codes)));
}

/** See Kernels.memberU32. */
export function memberU8(codes: usize, count: u32, table: usize, mask: usize): void {
  memberRows<u8>(codes, count, table, mask);
}

/** See Kernels.memberU32. */
export function memberU16(codes: usize, count: u32, table: usize, mask: usize): void {
  memberRows<u16>(codes, count, table, mask);
}

/** See Kernels.memberU32. */
export function memberU32(codes: usize, count: u32, table: usize, mask: usize): void {
  memberRows<u32>(codes, count, table, mask);
}
