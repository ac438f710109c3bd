// text-dictionary.ts — codes for texts, as a LowCardinality column of a part stores them.
//
// A dictionary is a record in the memory, made by src/parts/dictionary-writer.ts:
//    0  count       u32  texts so far; the code of a text is its place
//    4  limit       u32  most texts
//    8  slots       u32  pointer: {hash u32, 1 + code u32} each, 0 = empty
//   12  lastSlot    u32  number of slots, a power of two and at least twice the limit, less one
//   16  ends        u32  pointer: where each text ends in the bytes, u32 after a first 0
//   20  bytes       u32  pointer: the texts, one after the other
//   24  bytesLimit  u32  room for them
// Texts that find no room in a first dictionary go into a second one, whose codes follow those of the first.

import { hashText, sameBytes } from './text-hash';

const countAt: usize = 0;
const limitAt: usize = 4;
const slotsAt: usize = 8;
const lastSlotAt: usize = 12;
const endsAt: usize = 16;
const bytesAt: usize = 20;
const bytesLimitAt: usize = 24;

/** The code of the text, which is added if it is new; -1 when there is no room for it. */
function codeOf(dictionary: usize, text: usize, length: u32): i32 {
  const hash = hashText(text, length);
  const slots = load<usize>(dictionary, slotsAt);
  const lastSlot = load<u32>(dictionary, lastSlotAt);
  const ends = load<usize>(dictionary, endsAt);
  const bytes = load<usize>(dictionary, bytesAt);
  let slot = slots + ((<usize>(hash & lastSlot)) << 3);
  while (load<u32>(slot, 4) != 0) {
    if (load<u32>(slot) == hash) {
      const code = load<u32>(slot, 4) - 1;
      const start = load<u32>(ends + ((<usize>code) << 2));
      const known = load<u32>(ends + ((<usize>code) << 2), 4) - start;
      if (known == length && sameBytes(bytes + start, text, length)) return <i32>code;
    }
    slot = slot == slots + ((<usize>lastSlot) << 3) ? slots : slot + 8;
  }
  const count = load<u32>(dictionary, countAt);
  const start = load<u32>(ends + ((<usize>count) << 2));
  if (count >= load<u32>(dictionary, limitAt) || length > load<u32>(dictionary, bytesLimitAt) - start)
    return -1;
  memory.copy(bytes + start, text, length);
  store<u32>(ends + ((<usize>count) << 2), start + length, 4);
  store<u32>(slot, hash);
  store<u32>(slot, count + 1, 4);
  store<u32>(dictionary, count + 1, countAt);
  return <i32>count;
}

/** The code of the text in the first dictionary, else in the second, if there is one; -1 when there is no room for it. */
function codeOfEither(first: usize, second: usize, text: usize, length: u32): i32 {
  const code = codeOf(first, text, length);
  if (code >= 0 || second == 0) return code;
  const additional = codeOf(second, text, length);
  return additional < 0 ? -1 : <i32>load<u32>(first, countAt) + additional;
}

/** See Kernels.encodeTexts. */
export function encodeTexts(
  first: usize,
  second: usize,
  offsets: usize,
  bytes: usize,
  nulls: usize,
  from: u32,
  to: u32,
  codes: usize,
): u32 {
  for (let row = from; row < to; row++) {
    let code: i32 = 0;
    if (nulls == 0 || load<u8>(nulls + row) == 0) {
      const offset = offsets + ((<usize>row) << 2);
      const start = load<u32>(offset);
      code = codeOfEither(first, second, bytes + start, load<u32>(offset, 4) - start);
      if (code < 0) return row;
    }
    store<i32>(codes + ((<usize>row) << 2), code);
  }
  return to;
}

function recode<T>(
  first: usize,
  second: usize,
  source: usize,
  known: usize,
  offsets: usize,
  bytes: usize,
  from: u32,
  to: u32,
  codes: usize,
): u32 {
  for (let row = from; row < to; row++) {
    const old = <usize>load<T>(source + ((<usize>row) << alignof<T>()));
    let code = load<i32>(known + (old << 2)) - 1;
    if (code < 0) {
      const start = load<u32>(offsets + (old << 2));
      code = codeOfEither(first, second, bytes + start, load<u32>(offsets + (old << 2), 4) - start);
      if (code < 0) return row;
      // A code of the second dictionary is good for this call only.
      if (<u32>code < load<u32>(first, countAt)) store<i32>(known + (old << 2), code + 1);
    }
    store<i32>(codes + ((<usize>row) << 2), code);
  }
  return to;
}

/** See Kernels.recodeTexts8. */
export function recodeTexts8(
  first: usize,
  second: usize,
  source: usize,
  known: usize,
  offsets: usize,
  bytes: usize,
  from: u32,
  to: u32,
  codes: usize,
): u32 {
  return recode<u8>(first, second, source, known, offsets, bytes, from, to, codes);
}

/** See Kernels.recodeTexts8. */
export function recodeTexts16(
  first: usize,
  second: usize,
  source: usize,
  known: usize,
  offsets: usize,
  bytes: usize,
  from: u32,
  to: u32,
  codes: usize,
): u32 {
  return recode<u16>(first, second, source, known, offsets, bytes, from, to, codes);
}

/** See Kernels.recodeTexts8. */
export function recodeTexts32(
  first: usize,
  second: usize,
  source: usize,
  known: usize,
  offsets: usize,
  bytes: usize,
  from: u32,
  to: u32,
  codes: usize,
): u32 {
  return recode<u32>(first, second, source, known, offsets, bytes, from, to, codes);
}
