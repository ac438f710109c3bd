import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Arena } from './arena.ts';
import { MemoryEdge } from './memory-edge.test-support.ts';
import { kernelRuntime } from './runtime.ts';
import * as twin from './twins/string-codec.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
afterAll(() => arena.release());
const edge = new MemoryEdge();

const strings = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.uint8Array({ maxLength: 40 }) },
    fc.integer({ min: 120, max: 140 }).map((size) => new Uint8Array(size).fill(7)),
    fc.constantFrom(16_383, 16_384).map((size) => new Uint8Array(size).fill(9)),
  ),
  { maxLength: 40 },
);

function decode(source: Uint8Array, count: number): { strings: Buffer[]; consumedBytes: number } | undefined {
  arena.rewind();
  const encoded = arena.take(Uint8Array.from(source));
  const offsets = arena.u32(count + 1);
  const bytes = arena.bytes(source.length);
  const args = [encoded.byteOffset, source.length, count] as const;
  const consumedBytes = kernels.decodeStrings(...args, offsets.byteOffset, bytes.byteOffset);
  expect(kernels.skipStrings(...args)).toBe(consumedBytes);
  if (consumedBytes < 0) return undefined;
  const decoded = Array.from({ length: count }, (_, i) =>
    Buffer.from(bytes.subarray(offsets[i], offsets[i + 1])),
  );
  return { strings: decoded, consumedBytes };
}

function encode(rows: readonly Uint8Array[], firstOffset: number): Buffer {
  arena.rewind();
  const bytes = arena.take(Buffer.concat([new Uint8Array(firstOffset), ...rows]));
  const offsets = arena.u32(rows.length + 1);
  offsets[0] = firstOffset;
  rows.forEach((row, i) => (offsets[i + 1] = offsets[i]! + row.length));
  const size = kernels.encodedStringsBytes(offsets.byteOffset, rows.length);
  const target = arena.bytes(size);
  expect(kernels.encodeStrings(offsets.byteOffset, bytes.byteOffset, rows.length, target.byteOffset)).toBe(
    size,
  );
  return Buffer.from(target);
}

test('strings are read as they were written, from any first offset', () => {
  fc.assert(
    fc.property(strings, fc.nat(50), (rows, firstOffset) => {
      const encoded = encode(rows, firstOffset);
      expect(encoded).toEqual(twin.encodeStrings(rows));
      expect(decode(encoded, rows.length)).toEqual(twin.decodeStrings(encoded, rows.length));
    }),
  );
});

test.each([0, 1, 15, 16, 17, 63, 64, 65, 8191, 8192, 8193])('%i strings make the round trip', (count) => {
  const rows = Array.from({ length: count }, (_, i) => Buffer.from('x'.repeat(i % 35)));
  expect(decode(encode(rows, 0), count)).toEqual({ strings: rows, consumedBytes: encode(rows, 0).length });
});

test('strings that run past the end, or have a length that is no varint, are refused as the book says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(12), (source, count) => {
      expect(decode(source, count)).toEqual(twin.decodeStrings(source, count));
    }),
    { numRuns: 2000 },
  );
  expect(decode(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f), 1)).toBeUndefined();
  expect(decode(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0), 1)).toBeUndefined();
  expect(decode(Uint8Array.of(0x80), 1)).toBeUndefined();
});

test('nothing beyond the slack is read or written', () => {
  for (let size = 0; size < 70; size++) {
    const encoded = twin.encodeStrings([new Uint8Array(size).fill(1), new Uint8Array(size).fill(2)]);
    const source = edge.putLast(encoded);
    const offsets = edge.middle(12).byteOffset;
    const bytes = edge.middle(1000).byteOffset + 64;
    expect(edge.kernels.decodeStrings(source.byteOffset, encoded.length, 2, offsets, bytes)).toBe(
      encoded.length,
    );
    const target = edge.last(encoded.length).byteOffset;
    expect(edge.kernels.encodeStrings(offsets, bytes, 2, target)).toBe(encoded.length);
  }
});
