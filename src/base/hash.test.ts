import { expect, test } from 'vitest';
import { murmur3 } from './hash.ts';

test.each([
  ['', 0],
  ['hello', 0x248bfa47],
  ['hello, world', 0x149bbb7f],
  ['The quick brown fox jumps over the lazy dog.', 0xd5c48bfc],
])('the hash of %j is the published one', (text, hash) => {
  expect(murmur3(Buffer.from(text))).toBe(hash);
});

test('a slice hashes as if it stood alone', () => {
  const bytes = Buffer.from('xx hello yy');
  expect(murmur3(bytes, 3, 8)).toBe(murmur3(Buffer.from('hello')));
});
