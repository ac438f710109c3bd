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

// ---- by offset: values within a small range

function numberByOffset<T>(numbering: usize, values: usize, nulls: usize, from: usize, to: usize): usize {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = <u64>load<u32>(numbering, slotCountAt);
  const base = load<u64>(numbering, baseAt);
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  for (; row < to; row++) {
    let number: u32;
    if (isNull(nulls, row)) {
      number = numberNull(numbering, row);
      if (number == 0) break;
    } else {
      const value = <u64>load<T>(values + (row << alignof<T>()));
      const offset = value - base;
      if (offset >= slotCount) break;
      const slot = slots + ((<usize>offset) << 2);
      number = load<u32>(slot);
      if (number == 0) {
        number = numberFor(numbering, row, value);
        if (number == 0) break;
        store<u32>(slot, number);
      }
    }
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
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

function numberHashed<T>(numbering: usize, values: usize, nulls: usize, from: usize, to: usize): usize {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = load<u32>(numbering, slotCountAt);
  const shift = slotShift(slotCount);
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  for (; row < to; row++) {
    let number: u32;
    if (isNull(nulls, row)) {
      number = numberNull(numbering, row);
      if (number == 0) break;
    } else {
      const value = bitsOf<T>(values + (row << alignof<T>()));
      const slot = slotOf(slots, slotCount - 1, shift, value);
      number = load<u32>(slot, 8);
      if (number == 0) {
        number = numberFor(numbering, row, value);
        if (number == 0) break;
        store<u64>(slot, value);
        store<u32>(slot, number, 8);
      }
    }
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
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

/** A table by offset, of which first << secondBits | second is the index; it reaches far enough. */
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
  let row = from;
  for (; row < to; row++) {
    const first = load<u32>(firsts + (row << 2));
    const second = load<u32>(seconds + (row << 2));
    const slot = slots + (((first << secondBits) | second) << 2);
    let number = load<u32>(slot);
    if (number == 0) {
      number = numberFor(numbering, row, ((<u64>first) << 32) | <u64>second);
      if (number == 0) break;
      store<u32>(slot, number);
    }
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
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

export function numberPairsHashed(
  numbering: usize,
  firsts: usize,
  seconds: usize,
  from: usize,
  to: usize,
): usize {
  const slots = load<usize>(numbering, slotsAt);
  const slotCount = load<u32>(numbering, slotCountAt);
  const shift = slotShift(slotCount);
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  for (; row < to; row++) {
    const pair = ((<u64>load<u32>(firsts + (row << 2))) << 32) | <u64>load<u32>(seconds + (row << 2));
    const slot = slotOf(slots, slotCount - 1, shift, pair);
    let number = load<u32>(slot, 8);
    if (number == 0) {
      number = numberFor(numbering, row, pair);
      if (number == 0) break;
      store<u64>(slot, pair);
      store<u32>(slot, number, 8);
    }
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
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
