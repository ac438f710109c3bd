import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { Arena } from './arena.ts';
import { lz4HighScratchBytes, lz4MaxCompressedBytes, lz4ScratchBytes } from './codec-kernels.ts';
import { MemoryEdge } from './memory-edge.test-support.ts';
import { kernelRuntime } from './runtime.ts';
import * as twin from './twins/lz4.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
afterAll(() => arena.release());
const edge = new MemoryEdge();

/** With `attempts`, by thorough search. */
function compress(bytes: Uint8Array, attempts = 0): Uint8Array {
  arena.rewind();
  const source = arena.take(Uint8Array.from(bytes));
  const target = arena.u8(lz4MaxCompressedBytes(bytes.length));
  const scratch = arena.allocate(attempts > 0 ? lz4HighScratchBytes : lz4ScratchBytes);
  const size =
    attempts > 0
      ? kernels.lz4CompressHigh(source.byteOffset, bytes.length, target.byteOffset, scratch, attempts)
      : kernels.lz4Compress(source.byteOffset, bytes.length, target.byteOffset, scratch);
  expect(size).toBeLessThanOrEqual(target.length);
  return target.slice(0, size);
}

/** Decompresses with source and target at the edge of a memory in turn, and looks at what lies around the target. */
function decompress(block: Uint8Array, targetBytes: number): Uint8Array | undefined {
  const place = (source: Uint8Array, target: Uint8Array): Uint8Array | undefined => {
    source.set(block);
    const around = new Uint8Array(target.buffer, target.byteOffset - 64, targetBytes + 64);
    around.fill(0xee);
    const said = edge.kernels.lz4Decompress(source.byteOffset, block.length, target.byteOffset, targetBytes);
    expect(around.subarray(0, 64).every((byte) => byte === 0xee)).toBe(true);
    expect([targetBytes, -1]).toContain(said);
    return said < 0 ? undefined : target.slice();
  };
  const first = place(edge.last(block.length), edge.middle(targetBytes));
  expect(place(edge.middle(block.length), edge.last(targetBytes))).toEqual(first);
  return first;
}

/** Bytes that repeat themselves from all kinds of distances. */
const compressible = fc
  .array(fc.record({ literal: fc.uint8Array({ maxLength: 40 }), back: fc.nat(400), length: fc.nat(90) }), {
    maxLength: 40,
  })
  .map((pieces) => {
    const bytes: number[] = [];
    for (const { literal, back, length } of pieces) {
      bytes.push(...literal);
      const distance = Math.min(bytes.length, back);
      for (let i = 0; distance > 0 && i < length; i++) bytes.push(bytes[bytes.length - distance]!);
    }
    return Uint8Array.from(bytes);
  });

test.each([0, 1, 16, 512])(
  'what is compressed decompresses to itself, by the kernel and by the book (%i)',
  (attempts) => {
    fc.assert(
      fc.property(compressible, (bytes) => {
        const block = compress(bytes, attempts);
        expect(twin.lz4EndsByTheRules(block)).toBe(true);
        expect(twin.lz4Decompress(block, bytes.length)).toEqual(bytes);
        expect(decompress(block, bytes.length)).toEqual(bytes);
      }),
      { numRuns: attempts === 0 ? 500 : 150 },
    );
  },
);

test('sizes around vectors, long runs, and data that does not compress survive the way there and back', () => {
  const random = createRandom(1);
  const sizes = [
    0, 1, 2, 11, 12, 13, 14, 15, 16, 17, 18, 63, 64, 65, 255, 270, 271, 8191, 8192, 8193, 100_000,
  ];
  for (const size of sizes) {
    for (const kinds of [1, 2, 17, 256]) {
      const bytes = Uint8Array.from({ length: size }, () => random.int(kinds));
      for (const block of [compress(bytes), compress(bytes, 64)]) {
        expect(twin.lz4EndsByTheRules(block)).toBe(true);
        expect(decompress(block, size)).toEqual(bytes);
      }
    }
  }
});

test('a thorough search makes texts smaller, and goes back no further than 64 KiB', () => {
  const random = createRandom(2);
  const words = Array.from({ length: 300 }, () => random.uint32().toString(36));
  const text = Buffer.from(Array.from({ length: 40_000 }, () => random.pick(words)).join(' '));
  const sizes = [0, 1, 16, 512].map((attempts) => {
    const block = compress(text, attempts);
    expect(Buffer.from(twin.lz4Decompress(block, text.length)!).equals(text)).toBe(true);
    return block.length;
  });
  expect(sizes[2]).toBeLessThan(0.97 * sizes[0]!);
  expect(sizes[3]).toBeLessThan(0.97 * sizes[2]!);
});

