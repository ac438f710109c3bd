// group-by-offset.ts — numbers for values within a small range, by a table with a slot for each (the record: numbering.ts).

import {
  baseAt,
  countAt,
  groupsAt,
  isNull,
  newRun,
  nullNumberAt,
  numberFor,
  numberNull,
  slotCountAt,
  slotsAt,
  valuesAt,
} from './numbering';

/** Rows from `row` on as long as their values have numbers: most rows, so this loop does nothing else. */
function knownByOffset<T>(numbering: usize, values: usize, row: usize, to: usize): usize {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = <u64>load<u32>(numbering, slotCountAt);
  const base = load<u64>(numbering, baseAt);
  const groups = load<usize>(numbering, groupsAt);
  for (; row < to; row++) {
    const offset = <u64>load<T>(values + (row << alignof<T>())) - base;
    if (offset >= slotCount) break;
    const number = load<u32>(slots + ((<usize>offset) << 2));
    if (number == 0) break;
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
}

/** 1 + the number of the value; 0 when there is no room. */
function numberOfOffset(numbering: usize, row: usize, value: u64): u32 {
  const offset = value - load<u64>(numbering, baseAt);
  if (offset >= <u64>load<u32>(numbering, slotCountAt)) return 0;
  const slot = load<usize>(numbering, slotsAt) + ((<usize>offset) << 2);
  const known = load<u32>(slot);
  if (known != 0) return known;
  const number = numberFor(numbering, row, value);
  store<u32>(slot, number);
  return number;
}

function numberByOffset<T>(numbering: usize, values: usize, nulls: usize, from: usize, to: usize): usize {
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  while (true) {
    if (nulls == 0) row = knownByOffset<T>(numbering, values, row, to);
    if (row == to) return row;
    for (const end = min<usize>(row + newRun, to); row < end; row++) {
      const number = isNull(nulls, row)
        ? numberNull(numbering, row)
        : numberOfOffset(numbering, row, <u64>load<T>(values + (row << alignof<T>())));
      if (number == 0) return row;
      store<u32>(groups + (row << 2), number - 1);
    }
  }
}

export function numberByOffsetU8(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberByOffset<u8>(numbering, values, nulls, from, to);
}

export function numberByOffsetI16(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberByOffset<i16>(numbering, values, nulls, from, to);
}

export function numberByOffsetU16(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberByOffset<u16>(numbering, values, nulls, from, to);
}

export function numberByOffsetI32(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberByOffset<i32>(numbering, values, nulls, from, to);
}

export function numberByOffsetU32(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberByOffset<u32>(numbering, values, nulls, from, to);
}

export function numberByOffset64(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberByOffset<u64>(numbering, values, nulls, from, to);
}

/** Fills empty slots from the numbers given so far. */
export function refillByOffset(numbering: usize): void {
  const slots = load<usize>(numbering, slotsAt);
  const base = load<u64>(numbering, baseAt);
  const values = load<usize>(numbering, valuesAt);
  const count = load<u32>(numbering, countAt);
  const nullNumber = load<u32>(numbering, nullNumberAt);
  for (let number: u32 = 1; number <= count; number++) {
    if (number == nullNumber) continue;
    const offset = load<u64>(values + ((<usize>(number - 1)) << 3)) - base;
    store<u32>(slots + ((<usize>offset) << 2), number);
  }
}
