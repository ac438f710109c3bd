import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { CodecChain } from './codec.ts';
import { BlockCompressor, decompressAll } from './compressed-block.ts';

const arena = new Arena();
afterAll(() => arena.release());

function compress(bytes: Uint8Array, chain?: CodecChain): Buffer {
  arena.rewind();
  const source = arena.take(Uint8Array.from(bytes));
  return Buffer.from(new BlockCompressor(arena).compress(source.byteOffset, bytes.length, chain));
}

test('blocks one after the other give what was compressed', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }), (pieces) => {
      const content = Buffer.concat(pieces);
      expect(
        decompressAll(Buffer.concat(pieces.map((piece) => compress(piece))), 'f', content.length).equals(
          content,
        ),
      ).toBe(true);
    }),
  );
});

const block = compress(Buffer.from('some text, some text, some text'));

/** The block with other bytes from `at` on, and the checksum it had. */
const changed = (at: number, ...bytes: number[]): Buffer => {
  const copy = Buffer.from(block);
  copy.set(bytes, at);
  return copy;
};

test.each<[string, Buffer, RegExp]>([
  ['half a header', block.subarray(0, 20), /p\/f, block at 0: expected a whole header/],
  ['half a block', block.subarray(0, -1), /expected a whole block/],
  [
    'a block smaller than its header',
    changed(17, 8, 0, 0, 0),
    /expected a whole block, found one of 8 bytes/,
  ],
  ['an unknown method', changed(16, 0x77), /expected a method, found 0x77/],
  ['a size that LZ4 cannot give', changed(21, 0xff, 0xff, 0xff, 0xff), /expected a size that can be/],
  ['another size', changed(21, 30), /expected its checksum/],
  ['another payload', changed(30, 0), /expected its checksum/],
  ['another checksum', changed(0, 1, 2, 3), /expected its checksum/],
  ['a size other than that of bytes as they are', changed(16, 0x02), /expected a size that can be|checksum/],
])('%s is damage', (_, bytes, message) => {
  expect(() => decompressAll(bytes, 'p/f', 100)).toThrow(message);
});

test('more than the caller expects is damage, before any of it is decompressed', () => {
  expect(() => decompressAll(Buffer.concat([block, block]), 'p/f', 40)).toThrow(
    /p\/f: expected at most 40 bytes/,
  );
});

test.each([
  [0x96, 'AES_128_GCM_SIV'],
  [0x98, 'FPC'],
  [0x9a, 'GCD'],
])('method %i is refused by the name of its codec and of the file', (method, codec) => {
  const refuse = (): unknown => decompressAll(changed(16, method), 'p/f', 100);
  expect(refuse).toThrow(WinnowError);
  expect(refuse).toThrow(new RegExp(`p/f is compressed by ${codec}, which is not supported`));
});

const chain: CodecChain = [{ name: 'Delta', width: 8 }, { name: 'Gorilla', width: 8 }, { name: 'LZ4' }];
const numbers = Buffer.alloc(803);
for (let at = 0; at + 8 <= numbers.length; at += 8) numbers.writeDoubleLE(at / 7, at);
const chained = compress(numbers, chain);

/** With other bytes from `at` on, and the checksum that they have. */
const forged = (at: number, ...bytes: number[]): Buffer => {
  arena.rewind();
  const copy = arena.take(Buffer.from(chained));
  copy.set(bytes, at);
  kernelRuntime().kernels.cityHash128(copy.byteOffset + 16, copy.length - 16, copy.byteOffset);
  return Buffer.from(copy);
};

test('codecs in a row give what was compressed', () => {
  expect([chained[16], ...chained.subarray(25, 29)]).toEqual([0x91, 3, 0x92, 0x95, 0x82]);
  expect(decompressAll(chained, 'p/f', numbers.length).equals(numbers)).toBe(true);
});

test.each<[string, Buffer]>([
  ['no codec', forged(25, 0)],
  ['one codec less', forged(25, 2)],
  ['another codec', forged(27, 0x94)],
  ['a row in a row', forged(28, 0x91, 0x91)],
  ['another codec in the block inside', forged(29, 0x90)],
  ['another size of the block inside', forged(30, 1, 2)],
  ['content inside that is larger than could be', forged(34, 0xff, 0xff, 0xff, 0x7f)],
  ['another size of the content inside', forged(34, 7)],
])('%s is damage, also when the checksum says otherwise', (_, bytes) => {
  expect(() => decompressAll(bytes, 'p/f', 1000)).toThrow(
    /p\/f, block at 0: expected 803 bytes, found a payload/,
  );
});

test('a codec that is not read is refused by name inside others, too', () => {
  expect(() => decompressAll(forged(26, 0x9a), 'p/f', 1000)).toThrow(
    /p\/f is compressed by GCD, which is not supported/,
  );
});
