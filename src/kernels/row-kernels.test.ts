import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { Arena } from './arena.ts';
import { bytesValue, edgeCounts, joinStrings } from './fixed-arrays.test-support.ts';
import { MemoryEdge } from './memory-edge.test-support.ts';
import { kernelRuntime } from './runtime.ts';
import * as twin from './twins/hash.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
beforeEach(() => arena.rewind());
afterAll(() => arena.release());

const random = createRandom(11);
const uint64 = (): bigint => (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
const columns = (rowCount: number): [Uint8Array, Uint16Array, Uint32Array, BigUint64Array] => [
  arena.take(Uint8Array.from({ length: rowCount }, () => random.int(256))),
  arena.take(Uint16Array.from({ length: rowCount }, () => random.int(65_536))),
  arena.take(Uint32Array.from({ length: rowCount }, () => random.uint32())),
  arena.take(BigUint64Array.from({ length: rowCount }, uint64)),
];

test('gathered rows are the rows at the positions, in their order', () => {
  for (const count of edgeCounts) {
    const source = columns(1000);
    const positions = arena.take(Uint32Array.from({ length: count }, () => random.int(1000)));
    const targets = [arena.u8(count), arena.u16(count), arena.u32(count), arena.u64(count)] as const;
    ([8, 16, 32, 64] as const).forEach((bits, i) => {
      kernels[`gather${bits}`](source[i]!.byteOffset, positions.byteOffset, count, targets[i]!.byteOffset);
      expect(Array.from<unknown>(targets[i]!)).toEqual(Array.from(positions, (row) => source[i]![row]));
    });
  }
});

test('gathered strings are the strings at the positions, in their order', () => {
  const rows = fc.array(fc.nat(), { maxLength: 70 });
  fc.assert(
    fc.property(fc.array(bytesValue, { minLength: 1, maxLength: 30 }), rows, (strings, chosen) => {
      arena.rewind();
      const { offsets, bytes } = joinStrings(strings);
      const wanted = chosen.map((row) => strings[row % strings.length]!);
      const positions = arena.take(Uint32Array.from(chosen, (row) => row % strings.length)).byteOffset;
      const [placed, text] = [arena.take(offsets).byteOffset, arena.take(bytes).byteOffset];
      const gathered = arena.u32(chosen.length + 1);
      const size = kernels.gatherOffsets(placed, positions, chosen.length, gathered.byteOffset);
      const target = arena.bytes(size);
      kernels.gatherBytes(placed, text, positions, chosen.length, target.byteOffset);
      expect({ offsets: Uint32Array.from(gathered), bytes: Buffer.from(target) }).toEqual(
        joinStrings(wanted),
      );
    }),
  );
});

test('rows are gathered from several columns by source and row', () => {
  for (const count of edgeCounts) {
    const sources = arena.take(Uint16Array.from({ length: count }, () => random.int(3)));
    const rows = arena.take(Uint32Array.from({ length: count }, () => random.int(500)));
    const columnsOf = [columns(500), columns(500), columns(500)];
    const targets = [arena.u8(count), arena.u16(count), arena.u32(count), arena.u64(count)] as const;
    ([8, 16, 32, 64] as const).forEach((bits, i) => {
      const values = arena.take(Uint32Array.from(columnsOf, (source) => source[i]!.byteOffset));
      const args = [values.byteOffset, sources.byteOffset, rows.byteOffset, count] as const;
      kernels[`gatherFrom${bits}`](...args, targets[i]!.byteOffset);
      const wanted = Array.from(rows, (row, k) => columnsOf[sources[k]!]![i]![row]);
      expect(Array.from<unknown>(targets[i]!)).toEqual(wanted);
    });
  }
});

test('strings are gathered from several columns by source and row', () => {
  const pairs = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 70 });
  const source = fc.array(bytesValue, { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(fc.array(source, { minLength: 1, maxLength: 4 }), pairs, (strings, picks) => {
      arena.rewind();
      const chosen = picks.map(
        ([a, b]) => [a % strings.length, b % strings[a % strings.length]!.length] as const,
      );
      const joined = strings.map(joinStrings);
      const offsets = arena.take(Uint32Array.from(joined, (column) => arena.take(column.offsets).byteOffset));
      const bytes = arena.take(Uint32Array.from(joined, (column) => arena.take(column.bytes).byteOffset));
      const sources = arena.take(Uint16Array.from(chosen, ([index]) => index)).byteOffset;
      const rows = arena.take(Uint32Array.from(chosen, ([, row]) => row)).byteOffset;
      const gathered = arena.u32(chosen.length + 1);
      const args = [sources, rows, chosen.length] as const;
      const size = kernels.gatherOffsetsFrom(offsets.byteOffset, ...args, gathered.byteOffset);
      const target = arena.bytes(size);
      kernels.gatherBytesFrom(offsets.byteOffset, bytes.byteOffset, ...args, target.byteOffset);
      const wanted = joinStrings(chosen.map(([index, row]) => strings[index]![row]!));
      expect({ offsets: Uint32Array.from(gathered), bytes: Buffer.from(target) }).toEqual(wanted);
    }),
  );
});

test('a sequence counts on from its first', () => {
  const target = arena.u32(5);
  kernels.sequence(4_294_967_293, 5, target.byteOffset);
  expect([...target]).toEqual([4_294_967_293, 4_294_967_294, 4_294_967_295, 0, 1]);
});

test('strings that together pass 4 GiB are told by their size', () => {
  const offsets = arena.take(Uint32Array.of(0, 2 ** 31)).byteOffset;
  const positions = arena.take(Uint32Array.of(0, 0, 0)).byteOffset;
  expect(kernels.gatherOffsets(offsets, positions, 3, arena.u32(4).byteOffset)).toBe(3 * 2 ** 31);
});

