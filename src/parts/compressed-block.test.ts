import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { BlockCompressor, decompressAll } from './compressed-block.ts';

const arena = new Arena();
afterAll(() => arena.release());

function compress(bytes: Uint8Array): Buffer {
  arena.rewind();
  const source = arena.take(Uint8Array.from(bytes));
  return Buffer.from(new BlockCompressor(bytes.length, arena).compress(source.byteOffset, bytes.length));
}

test('blocks one after the other give what was compressed', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 }), (pieces) => {
      const content = Buffer.concat(pieces);
      expect(decompressAll(Buffer.concat(pieces.map(compress)), 'f', content.length).equals(content)).toBe(
        true,
      );
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
  [0x91, 'several codecs in a row'],
  [0x92, 'Delta'],
  [0x95, 'Gorilla'],
])('method %i is refused by the name of its codec and of the file', (method, codec) => {
  const refuse = (): unknown => decompressAll(changed(16, method), 'p/f', 100);
  expect(refuse).toThrow(WinnowError);
  expect(refuse).toThrow(new RegExp(`p/f is compressed by ${codec}, which is not supported`));
});
