// merge-runs.ts — sorted rows of several sources in one order, as pairs of source and row.
//
// A source's record:
//    0  keys      u32  pointer to its sort keys; those of all sources have the same kinds and flags, and NULL or not
//    4  nextRow   u32  first row that is not merged yet; the kernel moves it
//    8  rowCount  u32  rows at hand; a source with nextRow = rowCount has ended
//
// A tournament tree finds the least of the next rows: leaf s is source s, an inner node holds the loser of the match
// below it, node 0 the winner. After a row is taken, only the matches on its source's way up are played again. Most are
// decided by the prefixes of the rows' keys, which are made some rows ahead.
//
// Scratch: heads  u64 per source: the prefix of its next row; of one that has ended, no prefix is higher
//          tree   u32 per source
//          windows, one per source:
//    0  prefixes   u64 × windowRows, of rows from firstRow on
//  128  positions  u32 × windowRows: the rows
//  192  firstRow   u32

import { compareByKeys, sortKeyBytes } from './sort-key';
import { writePrefixes } from './sort-prefix';

const sourceBytes: u32 = 12;
const windowRows: u32 = 16;
const windowBytes: u32 = 200;
/** In a node: no source has come there yet. */
const nobody: u32 = 0xffffffff;

/** See Kernels.mergeRuns. */
export function mergeRuns(
  sources: usize,
  sourceCount: u32,
  keyCount: u32,
  limit: u32,
  outSources: usize,
  outRows: usize,
  scratch: usize,
): u32 {
  const tree = scratch + ((<usize>sourceCount) << 3);
  const windows = tree + ((<usize>sourceCount) << 2);
  memory.fill(tree, 0xff, (<usize>sourceCount) << 2);
  let whole: u32 = 0;
  for (let source: u32 = 0; source < sourceCount; source++) {
    if (!hasEnded(sources, source)) whole = fillWindow(sources, windows, source, keyCount);
    readHead(sources, scratch, windows, source, keyCount);
  }
  for (let source: u32 = 0; source < sourceCount; source++) {
    play(sources, sourceCount, keyCount, whole, scratch, tree, source);
  }
  let merged: u32 = 0;
  while (merged < limit && sourceCount > 0) {
    const winner = load<u32>(tree);
    if (hasEnded(sources, winner)) break;
    const record = sources + winner * sourceBytes;
    const row = load<u32>(record, 4);
    store<u16>(outSources + ((<usize>merged) << 1), <u16>winner);
    store<u32>(outRows + ((<usize>merged) << 2), row);
    store<u32>(record, row + 1, 4);
    merged++;
    if (hasEnded(sources, winner)) break;
    readHead(sources, scratch, windows, winner, keyCount);
    play(sources, sourceCount, keyCount, whole, scratch, tree, winner);
  }
  return merged;
}

function hasEnded(sources: usize, source: u32): bool {
  const record = sources + source * sourceBytes;
  return load<u32>(record, 4) == load<u32>(record, 8);
}

/** Makes the prefixes of the source's next rows; how many leading keys they hold whole. */
function fillWindow(sources: usize, windows: usize, source: u32, keyCount: u32): u32 {
  const record = sources + source * sourceBytes;
  const window = windows + source * windowBytes;
  const positions = window + 128;
  const firstRow = load<u32>(record, 4);
  const count = min(windowRows, load<u32>(record, 8) - firstRow);
  store<u32>(window, firstRow, 192);
  for (let i: u32 = 0; i < count; i++) store<u32>(positions + ((<usize>i) << 2), firstRow + i);
  return writePrefixes(<usize>load<u32>(record), keyCount, positions, count, window, true);
}

function readHead(sources: usize, heads: usize, windows: usize, source: u32, keyCount: u32): void {
  const window = windows + source * windowBytes;
  let head = u64.MAX_VALUE;
  if (!hasEnded(sources, source)) {
    const row = load<u32>(sources + source * sourceBytes, 4);
    if (row - load<u32>(window, 192) >= windowRows) fillWindow(sources, windows, source, keyCount);
    head = load<u64>(window + ((<usize>(row - load<u32>(window, 192))) << 3));
  }
  store<u64>(heads + ((<usize>source) << 3), head);
}

/** Plays a source's matches from its leaf up; while the tree is being built, it waits where nobody has come yet. */
function play(
  sources: usize,
  sourceCount: u32,
  keyCount: u32,
  whole: u32,
  heads: usize,
  tree: usize,
  source: u32,
): void {
  let winner = source;
  let head = load<u64>(heads + ((<usize>source) << 3));
  for (let node = (source + sourceCount) >> 1; node > 0; node >>= 1) {
    const place = tree + ((<usize>node) << 2);
    const loser = load<u32>(place);
    if (loser == nobody) {
      store<u32>(place, winner);
      return;
    }
    const other = load<u64>(heads + ((<usize>loser) << 3));
    if (other > head) continue;
    if (other == head && !isBefore(sources, loser, winner, keyCount, whole)) continue;
    store<u32>(place, winner);
    winner = loser;
    head = other;
  }
  store<u32>(tree, winner);
}

/** Of sources with equal prefixes; equal rows come in the order of their sources, ended sources last. */
function isBefore(sources: usize, a: u32, b: u32, keyCount: u32, whole: u32): bool {
  if (hasEnded(sources, a)) return false;
  if (hasEnded(sources, b)) return true;
  const x = sources + a * sourceBytes;
  const y = sources + b * sourceBytes;
  const skipped = whole * sortKeyBytes;
  const i = load<u32>(x, 4);
  const j = load<u32>(y, 4);
  const order = compareByKeys(load<u32>(x) + skipped, i, load<u32>(y) + skipped, j, keyCount - whole);
  return order == 0 ? a < b : order < 0;
}
