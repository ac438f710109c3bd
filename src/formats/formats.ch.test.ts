// Every format against ClickHouse itself: what it writes we write, byte for byte; what it writes we read.

import chdb from 'chdb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allTypes, simpleAggregateTypes, valuesOf } from '../../test/support/random-columns.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block, NamedType, Value } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import { textAt } from '../types/text.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { readWhole } from '../../test/support/read-input.ts';
import { inputFormatNames } from './input.ts';
import { createOutput, outputFormatNames } from './output.ts';

const options = { quote64BitIntegers: false, quoteDenormals: false };
const ROWS = 60;

const names = ['id', 'na"me\t', "it's", 'é→', 'a\\b', '😀 wide'];
const columns: readonly NamedType[] = [...allTypes, ...simpleAggregateTypes.slice(0, 2)].map((type, i) => ({
  name: `${names[i % names.length]} ${i}`,
  type,
}));

/** chdb hands text over up to the first zero byte, so there is none here. */
function withoutZeros(value: Value): Value {
  return typeof value === 'string' ? value.replaceAll('\0', '~') : value;
}

const block: Block = {
  rowCount: ROWS,
  columns: columns.map(({ type }) => columnOf(type, fc.sample(valuesOf(type).map(withoutZeros), ROWS))),
};

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const identifier = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;

/** The block as a query of ClickHouse, its values as hex of their text so that no escaping stands between. */
function querySql(source: Block, named: readonly NamedType[]): string {
  const hex = (column: number, row: number): string => {
    const { nulls } = source.columns[column]!;
    return nulls && nulls[row] === 1
      ? 'NULL'
      : quoted(Buffer.from(textAt(source.columns[column]!, row)).toString('hex'));
  };
  const rows = Array.from(
    { length: source.rowCount },
    (_, row) => `(${named.map((_column, i) => hex(i, row)).join(', ')})`,
  );
  const structure = named.map((_, i) => `c${i} Nullable(String)`).join(', ');
  const items = named.map(
    ({ name, type }, i) => `CAST(unhex(c${i}), ${quoted(typeName(type))}) AS ${identifier(name)}`,
  );
  return `SELECT ${items.join(', ')} FROM VALUES(${quoted(structure)}, ${rows.join(', ')})`;
}

/** Times and bytes read differ from run to run. */
const withoutStatistics = (text: string): string =>
  text.replace(/"(elapsed|rows_read|bytes_read)": [\d.e-]+/g, '"$1": 0');

function write(format: string, source: Block, named: readonly NamedType[], outputOptions = options): string {
  const output = createOutput(format, named, outputOptions);
  const pieces = [
    output.start(),
    // Two blocks: separators between rows must not depend on where blocks end.
    output.block(sliceBlock(source, 0, Math.floor(source.rowCount / 2))),
    output.block(sliceBlock(source, Math.floor(source.rowCount / 2), source.rowCount)),
    output.end({ readRows: 0, readBytes: 0, elapsedMs: 0 }),
  ];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString();
}

const drawn = ['Vertical', 'Pretty', 'PrettyCompact', 'PrettyCompactMonoBlock', 'PrettySpace'];
const sql = querySql(block, columns);

describe('an answer is written as ClickHouse writes it', () => {
  test.each(outputFormatNames.filter((name) => !drawn.includes(name)))('%s', (format) => {
    expect(write(format, block, columns)).toBe(withoutStatistics(chdb.query(sql, format)));
    expect(write(format, sliceBlock(block, 0, 0), columns)).toBe(
      withoutStatistics(chdb.query(`${sql} WHERE 0`, format)),
    );
  });

  test.each(['JSON', 'JSONEachRow'])('%s with quoted 64-bit integers and denormals', (format) => {
    const settings =
      'SETTINGS output_format_json_quote_64bit_integers = 1, output_format_json_quote_denormals = 1';
    const ours = write(format, block, columns, { quote64BitIntegers: true, quoteDenormals: true });
    expect(ours).toBe(withoutStatistics(chdb.query(`${sql} ${settings}`, format)));
  });

  test.each(drawn)('%s, for tables that fit a screen', (format) => {
    const some = allTypes
      .flatMap((type, i) =>
        /Int8|Bool|UUID|Date|Enum|Decimal|Float/.test(type.kind) && block.columns[i] ? [i] : [],
      )
      .slice(0, 4);
    const types: NamedType[] = [
      { name: 'n', type: { kind: 'UInt8' } },
      { name: 'a name', type: { kind: 'String' } },
      { name: '→', type: { kind: 'Nullable', inner: { kind: 'Decimal', precision: 9, scale: 2 } } },
      ...some.slice(0, 1).map((i) => columns[i]!),
    ];
    for (const size of [1, 3, 49, 50]) {
      const source: Block = {
        rowCount: size,
        columns: [
          columnOf(
            types[0]!.type,
            Array.from({ length: size }, (_, i) => i),
          ),
          columnOf(
            types[1]!.type,
            Array.from({ length: size }, (_, i) => ['abc', '', 'é→ö', 'two\nlines', "it's"][i % 5]!),
          ),
          columnOf(
            types[2]!.type,
            Array.from({ length: size }, (_, i) => (i % 3 ? i / 4 : null)),
          ),
          sliceBlock(block, 0, size).columns[some[0]!]!,
        ],
      };
      expect(write(format, source, types)).toBe(chdb.query(querySql(source, types), format));
    }
  });
});

describe('what ClickHouse writes is read back', () => {
  // NaN and infinities are null in its JSON.
  const finite = columns.map((_, i) => i).filter((i) => !/Float/.test(typeName(columns[i]!.type)));
  const picked = finite.map((i) => columns[i]!);
  const source: Block = { rowCount: ROWS, columns: finite.map((i) => block.columns[i]!) };

  test.each(inputFormatNames)('%s', (format) => {
    const read = readWhole(format, Buffer.from(chdb.query(querySql(source, picked), format)), picked, {
      skipUnknownFields: false,
    });
    expect(read.rowCount).toBe(ROWS);
    for (const [i, column] of source.columns.entries()) {
      const values = (from: typeof column): Value[] =>
        Array.from({ length: ROWS }, (_, row) => valueAt(from, row));
      expect(values(read.columns[i]!)).toEqual(values(column));
    }
    expect(read.missing).toEqual(picked.map(() => undefined));
  });
});
