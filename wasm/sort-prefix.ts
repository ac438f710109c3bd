// sort-prefix.ts — the beginning of each row's key as one number of 64 bits, which orders rows but for ties.
//
// Fields of the leading keys are laid into the number from the top: a bit for NULL where there is one, then the value so
// changed that unsigned numbers have its order. A string gives as many bytes as there is room for and ends the prefix.

import {
  bytesOf,
  hasNulls,
  isDescending,
  isNullAt,
  isNullsFirst,
  kindF32,
  kindF64,
  kindI16,
  kindI32,
  kindI64,
  kindI8,
  kindOf,
  kindString,
  kindU16,
  kindU32,
  kindU64,
  kindU8,
  kindUuid,
  offsetAt,
  sortKeyBytes,
  valuesOf,
} from './sort-key';

/**
 * Writes the prefixes (u64) of the rows at `positions`. How many leading keys they hold whole: rows with equal prefixes
 * are equal in these. The prefixes can be compared to those of other rows when `comparable`; otherwise they are made to
 * tell these rows apart.
 */
export function writePrefixes(
  keys: usize,
  keyCount: u32,
  positions: usize,
  count: u32,
  prefixes: usize,
  comparable: bool,
): u32 {
  memory.fill(prefixes, 0, (<usize>count) << 3);
  let room: u32 = 64;
  for (let i: u32 = 0; i < keyCount; i++) {
    const key = keys + i * sortKeyBytes;
    const flagged = hasNulls(key) && (comparable || someNulls(key, positions, count));
    if (flagged) addNullFlags(key, positions, count, prefixes, --room);
    if (room == 0) return i;
    const bits = bitsOf(key);
    if (bits == 0) {
      const shared = comparable ? 0 : sharedBytes(key, positions, count);
      addStrings(key, positions, count, prefixes, room, shared);
      return i;
    }
    addValues(key, positions, count, prefixes, room, flagged);
    if (bits > room) return i;
    room -= bits;
    if (room == 0) return i + 1;
  }
  return keyCount;
}

/** Size of a fixed key; 0 of strings, whose size differs from row to row. */
function bitsOf(key: usize): u32 {
  const kind = kindOf(key);
  if (kind >= kindString) return 0;
  if (kind <= kindI8) return 8;
  if (kind <= kindI16) return 16;
  return kind <= kindI32 || kind == kindF32 ? 32 : 64;
}

function someNulls(key: usize, positions: usize, count: u32): bool {
  for (const end = positions + ((<usize>count) << 2); positions < end; positions += 4) {
    if (isNullAt(key, load<u32>(positions))) return true;
  }
  return false;
}

function addNullFlags(key: usize, positions: usize, count: u32, prefixes: usize, shift: u32): void {
  const nullsFirst = isNullsFirst(key);
  for (const end = positions + ((<usize>count) << 2); positions < end; positions += 4, prefixes += 8) {
    const isNull = isNullAt(key, load<u32>(positions));
    store<u64>(prefixes, load<u64>(prefixes) | ((<u64>(isNull != nullsFirst)) << shift));
  }
}

function addValues(
  key: usize,
  positions: usize,
  count: u32,
  prefixes: usize,
  room: u32,
  flagged: bool,
): void {
  switch (kindOf(key)) {
    case kindU8:
      return addValuesOf<u8>(key, positions, count, prefixes, room, flagged);
    case kindI8:
      return addValuesOf<i8>(key, positions, count, prefixes, room, flagged);
    case kindU16:
      return addValuesOf<u16>(key, positions, count, prefixes, room, flagged);
    case kindI16:
      return addValuesOf<i16>(key, positions, count, prefixes, room, flagged);
    case kindU32:
      return addValuesOf<u32>(key, positions, count, prefixes, room, flagged);
    case kindI32:
      return addValuesOf<i32>(key, positions, count, prefixes, room, flagged);
    case kindU64:
      return addValuesOf<u64>(key, positions, count, prefixes, room, flagged);
    case kindI64:
      return addValuesOf<i64>(key, positions, count, prefixes, room, flagged);
    case kindF32:
      return addValuesOf<f32>(key, positions, count, prefixes, room, flagged);
    default:
      return addValuesOf<f64>(key, positions, count, prefixes, room, flagged);
  }
}

