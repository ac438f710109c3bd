// sip-hash.ts — SipHash-2-4 with 128 bits of result and the zero key.

/** See Kernels.sipHash128. */
export function sipHash128(source: usize, sourceBytes: u32, target: usize): void {
  let a: u64 = 0x736f6d6570736575;
  let b: u64 = 0x646f72616e646f6d;
  let c: u64 = 0x6c7967656e657261;
  let d: u64 = 0x7465646279746573;
  const wholeWords = sourceBytes >> 3;
  // Behind the words and the rest of them comes one turn of finishing.
  for (let i: u32 = 0; i <= wholeWords + 1; i++) {
    const isLast = i > wholeWords;
    const word = isLast ? 0 : wordAt(source, i, sourceBytes);
    d ^= word;
    if (isLast) c ^= 0xff;
    for (let rounds = isLast ? 4 : 2; rounds > 0; rounds--) {
      a += b;
      c += d;
      b = rotl<u64>(b, 13) ^ a;
      d = rotl<u64>(d, 16) ^ c;
      a = rotl<u64>(a, 32);
      c += b;
      a += d;
      b = rotl<u64>(b, 17) ^ c;
      d = rotl<u64>(d, 21) ^ a;
      c = rotl<u64>(c, 32);
    }
    a ^= word;
  }
  store<u64>(target, a ^ b);
  store<u64>(target, c ^ d, 8);
}

/** See Kernels.sipHashTexts. */
export function sipHashTexts(offsets: usize, bytes: usize, count: u32, target: usize): void {
  for (let i: u32 = 0; i < count; i++, offsets += 4, target += 16) {
    const start = load<u32>(offsets);
    sipHash128(bytes + start, load<u32>(offsets, 4) - start, target);
  }
}

/** The i-th eight bytes; behind the whole ones those that are left, and in the highest byte the length. */
function wordAt(source: usize, i: u32, sourceBytes: u32): u64 {
  const at = source + ((<usize>i) << 3);
  if (i < sourceBytes >> 3) return load<u64>(at);
  let word = (<u64>sourceBytes) << 56;
  for (let k: u32 = 0; k < (sourceBytes & 7); k++) word |= (<u64>load<u8>(at + k)) << ((<u64>k) << 3);
  return word;
}
