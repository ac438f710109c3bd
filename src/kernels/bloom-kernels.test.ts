import fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { Arena } from './arena.ts';
import { bytesValue, fixedTypes, joinStrings } from './fixed-arrays.test-support.ts';
import { kernelRuntime } from './runtime.ts';
import * as twin from './twins/bloom.ts';
import { cityHash64, cityHash64WithSeed } from './twins/city-hash.ts';

const { kernels } = kernelRuntime();
const arena = new Arena();
beforeEach(() => arena.rewind());
afterAll(() => arena.release());

test('words and seeded texts hash as in SQL', () => {
  const hashes = arena.u64(1);
  kernels.bloomHash64(arena.take(BigUint64Array.of(1n)).byteOffset, 1, hashes.byteOffset);
  expect(hashes[0]).toBe(0xb456bcfc34c2cb2cn);
  expect(twin.hashWord(1n)).toBe(0xb456bcfc34c2cb2cn);
  expect(cityHash64WithSeed(Buffer.from('abc'), 0n)).toBe(0x9b861b3c66b1f78en);
});

const someNumbers = fc
  .constantFrom(...fixedTypes)
  .chain(({ suffix, make, value }) =>
    fc.record({ suffix: fc.constant(suffix), values: fc.array(value, { maxLength: 40 }).map(make) }),
  );

test('numbers are hashed by their bits, Float32 by those of its Float64', () => {
  fc.assert(
    fc.property(someNumbers, ({ suffix, values }) => {
      arena.rewind();
      const hashes = arena.u64(values.length);
      const source = arena.take(values.slice());
      const kind = suffix === 'F32' ? 'F32' : (`${8 * values.BYTES_PER_ELEMENT}` as '8');
      kernels[`bloomHash${kind}`](source.byteOffset, values.length, hashes.byteOffset);
      const bits = suffix === 'F32' ? Float64Array.from(values as Float32Array) : values;
      const bytes = Buffer.from(bits.buffer, bits.byteOffset, bits.byteLength);
      const words = Array.from({ length: values.length }, (_, i) => {
        const one = bytes.subarray(i * bits.BYTES_PER_ELEMENT, (i + 1) * bits.BYTES_PER_ELEMENT);
        return Buffer.concat([one, Buffer.alloc(8)]).readBigUInt64LE();
      });
      expect([...hashes]).toEqual(words.map(twin.hashWord));
    }),
  );
});

test('texts are hashed by CityHash64, wide values by their words', () => {
  fc.assert(
    fc.property(fc.array(bytesValue, { maxLength: 20 }), (texts) => {
      arena.rewind();
      const { offsets, bytes } = joinStrings(texts);
      const hashes = arena.u64(texts.length);
      const [from, source] = [arena.take(offsets).byteOffset, arena.take(bytes).byteOffset];
      kernels.bloomHashTexts(from, source, texts.length, hashes.byteOffset);
      expect([...hashes]).toEqual(texts.map(cityHash64));
    }),
  );
  const words = [1n, 2n ** 63n, 77n, 5n, 4n, 3n, 2n, 9n];
  const hashes = arena.u64(4);
  const source = arena.take(BigUint64Array.from(words)).byteOffset;
  kernels.bloomHashWide(source, 4, 16, hashes.byteOffset);
  const pairs = [words[0]! ^ words[1]!, words[2]! ^ words[3]!, words[4]! ^ words[5]!, words[6]! ^ words[7]!];
  expect([...hashes]).toEqual(pairs.map(twin.hashWord));
  kernels.bloomHashWide(source, 2, 32, hashes.byteOffset);
  expect([...hashes.subarray(0, 2)]).toEqual(
    [pairs[0]! ^ words[2]!, pairs[2]! ^ words[6]!].map(twin.hashWord),
  );
});

test('a filter has what was set, and of the rest as much as its size lets it tell', () => {
  const count = 4000;
  const hashes = arena.u64(2 * count);
  const numbers = arena.take(BigUint64Array.from({ length: 2 * count }, (_, i) => BigInt(i)));
  kernels.bloomHash64(numbers.byteOffset, 2 * count, hashes.byteOffset);
  const filter = arena.u8(count).fill(0);
  kernels.bloomSet(hashes.byteOffset, count, 4, filter.byteOffset, count);
  const has = [...hashes].map((hash) => kernels.bloomHas(hash, 4, filter.byteOffset, count));
  expect(has.slice(0, count)).toEqual(Array.from({ length: count }, () => 1));
  const wrong = has.slice(count).filter((found) => found === 1).length;
  // 8 bits a value and 4 functions: 2.4 %.
  expect(wrong).toBeGreaterThan(count * 0.015);
  expect(wrong).toBeLessThan(count * 0.035);
});

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((string) => Buffer.from(string)),
  fc.uint8Array({ maxLength: 20 }),
  bytesValue,
);
const parameters = fc.record({
  seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  hashCount: fc.integer({ min: 1, max: 20 }),
  sizeBytes: fc.integer({ min: 1, max: 70 }),
});

test('n-grams and tokens set the bits that they set one by one', () => {
  const ngramLength = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), ngramLength, parameters, (texts, length, filter) => {
      arena.rewind();
      const { offsets, bytes } = joinStrings(texts);
      const source = [arena.take(offsets).byteOffset, arena.take(bytes).byteOffset, texts.length] as const;
      const target = arena.u8(filter.sizeBytes).fill(0);
      const args = [filter.seed, filter.hashCount, target.byteOffset, filter.sizeBytes] as const;
      kernels.addNgrams(...source, length, ...args);
      const ngrams = texts.flatMap((each) => twin.ngramsOf(each, length));
      expect([...target]).toEqual([...twin.filterOf(ngrams, filter)]);
      target.fill(0);
      kernels.addTokens(...source, ...args);
      expect([...target]).toEqual([...twin.filterOf(texts.flatMap(twin.tokensOf), filter)]);
    }),
  );
});
