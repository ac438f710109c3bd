// numbering.ts — the record behind a numbering: equal values get equal numbers, 0, 1, 2 … in order of first sight.
//
//    0  count       u32  numbers given so far
//    4  limit       u32  numbers there is room for
//    8  nullNumber  u32  1 + the number of NULL; 0 = not seen
//   12  slots       u32  pointer: where the number of a value is found
//   16  slotCount   u32  of a hash table a power of two, and at least twice the limit
//   20  values      u32  pointer: what each number stands for, u64; of texts, where they end, u32 after a first 0
//   24  base        u64  of a table by offset: the value of slot 0
//   32  bytes       u32  pointer: the texts, one after the other
//   36  bytesLimit  u32  room for them
//   40  groups      u32  pointer: where the number of each row goes, u32
//   44  firstRows   u32  pointer: where for each number the row goes in which it was given, u32
//   48  scratch     u32  pointer: of texts, 272 bytes
// A slot holds 1 + a number, 0 = empty. By offset it is a u32; hashed it is {value u64, number u32, unused u32}; of
// texts {hash u32, number u32, start u32, length u32}. NULL has no slot.
//
// Numbering kernels take rows [from, to) and return the row at which they stopped: `to`, or the first that needs more
// room (for another number, a table by offset that reaches further, more bytes). The caller, src/expr/grouping, makes
// room and goes on from there. A number, once given, stays.

export const countAt: usize = 0;
export const limitAt: usize = 4;
export const nullNumberAt: usize = 8;
export const slotsAt: usize = 12;
export const slotCountAt: usize = 16;
export const valuesAt: usize = 20;
export const baseAt: usize = 24;
export const bytesAt: usize = 32;
export const bytesLimitAt: usize = 36;
export const groupsAt: usize = 40;
export const firstRowsAt: usize = 44;
export const scratchAt: usize = 48;

/** After a new value so many rows are taken as if each may have another: new values seldom come alone. */
export const newRun: usize = 16;

export function isNull(nulls: usize, row: usize): bool {
  return nulls != 0 && load<u8>(nulls + row) != 0;
}

/** Gives the next number to the row, without a value; 1 + the number, or 0 when there is no room. */
export function nextNumber(numbering: usize, row: usize): u32 {
  const count = load<u32>(numbering, countAt);
  if (count == load<u32>(numbering, limitAt)) return 0;
  store<u32>(load<usize>(numbering, firstRowsAt) + ((<usize>count) << 2), <u32>row);
  store<u32>(numbering, count + 1, countAt);
  return count + 1;
}

/** 1 + the number for a value of 64 bits that has none yet; 0 when there is no room. */
export function numberFor(numbering: usize, row: usize, value: u64): u32 {
  const number = nextNumber(numbering, row);
  if (number != 0) store<u64>(load<usize>(numbering, valuesAt) + ((<usize>(number - 1)) << 3), value);
  return number;
}

/** 1 + the number of NULL; 0 when there is no room for it. */
export function numberNull(numbering: usize, row: usize): u32 {
  const known = load<u32>(numbering, nullNumberAt);
  if (known != 0) return known;
  const number = numberFor(numbering, row, 0);
  store<u32>(numbering, number, nullNumberAt);
  return number;
}
