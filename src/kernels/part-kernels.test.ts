import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { Arena } from './arena.ts';
import { kernelRuntime } from './runtime.ts';
import * as twin from './twins/part-columns.ts';

const { kernels, memory } = kernelRuntime();
const arena = new Arena();
afterAll(() => arena.release());

const smallOrHuge = fc.oneof(
  fc.bigInt(0n, 20n),
  fc.constantFrom(2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n),
);

test('sizes become offsets up to the first that passes the limit', () => {
  fc.assert(
    fc.property(fc.array(smallOrHuge, { maxLength: 40 }), fc.nat(300), (sizes, limit) => {
      arena.rewind();
      const source = arena.take(BigUint64Array.from(sizes));
      const offsets = arena.u32(sizes.length + 1);
      const fitting = kernels.sizesToOffsets(source.byteOffset, sizes.length, offsets.byteOffset, limit);
      const expected = twin.sizesToOffsets(sizes, limit);
      expect(fitting).toBe(expected.fitting);
      expect([...offsets.subarray(0, fitting + 1)]).toEqual(expected.offsets);
    }),
  );
});

test('sizes are added up unless they pass the limit', () => {
  fc.assert(
    fc.property(fc.array(smallOrHuge, { maxLength: 40 }), fc.nat(300), (sizes, limit) => {
      arena.rewind();
      const source = arena.take(BigUint64Array.from(sizes));
      const { fitting, offsets } = twin.sizesToOffsets(sizes, limit);
      const expected = fitting === sizes.length ? offsets.at(-1) : -1;
      expect(kernels.sumOfSizes(source.byteOffset, sizes.length, limit)).toBe(expected);
    }),
  );
});

const sparseRuns = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 300 }), { maxLength: 4 });

test('values of sparse columns stand where they were, in any number of runs', () => {
  fc.assert(
    fc.property(sparseRuns, fc.nat(3), (runs, more) => {
      arena.rewind();
      const rows = runs.flat();
      const bytes = twin.encodeSparse(runs);
      const source = arena.take(Buffer.concat([bytes, Buffer.alloc(more, 7)]));
      const [sources, places] = [arena.u16(rows.length), arena.u32(rows.length)];
      const targets = [sources.byteOffset, places.byteOffset] as const;
      const found = kernels.sparseRows(source.byteOffset, source.length, rows.length, ...targets);
      const valueCount = rows.filter(Boolean).length;
      expect(found).toBe((BigInt(bytes.length) << 32n) + BigInt(valueCount));
      expect(kernels.sparseRows(source.byteOffset, source.length, rows.length, 0, 0)).toBe(found);
      let next = 0;
      expect([...sources]).toEqual(rows.map(Number));
      expect([...places]).toEqual(rows.map((isValue) => (isValue ? next++ : 0)));
    }),
  );
});

test('positions of sparse values that end early, or do not fit their rows, are refused', () => {
  fc.assert(
    fc.property(sparseRuns, fc.nat(2000), (runs, at) => {
      arena.rewind();
      const rowCount = runs.flat().length;
      fc.pre(rowCount > 0);
      const bytes = twin.encodeSparse(runs);
      const scan = (source: Buffer, rows: number): bigint =>
        kernels.sparseRows(arena.take(source).byteOffset, source.length, rows, 0, 0);
      expect(scan(bytes.subarray(0, at % bytes.length), rowCount)).toBe(-1n);
      expect(scan(bytes, rowCount + 1)).toBe(-1n);
      // With one row fewer the last value or default is too many, unless a run of one row ends there.
      if (runs.at(-1)!.length > 1) expect(scan(bytes, rowCount - 1)).toBe(-1n);
    }),
  );
});

test('offsets become sizes, from any first offset', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(9), (sizes, first) => {
      arena.rewind();
      const offsets = arena.u32(sizes.length + 1);
      offsets[0] = first;
      sizes.forEach((size, i) => (offsets[i + 1] = offsets[i]! + size));
      const target = arena.u64(sizes.length);
      kernels.offsetsToSizes(offsets.byteOffset, sizes.length, target.byteOffset);
      expect([...target]).toEqual(sizes.map(BigInt));
    }),
  );
});

test('offsets of values of one size are its multiples', () => {
  const offsets = arena.u32(5);
  kernels.evenOffsets(offsets.byteOffset, 4, 16);
  expect([...offsets]).toEqual([0, 16, 32, 48, 64]);
});

test('the highest value is found wherever it stands', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff_ffff), { maxLength: 70 }), (values) => {
      arena.rewind();
      const bytes = arena.take(Uint8Array.from(values));
      const halves = arena.take(Uint16Array.from(values));
      const words = arena.take(Uint32Array.from(values));
      expect(kernels.maxU8(bytes.byteOffset, values.length)).toBe(Math.max(0, ...bytes));
      expect(kernels.maxU16(halves.byteOffset, values.length)).toBe(Math.max(0, ...halves));
      expect(kernels.maxU32(words.byteOffset, values.length) >>> 0).toBe(Math.max(0, ...words));
    }),
  );
});

