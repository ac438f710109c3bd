// sort-rows.ts — stable sorting of row positions by several keys.
//
// Rows are sorted by prefixes of their keys, which radix sort does without comparing; then each run of equal prefixes by
// what comes behind them, in the same way. Short runs are merge sorted.

import { compareByKeys, sortKeyBytes } from './sort-key';
import { writePrefixes } from './sort-prefix';

/** Up to so many rows, comparing costs less than making prefixes and counting digits. */
const shortRun: u32 = 96;
/** Strings that share ever more bytes could go on for long. */
const maxDepth: u32 = 16;
const digits: u32 = 8;
const histogramBytes: u32 = 1024;

/** See Kernels.sortRows. */
export function sortRows(keys: usize, keyCount: u32, positions: usize, count: u32, scratch: usize): void {
  if (inOrder(keys, keyCount, positions, count)) return;
  const prefixes = scratch + digits * histogramBytes;
  const otherPrefixes = prefixes + ((<usize>count) << 3);
  const otherPositions = otherPrefixes + ((<usize>count) << 3);
  sortRun(keys, keyCount, positions, count, scratch, prefixes, otherPrefixes, otherPositions, 0);
}

function inOrder(keys: usize, keyCount: u32, positions: usize, count: u32): bool {
  for (let i: u32 = 1; i < count; i++, positions += 4) {
    if (compareByKeys(keys, load<u32>(positions), keys, load<u32>(positions, 4), keyCount) > 0) return false;
  }
  return true;
}

function sortRun(
  keys: usize,
  keyCount: u32,
  positions: usize,
  count: u32,
  histograms: usize,
  prefixes: usize,
  otherPrefixes: usize,
  otherPositions: usize,
  depth: u32,
): void {
  if (count <= shortRun || depth == maxDepth) {
    return mergeSort(keys, keyCount, positions, count, otherPositions);
  }
  while (keyCount > 0 && allEqual(keys, positions, count)) {
    keys += sortKeyBytes;
    keyCount--;
  }
  if (keyCount == 0) return;
  const whole = writePrefixes(keys, keyCount, positions, count, prefixes, false);
  radixSort(prefixes, positions, count, otherPrefixes, otherPositions, histograms);
  if (whole == keyCount) return;
  for (let start: usize = 0, end: usize = 0; start < count; start = end) {
    const prefix = load<u64>(prefixes + (start << 3));
    do end++;
    while (end < count && load<u64>(prefixes + (end << 3)) == prefix);
    if (end - start == 1) continue;
    const tied = positions + (start << 2);
    const other = otherPositions + (start << 2);
    if (end - start == count && whole == 0) return mergeSort(keys, keyCount, tied, count, other);
    sortRun(
      keys + whole * sortKeyBytes,
      keyCount - whole,
      tied,
      <u32>(end - start),
      histograms,
      prefixes + (start << 3),
      otherPrefixes + (start << 3),
      other,
      depth + 1,
    );
  }
}

function allEqual(key: usize, positions: usize, count: u32): bool {
  const first = load<u32>(positions);
  for (let i: u32 = 1; i < count; i++) {
    positions += 4;
    if (compareByKeys(key, first, key, load<u32>(positions), 1) != 0) return false;
  }
  return true;
}

/** Sorts by the numbers, byte by byte from the lowest; bytes that are the same in all are passed over. */
function radixSort(
  numbers: usize,
  positions: usize,
  count: u32,
  otherNumbers: usize,
  otherPositions: usize,
  histograms: usize,
): void {
  countDigits(numbers, count, histograms);
  const sortedNumbers = numbers;
  const sortedPositions = positions;
  for (let digit: u32 = 0; digit < digits; digit++) {
    const histogram = histograms + digit * histogramBytes;
    const shift = (<u64>digit) << 3;
    const any = <usize>((load<u64>(numbers) >> shift) & 255);
    if (load<u32>(histogram + (any << 2)) == count) continue;
    placesOf(histogram);
    for (let i: usize = 0; i < count; i++) {
      const number = load<u64>(numbers + (i << 3));
      const slot = histogram + ((<usize>((number >> shift) & 255)) << 2);
      const place = <usize>load<u32>(slot);
      store<u32>(slot, <u32>place + 1);
      store<u64>(otherNumbers + (place << 3), number);
      store<u32>(otherPositions + (place << 2), load<u32>(positions + (i << 2)));
    }
    const fromNumbers = numbers;
    numbers = otherNumbers;
    otherNumbers = fromNumbers;
    const fromPositions = positions;
    positions = otherPositions;
    otherPositions = fromPositions;
  }
  if (numbers == sortedNumbers) return;
  memory.copy(sortedNumbers, numbers, (<usize>count) << 3);
  memory.copy(sortedPositions, positions, (<usize>count) << 2);
}

