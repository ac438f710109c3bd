import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

/** The definition, one bit at a time. */
function slowChecksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

test('the checksum of the standard check text is 0xe3069283', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
  expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
});

test('eight bytes at a time equals one bit at a time, at every length and offset', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(20), fc.nat(60), (bytes, start, length) => {
      const from = Math.min(start, bytes.length);
      const end = Math.min(from + length, bytes.length);
      expect(crc32c(bytes, from, end)).toBe(slowChecksum(bytes.subarray(from, end)));
    }),
  );
});

test('the checksum of two pieces equals that of the whole', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(60), (bytes, cut) => {
      const middle = Math.min(cut, bytes.length);
      const first = crc32c(bytes, 0, middle);
      expect(crc32c(bytes, middle, bytes.length, first)).toBe(crc32c(bytes));
    }),
  );
});
