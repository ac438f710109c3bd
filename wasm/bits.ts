// bits.ts — streams of bits, the highest of a byte first. A position in bits is all the state there is.

/** Most bits that one `putBits` takes or one `peekBits` gives for certain. */
export const certainBits: u32 = 57;

/** Writes the low `count` bits of `value`, whose others are 0; the bytes behind them become 0, up to 8. */
export function putBits(target: usize, position: u64, value: u64, count: u32): void {
  const at = target + <usize>(position >> 3);
  const used = <u32>position & 7;
  const begun = used == 0 ? 0 : (<u64>load<u8>(at)) << 56;
  store<u64>(at, bswap<u64>(begun | (value << (64 - used - count))));
}

/** The next bits, from the highest bit of the result on; the last 7 bits may be missing. */
export function peekBits(source: usize, position: u64): u64 {
  return bswap<u64>(load<u64>(source + <usize>(position >> 3))) << (position & 7);
}

/** Bits that are to be read as one number, 1 to 64. */
export function readBits(source: usize, position: u64, count: u32): u64 {
  if (count <= certainBits) return peekBits(source, position) >> (64 - count);
  const high = peekBits(source, position) >> 32;
  return (high << (count - 32)) | (peekBits(source, position + 32) >> (96 - count));
}

/** As `putBits`, for 1 to 64 bits. */
export function writeBits(target: usize, position: u64, value: u64, count: u32): void {
  if (count <= certainBits) {
    putBits(target, position, value, count);
  } else {
    putBits(target, position, value >> 32, count - 32);
    putBits(target, position + <u64>(count - 32), value & 0xffff_ffff, 32);
  }
}
