// sip-hash.ts — SipHash-2-4 with 128 bits of result and the zero key, as ClickHouse names partitions and long files by it.
//
// Big integers are slow, and fast enough for names.

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint => wrap(value << bits) | (value >> (64n - bits));

/** 16 bytes: low half first. */
export function sipHash128(bytes: Uint8Array): Buffer {
  const state = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n];
  const padded = Buffer.alloc((Math.floor(bytes.length / 8) + 1) * 8);
  padded.set(bytes);
  padded[padded.length - 1] = bytes.length & 0xff;
  for (let at = 0; at < padded.length; at += 8) {
    const word = padded.readBigUInt64LE(at);
    state[3]! ^= word;
    mix(state, 2);
    state[0]! ^= word;
  }
  state[2]! ^= 0xffn;
  mix(state, 4);
  const hash = Buffer.alloc(16);
  hash.writeBigUInt64LE(state[0]! ^ state[1]!);
  hash.writeBigUInt64LE(state[2]! ^ state[3]!, 8);
  return hash;
}

function mix(state: bigint[], rounds: number): void {
  let [a, b, c, d] = state as [bigint, bigint, bigint, bigint];
  for (let round = 0; round < rounds; round++) {
    a = wrap(a + b);
    c = wrap(c + d);
    b = rotate(b, 13n) ^ a;
    d = rotate(d, 16n) ^ c;
    a = rotate(a, 32n);
    c = wrap(c + b);
    a = wrap(a + d);
    b = rotate(b, 17n) ^ c;
    d = rotate(d, 21n) ^ a;
    c = rotate(c, 32n);
  }
  state.splice(0, 4, a, b, c, d);
}