function addValuesOf<T>(
  key: usize,
  positions: usize,
  count: u32,
  prefixes: usize,
  room: u32,
  flagged: bool,
): void {
  const bits: u32 = (<u32>sizeof<T>()) << 3;
  const ones = u64.MAX_VALUE >> (64 - bits);
  const turned = isDescending(key) ? ones : 0;
  const ofNaN = isNullsFirst(key) ? 0 : ones;
  // What does not fit is cut off below; one of the two shifts is 0.
  const up: u64 = room >= bits ? room - bits : 0;
  const down: u64 = room >= bits ? 0 : bits - room;
  const values = valuesOf(key);
  for (const end = positions + ((<usize>count) << 2); positions < end; positions += 4, prefixes += 8) {
    const row = load<u32>(positions);
    if (flagged && isNullAt(key, row)) continue;
    const value = load<T>(values + ((<usize>row) << alignof<T>()));
    const field = isFloat<T>() && value != value ? ofNaN : ordered<T>(value) ^ turned;
    store<u64>(prefixes, load<u64>(prefixes) | ((field >> down) << up));
  }
}

/** The value as an unsigned number with the value's order, in as many bits. */
function ordered<T>(value: T): u64 {
  const signBit = (<u64>1) << ((sizeof<T>() << 3) - 1);
  if (isFloat<T>()) {
    // Adding 0 makes 0 of -0.
    const bits = sizeof<T>() == 4 ? <u64>reinterpret<u32>(<f32>value + 0) : reinterpret<u64>(<f64>value + 0);
    return (bits & signBit) != 0 ? ~bits & (signBit | (signBit - 1)) : bits | signBit;
  }
  if (isSigned<T>()) return (<u64>value ^ signBit) & (signBit | (signBit - 1));
  return <u64>value;
}

/** The first bytes of strings, `room` bits of them, behind those that all strings share; of UUIDs, from the second half. */
function addStrings(key: usize, positions: usize, count: u32, prefixes: usize, room: u32, shared: u32): void {
  const turned: u64 = isDescending(key) ? u64.MAX_VALUE : 0;
  const skipped = kindOf(key) == kindUuid ? 8 : shared;
  const bytes = bytesOf(key);
  for (const end = positions + ((<usize>count) << 2); positions < end; positions += 4, prefixes += 8) {
    const row = load<u32>(positions);
    if (isNullAt(key, row)) continue;
    const offset = offsetAt(key, row);
    const start = load<u32>(offset) + skipped;
    const field = firstBytes(bytes + start, min(8, load<u32>(offset, 4) - start)) ^ turned;
    store<u64>(prefixes, load<u64>(prefixes) | (field >> (64 - room)));
  }
}

/** Up to 8 bytes as a number, the first counting most. */
function firstBytes(text: usize, size: u32): u64 {
  return size == 0 ? 0 : bswap(load<u64>(text)) & (u64.MAX_VALUE << (64 - (size << 3)));
}

/** How many bytes all strings begin with together, NULL aside. */
function sharedBytes(key: usize, positions: usize, count: u32): u32 {
  const bytes = bytesOf(key);
  let first: usize = 0;
  let shared: u32 = u32.MAX_VALUE;
  for (const end = positions + ((<usize>count) << 2); positions < end && shared > 0; positions += 4) {
    const row = load<u32>(positions);
    if (isNullAt(key, row)) continue;
    const offset = offsetAt(key, row);
    const text = bytes + load<u32>(offset);
    shared = min(shared, load<u32>(offset, 4) - load<u32>(offset));
    if (first == 0) first = text;
    let same: u32 = 0;
    while (same < shared) {
      const difference = load<u64>(first + same) ^ load<u64>(text + same);
      if (difference != 0) {
        same += <u32>(ctz(difference) >> 3);
        break;
      }
      same += 8;
    }
    shared = min(shared, same);
  }
  return shared;
}