type Sequence = { readonly literals: number; readonly offset: number; readonly length: number };

/** A block of sequences that need not be valid, and 5 literals. */
function blockOf(sequences: readonly Sequence[]): Uint8Array {
  const more = (rest: number): number[] =>
    rest < 0 ? [] : [...new Array<number>(Math.floor(rest / 255)).fill(255), rest % 255];
  const bytes = sequences.flatMap(({ literals, offset, length }, i) => [
    (Math.min(literals, 15) << 4) | Math.min(length - 4, 15),
    ...more(literals - 15),
    ...Array.from({ length: literals }, (_, k) => (31 * i + 7 * k) & 255),
    ...[offset & 255, offset >> 8],
    ...more(length - 19),
  ]);
  return Uint8Array.from([...bytes, 0x50, 1, 2, 3, 4, 5]);
}

test('every offset from 1 on repeats its bytes, whatever the length', () => {
  for (let offset = 1; offset <= 40; offset++) {
    for (const length of [4, 5, 15, 16, 17, 18, 19, 31, 32, 33, 48, 49, 64, 100, 300]) {
      const block = blockOf([{ literals: offset, offset, length }]);
      const wanted = twin.lz4Decompress(block, offset + length + 5);
      expect(wanted).toBeDefined();
      expect(decompress(block, offset + length + 5)).toEqual(wanted);
    }
  }
});

test('sequences that run past the target, or a source that ends in the middle of one, are damage', () => {
  const size = fc.oneof(fc.nat(20), fc.nat(300));
  const sequence = fc.record({
    literals: size,
    offset: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.nat(200)),
    length: size.map((length) => length + 4),
  });
  const sequences = fc.array(sequence, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sequences, fc.integer({ min: -80, max: 3 }), fc.nat(60), (some, missing, cut) => {
      const block = blockOf(some);
      const total = some.reduce((sum, { literals, length }) => sum + literals + length, 5);
      const targetBytes = Math.max(0, total + missing);
      expect(decompress(block, targetBytes)).toEqual(twin.lz4Decompress(block, targetBytes));
      const short = block.subarray(0, Math.max(1, block.length - cut));
      expect(decompress(short, total)).toEqual(twin.lz4Decompress(short, total));
    }),
    { numRuns: 1500 },
  );
});

test('a match that begins before the target, has offset 0 or runs past the end is damage', () => {
  expect(decompress(Uint8Array.of(0x10, 7, 2, 0, 0x50, 1, 2, 3, 4, 5), 10)).toBeUndefined();
  expect(decompress(Uint8Array.of(0x10, 7, 0, 0, 0x50, 1, 2, 3, 4, 5), 10)).toBeUndefined();
  expect(decompress(Uint8Array.of(0x10, 7, 1, 0, 0x50, 1, 2, 3, 4, 5), 10)).toBeDefined();
  expect(decompress(Uint8Array.of(0x10, 7, 1, 0, 0x50, 1, 2, 3, 4, 5), 9)).toBeUndefined();
  expect(decompress(Uint8Array.of(0x10, 7, 1, 0, 0x50, 1, 2, 3, 4, 5), 11)).toBeUndefined();
  expect(
    decompress(Uint8Array.of(0x1f, 7, 1, 0, ...new Array<number>(100_000).fill(255)), 30),
  ).toBeUndefined();
  expect(decompress(Uint8Array.of(0xf0, ...new Array<number>(100_000).fill(255)), 30)).toBeUndefined();
  expect(decompress(Uint8Array.of(), 0)).toBeUndefined();
});

test('damaged blocks give what the book says: bytes of the right number, or nothing', () => {
  const damage = fc.record({
    at: fc.nat(),
    byte: fc.nat(255),
    cut: fc.nat(20),
    wanted: fc.integer({ min: -5, max: 5 }),
  });
  fc.assert(
    fc.property(compressible, damage, (bytes, { at, byte, cut, wanted }) => {
      const block = compress(bytes);
      block[at % block.length] = byte;
      const damaged = block.subarray(0, Math.max(1, block.length - (byte % 3 === 0 ? cut : 0)));
      const targetBytes = Math.max(0, bytes.length + (byte % 5 === 0 ? wanted : 0));
      expect(decompress(damaged, targetBytes)).toEqual(twin.lz4Decompress(damaged, targetBytes));
    }),
    { numRuns: 1500 },
  );
});

test('random bytes are never more than the target asks for', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(300), (block, targetBytes) => {
      expect(decompress(block, targetBytes)).toEqual(twin.lz4Decompress(block, targetBytes));
    }),
    { numRuns: 1500 },
  );
});
