// sort-key.ts — the record that describes one key column of an order, and comparing rows by such records.
//
//    0  kind     u32  see below
//    4  flags    u32  1 = descending, 2 = NULL and NaN first, 4 = of a dictionary, code 0 is NULL
//    8  values   u32  pointer: values of a fixed column, codes of a dictionary
//   12  offsets  u32  pointer: of strings, or of the dictionary's strings; u32
//   16  bytes    u32  pointer: theirs
//   20  nulls    u32  pointer: 1 = NULL, one byte per row; 0 = there is none
// The records of several keys follow each other, the most significant first. src/kernels/sort-keys.ts writes them.
//
// The order is ClickHouse's: bytes are compared unsigned, -0 equals 0, of a UUID the second half counts first. NULL is
// beyond NaN, and NaN beyond all values, at the end or the beginning whatever the direction.

export const sortKeyBytes: u32 = 24;

export const kindU8: u32 = 0;
export const kindI8: u32 = 1;
export const kindU16: u32 = 2;
export const kindI16: u32 = 3;
export const kindU32: u32 = 4;
export const kindI32: u32 = 5;
export const kindU64: u32 = 6;
export const kindI64: u32 = 7;
export const kindF32: u32 = 8;
export const kindF64: u32 = 9;
export const kindString: u32 = 10;
export const kindUuid: u32 = 11;
export const kindCodes8: u32 = 12;
export const kindCodes16: u32 = 13;
export const kindCodes32: u32 = 14;

const descendingFlag: u32 = 1;
const nullsFirstFlag: u32 = 2;
const nullCodeFlag: u32 = 4;

export function kindOf(key: usize): u32 {
  return load<u32>(key);
}

export function isDescending(key: usize): bool {
  return (load<u32>(key, 4) & descendingFlag) != 0;
}

export function isNullsFirst(key: usize): bool {
  return (load<u32>(key, 4) & nullsFirstFlag) != 0;
}

export function valuesOf(key: usize): usize {
  return load<u32>(key, 8);
}

/** Whether a row of the column can be NULL. */
export function hasNulls(key: usize): bool {
  return load<u32>(key, 20) != 0 || (load<u32>(key, 4) & nullCodeFlag) != 0;
}

export function isNullAt(key: usize, row: u32): bool {
  const nulls = <usize>load<u32>(key, 20);
  if (nulls != 0) return load<u8>(nulls + row) != 0;
  return (load<u32>(key, 4) & nullCodeFlag) != 0 && codeAt(key, row) == 0;
}

/** Pointer to the offset where the row's string begins; the next offset is its end. */
export function offsetAt(key: usize, row: u32): usize {
  return <usize>load<u32>(key, 12) + ((<usize>codeAt(key, row)) << 2);
}

export function bytesOf(key: usize): usize {
  return load<u32>(key, 16);
}

/** Which of the strings the row has. */
function codeAt(key: usize, row: u32): u32 {
  const kind = kindOf(key);
  if (kind == kindCodes8) return <u32>load<u8>(valuesOf(key) + row);
  if (kind == kindCodes16) return <u32>load<u16>(valuesOf(key) + ((<usize>row) << 1));
  return kind == kindCodes32 ? load<u32>(valuesOf(key) + ((<usize>row) << 2)) : row;
}

/** Negative, 0 or positive as row i of the first columns comes before, with or after row j of the second ones. */
export function compareByKeys(a: usize, i: u32, b: usize, j: u32, keyCount: u32): i32 {
  for (const end = a + keyCount * sortKeyBytes; a < end; a += sortKeyBytes, b += sortKeyBytes) {
    const order = compareByKey(a, i, b, j);
    if (order != 0) return order;
  }
  return 0;
}

function compareByKey(a: usize, i: u32, b: usize, j: u32): i32 {
  if (hasNulls(a) || hasNulls(b)) {
    const aNull = <i32>isNullAt(a, i);
    const bNull = <i32>isNullAt(b, j);
    if ((aNull | bNull) != 0) return beyond(a, aNull - bNull);
  }
  switch (kindOf(a)) {
    case kindU8:
      return directed(a, compareValues<u8>(a, i, b, j));
    case kindI8:
      return directed(a, compareValues<i8>(a, i, b, j));
    case kindU16:
      return directed(a, compareValues<u16>(a, i, b, j));
    case kindI16:
      return directed(a, compareValues<i16>(a, i, b, j));
    case kindU32:
      return directed(a, compareValues<u32>(a, i, b, j));
    case kindI32:
      return directed(a, compareValues<i32>(a, i, b, j));
    case kindU64:
      return directed(a, compareValues<u64>(a, i, b, j));
    case kindI64:
      return directed(a, compareValues<i64>(a, i, b, j));
    case kindF32:
      return compareFloats<f32>(a, i, b, j);
    case kindF64:
      return compareFloats<f64>(a, i, b, j);
    case kindUuid:
      return directed(a, compareUuids(a, i, b, j));
    default:
      return directed(a, compareStrings(a, i, b, j));
  }
}

/** NULL and NaN do not mind the direction. */
function beyond(key: usize, order: i32): i32 {
  return isNullsFirst(key) ? -order : order;
}

function directed(key: usize, order: i32): i32 {
  return isDescending(key) ? -order : order;
}

function compareValues<T>(a: usize, i: u32, b: usize, j: u32): i32 {
  const x = load<T>(valuesOf(a) + ((<usize>i) << alignof<T>()));
  const y = load<T>(valuesOf(b) + ((<usize>j) << alignof<T>()));
  return <i32>(x > y) - <i32>(x < y);
}

function compareFloats<T>(a: usize, i: u32, b: usize, j: u32): i32 {
  const x = load<T>(valuesOf(a) + ((<usize>i) << alignof<T>()));
  const y = load<T>(valuesOf(b) + ((<usize>j) << alignof<T>()));
  const order = <i32>(x > y) - <i32>(x < y);
  if (order != 0 || x == y) return directed(a, order);
  return beyond(a, <i32>(x != x) - <i32>(y != y));
}

function compareUuids(a: usize, i: u32, b: usize, j: u32): i32 {
  const x = bytesOf(a) + load<u32>(offsetAt(a, i));
  const y = bytesOf(b) + load<u32>(offsetAt(b, j));
  return compareWords(load<u64>(x, 8), load<u64>(y, 8)) || compareWords(load<u64>(x), load<u64>(y));
}

function compareStrings(a: usize, i: u32, b: usize, j: u32): i32 {
  const aOffset = offsetAt(a, i);
  const bOffset = offsetAt(b, j);
  const aStart = load<u32>(aOffset);
  const bStart = load<u32>(bOffset);
  const aSize = load<u32>(aOffset, 4) - aStart;
  const bSize = load<u32>(bOffset, 4) - bStart;
  let x = bytesOf(a) + aStart;
  let y = bytesOf(b) + bStart;
  let left = min(aSize, bSize);
  for (; left >= 8; left -= 8, x += 8, y += 8) {
    if (load<u64>(x) != load<u64>(y)) return compareWords(load<u64>(x), load<u64>(y));
  }
  if (left > 0) {
    const above = (8 - left) << 3;
    const order = compareWords(load<u64>(x) << above, load<u64>(y) << above);
    if (order != 0) return order;
  }
  return <i32>(aSize > bSize) - <i32>(aSize < bSize);
}

/** Words as they lie in memory, the first byte counting most. */
function compareWords(a: u64, b: u64): i32 {
  const x = bswap(a);
  const y = bswap(b);
  return <i32>(x > y) - <i32>(x < y);
}
