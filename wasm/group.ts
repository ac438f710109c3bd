// group.ts — numbers for the values of fixed columns, and for pairs of numbers (the record: numbering.ts).

import {
  baseAt,
  countAt,
  groupsAt,
  isNull,
  nullNumberAt,
  numberFor,
  numberNull,
  slotCountAt,
  slotsAt,
  valuesAt,
} from './numbering';

const newRun: usize = 16;

// ---- by offset: values within a small range

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

// ---- hashed: any values

/** The slot that holds the value, or the empty one where it belongs. */
function slotOf(slots: usize, lastSlot: usize, shift: u64, value: u64): usize {
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
function slotShift(slotCount: u32): u64 {
  return 64 - <u64>ctz<u32>(slotCount);
}

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

function numberOfHash(numbering: usize, row: usize, value: u64): u32 {
  const slotCount = load<u32>(numbering, slotCountAt);
  const slot = slotOf(load<usize>(numbering, slotsAt), slotCount - 1, slotShift(slotCount), value);
  const known = load<u32>(slot, 8);
  if (known != 0) return known;
  const number = numberFor(numbering, row, value);
  store<u64>(slot, number == 0 ? 0 : value);
  store<u32>(slot, number, 8);
  return number;
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

// ---- pairs of numbers: the value is (first << 32 | second)

/** A table by offset has a slot for first << secondBits | second; it reaches far enough. */
export function numberPairsByOffset(
  numbering: usize,
  firsts: usize,
  seconds: usize,
  secondBits: u32,
  from: usize,
  to: usize,
): usize {
  const slots = load<usize>(numbering, slotsAt);
  const groups = load<usize>(numbering, groupsAt);
  for (let row = from; row < to; row++) {
    const first = load<u32>(firsts + (row << 2));
    const second = load<u32>(seconds + (row << 2));
    const slot = slots + (((first << secondBits) | second) << 2);
    let number = load<u32>(slot);
    if (number == 0) {
      number = numberFor(numbering, row, ((<u64>first) << 32) | <u64>second);
      if (number == 0) return row;
      store<u32>(slot, number);
    }
    store<u32>(groups + (row << 2), number - 1);
  }
  return to;
}

export function refillPairsByOffset(numbering: usize, secondBits: u32): void {
  const slots = load<usize>(numbering, slotsAt);
  const values = load<usize>(numbering, valuesAt);
  const count = load<u32>(numbering, countAt);
  for (let number: u32 = 1; number <= count; number++) {
    const pair = values + ((<usize>(number - 1)) << 3);
    store<u32>(slots + (((load<u32>(pair, 4) << secondBits) | load<u32>(pair)) << 2), number);
  }
}

function pairAt(firsts: usize, seconds: usize, row: usize): u64 {
  return ((<u64>load<u32>(firsts + (row << 2))) << 32) | <u64>load<u32>(seconds + (row << 2));
}

function knownPairs(numbering: usize, firsts: usize, seconds: usize, row: usize, to: usize): usize {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = load<u32>(numbering, slotCountAt);
  const shift = slotShift(slotCount);
  const groups = load<usize>(numbering, groupsAt);
  for (; row < to; row++) {
    const number = load<u32>(slotOf(slots, slotCount - 1, shift, pairAt(firsts, seconds, row)), 8);
    if (number == 0) break;
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
}

export function numberPairsHashed(
  numbering: usize,
  firsts: usize,
  seconds: usize,
  from: usize,
  to: usize,
): usize {
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  while (true) {
    row = knownPairs(numbering, firsts, seconds, row, to);
    if (row == to) return row;
    for (const end = min<usize>(row + newRun, to); row < end; row++) {
      const number = numberOfHash(numbering, row, pairAt(firsts, seconds, row));
      if (number == 0) return row;
      store<u32>(groups + (row << 2), number - 1);
    }
  }
}

// ---- what numbers stand for

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
