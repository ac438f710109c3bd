// group-texts.ts — numbers for texts, as they lie in columns of bytes and in dictionaries (the record: numbering.ts).
//
// Every text that has a number lies in the numbering's own bytes, and a hash alone never decides.

import {
  bytesAt,
  bytesLimitAt,
  countAt,
  groupsAt,
  isNull,
  newRun,
  nextNumber,
  nullNumberAt,
  scratchAt,
  slotCountAt,
  slotsAt,
  valuesAt,
} from './numbering';
import { hashText, sameBytes } from './text-hash';

const batchRows: usize = 64;

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

/** Hashes of `count` rows from `row` on. Reads the slots that they lead to, without looking: they will have come. */
function hashTexts(numbering: usize, offsets: usize, bytes: usize, row: usize, count: usize): u32 {
  const slots = load<usize>(numbering, slotsAt);
  const lastSlot = load<u32>(numbering, slotCountAt) - 1;
  let hashes = load<usize>(numbering, scratchAt);
  let seen: u32 = 0;
  let offset = offsets + (row << 2);
  let start = load<u32>(offset);
  for (let i: usize = 0; i < count; i++, hashes += 4) {
    offset += 4;
    const end = load<u32>(offset);
    const hash = hashText(bytes + start, end - start);
    store<u32>(hashes, hash);
    seen ^= load<u32>(slots + ((hash & lastSlot) << 4));
    start = end;
  }
  return seen;
}

/** Puts in the place of each hash the slot of the first text with that hash and length, else an empty one; reads these texts likewise. */
function findSlots(numbering: usize, offsets: usize, row: usize, count: usize): u32 {
  const slots = load<usize>(numbering, slotsAt);
  const lastSlot = load<u32>(numbering, slotCountAt) - 1;
  const texts = load<usize>(numbering, bytesAt);
  let hashes = load<usize>(numbering, scratchAt);
  let seen: u32 = 0;
  for (let offset = offsets + (row << 2); count > 0; count--, offset += 4, hashes += 4) {
    const hash = load<u32>(hashes);
    const length = load<u32>(offset, 4) - load<u32>(offset);
    let index = hash & lastSlot;
    let slot = slots + (index << 4);
    while (load<u32>(slot, 4) != 0 && (load<u32>(slot) != hash || load<u32>(slot, 12) != length)) {
      index = (index + 1) & lastSlot;
      slot = slots + (index << 4);
    }
    store<usize>(hashes, slot);
    seen ^= load<u32>(texts + load<u32>(slot, 8));
  }
  return seen;
}

/**
 * Rows from `row` on as long as their texts have numbers, which most have. Memory is waited for once in a batch and not at
 * every text: what one step needs, the step before has read.
 */
function knownTexts(numbering: usize, offsets: usize, bytes: usize, row: usize, to: usize): usize {
  const texts = load<usize>(numbering, bytesAt);
  const groups = load<usize>(numbering, groupsAt);
  const scratch = load<usize>(numbering, scratchAt);
  while (row < to) {
    const count = min<usize>(batchRows, to - row);
    const seen = hashTexts(numbering, offsets, bytes, row, count) ^ findSlots(numbering, offsets, row, count);
    // Stored, so that nobody finds the reads useless.
    store<u32>(scratch + (batchRows << 2), seen);
    let start = load<u32>(offsets + (row << 2));
    for (let i: usize = 0; i < count; i++, row++) {
      const slot = load<usize>(scratch + (i << 2));
      const end = load<u32>(offsets + (row << 2), 4);
      const number = load<u32>(slot, 4);
      if (number == 0 || !sameBytes(texts + load<u32>(slot, 8), bytes + start, end - start)) return row;
      store<u32>(groups + (row << 2), number - 1);
      start = end;
    }
  }
  return row;
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
  while (true) {
    if (nulls == 0) row = knownTexts(numbering, offsets, bytes, row, to);
    if (row == to) return row;
    for (const end = min<usize>(row + newRun, to); row < end; row++) {
      const offset = offsets + (row << 2);
      const start = load<u32>(offset);
      const number = isNull(nulls, row)
        ? numberNullText(numbering, row)
        : numberText(numbering, row, bytes + start, load<u32>(offset, 4) - start);
      if (number == 0) return row;
      store<u32>(groups + (row << 2), number - 1);
    }
  }
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
