// aggregate-extreme.ts — the least or greatest value of each group, or of all rows.
//
// `kept` has the value of each group so far, `seen` 1 for a group that has one. NaN is kept only while there is nothing
// else; of equal values (0 and -0) the first stays. States: group-states.ts.

function replaces<T>(value: T, kept: T, greatest: bool): bool {
  const better = greatest ? value > kept : value < kept;
  return isFloat<T>() ? better || (kept != kept && value == value) : better;
}

function extremeOfGroups<T>(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
  greatest: bool,
): void {
  for (let row: usize = 0; row < rowCount; row++) {
    const group = <usize>load<u32>(groups + (row << 2));
    const value = load<T>(values + (row << alignof<T>()));
    const state = kept + (group << alignof<T>());
    if (load<u8>(seen + group) != 0 && !replaces<T>(value, load<T>(state), greatest)) continue;
    store<T>(state, value);
    store<u8>(seen + group, 1);
  }
}

function keep<T>(value: T, kept: usize, seen: usize, greatest: bool): void {
  if (load<u8>(seen) != 0 && !replaces<T>(value, load<T>(kept), greatest)) return;
  store<T>(kept, value);
  store<u8>(seen, 1);
}

function extremeOfAll<T>(values: usize, rowCount: usize, kept: usize, seen: usize, greatest: bool): void {
  if (rowCount == 0) return;
  let row: usize = 0;
  if (sizeof<T>() < 8 && !isFloat<T>()) row = extremeOfVectors<T>(values, rowCount, kept, seen, greatest);
  if (row == rowCount) return;
  let best = load<T>(values + (row << alignof<T>()));
  for (row++; row < rowCount; row++) {
    const value = load<T>(values + (row << alignof<T>()));
    if (replaces<T>(value, best, greatest)) best = value;
  }
  keep<T>(best, kept, seen, greatest);
}

/** The least or greatest of the lanes, in lane 0: by turns the other half, quarter, eighth is compared. */
function extremeOfLanes<T>(vector: v128, greatest: bool): T {
  let best = extremeVector<T>(vector, v128.shuffle<u64>(vector, vector, 1, 0), greatest);
  best = extremeVector<T>(best, v128.shuffle<u32>(best, best, 1, 0, 3, 2), greatest);
  if (sizeof<T>() <= 2) {
    best = extremeVector<T>(best, v128.shuffle<u16>(best, best, 1, 0, 3, 2, 5, 4, 7, 6), greatest);
  }
  if (sizeof<T>() == 1) {
    const swapped = v128.shuffle<u8>(best, best, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    best = extremeVector<T>(best, swapped, greatest);
  }
  return v128.extract_lane<T>(best, 0);
}

function extremeVector<T>(a: v128, b: v128, greatest: bool): v128 {
  return greatest ? v128.max<T>(a, b) : v128.min<T>(a, b);
}

/** Of the whole vectors; the number of rows they have. */
function extremeOfVectors<T>(
  values: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
  greatest: bool,
): usize {
  const lanes: usize = 16 / sizeof<T>();
  if (rowCount < lanes) return 0;
  let best = v128.load(values);
  let row = lanes;
  for (; row + lanes <= rowCount; row += lanes) {
    const vector = v128.load(values + (row << alignof<T>()));
    best = extremeVector<T>(best, vector, greatest);
  }
  keep<T>(extremeOfLanes<T>(best, greatest), kept, seen, greatest);
  return row;
}

export function leastOfGroupsI8(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i8>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllI8(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i8>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsU8(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u8>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllU8(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u8>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsI16(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i16>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllI16(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i16>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsU16(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u16>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllU16(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u16>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsI32(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i32>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllI32(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i32>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsU32(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u32>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllU32(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u32>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsI64(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i64>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllI64(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i64>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsU64(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u64>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllU64(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u64>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsF32(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<f32>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllF32(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<f32>(values, rowCount, kept, seen, false);
}

export function leastOfGroupsF64(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<f64>(values, groups, rowCount, kept, seen, false);
}

export function leastOfAllF64(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<f64>(values, rowCount, kept, seen, false);
}

export function greatestOfGroupsI8(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i8>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllI8(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i8>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsU8(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u8>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllU8(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u8>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsI16(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i16>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllI16(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i16>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsU16(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u16>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllU16(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u16>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsI32(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i32>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllI32(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i32>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsU32(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u32>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllU32(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u32>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsI64(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<i64>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllI64(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<i64>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsU64(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<u64>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllU64(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<u64>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsF32(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<f32>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllF32(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<f32>(values, rowCount, kept, seen, true);
}

export function greatestOfGroupsF64(
  values: usize,
  groups: usize,
  rowCount: usize,
  kept: usize,
  seen: usize,
): void {
  extremeOfGroups<f64>(values, groups, rowCount, kept, seen, true);
}

export function greatestOfAllF64(values: usize, rowCount: usize, kept: usize, seen: usize): void {
  extremeOfAll<f64>(values, rowCount, kept, seen, true);
}
