// random-columns.ts — random data types, and values for them that sit on the edges where mistakes live.

import fc from 'fast-check';
import type { Value } from '../../src/types/column.ts';
import type { DataType } from '../../src/types/data-type.ts';
import { parseDataType } from '../../src/types/parse-type.ts';
import { formatIpv4, formatIpv6 } from '../../src/types/ip-text.ts';
import { formatDecimal, formatUuid, integerRanges } from '../../src/types/number-text.ts';
import {
  formatDate,
  formatDateTime,
  formatDateTime64,
  MAX_DAY_32,
  MIN_DAY_32,
  powersOfTen,
} from '../../src/types/temporal-text.ts';

const kinds = [
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Float32',
  'Float64',
] as const;

/** Every type without Nullable, with small and large parameters. */
export const plainTypes: readonly DataType[] = [
  ...kinds.map((kind): DataType => ({ kind })),
  { kind: 'Bool' },
  { kind: 'String' },
  { kind: 'UUID' },
  { kind: 'FixedString', sizeBytes: 3 },
  { kind: 'Date' },
  { kind: 'Date32' },
  { kind: 'DateTime', timezone: 'UTC' },
  { kind: 'DateTime64', scale: 3, timezone: 'UTC' },
  { kind: 'DateTime64', scale: 9, timezone: 'UTC' },
  {
    kind: 'Enum8',
    entries: [
      { name: 'old', value: -5 },
      { name: "it's", value: 1 },
      { name: 'new\n', value: 127 },
    ],
  },
  {
    kind: 'Enum16',
    entries: [
      { name: 'least', value: -32_768 },
      { name: 'o', value: 300 },
    ],
  },
  { kind: 'Decimal', precision: 9, scale: 2 },
  { kind: 'Decimal', precision: 18, scale: 0 },
  { kind: 'Decimal', precision: 18, scale: 18 },
  { kind: 'IPv4' },
  { kind: 'IPv6' },
  { kind: 'Int128' },
  { kind: 'UInt128' },
  { kind: 'Int256' },
  { kind: 'UInt256' },
  { kind: 'Decimal', precision: 38, scale: 5 },
  { kind: 'Decimal', precision: 76, scale: 40 },
];

export const allTypes: readonly DataType[] = plainTypes.flatMap((type) => [
  type,
  { kind: 'Nullable', inner: type },
]);

/** Types of which no key is made, and LowCardinality inside them. */
export const compositeTypes: readonly DataType[] = [
  'Array(Int64)',
  'Array(Nullable(String))',
  'Array(Array(LowCardinality(String)))',
  'Tuple(Float64, Array(String), LowCardinality(Nullable(String)))',
  'Tuple(a Nullable(Date), `b c` FixedString(3))',
  'Array(Tuple(UInt8, Array(Nullable(UUID))))',
  'Map(String, Array(UInt8))',
  'Map(LowCardinality(String), Tuple(Bool, Map(String, Nullable(Float64))))',
].map((name) => parseDataType(name));

/** Types that are others under a name of their own. */
export const simpleAggregateTypes: readonly DataType[] = [
  'SimpleAggregateFunction(sum, UInt64)',
  'SimpleAggregateFunction(anyLast, Nullable(String))',
  'SimpleAggregateFunction(max, LowCardinality(String))',
  'SimpleAggregateFunction(groupUniqArrayArray(5), Array(FixedString(2)))',
].map((name) => parseDataType(name));

export const lowCardinalityTypes: readonly DataType[] = [
  'LowCardinality(String)',
  'LowCardinality(Nullable(String))',
].map((name) => parseDataType(name));

/** LowCardinality of other values than texts. Of floats, ClickHouse takes -0 for 0. */
export const codedNumberTypes: readonly DataType[] = [
  'LowCardinality(Int16)',
  'LowCardinality(Nullable(UInt64))',
  'LowCardinality(Nullable(Bool))',
  'LowCardinality(Date)',
  'LowCardinality(Nullable(FixedString(3)))',
  'LowCardinality(UUID)',
  'LowCardinality(Nullable(Int128))',
  'Array(LowCardinality(Nullable(IPv4)))',
].map((name) => parseDataType(name));

/** Any type that a key takes; text, where most goes wrong, more often than others. */
export const anyKeyType = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...allTypes) },
  { weight: 1, arbitrary: fc.constantFrom(...lowCardinalityTypes) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<DataType[]>(
      { kind: 'String' },
      { kind: 'Nullable', inner: { kind: 'String' } },
    ),
  },
);

