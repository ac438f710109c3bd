// group-pairs.ts — numbers for pairs of numbers, as the values (first << 32 | second) (the record: numbering.ts).

import { numberOfHash, slotOf, slotShift } from './hash-slots';
import { countAt, groupsAt, newRun, numberFor, slotCountAt, slotsAt, valuesAt } from './numbering';

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
