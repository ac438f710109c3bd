// top-rows.ts — the first k of many rows in an order, without sorting the others.
//
// A heap holds the best rows so far, the last of them on top. Most rows are refused by one comparison of prefixes.

import { compareByKeys, sortKeyBytes } from './sort-key';
import { writePrefixes } from './sort-prefix';

/** See Kernels.topRows. */
export function topRows(
  keys: usize,
  keyCount: u32,
  positions: usize,
  count: u32,
  limit: u32,
  scratch: usize,
): u32 {
  const kept = min(count, limit);
  if (kept == 0) return 0;
  const prefixes = scratch;
  const heap = prefixes + ((<usize>count) << 3);
  const whole = writePrefixes(keys, keyCount, positions, count, prefixes, false);
  const rest = keys + whole * sortKeyBytes;
  const restCount = keyCount - whole;
  for (let i: u32 = 0; i < kept; i++) store<u32>(heap + ((<usize>i) << 2), i);
  for (let i = kept >> 1; i > 0;) siftDown(heap, --i, kept, prefixes, positions, rest, restCount);
  let highest = load<u64>(prefixes + ((<usize>load<u32>(heap)) << 3));
  for (let i = kept; i < count; i++) {
    if (load<u64>(prefixes + ((<usize>i) << 3)) > highest) continue;
    if (!isBefore(i, load<u32>(heap), prefixes, positions, rest, restCount)) continue;
    store<u32>(heap, i);
    siftDown(heap, 0, kept, prefixes, positions, rest, restCount);
    highest = load<u64>(prefixes + ((<usize>load<u32>(heap)) << 3));
  }
  // The heap gives the last row first.
  for (let i = kept - 1; i > 0; i--) {
    const last = load<u32>(heap);
    store<u32>(heap, load<u32>(heap + ((<usize>i) << 2)));
    store<u32>(heap + ((<usize>i) << 2), last);
    siftDown(heap, 0, i, prefixes, positions, rest, restCount);
  }
  for (let i: u32 = 0; i < kept; i++) {
    const slot = heap + ((<usize>i) << 2);
    store<u32>(slot, load<u32>(positions + ((<usize>load<u32>(slot)) << 2)));
  }
  memory.copy(positions, heap, (<usize>kept) << 2);
  return kept;
}

/** Whether candidate a comes before b; of equal ones the earlier. */
function isBefore(a: u32, b: u32, prefixes: usize, positions: usize, keys: usize, keyCount: u32): bool {
  const x = load<u64>(prefixes + ((<usize>a) << 3));
  const y = load<u64>(prefixes + ((<usize>b) << 3));
  if (x != y) return x < y;
  const i = load<u32>(positions + ((<usize>a) << 2));
  const j = load<u32>(positions + ((<usize>b) << 2));
  const order = compareByKeys(keys, i, keys, j, keyCount);
  return order == 0 ? a < b : order < 0;
}

function siftDown(
  heap: usize,
  hole: u32,
  size: u32,
  prefixes: usize,
  positions: usize,
  keys: usize,
  keyCount: u32,
): void {
  const sinking = load<u32>(heap + ((<usize>hole) << 2));
  while (true) {
    let child: u32 = (hole << 1) + 1;
    if (child >= size) break;
    let later = load<u32>(heap + ((<usize>child) << 2));
    if (child + 1 < size) {
      const right = load<u32>(heap + ((<usize>child) << 2), 4);
      if (isBefore(later, right, prefixes, positions, keys, keyCount)) {
        later = right;
        child++;
      }
    }
    if (!isBefore(sinking, later, prefixes, positions, keys, keyCount)) break;
    store<u32>(heap + ((<usize>hole) << 2), later);
    hole = child;
  }
  store<u32>(heap + ((<usize>hole) << 2), sinking);
}
