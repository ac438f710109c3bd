// lz4-decompress.ts — an LZ4 block, with every length and offset checked.
//
// A block is a row of sequences:
//   token (high half: literal count, low half: match length - 4) · more literal count · literals
//   · match offset u16 · more match length          15 in a half means: bytes follow, to be added, up to one below 255
// and ends behind the literals of the last sequence.
//
// Copies move 16 bytes and overshoot; the checks allow for it, so that nothing behind the slack of either side is touched.

// For offsets below 16 the bytes repeat: row `offset` picks one vector full of the pattern, and `strides` says how much
// of it is whole repetitions.
const patterns: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1,
  0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 3, 0, 1, 2, 3,
  0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5,
  0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7,
  0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 0, 1, 2, 3,
  4, 5, 6, 7, 8, 9, 10, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6,
  7, 8, 9, 10, 11, 12, 0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8,
  9, 10, 11, 12, 13, 14, 0,
]);
const strides: usize = memory.data<u8>([0, 16, 16, 15, 16, 15, 12, 14, 16, 9, 10, 11, 12, 13, 14, 15]);

/** A sequence without more lengths, from here before the ends, needs no check but that of its offset. */
const sourceMargin: u32 = 32;
const targetMargin: u32 = 64;

/** See Kernels.lz4Decompress. */
export function lz4Decompress(source: usize, sourceBytes: u32, target: usize, targetBytes: u32): i32 {
  const sourceEnd = source + sourceBytes;
  const targetEnd = target + targetBytes;
  let from = source;
  let to = target;
  if (sourceBytes > sourceMargin && targetBytes > targetMargin) {
    const sourceSafe = sourceEnd - sourceMargin;
    const targetSafe = targetEnd - targetMargin;
    while (from < sourceSafe && to < targetSafe) {
      // `from` and `to` move when the sequence is done: one that comes too near to an end is left to the careful loop.
      const token = <u32>load<u8>(from);
      let at = from + 1;
      let literals = token >> 4;
      v128.store(to, v128.load(at));
      if (literals == 15) {
        let more: u32 = 255;
        while (more == 255 && at < sourceSafe && literals <= targetBytes) {
          more = <u32>load<u8>(at++);
          literals += more;
        }
        if (at >= sourceSafe || literals >= <u32>(sourceSafe - at) || literals >= <u32>(targetSafe - to))
          break;
        copyForward(at, to, to + literals);
      }
      at += literals;
      let out = to + literals;
      const offset = <u32>load<u16>(at);
      at += 2;
      // Offset 0 wraps around, and is damage too.
      if (offset - 1 >= <u32>(out - target)) return -1;
      const match = out - offset;
      let length = (token & 15) + 4;
      if (length < 19) {
        if (offset >= 16) {
          v128.store(out, v128.load(match));
          store<u32>(out, load<u32>(match, 16), 16);
        } else if (offset >= 8) {
          // Numbers of 8 bytes that rise: what is read was just written, which takes long for 16 bytes at a time.
          store<u64>(out, load<u64>(match));
          if (length > 8) {
            store<u64>(out, load<u64>(match, 8), 8);
            store<u64>(out, load<u64>(match, 16), 16);
          }
        } else {
          repeatPattern(match, offset, out, out + length);
        }
      } else {
        let more: u32 = 255;
        while (more == 255 && at < sourceSafe && length <= targetBytes) {
          more = <u32>load<u8>(at++);
          length += more;
        }
        if (more == 255 || out >= targetSafe || length >= <u32>(targetSafe - out)) break;
        if (offset >= 16) {
          v128.store(out, v128.load(match));
          v128.store(out, v128.load(match, 16), 16);
          if (length > 32) copyStepwise(match + 32, out + 32, out + length);
        } else {
          repeatPattern(match, offset, out, out + length);
        }
      }
      from = at;
      to = out + length;
    }
  }
  return decompressCarefully(from, sourceEnd, target, to, targetEnd);
}

/** The sequences near the ends: every length is checked. */
function decompressCarefully(from: usize, sourceEnd: usize, target: usize, to: usize, targetEnd: usize): i32 {
  const targetBytes = <u32>(targetEnd - target);
  while (from < sourceEnd) {
    const token = <u32>load<u8>(from++);
    let literals = token >> 4;
    if (literals == 15) {
      let more: u32 = 255;
      while (more == 255) {
        if (from >= sourceEnd || literals > targetBytes) return -1;
        more = <u32>load<u8>(from++);
        literals += more;
      }
    }
    if (literals > <u32>(sourceEnd - from) || literals > <u32>(targetEnd - to)) return -1;
    copyForward(from, to, to + literals);
    from += literals;
    to += literals;
    if (from == sourceEnd) return to == targetEnd ? <i32>targetBytes : -1;

    if (<u32>(sourceEnd - from) < 2) return -1;
    const offset = <u32>load<u16>(from);
    from += 2;
    if (offset - 1 >= <u32>(to - target)) return -1;
    let length = (token & 15) + 4;
    if (length == 19) {
      let more: u32 = 255;
      while (more == 255) {
        if (from >= sourceEnd || length > targetBytes) return -1;
        more = <u32>load<u8>(from++);
        length += more;
      }
    }
    if (length > <u32>(targetEnd - to)) return -1;
    if (offset >= 16) copyStepwise(to - offset, to, to + length);
    else repeatPattern(to - offset, offset, to, to + length);
    to += length;
  }
  return -1;
}

/** Copies to [to, end) 32 bytes at a time; source and target do not overlap. */
function copyForward(from: usize, to: usize, end: usize): void {
  do {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += 32;
    to += 32;
  } while (to < end);
}

/** Copies to [to, end) 16 bytes at a time from at least 16 bytes before. */
function copyStepwise(from: usize, to: usize, end: usize): void {
  do {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  } while (to < end);
}

function repeatPattern(from: usize, offset: u32, to: usize, end: usize): void {
  const pattern = v128.swizzle(v128.load(from), v128.load(patterns + (offset << 4)));
  const stride = <usize>load<u8>(strides + offset);
  do {
    v128.store(to, pattern);
    to += stride;
  } while (to < end);
}
