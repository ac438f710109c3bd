// merge-runs.ts — sorted rows of several sources in one order, as pairs of source and row.
//
// A source's record:
//    0  keys      u32  pointer to its sort keys; those of all sources have the same kinds and flags, and NULL or not
//    4  prefixes  u32  pointer: what mergePrefixes writes of its rows, u64
//    8  nextRow   u32  first row that is not merged yet; the kernel moves it
//   12  rowCount  u32  rows at hand; a source with nextRow = rowCount has ended
//
// A tournament tree finds the least of the next rows: leaf s is source s, an inner node holds the loser of the match
// below it, node 0 the winner. After a row is taken, only the matches on its source's way up are played again.

import { compareByKeys, sortKeyBytes } from './sort-key';
import { writePrefixes } from './sort-prefix';

const sourceBytes: u32 = 16;
/** In a node: no source has come there yet. */
const nobody: u32 = 0xffffffff;

/** See Kernels.mergePrefixes. */
export function mergePrefixes(
  keys: usize,
  keyCount: u32,
  positions: usize,
  rowCount: u32,
  prefixes: usize,
): void {
  writePrefixes(keys, keyCount, positions, rowCount, prefixes, true);
}

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
  if (sourceCount == 0) return 0;
  const whole = writePrefixes(<usize>load<u32>(sources), keyCount, 0, 0, 0, true);
  const heads = scratch;
  const tree = heads + ((<usize>sourceCount) << 3);
  memory.fill(tree, 0xff, (<usize>sourceCount) << 2);
  for (let source: u32 = 0; source < sourceCount; source++) {
    readHead(sources, heads, source);
    play(sources, sourceCount, keyCount, whole, heads, tree, source);
  }
  let merged: u32 = 0;
  while (merged < limit) {
    const winner = load<u32>(tree);
    const record = sources + winner * sourceBytes;
    const row = load<u32>(record, 8);
    const rowCount = load<u32>(record, 12);
    if (row == rowCount) break;
    store<u16>(outSources + ((<usize>merged) << 1), <u16>winner);
    store<u32>(outRows + ((<usize>merged) << 2), row);
    store<u32>(record, row + 1, 8);
    merged++;
    if (row + 1 == rowCount) break;
    readHead(sources, heads, winner);
    play(sources, sourceCount, keyCount, whole, heads, tree, winner);
  }
  return merged;
}

/** Of a source that has ended, no prefix is higher. */
function readHead(sources: usize, heads: usize, source: u32): void {
  const record = sources + source * sourceBytes;
  const row = load<u32>(record, 8);
  const prefix =
    row == load<u32>(record, 12)
      ? u64.MAX_VALUE
      : load<u64>(<usize>load<u32>(record, 4) + ((<usize>row) << 3));
  store<u64>(heads + ((<usize>source) << 3), prefix);
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
  const x = sources + a * sourceBytes;
  const y = sources + b * sourceBytes;
  const i = load<u32>(x, 8);
  const j = load<u32>(y, 8);
  if (i == load<u32>(x, 12)) return false;
  if (j == load<u32>(y, 12)) return true;
  const skipped = whole * sortKeyBytes;
  const order = compareByKeys(load<u32>(x) + skipped, i, load<u32>(y) + skipped, j, keyCount - whole);
  return order == 0 ? a < b : order < 0;
}