export const anyType = fc.oneof(
  { weight: 3, arbitrary: anyKeyType },
  { weight: 1, arbitrary: fc.constantFrom(...compositeTypes) },
);

const bigintBetween = (min: bigint, max: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.constantFrom(min, max, min + 1n, max - 1n, 0n),
    fc.bigInt({ min, max }),
    fc.bigInt({ min: 0n, max: max < 9n ? max : 9n }),
  );

const specialFloats = fc.constantFrom(
  0,
  -0,
  1,
  -1,
  NaN,
  Infinity,
  -Infinity,
  0.1,
  1e21,
  1e20,
  1e-7,
  123456789,
  5e-324,
  1.5e300,
);

const textPieces = fc.oneof(
  fc.constantFrom('\0', '\x01', '\x02', 'a', 'b'),
  fc.constantFrom(
    "'",
    '"',
    '\\',
    '/',
    '\t',
    '\n',
    '\r',
    ',',
    'é',
    '→',
    '😀',
    '\x7f',
    '\u2028',
    'NULL',
    '\\N',
    ' ',
  ),
);

/** Values of a type as the API gives them. String values are text; `anyBytes` adds what is not UTF-8. */
export function valuesOf(type: DataType, options: { readonly anyBytes?: boolean } = {}): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'Nullable':
      return fc.oneof(
        { weight: 3, arbitrary: valuesOf(type.inner, options) },
        { weight: 1, arbitrary: fc.constant(null) },
      );
    case 'Float32':
      return fc.oneof(specialFloats.map(Math.fround), fc.float());
    case 'Float64':
      return fc.oneof(specialFloats, fc.double());
    case 'Bool':
      return fc.boolean();
    case 'String': {
      const text = fc.oneof(
        fc.array(textPieces, { maxLength: 5 }).map((pieces) => pieces.join('')),
        fc.string({ maxLength: 40 }),
      );
      return options.anyBytes
        ? fc.oneof(text, fc.constantFrom(Uint8Array.of(0xff), Uint8Array.of(0, 0xff, 0), Uint8Array.of(0xc3)))
        : text;
    }
    case 'FixedString':
      return fc
        .array(fc.constantFrom('\0', '\x01', 'a', '~'), {
          minLength: type.sizeBytes,
          maxLength: type.sizeBytes,
        })
        .map((c) => c.join(''));
    case 'UUID':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatUuid(bytes, 0));
    case 'IPv4':
      return bigintBetween(0n, 0xffffffffn).map((address) => formatIpv4(Number(address)));
    case 'IPv6':
      return fc
        .array(fc.constantFrom(0, 0, 0, 1, 0xff, 0x12), { minLength: 16, maxLength: 16 })
        .map((bytes) => formatIpv6(Uint8Array.from(bytes), 0));
    case 'Date':
      return bigintBetween(0n, 0xffffn).map((day) => formatDate(Number(day)));
    case 'Date32':
      return bigintBetween(BigInt(MIN_DAY_32), BigInt(MAX_DAY_32)).map((day) => formatDate(Number(day)));
    case 'DateTime':
      return bigintBetween(0n, 0xffffffffn).map((second) => formatDateTime(Number(second)));
    case 'DateTime64': {
      // 1900 to 2262: what scale 9 holds too.
      const unit = powersOfTen[type.scale]!;
      return bigintBetween(-2_208_988_800n * unit, 9_214_646_400n * unit).map((ticks) =>
        formatDateTime64(ticks, type.scale),
      );
    }
    case 'Enum8':
    case 'Enum16':
      return fc.constantFrom(...type.entries.map((entry) => entry.name));
    case 'Decimal': {
      const max = powersOfTen[type.precision]! - 1n;
      return bigintBetween(-max, max).map((scaled) => formatDecimal(scaled, type.scale));
    }
    case 'Nothing':
      return fc.constant(null);
    case 'LowCardinality':
      return valuesOf(type.inner, options);
    case 'Array':
      return fc.array(valuesOf(type.inner, options), { maxLength: 4 });
    case 'Tuple':
      return fc.tuple(...type.elements.map((element) => valuesOf(element.type, options)));
    case 'Map': {
      const keys = valuesOf(type.key).map(String);
      return fc.dictionary(keys, valuesOf(type.value, options), { maxKeys: 3, noNullPrototype: true });
    }
    case 'AggregateFunction':
      throw new Error('states come from queries');
    default: {
      const [min, max] = integerRanges[type.kind];
      const value = bigintBetween(min, max);
      return /64|128|256/.test(type.kind) ? value : value.map(Number);
    }
  }
}
