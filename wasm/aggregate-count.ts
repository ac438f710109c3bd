// aggregate-count.ts — counts of rows, which groups have one, and rows that belong to no group (states: group-states.ts).

import { stateOf } from './group-states';

export function countGroups(groups: usize, rowCount: usize, counts: usize): void {
  for (let row: usize = 0; row < rowCount; row++) {
    const count = stateOf(counts, groups, row, 3);
    store<u64>(count, load<u64>(count) + 1);
  }
}

/** Marks the groups that have a row. */
export function markGroups(groups: usize, rowCount: usize, seen: usize): void {
  for (let row: usize = 0; row < rowCount; row++) store<u8>(stateOf(seen, groups, row, 0), 1);
}

/** The groups of the rows whose mask is not 0; the others belong to none. Without `groups` all are of group 0. */
export function groupsWhere(groups: usize, mask: usize, rowCount: usize, into: usize): void {
  for (let row: usize = 0; row < rowCount; row++) {
    const group = groups == 0 ? 0 : load<u32>(groups + (row << 2));
    store<u32>(into + (row << 2), load<u8>(mask + row) != 0 ? group : 0xffffffff);
  }
}

/** Counts the pairs (group u32 in the upper half of 64 bits) of each group. */
export function countPairs(pairs: usize, pairCount: usize, counts: usize): void {
  for (let pair: usize = 0; pair < pairCount; pair++) {
    const count = counts + ((<usize>load<u32>(pairs + (pair << 3), 4)) << 3);
    store<u64>(count, load<u64>(count) + 1);
  }
}