test.each([
  [Uint8Array, kernels.firstForeignU8],
  [Uint16Array, kernels.firstForeignU16],
] as const)('the first value that is not allowed is found: %s', (array, kernel) => {
  const allowed = arena.u8(65_536).fill(0);
  allowed[1] = 1;
  allowed[255] = 1;
  const find = (...values: number[]): number =>
    kernel(arena.take(array.from(values)).byteOffset, values.length, allowed.byteOffset);
  expect(find(1, 255, 1)).toBe(3);
  expect(find(1, 0, 2)).toBe(1);
  expect(find()).toBe(0);
});

test('values under NULL become the given one, whatever their width', () => {
  const nulls = arena.take(Uint8Array.of(0, 1, 0, 1));
  const i8 = arena.take(Int8Array.of(1, 2, 3, 4));
  const i16 = arena.take(Int16Array.of(1, 2, 3, 4));
  const i32 = arena.take(Int32Array.of(1, 2, 3, 4));
  const i64 = arena.take(BigInt64Array.of(1n, 2n, 3n, 4n));
  kernels.setWhereNull8(i8.byteOffset, nulls.byteOffset, 4, -5);
  kernels.setWhereNull16(i16.byteOffset, nulls.byteOffset, 4, 0);
  kernels.setWhereNull32(i32.byteOffset, nulls.byteOffset, 4, 0);
  kernels.setWhereNull64(i64.byteOffset, nulls.byteOffset, 4, 0);
  expect([[...i8], [...i16], [...i32], [...i64]]).toEqual([
    [1, -5, 3, -5],
    [1, 0, 3, 0],
    [1, 0, 3, 0],
    [1n, 0n, 3n, 0n],
  ]);
});

test('texts under NULL become empty, and the others stay', () => {
  const rows = fc.array(fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(1)), { maxLength: 30 });
  fc.assert(
    fc.property(rows, (pairs) => {
      arena.rewind();
      const texts = pairs.map(([text]) => text);
      const nulls = pairs.map(([, isNull]) => isNull);
      const bytes = arena.take(Buffer.concat(texts));
      const offsets = arena.u32(texts.length + 1);
      offsets[0] = 0;
      texts.forEach((text, i) => (offsets[i + 1] = offsets[i]! + text.length));
      const flags = arena.take(Uint8Array.from(nulls));
      kernels.emptyNullTexts(offsets.byteOffset, bytes.byteOffset, flags.byteOffset, texts.length);
      const left = texts.map((_, i) => Uint8Array.from(bytes.subarray(offsets[i], offsets[i + 1])));
      expect(left).toEqual(twin.emptyNullTexts(texts, nulls).map((text) => Uint8Array.from(text)));
    }),
  );
});

test('values of one size under NULL become zeros behind their first byte', () => {
  const bytes = arena.take(Buffer.from('aabbcc'));
  const offsets = arena.take(Uint32Array.of(0, 2, 4, 6));
  const nulls = arena.take(Uint8Array.of(0, 1, 0));
  kernels.fillNullTexts(offsets.byteOffset, bytes.byteOffset, nulls.byteOffset, 3, 0x80);
  expect(bytes.toString('latin1')).toBe('aa\x80\0cc');
});

test.each([16, 32])('values of %i bytes are reversed, in place too, and lose their sign', (sizeBytes) => {
  const values = Array.from({ length: 3 }, (_, i) =>
    Buffer.from(Array.from({ length: sizeBytes }, (_each, at) => i * 50 + at)),
  );
  const reversed = Buffer.concat(values.map((value) => Buffer.from(value).reverse()));
  const source = arena.take(Buffer.concat(values));
  const target = arena.bytes(source.length);
  kernels.reverseValues(source.byteOffset, target.byteOffset, 3, sizeBytes);
  expect(Buffer.from(target)).toEqual(reversed);
  kernels.reverseValues(source.byteOffset, source.byteOffset, 3, sizeBytes);
  expect(Buffer.from(source)).toEqual(reversed);
  kernels.flipSigns(source.byteOffset, 3, sizeBytes);
  const flipped = reversed.map((byte, at) => (at % sizeBytes === 0 ? byte ^ 0x80 : byte));
  expect(Buffer.from(source)).toEqual(Buffer.from(flipped));
});

test('codes of the shared dictionary and additional ones are shifted, the first ones stay', () => {
  const target = arena.u32(4);
  const kernelOf = [
    [kernels.rebaseCodes8, Uint8Array],
    [kernels.rebaseCodes16, Uint16Array],
    [kernels.rebaseCodes32, Uint32Array],
  ] as const;
  for (const [rebase, codes] of kernelOf) {
    rebase(arena.take(codes.of(0, 5, 6, 200)).byteOffset, 4, 1, 6, 10, 1000, target.byteOffset);
    expect([...target]).toEqual([0, 15, 1006, 1200]);
    rebase(arena.take(codes.of(0, 5, 6, 200)).byteOffset, 4, 0, 6, 0, -4, target.byteOffset);
    expect([...target]).toEqual([0, 5, 2, 196]);
  }
});

