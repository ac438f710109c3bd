// group-hashed.ts — numbers for any values of a fixed column, by a hash table (the record: numbering.ts).

import { numberOfHash, slotOf, slotShift } from './hash-slots';
import {
  countAt,
  groupsAt,
  isNull,
  newRun,
  nullNumberAt,
  numberNull,
  slotCountAt,
  slotsAt,
  valuesAt,
} from './numbering';

/** The bits by which values are told apart: of floats, every NaN has the same. */
function bitsOf<T>(pointer: usize): u64 {
  const value = load<T>(pointer);
  if (isFloat<T>()) {
    if (sizeof<T>() == 4) return value == value ? <u64>load<u32>(pointer) : 0x7fc00000;
    return value == value ? load<u64>(pointer) : 0x7ff8000000000000;
  }
  return <u64>value;
}

function knownHashed<T>(numbering: usize, values: usize, row: usize, to: usize): usize {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = load<u32>(numbering, slotCountAt);
  const shift = slotShift(slotCount);
  const groups = load<usize>(numbering, groupsAt);
  for (; row < to; row++) {
    const slot = slotOf(slots, slotCount - 1, shift, bitsOf<T>(values + (row << alignof<T>())));
    const number = load<u32>(slot, 8);
    if (number == 0) break;
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
}

function numberHashed<T>(numbering: usize, values: usize, nulls: usize, from: usize, to: usize): usize {
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  while (true) {
    if (nulls == 0) row = knownHashed<T>(numbering, values, row, to);
    if (row == to) return row;
    for (const end = min<usize>(row + newRun, to); row < end; row++) {
      const number = isNull(nulls, row)
        ? numberNull(numbering, row)
        : numberOfHash(numbering, row, bitsOf<T>(values + (row << alignof<T>())));
      if (number == 0) return row;
      store<u32>(groups + (row << 2), number - 1);
    }
  }
}

export function numberHashedI32(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberHashed<i32>(numbering, values, nulls, from, to);
}

export function numberHashedU32(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberHashed<u32>(numbering, values, nulls, from, to);
}

export function numberHashed64(numbering: usize, values: usize, nulls: usize, from: usize, to: usize): usize {
  return numberHashed<u64>(numbering, values, nulls, from, to);
}

export function numberHashedF32(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberHashed<f32>(numbering, values, nulls, from, to);
}

export function numberHashedF64(
  numbering: usize,
  values: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberHashed<f64>(numbering, values, nulls, from, to);
}

/** Fills the slots of a larger table from a smaller one: in the order of slots, which is that of hashes in both. */
export function moveHashed(numbering: usize, oldSlots: usize, oldSlotCount: usize): void {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = load<u32>(numbering, slotCountAt);
  const shift = slotShift(slotCount);
  for (let old = oldSlots; old < oldSlots + (oldSlotCount << 4); old += 16) {
    if (load<u32>(old, 8) == 0) continue;
    v128.store(slotOf(slots, slotCount - 1, shift, load<u64>(old)), v128.load(old));
  }
}

/** Fills empty slots from the numbers given so far. */
export function refillHashed(numbering: usize): void {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = load<u32>(numbering, slotCountAt);
  const shift = slotShift(slotCount);
  const values = load<usize>(numbering, valuesAt);
  const count = load<u32>(numbering, countAt);
  const nullNumber = load<u32>(numbering, nullNumberAt);
  for (let number: u32 = 1; number <= count; number++) {
    if (number == nullNumber) continue;
    const value = load<u64>(values + ((<usize>(number - 1)) << 3));
    const slot = slotOf(slots, slotCount - 1, shift, value);
    store<u64>(slot, value);
    store<u32>(slot, number, 8);
  }
}
