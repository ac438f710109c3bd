// group-texts.ts — numbers for texts, as they lie in columns of bytes and in dictionaries (the record: numbering.ts).
//
// Every text that has a number lies in the numbering's own bytes, and a hash alone never decides.

import {
  bytesAt,
  bytesLimitAt,
  countAt,
  groupsAt,
  isNull,
  nextNumber,
  nullNumberAt,
  slotCountAt,
  slotsAt,
  valuesAt,
} from './numbering';
import { hashText, sameBytes } from './text-hash';

/** The slot that holds the text, or the empty one where it belongs. */
function slotOfText(numbering: usize, hash: u32, text: usize, length: u32): usize {
  const slots = load<usize>(numbering, slotsAt);
  const lastSlot = load<u32>(numbering, slotCountAt) - 1;
  const bytes = load<usize>(numbering, bytesAt);
  let index = hash & lastSlot;
  while (true) {
    const slot = slots + (index << 4);
    if (load<u32>(slot, 4) == 0) return slot;
    const alike = <u32>(load<u32>(slot) == hash) & <u32>(load<u32>(slot, 12) == length);
    if (alike && sameBytes(bytes + load<u32>(slot, 8), text, length)) return slot;
    index = (index + 1) & lastSlot;
  }
}

function fillSlot(slot: usize, hash: u32, number: u32, start: u32, length: u32): void {
  store<u32>(slot, hash);
  store<u32>(slot, number, 4);
  store<u32>(slot, start, 8);
  store<u32>(slot, length, 12);
}

/** 1 + the number of the text; 0 when there is no room. */
function numberText(numbering: usize, row: usize, text: usize, length: u32): u32 {
  const hash = hashText(text, length);
  const slot = slotOfText(numbering, hash, text, length);
  const known = load<u32>(slot, 4);
  if (known != 0) return known;
  const ends = load<usize>(numbering, valuesAt);
  const start = load<u32>(ends + ((<usize>load<u32>(numbering, countAt)) << 2));
  if (length > load<u32>(numbering, bytesLimitAt) - start) return 0;
  const number = nextNumber(numbering, row);
  if (number == 0) return 0;
  memory.copy(load<usize>(numbering, bytesAt) + start, text, length);
  store<u32>(ends + ((<usize>number) << 2), start + length);
  fillSlot(slot, hash, number, start, length);
  return number;
}

/** 1 + the number of NULL, which stands for an empty text without a slot; 0 when there is no room. */
function numberNullText(numbering: usize, row: usize): u32 {
  const known = load<u32>(numbering, nullNumberAt);
  if (known != 0) return known;
  const number = nextNumber(numbering, row);
  if (number == 0) return 0;
  const end = load<usize>(numbering, valuesAt) + ((<usize>number) << 2);
  store<u32>(end, load<u32>(end - 4));
  store<u32>(numbering, number, nullNumberAt);
  return number;
}

export function numberTexts(
  numbering: usize,
  offsets: usize,
  bytes: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  for (; row < to; row++) {
    const offset = offsets + (row << 2);
    const start = load<u32>(offset);
    const number = isNull(nulls, row)
      ? numberNullText(numbering, row)
      : numberText(numbering, row, bytes + start, load<u32>(offset, 4) - start);
    if (number == 0) break;
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
}

/** `numbers` has 1 + the number of every code of this dictionary that was seen, 0 for the others. */
function numberCodes<T>(
  numbering: usize,
  codes: usize,
  numbers: usize,
  offsets: usize,
  bytes: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  const groups = load<usize>(numbering, groupsAt);
  let row = from;
  for (; row < to; row++) {
    const code = <usize>load<T>(codes + (row << alignof<T>()));
    let number = load<u32>(numbers + (code << 2));
    if (number == 0) {
      const offset = offsets + (code << 2);
      const start = load<u32>(offset);
      number = isNull(nulls, code)
        ? numberNullText(numbering, row)
        : numberText(numbering, row, bytes + start, load<u32>(offset, 4) - start);
      if (number == 0) break;
      store<u32>(numbers + (code << 2), number);
    }
    store<u32>(groups + (row << 2), number - 1);
  }
  return row;
}

export function numberCodes8(
  numbering: usize,
  codes: usize,
  numbers: usize,
  offsets: usize,
  bytes: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberCodes<u8>(numbering, codes, numbers, offsets, bytes, nulls, from, to);
}

export function numberCodes16(
  numbering: usize,
  codes: usize,
  numbers: usize,
  offsets: usize,
  bytes: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberCodes<u16>(numbering, codes, numbers, offsets, bytes, nulls, from, to);
}

export function numberCodes32(
  numbering: usize,
  codes: usize,
  numbers: usize,
  offsets: usize,
  bytes: usize,
  nulls: usize,
  from: usize,
  to: usize,
): usize {
  return numberCodes<u32>(numbering, codes, numbers, offsets, bytes, nulls, from, to);
}

/** Fills the slots of a larger table, which are empty, from a smaller one. */
export function moveTexts(numbering: usize, oldSlots: usize, oldSlotCount: u32): void {
  const slots = load<usize>(numbering, slotsAt);
  const lastSlot = load<u32>(numbering, slotCountAt) - 1;
  const end = oldSlots + ((<usize>oldSlotCount) << 4);
  for (let old = oldSlots; old < end; old += 16) {
    if (load<u32>(old, 4) == 0) continue;
    let index = load<u32>(old) & lastSlot;
    while (load<u32>(slots + (index << 4), 4) != 0) index = (index + 1) & lastSlot;
    v128.store(slots + (index << 4), v128.load(old));
  }
}
