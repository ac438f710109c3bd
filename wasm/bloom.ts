// bloom.ts — ClickHouse's bloom filters: how it hashes the values of bloom_filter, ngrambf_v1 and tokenbf_v1, and which bits
// of a filter a hash sets.

import { cityHash64, combine, seeded } from './city-hash';

/** One for each hash function of bloom_filter. */
const functionSeeds = memory.data<u64>([
  13635471485423070496, 10336109063487487899, 17779957404565211594, 8988612159822229247, 4954614162757618085,
  12980113590177089081, 9263883436177860930, 3656772712723269762, 10362091744962961274, 7582936617938287249,
  15033938188484401405, 18286745649494826751, 6852245486148412312, 8886056245089344681, 10151472371158292780,
]);

/** Its intHash64: the finaliser of MurmurHash3. */
function hashWord(value: u64): u64 {
  value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
  return value ^ (value >> 33);
}

function hashNumbers<T>(values: usize, count: usize, target: usize): void {
  const end = target + (count << 3);
  for (; target < end; target += 8, values += sizeof<T>()) store<u64>(target, hashWord(<u64>load<T>(values)));
}

/** See Kernels.bloomHash. */
export function bloomHash8(values: usize, count: usize, target: usize): void {
  hashNumbers<u8>(values, count, target);
}

/** See Kernels.bloomHash. */
export function bloomHash16(values: usize, count: usize, target: usize): void {
  hashNumbers<u16>(values, count, target);
}

/** See Kernels.bloomHash. */
export function bloomHash32(values: usize, count: usize, target: usize): void {
  hashNumbers<u32>(values, count, target);
}

/** See Kernels.bloomHash. */
export function bloomHash64(values: usize, count: usize, target: usize): void {
  hashNumbers<u64>(values, count, target);
}

/** See Kernels.bloomHash. */
export function bloomHashF32(values: usize, count: usize, target: usize): void {
  const end = target + (count << 3);
  for (; target < end; target += 8, values += 4)
    store<u64>(target, hashWord(reinterpret<u64>(<f64>load<f32>(values))));
}

/** See Kernels.bloomHashWide. */
export function bloomHashWide(values: usize, count: usize, sizeBytes: u32, target: usize): void {
  const end = target + (count << 3);
  for (; target < end; target += 8, values += sizeBytes) {
    const low = load<u64>(values) ^ load<u64>(values, 8);
    // ClickHouse leaves the highest of four words out.
    store<u64>(target, hashWord(sizeBytes == 16 ? low : low ^ load<u64>(values, 16)));
  }
}

/** See Kernels.bloomHashTexts. */
export function bloomHashTexts(offsets: usize, bytes: usize, count: usize, target: usize): void {
  const end = target + (count << 3);
  for (; target < end; target += 8, offsets += 4) {
    const start = load<u32>(offsets);
    store<u64>(target, cityHash64(bytes + start, load<u32>(offsets, 4) - start));
  }
}

/** The bit of a filter that a function of bloom_filter gives a hash. */
function bitOf(hash: u64, func: u32, bits: u64): usize {
  return <usize>(combine(hash, load<u64>(functionSeeds + ((<usize>func) << 3))) % bits);
}

function setBit(filter: usize, bit: usize): void {
  const byte = filter + (bit >> 3);
  store<u8>(byte, load<u8>(byte) | <u8>((<u32>1) << (<u32>bit & 7)));
}

/** See Kernels.bloomSet. */
export function bloomSet(hashes: usize, count: usize, hashCount: u32, filter: usize, filterBytes: u32): void {
  const bits = (<u64>filterBytes) << 3;
  for (const end = hashes + (count << 3); hashes < end; hashes += 8) {
    for (let func: u32 = 0; func < hashCount; func++) setBit(filter, bitOf(load<u64>(hashes), func, bits));
  }
}

/** See Kernels.bloomHas. */
export function bloomHas(hash: u64, hashCount: u32, filter: usize, filterBytes: u32): bool {
  const bits = (<u64>filterBytes) << 3;
  for (let func: u32 = 0; func < hashCount; func++) {
    const bit = bitOf(hash, func, bits);
    if (((load<u8>(filter + (bit >> 3)) >> (<u8>bit & 7)) & 1) == 0) return false;
  }
  return true;
}

/** Sets the bits of an n-gram or token: two hashes of it give those of all functions. */
function addText(text: usize, size: u32, seed: u64, hashCount: u32, filter: usize, bits: u64): void {
  const hash = cityHash64(text, size);
  const first = seeded(hash, seed);
  const second = seeded(hash, 845897321 * seed + 217728422);
  for (let i: u64 = 0; i < hashCount; i++) setBit(filter, <usize>((first + i * second + i * i) % bits));
}

/** How many bytes the character that begins with a byte has; 1 of a byte that begins none. */
function characterBytes(lead: u8): u32 {
  if (lead < 0xc0 || lead >= 0xf8) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function addNgramsOf(
  text: usize,
  size: u32,
  length: u32,
  seed: u64,
  hashCount: u32,
  filter: usize,
  bits: u64,
): void {
  let end: u32 = 0;
  let characters: u32 = 0;
  for (let start: u32 = 0; start < size; start += characterBytes(load<u8>(text + start))) {
    for (; characters < length && end < size; characters++) end += characterBytes(load<u8>(text + end));
    if (characters < length) return;
    addText(text + start, min(end, size) - start, seed, hashCount, filter, bits);
    characters--;
  }
}

/** See Kernels.addNgrams. */
export function addNgrams(
  offsets: usize,
  bytes: usize,
  count: usize,
  length: u32,
  seed: u64,
  hashCount: u32,
  filter: usize,
  filterBytes: u32,
): void {
  const bits = (<u64>filterBytes) << 3;
  for (const end = offsets + (count << 2); offsets < end; offsets += 4) {
    const start = load<u32>(offsets);
    addNgramsOf(bytes + start, load<u32>(offsets, 4) - start, length, seed, hashCount, filter, bits);
  }
}

/** A letter or digit of ASCII, or part of any other character. */
function isTokenByte(byte: u8): bool {
  return byte >= 0x80 || (byte | 0x20) - 0x61 < 26 || byte - 0x30 < 10;
}

/** See Kernels.addTokens. */
export function addTokens(
  offsets: usize,
  bytes: usize,
  count: usize,
  seed: u64,
  hashCount: u32,
  filter: usize,
  filterBytes: u32,
): void {
  const bits = (<u64>filterBytes) << 3;
  for (const last = offsets + (count << 2); offsets < last; offsets += 4) {
    let at = bytes + load<u32>(offsets);
    const end = bytes + load<u32>(offsets, 4);
    while (at < end) {
      const start = at;
      while (at < end && isTokenByte(load<u8>(at))) at++;
      if (at > start) addText(start, <u32>(at - start), seed, hashCount, filter, bits);
      else at++;
    }
  }
}
