// group-states.ts — where the state of each row's group is.
//
// `groups` has the group of each row, and states lie in the order of groups. A row of group 0xffffffff belongs to none: its
// state is the one before the first, so that a row is left out without a branch. 16 bytes before the states are there
// for it.

/** The state of the row's group. */
export function stateOf(states: usize, groups: usize, row: usize, logBytes: usize): usize {
  return states + ((<usize>load<u32>(groups + (row << 2))) << logBytes);
}
