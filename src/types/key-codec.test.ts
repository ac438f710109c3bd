import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyKeyType, valuesOf } from '../../test/support/random-columns.ts';
import type { Column, Value } from './column.ts';
import { createColumnBuilder } from './column-builder.ts';
import { compareAt } from './compare.ts';
import type { DataType } from './data-type.ts';
import { createKeyCodec, prefixEnd } from './key-codec.ts';
import { columnOf, valueAt } from './value.ts';

/** Types of a key, and its columns with two rows. */
const twoKeys = fc
  .array(anyKeyType, { minLength: 1, maxLength: 4 })
  .chain((types) => fc.tuple(fc.constant(types), fc.tuple(...types.map(pairOf))))
  .map(([types, pairs]) => ({ types, columns: types.map((type, i) => columnOf(type, pairs[i]!)) }));

/** Two values that are often equal, so that later fields decide. */
function pairOf(type: DataType): fc.Arbitrary<[Value, Value]> {
  const value = valuesOf(type, { anyBytes: true });
  return fc.oneof(
    fc.tuple(value, value),
    value.map((same): [Value, Value] => [same, same]),
  );
}

function compareRows(columns: readonly Column[]): number {
  for (const column of columns) {
    const order = compareAt(column, 0, column, 1);
    if (order !== 0) return Math.sign(order);
  }
  return 0;
}

test('the byte order of keys is the order of their rows', () => {
  fc.assert(
    fc.property(twoKeys, ({ types, columns }) => {
      const codec = createKeyCodec(types);
      expect(Buffer.compare(codec.encode(columns, 0), codec.encode(columns, 1))).toBe(compareRows(columns));
    }),
    { numRuns: 2000 },
  );
});

test('a decoded key gives back its row, except that -0 becomes 0', () => {
  fc.assert(
    fc.property(twoKeys, ({ types, columns }) => {
      const codec = createKeyCodec(types);
      const builders = types.map((type) => createColumnBuilder(type));
      for (const row of [0, 1]) codec.decodeInto(codec.encode(columns, row), builders);
      const decoded = builders.map((builder) => builder.finish());
      for (const [i, column] of columns.entries()) {
        for (const row of [0, 1]) {
          const value = valueAt(column, row);
          expect(valueAt(decoded[i]!, row)).toEqual(Object.is(value, -0) ? 0 : value);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('the key of a prefix of the columns ends where that field of the whole key ends', () => {
  fc.assert(
    fc.property(twoKeys, ({ types, columns }) => {
      const codec = createKeyCodec(types);
      const key = codec.encode(columns, 0);
      const ends = codec.fieldEnds(key);
      expect(ends).toHaveLength(types.length);
      for (const [i, end] of ends.entries()) {
        expect(codec.encode(columns.slice(0, i + 1), 0)).toEqual(key.subarray(0, end));
      }
    }),
  );
});

test('the end of a prefix parts the keys that begin with it from those after it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 6 }), (prefix, other) => {
      const end = prefixEnd(prefix);
      const begins = Buffer.compare(other.subarray(0, prefix.length), prefix) === 0;
      const inside =
        Buffer.compare(other, prefix) >= 0 && (end === undefined || Buffer.compare(other, end) < 0);
      expect(inside).toBe(begins);
    }),
  );
  expect(prefixEnd(Uint8Array.of(0xff, 0xff))).toBeUndefined();
  expect(prefixEnd(Uint8Array.of(1, 0xff))).toEqual(Buffer.of(2));
});

test('fields are skipped where no builder is given', () => {
  const types: DataType[] = [
    { kind: 'String' },
    { kind: 'Nullable', inner: { kind: 'UUID' } },
    { kind: 'UInt8' },
  ];
  const uuid = '61f0c404-5cb3-11e7-907b-a6006ad3dba0';
  const codec = createKeyCodec(types);
  const key = codec.encode(
    [columnOf(types[0]!, ['a\0']), columnOf(types[1]!, [uuid]), columnOf(types[2]!, [255])],
    0,
  );
  const last = createColumnBuilder(types[2]!);
  codec.decodeInto(key, [undefined, undefined, last]);
  expect(valueAt(last.finish(), 0)).toBe(255);
});

test('a damaged key is refused and does not yield a short row', () => {
  const codec = createKeyCodec([{ kind: 'String' }, { kind: 'UInt32' }]);
  expect(() => codec.fieldEnds(Buffer.from('no terminator'))).toThrow('whole fields');
  expect(() => codec.fieldEnds(Buffer.of(0, 1, 2))).toThrow('whole fields');
});