test('the elements of arrays of several sources follow the rows chosen', () => {
  const offsets = [Uint32Array.of(0, 2, 2, 3), Uint32Array.of(0, 1, 4)].map(
    (ends) => arena.take(ends).byteOffset,
  );
  const sources = arena.take(Uint16Array.of(1, 0, 0, 1));
  const rows = arena.take(Uint32Array.of(1, 1, 2, 0));
  const [outSources, outRows] = [arena.u16(5), arena.u32(5)];
  const pointers = arena.take(Uint32Array.from(offsets)).byteOffset;
  const args = [pointers, sources.byteOffset, rows.byteOffset, 4] as const;
  kernels.elementsOfRows(...args, outSources.byteOffset, outRows.byteOffset);
  expect([...outSources]).toEqual([1, 1, 1, 0, 1]);
  expect([...outRows]).toEqual([1, 2, 3, 2, 0]);
});

/** A dictionary record for `limit` texts of up to `bytesLimit` bytes. */
function newDictionary(limit: number, bytesLimit: number): number {
  const slotCount = 2 ** Math.ceil(Math.log2(2 * limit));
  const slots = arena.u32(2 * slotCount).fill(0);
  const ends = arena.u32(limit + 1).fill(0);
  const bytes = arena.bytes(bytesLimit);
  const fields = [0, limit, slots.byteOffset, slotCount - 1, ends.byteOffset, bytes.byteOffset, bytesLimit];
  return arena.take(Uint32Array.from(fields)).byteOffset;
}

function textsOf(record: number): string[] {
  const [count, , , , ends, bytes] = new Uint32Array(memory.buffer, record, 7);
  const offsets = new Uint32Array(memory.buffer, ends, count! + 1);
  return Array.from({ length: count! }, (_, i) =>
    Buffer.from(memory.buffer, bytes! + offsets[i]!, offsets[i + 1]! - offsets[i]!).toString('latin1'),
  );
}

const words = fc.array(
  fc.oneof(fc.constant(null), fc.constantFrom('', 'a', 'b', 'twelve bytes'), fc.string()),
  {
    maxLength: 60,
  },
);
const latin1 = (word: string | null): string | null => word && Buffer.from(word).toString('latin1');

test('texts get the codes of their dictionaries, straight and by way of old codes', () => {
  fc.assert(
    fc.property(
      words,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 0, max: 9 }),
      (some, limit, more) => {
        const texts = some.map(latin1);
        const twins = [
          new twin.TextDictionary(limit),
          more > 0 ? new twin.TextDictionary(more) : undefined,
        ] as const;
        const expected = twin.encodeTexts(...twins, texts);
        for (const straight of [true, false]) {
          arena.rewind();
          const first = newDictionary(limit, 1000);
          const second = more > 0 ? newDictionary(more, 1000) : 0;
          const codes = arena.u32(texts.length);
          const stopped = (straight ? encode : recode)(first, second, texts, codes.byteOffset);
          expect([...codes.subarray(0, stopped)]).toEqual(expected);
          expect(textsOf(first)).toEqual(twins[0].texts);
          if (twins[1]) expect(textsOf(second)).toEqual(twins[1].texts);
        }
      },
    ),
  );
});

function encode(first: number, second: number, texts: readonly (string | null)[], codes: number): number {
  const nulls = arena.take(Uint8Array.from(texts, (text) => (text === null ? 1 : 0)));
  const { offsets, bytes } = column(texts);
  return kernels.encodeTexts(first, second, offsets, bytes, nulls.byteOffset, 0, texts.length, codes);
}

/** The same by way of a dictionary in order of first sight; its entry 0 is NULL. */
function recode(first: number, second: number, texts: readonly (string | null)[], codes: number): number {
  const distinct = [null, ...new Set(texts.filter((text) => text !== null))];
  const old = arena.take(Uint16Array.from(texts, (text) => distinct.indexOf(text)));
  const { offsets, bytes } = column(distinct);
  const known = arena.u32(distinct.length).fill(0);
  known[0] = 1;
  const args = [old.byteOffset, known.byteOffset, offsets, bytes, 0, texts.length, codes] as const;
  return kernels.recodeTexts16(first, second, ...args);
}

function column(texts: readonly (string | null)[]): { offsets: number; bytes: number } {
  const values = texts.map((text) => Buffer.from(text ?? '', 'latin1'));
  const offsets = arena.u32(texts.length + 1);
  offsets[0] = 0;
  values.forEach((value, i) => (offsets[i + 1] = offsets[i]! + value.length));
  return { offsets: offsets.byteOffset, bytes: arena.take(Buffer.concat(values)).byteOffset };
}

test('a text that finds no room in the bytes stops the encoding, and goes on in a larger place', () => {
  arena.rewind();
  const record = newDictionary(10, 5);
  const codes = arena.u32(3);
  expect(encode(record, 0, ['abc', 'abc', 'def'], codes.byteOffset)).toBe(2);
  new Uint32Array(memory.buffer, record, 7)[6] = 6;
  expect(encode(record, 0, ['abc', 'abc', 'def'], codes.byteOffset)).toBe(3);
  expect([...codes]).toEqual([0, 0, 1]);
});