test('gathering bytes stays within the slack', () => {
  const edge = new MemoryEdge();
  for (let size = 0; size < 70; size++) {
    const bytes = edge.putLast(new Uint8Array(size).fill(5));
    const middle = edge.middle(1024);
    new Uint32Array(middle.buffer, middle.byteOffset).set([0, size, 0]);
    const { byteOffset } = middle;
    edge.kernels.gatherBytes(byteOffset, bytes.byteOffset, byteOffset + 8, 1, byteOffset + 64);
    expect(middle.slice(64, 64 + size)).toEqual(new Uint8Array(size).fill(5));
    edge.kernels.gatherBytes(byteOffset, byteOffset + 64, byteOffset + 8, 1, bytes.byteOffset);
  }
});

test('codes go through the table, widen and narrow', () => {
  const table = arena.take(Uint32Array.from({ length: 65_536 }, () => random.uint32()));
  for (const count of edgeCounts) {
    const [u8, u16] = columns(count);
    const small = arena.take(Uint32Array.from(u16));
    const target = arena.u32(count);
    const codes = { U8: u8, U16: u16, U32: small } as const;
    for (const suffix of ['U8', 'U16', 'U32'] as const) {
      kernels[`mapCodes${suffix}`](codes[suffix].byteOffset, count, table.byteOffset, target.byteOffset);
      expect(target).toEqual(Uint32Array.from(codes[suffix], (code) => table[code]!));
    }
    const [to8, to16] = [arena.u8(count), arena.u16(count)];
    kernels.widenU8ToU16(u8.byteOffset, count, to16.byteOffset);
    expect(to16).toEqual(Uint16Array.from(u8));
    kernels.widenU8ToU32(u8.byteOffset, count, target.byteOffset);
    expect(target).toEqual(Uint32Array.from(u8));
    kernels.widenU16ToU32(u16.byteOffset, count, target.byteOffset);
    expect(target).toEqual(Uint32Array.from(u16));
    kernels.narrowU32ToU16(small.byteOffset, count, to16.byteOffset);
    expect(to16).toEqual(u16);
    kernels.narrowU32ToU8(small.byteOffset, count, to8.byteOffset);
    expect(to8).toEqual(Uint8Array.from(small));
    kernels.narrowU16ToU8(u16.byteOffset, count, to8.byteOffset);
    expect(to8).toEqual(Uint8Array.from(u16));
  }
});

test('filling writes the value so many times, and nothing behind', () => {
  for (const count of edgeCounts) {
    const targets = columns(count + 1);
    const after = targets.map((target) => target[count]);
    kernels.fill8(targets[0].byteOffset, count, 200);
    kernels.fill16(targets[1].byteOffset, count, 60_000);
    kernels.fill32(targets[2].byteOffset, count, 4_000_000_000);
    kernels.fill64(targets[3].byteOffset, count, 2n ** 63n);
    const values = [200, 60_000, 4_000_000_000, 2n ** 63n];
    targets.forEach((target, i) => {
      expect(target[count]).toBe(after[i]);
      expect(target.subarray(0, count).every((value) => value === values[i])).toBe(true);
    });
  }
});

test('hashes of values are what the definition says', () => {
  for (const count of [0, 1, 17, 65]) {
    const source = columns(count);
    const target = arena.u64(count);
    const seed = uint64();
    ([8, 16, 32, 64] as const).forEach((bits, i) => {
      kernels[`hash${bits}`](source[i]!.byteOffset, count, seed, target.byteOffset);
      expect([...target]).toEqual(
        Array.from<number | bigint, bigint>(source[i]!, (value) => twin.hashValue(BigInt(value), seed)),
      );
    });
  }
});

test('hashes of strings are what the definition says', () => {
  fc.assert(
    fc.property(fc.array(bytesValue, { maxLength: 70 }), (strings) => {
      arena.rewind();
      const { offsets, bytes } = joinStrings(strings);
      const target = arena.u64(2 * strings.length);
      const seed = uint64();
      const [placed, text] = [arena.take(offsets).byteOffset, arena.take(bytes).byteOffset];
      kernels.hashStrings(placed, text, strings.length, seed, target.byteOffset);
      expect([...target]).toEqual(strings.flatMap((string) => twin.hashString(string, seed)));
    }),
  );
});

test('a hash spreads: of 100 000 numbers in a row, and texts that differ in one letter, the low and high 16 bits are used evenly', () => {
  const count = 100_000;
  const numbers = arena.take(Uint32Array.from({ length: count }, (_, i) => i));
  const hashes = arena.u64(count);
  kernels.hash32(numbers.byteOffset, count, 0n, hashes.byteOffset);
  const { offsets, bytes } = joinStrings(Array.from(numbers, (i) => Buffer.from(`user/${i}/profile`)));
  const pairs = arena.u64(2 * count);
  const [placed, text] = [arena.take(offsets).byteOffset, arena.take(bytes).byteOffset];
  kernels.hashStrings(placed, text, count, 0n, pairs.byteOffset);
  for (const words of [hashes, pairs.filter((_, i) => i % 2 === 0), pairs.filter((_, i) => i % 2 === 1)]) {
    for (const shift of [0n, 48n]) {
      const used = new Set(Array.from(words, (word) => (word >> shift) & 0xffffn));
      // Of 65 536 boxes that 100 000 balls fall into at random, 78.3 % are hit.
      expect(used.size / 65_536).toBeGreaterThan(0.775);
      expect(used.size / 65_536).toBeLessThan(0.79);
    }
  }
});
