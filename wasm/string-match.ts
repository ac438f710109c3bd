// string-match.ts — strings (offsets + bytes) compared with one needle, into masks.

/** See Kernels.stringsEqual. */
export function stringsEqual(
  offsets: usize,
  bytes: usize,
  count: u32,
  needle: usize,
  needleBytes: u32,
  mask: usize,
): void {
  const end = mask + count;
  for (; mask < end; mask++, offsets += 4) {
    const start = load<u32>(offsets);
    const size = load<u32>(offsets, 4) - start;
    store<u8>(mask, <u8>(size == needleBytes && beginsWith(bytes + start, needle, needleBytes)));
  }
}

/** See Kernels.stringsStartWith. */
export function stringsStartWith(
  offsets: usize,
  bytes: usize,
  count: u32,
  needle: usize,
  needleBytes: u32,
  mask: usize,
): void {
  const end = mask + count;
  for (; mask < end; mask++, offsets += 4) {
    const start = load<u32>(offsets);
    const size = load<u32>(offsets, 4) - start;
    store<u8>(mask, <u8>(size >= needleBytes && beginsWith(bytes + start, needle, needleBytes)));
  }
}

/** See Kernels.stringsContain. */
export function stringsContain(
  offsets: usize,
  bytes: usize,
  count: u32,
  needle: usize,
  needleBytes: u32,
  mask: usize,
): void {
  memory.fill(mask, needleBytes == 0 ? 1 : 0, count);
  const begin = bytes + load<u32>(offsets);
  const end = bytes + load<u32>(offsets + ((<usize>count) << 2));
  if (needleBytes == 0 || <u32>(end - begin) < needleBytes) return;
  // All strings are searched as one text, for two rare bytes of the needle at a time; a hit may still lie in two rows.
  const first = rarest(needle, needleBytes, needleBytes);
  const second = needleBytes == 1 ? first : rarest(needle, needleBytes, first);
  const firstBytes = v128.splat<u8>(load<u8>(needle + first));
  const secondBytes = v128.splat<u8>(load<u8>(needle + second));
  const searchEnd = end - needleBytes + 1;
  let rowEnd = bytes + load<u32>(offsets, 4);
  let at = begin;
  while (at < searchEnd) {
    at = skipMisses(at, searchEnd, first, firstBytes, second, secondBytes);
    let hits = v128.bitmask<i8>(pairsAt(at, first, firstBytes, second, secondBytes));
    let next = at + 16;
    for (; hits != 0; hits &= hits - 1) {
      const hit = at + ctz(hits);
      if (hit >= searchEnd || !beginsWith(hit, needle, needleBytes)) continue;
      while (rowEnd <= hit) {
        offsets += 4;
        mask++;
        rowEnd = bytes + load<u32>(offsets, 4);
      }
      if (hit + needleBytes > rowEnd) continue;
      store<u8>(mask, 1);
      // The row is found; what else it holds does not matter.
      next = rowEnd;
      break;
    }
    at = next;
  }
}

/** The first place from `at` on whose 16 starts may hold a hit, or one of the last 64 places. */
function skipMisses(
  at: usize,
  end: usize,
  first: u32,
  firstBytes: v128,
  second: u32,
  secondBytes: v128,
): usize {
  for (; at + 64 <= end; at += 64) {
    const a = pairsAt(at, first, firstBytes, second, secondBytes);
    const b = pairsAt(at + 16, first, firstBytes, second, secondBytes);
    const c = pairsAt(at + 32, first, firstBytes, second, secondBytes);
    const d = pairsAt(at + 48, first, firstBytes, second, secondBytes);
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue;
    if (v128.any_true(a)) return at;
    if (v128.any_true(b)) return at + 16;
    return v128.any_true(c) ? at + 32 : at + 48;
  }
  return at;
}

function pairsAt(at: usize, first: u32, firstBytes: v128, second: u32, secondBytes: v128): v128 {
  return v128.and(
    v128.eq<u8>(v128.load(at + first), firstBytes),
    v128.eq<u8>(v128.load(at + second), secondBytes),
  );
}

function beginsWith(text: usize, needle: usize, needleBytes: u32): bool {
  let left = needleBytes;
  while (left > 16) {
    if (v128.bitmask<i8>(v128.eq<u8>(v128.load(text), v128.load(needle))) != 0xffff) return false;
    text += 16;
    needle += 16;
    left -= 16;
  }
  const wanted = (1 << left) - 1;
  return (v128.bitmask<i8>(v128.eq<u8>(v128.load(text), v128.load(needle))) & wanted) == wanted;
}

/** Where the needle's rarest byte is, by a guess about texts; `other` is not it. */
function rarest(needle: usize, needleBytes: u32, other: u32): u32 {
  let best: u32 = other == 0 ? 1 : 0;
  for (let i: u32 = 0; i < needleBytes; i++) {
    if (i != other && commonness(load<u8>(needle + i)) < commonness(load<u8>(needle + best))) best = i;
  }
  return best;
}

function commonness(byte: u8): u32 {
  // Zeros pad, and numbers are full of them.
  if (byte == 0x20 || byte == 0x30 || byte == 0) return 4;
  // The vowels, then the other small letters and the digits.
  if (byte == 0x61 || byte == 0x65 || byte == 0x69 || byte == 0x6f || byte == 0x74 || byte == 0x73) return 3;
  if ((byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39)) return 2;
  return byte < 0x80 ? 1 : 0;
}
