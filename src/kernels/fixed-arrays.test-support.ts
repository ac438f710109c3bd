// The physical types of fixed columns, and values that are likely to find a mistake.

import fc from 'fast-check';

export type FixedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

type FixedType = {
  readonly suffix: 'U8' | 'I8' | 'U16' | 'I16' | 'U32' | 'I32' | 'U64' | 'I64' | 'F32' | 'F64';
  readonly make: (values: readonly (number | bigint)[]) => FixedArray;
  readonly value: fc.Arbitrary<number | bigint>;
};

const integers = (low: number, high: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: Math.max(low, -3), max: 3 }),
    fc.integer({ min: low, max: high }),
    fc.constantFrom(low, high),
  );
const bigints = (low: bigint, high: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min: low < 0n ? -3n : 0n, max: 3n }),
    fc.bigInt({ min: low, max: high }),
    fc.constantFrom(low, high, high - 1n, high / 2n),
  );
const floats = fc.oneof(
  fc.constantFrom(0, -0, NaN, 1, -1, 0.5, Infinity, -Infinity),
  fc.float().map(Math.fround),
);

export const fixedTypes: readonly FixedType[] = [
  { suffix: 'U8', make: (values) => Uint8Array.from(values, Number), value: integers(0, 255) },
  { suffix: 'I8', make: (values) => Int8Array.from(values, Number), value: integers(-128, 127) },
  { suffix: 'U16', make: (values) => Uint16Array.from(values, Number), value: integers(0, 65_535) },
  { suffix: 'I16', make: (values) => Int16Array.from(values, Number), value: integers(-32_768, 32_767) },
  { suffix: 'U32', make: (values) => Uint32Array.from(values, Number), value: integers(0, 4_294_967_295) },
  {
    suffix: 'I32',
    make: (values) => Int32Array.from(values, Number),
    value: integers(-(2 ** 31), 2 ** 31 - 1),
  },
  {
    suffix: 'U64',
    make: (values) => BigUint64Array.from(values, BigInt),
    value: bigints(0n, 2n ** 64n - 1n),
  },
  {
    suffix: 'I64',
    make: (values) => BigInt64Array.from(values, BigInt),
    value: bigints(-(2n ** 63n), 2n ** 63n - 1n),
  },
  { suffix: 'F32', make: (values) => Float32Array.from(values, Number), value: floats },
  { suffix: 'F64', make: (values) => Float64Array.from(values, Number), value: floats },
];

/** Counts around vectors and granules. */
export const edgeCounts = [0, 1, 15, 16, 17, 63, 64, 65, 8191, 8192, 8193];

/** Strings that share beginnings, with all bytes and lengths around vectors. */
export const bytesValue: fc.Arbitrary<Buffer> = fc
  .oneof(
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 5 }) },
    fc.integer({ min: 0, max: 70 }).map((size) => new Uint8Array(size).fill(97)),
    fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.uint8Array({ maxLength: 20 }))
      .map(([size, end]) => Uint8Array.from([...new Uint8Array(size).fill(97), ...end])),
  )
  .map((bytes) => Buffer.from(bytes));

/** Offsets and bytes of strings. */
export function joinStrings(strings: readonly Uint8Array[]): { offsets: Uint32Array; bytes: Buffer } {
  const offsets = new Uint32Array(strings.length + 1);
  strings.forEach((string, i) => (offsets[i + 1] = offsets[i]! + string.length));
  return { offsets, bytes: Buffer.concat(strings) };
}
