// Arrays, tuples, maps and LowCardinality in every format, beside ClickHouse; and in its order.

import { Session } from 'chdb';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { compositeTypes, lowCardinalityTypes, valuesOf } from '../../test/support/random-columns.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block, NamedType, Value } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { typeName, type DataType } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { readWhole } from '../../test/support/read-input.ts';
import { inputFormatNames } from './input.ts';
import { createOutput, outputFormatNames } from './output.ts';

const options = { quote64BitIntegers: false, quoteDenormals: false };
const ROWS = 80;

const columns: readonly NamedType[] = [...compositeTypes, ...lowCardinalityTypes].map((type, i) => ({
  name: `c${i}`,
  type,
}));

/** chdb hands text over up to the first zero byte, so there is none here. */
function withoutZeros(value: Value): Value {
  if (typeof value === 'string') return value.replaceAll('\0', '~');
  if (Array.isArray(value)) return value.map(withoutZeros);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key.replaceAll('\0', '~'), withoutZeros(part)]),
  );
}

const block: Block = {
  rowCount: ROWS,
  columns: columns.map(({ type }) => columnOf(type, fc.sample(valuesOf(type).map(withoutZeros), ROWS))),
};

function write(format: string, source: Block, outputOptions = options): string {
  const output = createOutput(format, columns, outputOptions);
  const half = Math.floor(source.rowCount / 2);
  const pieces = [
    output.start(),
    output.block(sliceBlock(source, 0, half)),
    output.block(sliceBlock(source, half, source.rowCount)),
    output.end({ readRows: 0, readBytes: 0, elapsedMs: 0 }),
  ];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString();
}

const session = new Session();
afterAll(() => session.cleanup());
session.query(
  `CREATE TABLE t (n UInt32, ${columns.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ')}) ENGINE = Memory`,
);
// What ClickHouse reads here it must write again, so that a mistake in this format would be seen, too.
const lines = write('TabSeparated', block).split('\n').slice(0, -1);
session.query(`INSERT INTO t FORMAT TabSeparated\n${lines.map((line, n) => `${n}\t${line}`).join('\n')}\n`);

const ask = (format: string, rest = ''): string =>
  session
    .query(`SELECT * EXCEPT n FROM t ${rest || 'ORDER BY n'}`, format)
    .replace(/"(elapsed|rows_read|bytes_read)": [\d.e-]+/g, '"$1": 0');

const drawn = ['Vertical', 'Pretty', 'PrettyCompact', 'PrettyCompactMonoBlock', 'PrettySpace'];

describe('is written as ClickHouse writes it', () => {
  test.each(outputFormatNames.filter((name) => !drawn.includes(name)))('%s', (format) => {
    expect(write(format, block)).toBe(ask(format));
    expect(write(format, sliceBlock(block, 0, 0))).toBe(ask(format, 'WHERE n > 1000'));
  });

  test('Vertical', () => {
    expect(write('Vertical', block)).toBe(ask('Vertical'));
  });

  test.each(['PrettyCompact', 'Pretty', 'PrettySpace'])('%s, for tables that fit a screen', (format) => {
    const [array, tuple, map, low] = [
      'Array(Int64)',
      'Tuple(UInt8, String)',
      'Map(String, UInt8)',
      'LowCardinality(Nullable(String))',
    ].map((name) => parseDataType(name)) as [DataType, DataType, DataType, DataType];
    const named = [array, tuple, map, low].map((type, i) => ({ name: `a long name ${i}`, type }));
    const source: Block = {
      rowCount: 2,
      columns: [
        columnOf(array, [[1, 2], []]),
        columnOf(tuple, [
          [1, 'x\ny'],
          [2, "it's"],
        ]),
        columnOf(map, [{ k: 1 }, {}]),
        columnOf(low, ['x', null]),
      ],
    };
    const output = createOutput(format, named, options);
    const ours = [
      output.start(),
      output.block(source),
      output.end({ readRows: 0, readBytes: 0, elapsedMs: 0 }),
    ];
    const row = (values: string): string => `SELECT ${values}`;
    const casts = named
      .map(({ name, type }, i) => `CAST(c${i}, '${typeName(type)}') AS \`${name}\``)
      .join(', ');
    const first = row(
      "[1, 2] AS c0, (1, 'x\\ny') AS c1, map('k', 1) AS c2, CAST('x', 'Nullable(String)') AS c3",
    );
    const second = row("[], (2, 'it\\'s'), map(), NULL");
    expect(ours.map(String).join('')).toBe(
      session.query(
        `SELECT ${casts} FROM (SELECT * FROM (${first} UNION ALL ${second}) ORDER BY c1.1)`,
        format,
      ),
    );
  });

  test.each(['JSON', 'JSONEachRow'])('%s with quoted 64-bit integers and denormals', (format) => {
    const settings =
      'ORDER BY n SETTINGS output_format_json_quote_64bit_integers = 1, output_format_json_quote_denormals = 1';
    const ours = write(format, block, { quote64BitIntegers: true, quoteDenormals: true });
    expect(ours).toBe(ask(format, settings));
  });
});

test.each(inputFormatNames)('what ClickHouse writes is read back: %s', (format) => {
  // The header of CSV names the elements of a tuple, which neither ClickHouse nor Winnow takes for columns.
  const kept = columns.flatMap(({ type }, i) =>
    (/Float/.test(typeName(type)) && format.includes('JSON')) ||
    (type.kind === 'Tuple' && format.startsWith('CSVWithNames'))
      ? []
      : [i],
  );
  const list = kept.map((i) => columns[i]!.name).join(', ');
  const data = session.query(`SELECT ${list} FROM t ORDER BY n`, format);
  const read = readWhole(
    format,
    Buffer.from(data),
    kept.map((i) => columns[i]!),
    { skipUnknownFields: false },
  );
  expect(read.rowCount).toBe(ROWS);
  for (const [at, i] of kept.entries())
    for (let row = 0; row < ROWS; row++)
      expect(valueAt(read.columns[at]!, row), columns[i]!.name).toEqual(valueAt(block.columns[i]!, row));
});

test.each(columns.map(({ name, type }, i) => [typeName(type), name, i] as const))(
  'ORDER BY %s is the order of compareAt',
  (_type, name, i) => {
    const column = block.columns[i]!;
    const rows = Array.from({ length: ROWS }, (_, row) => row);
    rows.sort((a, b) => compareAt(column, a, column, b) || a - b);
    expect(
      session.query(`SELECT n FROM t ORDER BY ${name}, n`, 'TSV').trim().split('\n').map(Number),
    ).toEqual(rows);
    rows.sort((a, b) => -compareAt(column, a, column, b, -1) || a - b);
    expect(
      session.query(`SELECT n FROM t ORDER BY ${name} DESC, n`, 'TSV').trim().split('\n').map(Number),
    ).toEqual(rows);
  },
);
