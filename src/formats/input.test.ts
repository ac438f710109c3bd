import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allTypes, valuesOf } from '../../test/support/random-columns.ts';
import type { NamedType, Value } from '../types/column.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { readWhole } from '../../test/support/read-input.ts';
import { inputFormatNames } from './input.ts';
import { createOutput } from './output.ts';

const strict = { skipUnknownFields: false };

const table: readonly NamedType[] = [
  { name: 'id', type: parseDataType('UInt64') },
  { name: 'name', type: parseDataType('String') },
  { name: 'note', type: parseDataType('Nullable(String)') },
];

function read(
  format: string,
  text: string | Buffer,
  columns = table,
  options = strict,
): { rows: Value[][]; missing: (number[] | undefined)[] } {
  const block = readWhole(format, Buffer.from(text), columns, options);
  return {
    rows: Array.from({ length: block.rowCount }, (_, row) =>
      block.columns.map((column) => valueAt(column, row)),
    ),
    missing: block.missing.map((mask) => mask && [...mask]),
  };
}

const failure = (format: string, text: string, columns = table): { number: number; message: string } => {
  try {
    readWhole(format, Buffer.from(text), columns, strict);
  } catch (error) {
    return error as { number: number; message: string };
  }
  throw new Error(`${format} took ${JSON.stringify(text)}`);
};

describe('JSONEachRow', () => {
  test('fields may come in any order, with blanks, commas or nothing between rows, and as one array', () => {
    const rows = [
      [1n, 'a', null],
      [2n, 'b', 'x'],
    ];
    expect(
      read('JSONEachRow', '{"id":1,"name":"a","note":null}\n{"note":"x","name":"b","id":"2"}').rows,
    ).toEqual(rows);
    expect(
      read('JSONEachRow', ' { "id" : 1 , "name":"a"},\r\n\t{"name":"b","note":"x","id":2};\n').rows,
    ).toEqual(rows);
    expect(read('JSONEachRow', '[{"id":1,"name":"a"},{"name":"b","note":"x","id":2}]').rows).toEqual(rows);
    expect(read('JSONEachRow', '\ufeff{"id":1,"name":"a"}{"name":"b","note":"x","id":2}').rows).toEqual(rows);
    expect(read('JSONEachRow', ' \n').rows).toEqual([]);
    expect(read('JSONEachRow', '[]').rows).toEqual([]);
  });

  test('no digit of a 64-bit integer or a decimal is lost', () => {
    const columns = [...table.slice(0, 1), { name: 'd', type: parseDataType('Decimal(18, 6)') }];
    expect(read('JSONEachRow', '{"id":18446744073709551615,"d":123456789012.345678}', columns).rows).toEqual([
      [18446744073709551615n, '123456789012.345678'],
    ]);
  });

  test('a field that a row lacks, or null for a column without NULL, takes the default and is marked as missing', () => {
    const { rows, missing } = read(
      'JSONEachRow',
      '{"name":"a","note":null}{"id":5,"name":null}{"id":6,"name":"","note":"n"}',
    );
    expect(rows).toEqual([
      [0n, 'a', null],
      [5n, '', null],
      [6n, '', 'n'],
    ]);
    expect(missing).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
    ]);
  });

  test('unknown fields are skipped, whatever they hold, only when the setting says so', () => {
    const text = '{"x":{"a":[1,{"b":"]}"},[]],"c":null},"id":1,"y":-1.5e+3}';
    expect(read('JSONEachRow', text, table, { skipUnknownFields: true }).rows).toEqual([[1n, '', null]]);
    expect(failure('JSONEachRow', text)).toMatchObject({ number: 117, message: 'row 1: unknown field x' });
  });

  test('escapes, objects and numbers become the bytes of a String', () => {
    const rows = ['"\\u00e9\\/\\n\\ud83d\\ude00\\u0000"', '{"a": [1, 2]}', '1.50', 'true'].map(
      (value) => `{"name":${value}}`,
    );
    expect(read('JSONEachRow', rows.join('')).rows.map((row) => row[1])).toEqual([
      'é/\n😀\0',
      '{"a": [1, 2]}',
      '1.50',
      'true',
    ]);
    const long = 'x'.repeat(1000);
    expect(read('JSONEachRow', `{"name":"${long}\\t${long}"}`).rows[0]![1]).toBe(`${long}\t${long}`);
  });

  test('numbers for dates and times are days, seconds and ticks', () => {
    const columns = ['Date', 'DateTime', 'DateTime64(3)'].map((name) => ({
      name,
      type: parseDataType(name),
    }));
    expect(
      read('JSONEachRow', '{"Date":18000,"DateTime":1577836800,"DateTime64(3)":1577836800123}', columns).rows,
    ).toEqual([['2019-04-14', '2020-01-01 00:00:00', '2020-01-01 00:00:00.123']]);
  });

  test.each([
    ['{"id":1,"name":"a"}\n{"id":2,"name":', 27, /^row 2, column name \(String\): .*the end of the data/],
    ['{"id":1', 27, /row 1: expected '}'/],
    ['{"id":1} x', 27, /row 2: expected '{'/],
    ['{"id":1.5}', 27, /row 1, column id \(UInt64\): '1.5'/],
    ['{"id":01}', 27, /row 1, column id/],
    ['{"id":1.}', 27, /ends without a digit/],
    ['{"id":-1}', 321, /row 1, column id \(UInt64\): -1 does not fit/],
    ['{"id":18446744073709551616}', 321, /does not fit/],
    ['{"id":nul}', 27, /expected a value, found "nul/],
    ['{"id":[1]}', 27, /object or array/],
    ['{"id":1,"id":2}', 117, /field id twice/],
    ['{"id":1,}', 27, /expected a string/],
    ['{"id" 1}', 27, /expected ':'/],
    ['{"name":"abc}', 26, /never closed/],
    ['{"name":"a\\x"}', 26, /not an escape/],
    ['{"name":"\\ud83d"}', 26, /surrogate/],
    ['{"name":"a\nb"}', 26, /control character/],
    ['[{"id":1} {"id":2}]', 27, /row 2: expected ',' or ']'/],
    ['[{"id":1}', 27, /expected ',' or ']'/],
    ['[{"id":1}] {}', 27, /the end of the data/],
    [`{"x":${'['.repeat(100_000)}`, 117, /unknown field/],
  ])('refuses %s', (text, number, message) => {
    expect(failure('JSONEachRow', text)).toMatchObject({ number, message: expect.stringMatching(message) });
  });

  test('data nested without end is refused, not a crash', () => {
    const deep = `{"x":${'['.repeat(100_000)}`;
    expect(() => read('JSONEachRow', deep, table, { skipUnknownFields: true })).toThrow('lie in each other');
  });
});

