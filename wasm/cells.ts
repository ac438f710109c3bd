// cells.ts — values of text as split-delimited.ts finds them, for the kernels that parse them.
//
//   cells: pointers u32 to the text, the starts (u32), the ends (u32), the flags (u8)

/** As in src/kernels/text-input-kernels.ts. */
export const PLAIN: u8 = 0;
export const ESCAPED: u8 = 1;

export function startOf(cells: usize, row: u32): usize {
  return load<u32>(cells) + load<u32>(load<u32>(cells, 4) + (row << 2));
}

export function endOf(cells: usize, row: u32): usize {
  return load<u32>(cells) + load<u32>(load<u32>(cells, 8) + (row << 2));
}

export function flagOf(cells: usize, row: u32): u8 {
  return load<u8>(load<u32>(cells, 12) + row);
}

/** Adds an odd row; where the next one goes. */
export function listed(next: usize, row: u32): usize {
  store<u32>(next, row);
  return next + 4;
}
