// bitmap.ts — containers of Roaring bitmaps, and bits: rows of a part as one bit each, low bit first.
//
// A container tells 65,536 rows: as positions (u16, ascending), as runs (u16 first, u16 rows behind it), or as bits.

const containerBytes: usize = 8192;

/** See Kernels.groupByCode. */
export function groupByCode(codes: usize, count: u32, codeCount: u32, ends: usize, positions: usize): void {
  memory.fill(ends, 0, (<usize>codeCount) << 2);
  for (let row: u32 = 0; row < count; row++) {
    const slot = ends + ((<usize>load<u32>(codes + ((<usize>row) << 2))) << 2);
    store<u32>(slot, load<u32>(slot) + 1);
  }
  // Counts become starts; filling takes each start to the end.
  let start: u32 = 0;
  for (let code: u32 = 0; code < codeCount; code++) {
    const slot = ends + ((<usize>code) << 2);
    const size = load<u32>(slot);
    store<u32>(slot, start);
    start += size;
  }
  for (let row: u32 = 0; row < count; row++) {
    const slot = ends + ((<usize>load<u32>(codes + ((<usize>row) << 2))) << 2);
    const at = load<u32>(slot);
    store<u16>(positions + ((<usize>at) << 1), <u16>row);
    store<u32>(slot, at + 1);
  }
}

/** See Kernels.countRuns. */
export function countRuns(positions: usize, count: u32): u32 {
  if (count == 0) return 0;
  let runs: u32 = 1;
  const end = positions + ((<usize>count) << 1);
  for (let at = positions + 2; at < end; at += 2)
    runs += u32(<u32>load<u16>(at) != <u32>load<u16>(at - 2) + 1);
  return runs;
}

/** See Kernels.putRuns. */
export function putRuns(positions: usize, count: u32, target: usize): void {
  const end = positions + ((<usize>count) << 1);
  while (positions < end) {
    const first = load<u16>(positions);
    let last: u32 = first;
    positions += 2;
    while (positions < end && <u32>load<u16>(positions) == last + 1) {
      last++;
      positions += 2;
    }
    store<u16>(target, first);
    store<u16>(target, <u16>(last - first), 2);
    target += 4;
  }
}

/** See Kernels.setPositions. */
export function setPositions(positions: usize, count: u32, bits: usize): void {
  const end = positions + ((<usize>count) << 1);
  for (; positions < end; positions += 2) {
    const row = <usize>load<u16>(positions);
    const byte = bits + (row >> 3);
    store<u8>(byte, load<u8>(byte) | (1 << (<u8>row & 7)));
  }
}

/** See Kernels.setRuns. */
export function setRuns(runs: usize, count: u32, bits: usize): void {
  const end = runs + ((<usize>count) << 2);
  for (; runs < end; runs += 4) {
    const first = <u32>load<u16>(runs);
    // A damaged run must not write behind the container.
    setRange(bits, first, min<u32>(first + <u32>load<u16>(runs, 2) + 1, (<u32>containerBytes) << 3));
  }
}

/** Sets bits [from, to), which are at least one. */
function setRange(bits: usize, from: u32, to: u32): void {
  const firstByte = bits + (from >> 3);
  const lastByte = bits + ((to - 1) >> 3);
  const fromMask = <u8>((<u32>0xff) << (from & 7));
  const toMask = <u8>(<u32>0xff >> (7 - ((to - 1) & 7)));
  if (firstByte == lastByte) {
    store<u8>(firstByte, load<u8>(firstByte) | (fromMask & toMask));
    return;
  }
  store<u8>(firstByte, load<u8>(firstByte) | fromMask);
  memory.fill(firstByte + 1, 0xff, lastByte - firstByte - 1);
  store<u8>(lastByte, load<u8>(lastByte) | toMask);
}

/** See Kernels.countBits. */
export function countBits(bits: usize, from: u32, to: u32): u32 {
  let total: u32 = 0;
  while (from < to && (from & 63) != 0) total += bitAt(bits, from++);
  for (; from + 64 <= to; from += 64) total += <u32>popcnt<u64>(load<u64>(bits + <usize>(from >> 3)));
  while (from < to) total += bitAt(bits, from++);
  return total;
}

function bitAt(bits: usize, row: u32): u32 {
  return (<u32>load<u8>(bits + <usize>(row >> 3)) >> (row & 7)) & 1;
}

/** See Kernels.bitsToMask. */
export function bitsToMask(bits: usize, from: u32, count: u32, mask: usize): void {
  const end = from + count;
  while (from < end && (from & 7) != 0) store<u8>(mask++, <u8>bitAt(bits, from++));
  for (; from + 8 <= end; from += 8, mask += 8) {
    // Each byte of the product has the eight bits; each keeps its own, as 0 or 1.
    const spread = (<u64>load<u8>(bits + <usize>(from >> 3)) * 0x0101010101010101) & 0x8040201008040201;
    store<u64>(mask, ((spread + 0x7f7f7f7f7f7f7f7f) >> 7) & 0x0101010101010101);
  }
  while (from < end) store<u8>(mask++, <u8>bitAt(bits, from++));
}
