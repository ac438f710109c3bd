// copy.ts — copies for pieces that are mostly short, which a call of memory.copy would dominate.

/** Copies 16 bytes at a time: reads and writes up to 15 bytes behind. */
export function copyShort(from: usize, to: usize, size: u32): void {
  const end = to + size;
  while (to < end) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
}