describe('JSONCompactEachRow', () => {
  test('values follow the columns, or the header', () => {
    expect(read('JSONCompactEachRow', '[1, "a", null]\n[2, "b", "x"]').rows).toEqual([
      [1n, 'a', null],
      [2n, 'b', 'x'],
    ]);
    expect(read('JSONCompactEachRowWithNames', '["name", "id"]\n["a", 1]')).toEqual({
      rows: [[1n, 'a', null]],
      missing: [undefined, undefined, [1]],
    });
  });

  test.each([
    ['[1, "a"]', 27, /row 1, column name \(String\): expected ','/],
    ['[1, "a", null, 4]', 27, /expected '\]'/],
  ])('refuses %s', (text, number, message) => {
    expect(failure('JSONCompactEachRow', text)).toMatchObject({
      number,
      message: expect.stringMatching(message),
    });
  });
});

describe('TabSeparated', () => {
  test('escapes, NULL and a missing last line feed', () => {
    expect(read('TabSeparated', "1\ta\\tb\\\\\\'\\n\t\\N\n2\t\t\\\\N").rows).toEqual([
      [1n, "a\tb\\'\n", null],
      [2n, '', '\\N'],
    ]);
  });

  test('a header gives the order of the columns; those it does not name are missing', () => {
    expect(read('TSVWithNames', 'name\tid\na\t1\n')).toEqual({
      rows: [[1n, 'a', null]],
      missing: [undefined, undefined, [1]],
    });
    expect(
      read('TSVWithNamesAndTypes', 'id\tx\nUInt64\tInt8\n1\t5\n', table, { skipUnknownFields: true }).rows,
    ).toEqual([[1n, '', null]]);
  });

  test.each([
    ['TSV', '1\ta\tn\n2\tb\n', 27, /row 2, column name \(String\): the row ends before its last column/],
    ['TSV', '1\ta', 27, /row 1, column name .*the end of the data/],
    ['TSV', '1\ta\tn\tx\n', 27, /row 1, column note .*more columns/],
    ['TSV', '1\ta\tn\\', 27, /ends after a backslash/],
    ['TSV', 'x\ta\tn\n', 27, /row 1, column id \(UInt64\): 'x' is not a whole number/],
    ['TSV', '\ta\tn\n', 27, /row 1, column id/],
    ['TSV', '300000000000000000000\ta\tn\n', 321, /row 1, column id/],
    ['TSV', '1\ta\tn\r\n', 117, /carriage return/],
    ['TSVWithNames', 'id\tnmae\n', 117, /unknown field nmae/],
    ['TSVWithNames', 'id\tid\n', 117, /names column id twice/],
    ['TSVWithNamesAndTypes', 'id\nInt64\n', 117, /the type Int64, but it has UInt64/],
    ['TSVWithNames', '', 27, /header line is missing/],
  ])('%s refuses %o', (format, text, number, message) => {
    expect(failure(format, text)).toMatchObject({ number, message: expect.stringMatching(message) });
  });
});