function countDigits(numbers: usize, count: u32, histograms: usize): void {
  memory.fill(histograms, 0, digits * histogramBytes);
  for (const end = numbers + ((<usize>count) << 3); numbers < end; numbers += 8) {
    let number = load<u64>(numbers);
    for (let histogram = histograms; number != 0; number >>= 8, histogram += histogramBytes) {
      const slot = histogram + ((<usize>(number & 255)) << 2);
      store<u32>(slot, load<u32>(slot) + 1);
    }
  }
  // Leading zeros were not counted: they are what is missing.
  for (let digit: u32 = 0; digit < digits; digit++, histograms += histogramBytes) {
    let counted: u32 = 0;
    for (let slot: usize = 0; slot < histogramBytes; slot += 4) counted += load<u32>(histograms + slot);
    store<u32>(histograms, load<u32>(histograms) + count - counted);
  }
}

/** Turns the counts of values into the places where their first goes. */
function placesOf(histogram: usize): void {
  let place: u32 = 0;
  for (const end = histogram + histogramBytes; histogram < end; histogram += 4) {
    const count = load<u32>(histogram);
    store<u32>(histogram, place);
    place += count;
  }
}

/** Stable; `other` has room for as many positions. */
function mergeSort(keys: usize, keyCount: u32, positions: usize, count: u32, other: usize): void {
  const firstRun: u32 = 8;
  for (let start: u32 = 0; start < count; start += firstRun) {
    insertionSort(keys, keyCount, positions + ((<usize>start) << 2), min(firstRun, count - start));
  }
  const sorted = positions;
  for (let width = firstRun; width < count; width <<= 1) {
    for (let start: u32 = 0; start < count; start += width << 1) {
      const middle = min(start + width, count);
      mergeHalves(keys, keyCount, positions, start, middle, min(middle + width, count), other);
    }
    const from = positions;
    positions = other;
    other = from;
  }
  if (positions != sorted) memory.copy(sorted, positions, (<usize>count) << 2);
}

function insertionSort(keys: usize, keyCount: u32, positions: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const position = load<u32>(positions + ((<usize>i) << 2));
    let place = positions + ((<usize>i) << 2);
    while (place > positions && compareByKeys(keys, load<u32>(place - 4), keys, position, keyCount) > 0) {
      store<u32>(place, load<u32>(place - 4));
      place -= 4;
    }
    store<u32>(place, position);
  }
}

/** Merges positions [start, middle) and [middle, end) into the same places of `other`. */
function mergeHalves(
  keys: usize,
  keyCount: u32,
  positions: usize,
  start: u32,
  middle: u32,
  end: u32,
  other: usize,
): void {
  let left = positions + ((<usize>start) << 2);
  const leftEnd = positions + ((<usize>middle) << 2);
  let right = leftEnd;
  const rightEnd = positions + ((<usize>end) << 2);
  let to = other + ((<usize>start) << 2);
  while (left < leftEnd && right < rightEnd) {
    const a = load<u32>(left);
    const b = load<u32>(right);
    const takeRight = compareByKeys(keys, a, keys, b, keyCount) > 0;
    store<u32>(to, takeRight ? b : a);
    left += takeRight ? 0 : 4;
    right += takeRight ? 4 : 0;
    to += 4;
  }
  memory.copy(to, left, leftEnd - left);
  memory.copy(to + (leftEnd - left), right, rightEnd - right);
}
