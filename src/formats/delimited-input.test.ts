// TabSeparated and CSV by kernels against the readers that go value by value: the same rows, the same errors.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  allTypes,
  compositeTypes,
  lowCardinalityTypes,
  valuesOf,
} from '../../test/support/random-columns.ts';
import type { NamedType } from '../types/column.ts';
import { ownBlock } from '../types/own-block.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { csv } from './csv-input.ts';
import { type DelimitedFormat, readDelimited } from './delimited-input.ts';
import { type InputBlock, InputRows } from './input-rows.ts';
import { createOutput } from './output.ts';
import { tabSeparated } from './tab-separated-input.ts';

type Outcome = { readonly rows: unknown[][]; readonly missing: unknown[][] } | { readonly error: string };

const valuesIn = ({
  rowCount,
  columns,
  missing,
}: InputBlock): { rows: unknown[][]; missing: unknown[][] } => ({
  rows: Array.from({ length: rowCount }, (_, row) => columns.map((column) => valueAt(column, row))),
  missing: Array.from({ length: rowCount }, (_, row) => missing.map((mask) => mask?.[row] ?? 0)),
});

function outcomeOf(read: () => InputBlock[]): Outcome {
  try {
    const blocks = read().map(valuesIn);
    return { rows: blocks.flatMap(({ rows }) => rows), missing: blocks.flatMap(({ missing }) => missing) };
  } catch (error) {
    return { error: String(error) };
  }
}

function bothWays(
  format: DelimitedFormat,
  text: Buffer,
  columns: readonly NamedType[],
  pieceBytes: number,
): Outcome[] {
  const options = { header: 'none', skipUnknownFields: false } as const;
  const order = { order: columns.map((_, i) => i), absent: [] };
  return [
    outcomeOf(() =>
      Array.from(readDelimited(format, text, columns, options, pieceBytes), (block) => ({
        ...ownBlock(block),
        missing: block.missing.map((mask) => mask && mask.slice()),
      })),
    ),
    outcomeOf(() => {
      const rows = new InputRows(columns);
      return [rows.readAll(() => format.readRows(text, rows, order))];
    }),
  ];
}

const formats = [
  ['TabSeparated', tabSeparated, '\t'],
  ['CSV', csv, ','],
] as const;

/** Texts at the edges of what kernels read: too long, too large, with signs, exponents, blanks, escapes, or nothing at all. */
const oddTexts = [
  ...[
    '',
    '0',
    '-0',
    '+1',
    '00012',
    '255',
    '256',
    '-128',
    '-129',
    '65535',
    '65536',
    '4294967295',
    '4294967296',
  ],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
  ...[
    '18446744073709551615',
    '18446744073709551616',
    '99999999999999999999',
    '12345678',
    '123456789',
    '1234567a',
  ],
  ...[
    '1.5',
    '.5',
    '5.',
    '-.5',
    '1.',
    '.',
    '-',
    '1e5',
    '1.005',
    '0.1',
    '123456789012345.6',
    '3.141592653589793',
    'nan',
  ],
  ...[
    '-inf',
    '99999.99',
    '100000',
    '1234567.89',
    '12,5',
    '1..2',
    '1.2.3',
    '2.50000000000',
    '0000000000000000001.5',
  ],
  ...[
    '2024-02-29',
    '2023-02-29',
    '1970-01-01',
    '1969-12-31',
    '2149-06-06',
    '2149-06-07',
    '2024-1-5',
    '20240105',
  ],
  ...[
    '2024-13-01',
    '2024-00-10',
    '0999-01-01',
    '2024/01/05',
    '2024-02-29 23:59:59',
    '2024-02-29T23:59:59',
    '2024-02-29',
  ],
  ...[
    '2024-02-29 24:00:00',
    '2024-02-29 12:60:00',
    '2106-02-07 06:28:15',
    '2106-02-07 06:28:16',
    '1700000000',
  ],
  ...[
    '2024-02-29 01:02:03.5',
    '2024-02-29 01:02:03.123456',
    '2024-02-29 01:02:03.',
    '9999-12-31 23:59:59.999',
  ],
  ...[
    '2262-04-11 23:47:16.854775807',
    '2300-01-01 00:00:00.1',
    '1600-01-01 00:00:00',
    '2024-02-29 01:02:03Z',
  ],
  ...[
    '\\N',
    'a\\tb',
    'x\\\\',
    '\\',
    'a\\qb\\0',
    '"quoted"',
    '"with ""two"" quotes"',
    '"',
    '""',
    '"open',
    ' blanks ',
    '\r',
  ],
  ...['true', 'false', '[1,2]', "['a\\'b']", "(1,'x')", "{'k':1}", '\u00e9\u20ac'],
];

const someTypes = [
  'UInt8',
  'Int8',
  'UInt16',
  'Int16',
  'UInt32',
  'Int32',
  'UInt64',
  'Int64',
  'Float32',
  'Float64',
].concat(
  [
    'Decimal(7, 2)',
    'Decimal(18, 6)',
    'Decimal(9, 0)',
    'Date',
    'DateTime',
    'DateTime64(3)',
    'DateTime64(9)',
    'String',
  ],
  ['Nullable(Int32)', 'Nullable(String)', 'LowCardinality(String)', 'Bool', 'FixedString(3)', 'Array(UInt8)'],
);

test.each(formats)('%s: every text is read, or refused, as value by value', (_, format, delimiter) => {
  for (const type of someTypes) {
    const columns = [
      { name: 'v', type: parseDataType(type) },
      { name: 'w', type: parseDataType('String') },
    ];
    for (const odd of oddTexts) {
      const text = Buffer.from(`1${delimiter}a\n${odd}${delimiter}b\n1${delimiter}c`);
      const [byKernels, byValue] = bothWays(format, text, columns, 1000);
      expect([type, odd, byKernels]).toEqual([type, odd, byValue]);
    }
  }
});

test.each(formats)(
  '%s: random rows and damage of their text are read the same in pieces of any size',
  (name, format) => {
    const types = [...allTypes, ...lowCardinalityTypes, ...compositeTypes];
    let damaged = 0;
    const property = fc.property(
      fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 5 }),
      fc.integer(),
      fc.integer({ min: 1, max: 400 }),
      fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(...'\t\n\r,"\\N0-. ')), {
        maxLength: 2,
      }),
      (chosen, seed, pieceBytes, edits) => {
        const columns = chosen.map((type, i) => ({ name: `c${i}`, type }));
        const rowCount = 12;
        const values = chosen.map((type, i) =>
          columnOf(
            type,
            fc.sample(valuesOf(type, { anyBytes: false }), { numRuns: rowCount, seed: seed + i }),
          ),
        );
        const output = createOutput(name, columns, { quote64BitIntegers: false, quoteDenormals: false });
        const text = Buffer.from(output.block({ rowCount, columns: values }));
        for (const [place, byte] of edits) text[Math.floor(place * text.length)] = byte.charCodeAt(0);
        const [byKernels, byValue] = bothWays(format, text, columns, pieceBytes);
        expect(byKernels).toEqual(byValue);
        if ('error' in byValue!) damaged++;
      },
    );
    fc.assert(property, { numRuns: 150 });
    expect(damaged).toBeGreaterThan(20);
  },
);
