import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader, ByteWriter } from './bytes.ts';
import { CorruptionError } from './errors.ts';

const edges = [0, 1, 127, 128, 2 ** 14 - 1, 2 ** 14, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 49 - 1, 2 ** 53 - 1];
const whole = fc.oneof(fc.constantFrom(...edges), fc.maxSafeNat());

type Field = { readonly kind: 'u8' | 'u16be' | 'u32be' | 'u64be' | 'varint'; readonly value: number };
const field: fc.Arbitrary<Field> = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant('u16be' as const), value: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant('u32be' as const), value: fc.nat(0xffffffff) }),
  fc.record({ kind: fc.constantFrom('u64be' as const, 'varint' as const), value: whole }),
);

test('whatever is written reads back, field by field', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(field, fc.uint8Array({ maxLength: 40 }))), (fields) => {
      const writer = new ByteWriter(1);
      for (const [{ kind, value }, tail] of fields) {
        writer[kind](value);
        writer.sizedBytes(tail);
      }
      const reader = new ByteReader(writer.toBuffer(), 'test');
      for (const [{ kind, value }, tail] of fields) {
        expect(reader[kind]()).toBe(value);
        expect(Buffer.from(reader.sizedBytes())).toEqual(Buffer.from(tail));
      }
      reader.expectEnd();
    }),
  );
});

test('the byte order of u64 is the order of the numbers', () => {
  const encode = (value: number): Buffer => {
    const writer = new ByteWriter();
    writer.u64be(value);
    return writer.toBuffer();
  };
  fc.assert(
    fc.property(whole, whole, (a, b) => {
      expect(Math.sign(Buffer.compare(encode(a), encode(b)))).toBe(Math.sign(a - b));
    }),
  );
});

test('a record cut short is damage that names the place', () => {
  fc.assert(
    fc.property(field, ({ kind, value }) => {
      const writer = new ByteWriter();
      writer[kind](value);
      const cut = writer.toBuffer().subarray(0, -1);
      expect(() => new ByteReader(cut, 'record 7')[kind]()).toThrow(CorruptionError);
      expect(() => new ByteReader(cut, 'record 7')[kind]()).toThrow('record 7 at offset');
    }),
  );
});

test('a number past 2^53 is damage, not a rounded number', () => {
  const huge = Buffer.alloc(8, 0xff);
  expect(() => new ByteReader(huge, 'test').u64be()).toThrow(CorruptionError);
  expect(() => new ByteReader(huge, 'test').varint()).toThrow(CorruptionError);
  expect(() => new ByteReader(Buffer.from('ffffffffffffff7f', 'hex'), 'test').varint()).toThrow(CorruptionError);
  expect(() => new ByteWriter().u64be(2 ** 53)).toThrow('2^53');
  expect(() => new ByteWriter().varint(-1)).toThrow('2^53');
});

test('a length larger than the record is damage', () => {
  const writer = new ByteWriter();
  writer.varint(1000);
  writer.u8(0);
  expect(() => new ByteReader(writer.toBuffer(), 'test').sizedBytes()).toThrow('expected 1000 bytes, found 1');
});

test('a cleared writer starts an empty record and leaves earlier ones alone', () => {
  const writer = new ByteWriter();
  writer.u8(1);
  const first = writer.toBuffer();
  writer.clear();
  writer.u8(2);
  expect([...first, ...writer.toBuffer()]).toEqual([1, 2]);
});