describe('CSV', () => {
  test('quotes, blanks, NULL, empty values and both line ends', () => {
    const { rows, missing } = read('CSV', '1,"a ""b"", c",\\N\r\n 2 , x y ,"\\N"\n,,\n4,"",\'z\'');
    expect(rows).toEqual([
      [1n, 'a "b", c', null],
      [2n, 'x y', '\\N'],
      [0n, '', null],
      [4n, '', "'z'"],
    ]);
    expect(missing).toEqual([
      [0, 0, 1, 0],
      [0, 0, 1, 0],
      [0, 0, 1, 0],
    ]);
  });

  test('a header gives the order of the columns', () => {
    expect(read('CSVWithNames', '"name",id\na,1\n').rows).toEqual([[1n, 'a', null]]);
  });

  test.each([
    ['1,a\n', 27, /row 1, column name \(String\): expected a comma/],
    ['1,a,n,x\n', 27, /expected the end of the line, found ",x/],
    ['1,"a,n\n', 27, /never closed/],
    ['1,"a"b,n\n', 27, /expected a comma/],
    ['1.5,a,n\n', 27, /row 1, column id/],
  ])('refuses %o', (text, number, message) => {
    expect(failure('CSV', text)).toMatchObject({ number, message: expect.stringMatching(message) });
  });
});

test('an unknown format is answered with the nearest name', () => {
  const options = { quote64BitIntegers: false, quoteDenormals: false };
  expect(() => readWhole('JSONEachRows', Buffer.alloc(0), table, strict)).toThrow(
    expect.objectContaining({ number: 73, hint: 'Did you mean JSONEachRow?' }),
  );
  expect(() => createOutput('TSW', table, options)).toThrow(
    expect.objectContaining({ number: 73, hint: 'Did you mean TSV?' }),
  );
  expect(() => createOutput('toString', table, options)).toThrow(expect.objectContaining({ number: 73 }));
});

test('what any format writes it reads back, zero bytes and all', () => {
  const oneRow = fc.tuple(...allTypes.map((type) => valuesOf(type)));
  const columns = allTypes.map((type, i) => ({ name: `c${i}`, type }));
  fc.assert(
    fc.property(
      fc.array(oneRow, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...inputFormatNames),
      (rows, format) => {
        const block = {
          rowCount: rows.length,
          columns: columns.map(({ type }, i) =>
            columnOf(
              type,
              rows.map((row) => row[i]!),
            ),
          ),
        };
        const output = createOutput(format, columns, { quote64BitIntegers: true, quoteDenormals: true });
        const text = [
          output.start(),
          output.block(block),
          output.end({ readRows: 0, readBytes: 0, elapsedMs: 0 }),
        ];
        expect(read(format, Buffer.concat(text.map((piece) => Buffer.from(piece))), columns).rows).toEqual(
          rows,
        );
      },
    ),
  );
});

test('bytes that are not UTF-8 survive TabSeparated and CSV, and become U+FFFD in JSON', () => {
  const columns: NamedType[] = [{ name: 's', type: { kind: 'String' } }];
  // The second value ends and the third begins inside what would be one character.
  const block = {
    rowCount: 3,
    columns: [
      columnOf({ kind: 'String' }, [Uint8Array.of(0xff, 0x61), Uint8Array.of(0xc3), Uint8Array.of(0xa9)]),
    ],
  };
  const bytes = (format: string): Buffer =>
    Buffer.from(
      createOutput(format, columns, { quote64BitIntegers: false, quoteDenormals: false }).block(block),
    );
  expect(bytes('TSV')).toEqual(Buffer.from('\xffa\n\xc3\n\xa9\n', 'latin1'));
  expect(read('CSV', bytes('CSV'), columns).rows).toEqual([
    [Uint8Array.of(0xff, 0x61)],
    [Uint8Array.of(0xc3)],
    [Uint8Array.of(0xa9)],
  ]);
  expect(bytes('JSONCompactEachRow').toString()).toBe('["\ufffda"]\n["\ufffd"]\n["\ufffd"]\n');
});

describe('arrays, tuples and maps', () => {
  const nested: readonly NamedType[] = [
    { name: 'a', type: parseDataType('Array(Nullable(Int64))') },
    { name: 't', type: parseDataType('Tuple(i Int64, s String)') },
    { name: 'm', type: parseDataType('Map(String, UInt8)') },
    { name: 'l', type: parseDataType('LowCardinality(Nullable(String))') },
    { name: 'u', type: parseDataType('Tuple(UInt8, Array(String))') },
  ];
  const empty = [[], [0n, ''], {}, null, [0, []]];

  test('JSON gives a tuple with names as an object, whose names may be missing, null or unknown', () => {
    const json = (text: string): Value[] => read('JSONEachRow', text, nested).rows[0]!;
    expect(
      json('{"a":[1,null,"3"],"t":{"s":"x","zz":[{}]},"m":{"k":1,"k":2},"l":"q","u":[1,["b"]]}'),
    ).toEqual([[1n, null, 3n], [0n, 'x'], { k: 2 }, 'q', [1, ['b']]]);
    expect(json('{"a":null,"t":{"i":null},"m":null,"l":null,"u":null}')).toEqual(empty);
    expect(json('{"t":{ },"m":{ },"a":[ ]}')).toEqual(empty);
  });

  test.each([
    '{"t":[1,"x"]}',
    '{"u":{"1":1}}',
    '{"u":[1]}',
    '{"u":[1,["a"],3]}',
    '{"a":"[1]"}',
    '{"m":[["a",1]]}',
    '{"a":[1,}',
    '{"t":{"i":[1]}}',
    '{"l":[1]}x',
  ])('JSON refuses %s', (text) => {
    expect(failure('JSONEachRow', text, nested).number).toBe(27);
  });

  test('a name twice in a tuple is refused', () => {
    expect(failure('JSONEachRow', '{"t":{"i":1,"i":2}}', nested)).toMatchObject({ number: 117 });
  });

  test('TabSeparated takes their text, with the escapes of the strings inside', () => {
    const tsv = (text: string): Value[] => read('TabSeparated', text, nested).rows[0]!;
    expect(tsv("[1, NULL ,3]\t(1,'x\\'\\t')\t{'k':1}\tq\t(1,['b'])\n")).toEqual([
      [1n, null, 3n],
      [1n, "x'\t"],
      { k: 1 },
      'q',
      [1, ['b']],
    ]);
    expect(tsv("\\N\t(0,'')\t{}\t\\N\t( 0 , [] )\n")).toEqual(empty);
  });

  test.each(['[1', '1]', '[1,]', "['x']", '[1]2', ''])('TabSeparated refuses the array %s', (text) => {
    expect(failure('TabSeparated', `${text}\t(1,'x')\t{}\t\t(1,[])\n`, nested).message).toContain('column a');
  });

  test('CSV has a value for each element of a tuple', () => {
    const csv = (text: string): Value[] => read('CSV', text, nested).rows[0]!;
    expect(csv(`"[1,2]",1,"x","{'k':1}",q,1,"['b']"\n`)).toEqual([
      [1n, 2n],
      [1n, 'x'],
      { k: 1 },
      'q',
      [1, ['b']],
    ]);
    expect(csv(',,,,\\N,,\n')).toEqual(empty);
    expect(failure('CSV', `"[1]","(1,'x')",{},q,1,[]\n`, nested).number).toBe(27);
  });
});
