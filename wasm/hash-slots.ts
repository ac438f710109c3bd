// hash-slots.ts — the slots of a numbering's hash table: {value u64, number u32, unused u32} (the record: numbering.ts).

import { numberFor, slotCountAt, slotsAt } from './numbering';

/** The slot that holds the value, or the empty one where it belongs. */
export function slotOf(slots: usize, lastSlot: usize, shift: u64, value: u64): usize {
  let index = <usize>(((value ^ (value >> 32)) * 0x9e3779b97f4a7c15) >> shift);
  let slot = slots + (index << 4);
  // One branch for "found" and "empty": either ends the search.
  while (!(<u32>(load<u64>(slot) == value) | <u32>(load<u32>(slot, 8) == 0))) {
    index = (index + 1) & lastSlot;
    slot = slots + (index << 4);
  }
  return slot;
}

/** How far a hash of 64 bits is shifted to become the index of a slot. */
export function slotShift(slotCount: u32): u64 {
  return 64 - <u64>ctz<u32>(slotCount);
}

/** 1 + the number of the value; 0 when there is no room. */
export function numberOfHash(numbering: usize, row: usize, value: u64): u32 {
  const slotCount = load<u32>(numbering, slotCountAt);
  const slot = slotOf(load<usize>(numbering, slotsAt), slotCount - 1, slotShift(slotCount), value);
  const known = load<u32>(slot, 8);
  if (known != 0) return known;
  const number = numberFor(numbering, row, value);
  store<u64>(slot, number == 0 ? 0 : value);
  store<u32>(slot, number, 8);
  return number;
}
