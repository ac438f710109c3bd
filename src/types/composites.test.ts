import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compositeTypes, valuesOf } from '../../test/support/random-columns.ts';
import { concatColumns, expandDictionary, repeatRow, sliceColumn, takeRows } from './block.ts';
import type { BytesColumn, Column, DictionaryColumn, Value } from './column.ts';
import { createColumnBuilder } from './column-builder.ts';
import { compareAt } from './compare.ts';
import { isNullable, nullable, typeName, withoutLowCardinality, withoutNullable } from './data-type.ts';
import { createKeyCodec } from './key-codec.ts';
import { parseDataType } from './parse-type.ts';
import { appendText, textAt } from './text.ts';
import { keyColumn } from './value-bytes.ts';
import { columnOf, valueAt } from './value.ts';

const list = (column: Column): Value[] =>
  Array.from({ length: column.rowCount }, (_, row) => valueAt(column, row));

describe('names of types', () => {
  test.each([
    'Array(Array(Nullable(UInt8)))',
    'Tuple(UInt8, String)',
    'Tuple(a UInt8, `b c` String, `NULL` Int8, `d``e` Array(Int8))',
    'Tuple()',
    'Map(String, Map(UInt8, Tuple(x Float64)))',
    'LowCardinality(Nullable(String))',
    'Array(LowCardinality(String))',
  ])('%s reads back', (name) => {
    expect(parseDataType(typeName(parseDataType(name)))).toEqual(parseDataType(name));
  });

  test('aliases and quoted names of elements are read', () => {
    expect(typeName(parseDataType('Tuple(a INT, b DOUBLE PRECISION, "c" varchar(5))'))).toBe(
      'Tuple(a Int32, b Float64, c String)',
    );
    expect(typeName(parseDataType('Tuple(DOUBLE PRECISION, int)'))).toBe('Tuple(Float64, Int32)');
  });

  test.each([
    ['Nullable(Array(UInt8))', 'ILLEGAL_TYPE_OF_ARGUMENT'],
    ['Nullable(LowCardinality(String))', 'ILLEGAL_TYPE_OF_ARGUMENT'],
    ['LowCardinality(Array(UInt8))', 'ILLEGAL_TYPE_OF_ARGUMENT'],
    ['LowCardinality(DateTime64(3))', 'ILLEGAL_TYPE_OF_ARGUMENT'],
    ['LowCardinality(Nullable(Decimal(9, 2)))', 'ILLEGAL_TYPE_OF_ARGUMENT'],
    ['Map(Nullable(String), UInt8)', 'BAD_ARGUMENTS'],
    ['Map(LowCardinality(Nullable(String)), UInt8)', 'BAD_ARGUMENTS'],
    ['Map(String)', 'SYNTAX_ERROR'],
    ['Array()', 'SYNTAX_ERROR'],
    ['Array(UInt8, UInt8)', 'SYNTAX_ERROR'],
    ['Tuple(a UInt8, String)', 'BAD_ARGUMENTS'],
    ['Tuple(a UInt8, a String)', 'BAD_ARGUMENTS'],
    ['Array(Nested(a UInt8))', 'NOT_IMPLEMENTED'],
  ])('%s is refused with %s', (name, code) => {
    expect(() => parseDataType(name)).toThrow(expect.objectContaining({ code }));
  });
});

test('types that lie too deep in each other are refused', () => {
  const deep = (levels: number): string => `${'Array('.repeat(levels)}UInt8${')'.repeat(levels)}`;
  expect(typeName(parseDataType(deep(50)))).toBe(deep(50));
  expect(() => parseDataType(deep(5000))).toThrow(expect.objectContaining({ code: 'TOO_DEEP_RECURSION' }));
});

test('LowCardinality is seen through, and its NULL is seen', () => {
  const [plain, withNull] = ['String', 'Nullable(String)'].map((inner) =>
    parseDataType(`LowCardinality(${inner})`),
  );
  expect([isNullable(plain!), isNullable(withNull!)]).toEqual([false, true]);
  expect(typeName(withoutNullable(withNull!))).toBe('String');
  expect(typeName(nullable(plain!))).toBe('LowCardinality(Nullable(String))');
  expect(
    typeName(
      withoutLowCardinality(parseDataType('Map(LowCardinality(String), Array(LowCardinality(String)))')),
    ),
  ).toBe('Map(String, Array(String))');
});

describe('values at the API', () => {
  test('a tuple is an array or, with names, an object; a map is an object', () => {
    const tuple = parseDataType('Tuple(a UInt8, b Nullable(String))');
    expect(list(columnOf(tuple, [[1, 'x'], { b: 'y', a: 2 }, { a: 3 }, "(4,'z')"]))).toEqual([
      [1, 'x'],
      [2, 'y'],
      [3, null],
      [4, 'z'],
    ]);
    const map = parseDataType('Map(Int64, Array(String))');
    const column = columnOf(map, [{ 5: ['a'], '-1': [] }, {}, "{7:['b'],7:['c']}"]);
    expect(list(column)).toEqual([{ 5: ['a'], '-1': [] }, {}, { 7: ['c'] }]);
    expect(textAt(column, 2)).toBe("{7:['b'],7:['c']}");
  });

  test('strings inside may have escapes, doubled quotes and any bytes', () => {
    const column = columnOf(parseDataType('Array(String)'), ["['it''s', 'a\\'b\\t\\\\', '' ]"]);
    expect(valueAt(column, 0)).toEqual(["it's", "a'b\t\\", '']);
  });

  test('a key like __proto__ is a key like others', () => {
    const column = columnOf(parseDataType('Map(String, UInt8)'), [JSON.parse('{"__proto__": 1}')]);
    expect(Object.entries(valueAt(column, 0) as object)).toEqual([['__proto__', 1]]);
  });

  test.each([
    ['Array(UInt8)', { a: 1 }, 'TYPE_MISMATCH'],
    ['Array(UInt8)', 5, 'TYPE_MISMATCH'],
    ['Array(UInt8)', [null], 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'],
    ['Array(UInt8)', [256], 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ['Array(UInt8)', null, 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'],
    ['Array(UInt8)', '[1', 'CANNOT_PARSE_TEXT'],
    ['Array(String)', '[a]', 'CANNOT_PARSE_TEXT'],
    ['Tuple(UInt8, UInt8)', [1], 'TYPE_MISMATCH'],
    ['Tuple(UInt8, UInt8)', { a: 1 }, 'TYPE_MISMATCH'],
    ['Tuple(a UInt8)', { b: 1 }, 'TYPE_MISMATCH'],
    ['Map(String, UInt8)', [['a', 1]], 'TYPE_MISMATCH'],
    ['Map(UInt8, UInt8)', { a: 1 }, 'CANNOT_PARSE_TEXT'],
  ])('%s does not take %j: %s', (type, value, code) => {
    expect(() => columnOf(parseDataType(type), [value])).toThrow(expect.objectContaining({ code }));
  });
});

const anyValues = fc.constantFrom(...compositeTypes).chain((type) =>
  fc.record({
    type: fc.constant(type),
    values: fc.array(valuesOf(type, { anyBytes: true }), { maxLength: 20 }),
  }),
);

test('text reads back as the value it was written from', () => {
  const texts = fc
    .constantFrom(...compositeTypes)
    .chain((type) =>
      fc.record({ type: fc.constant(type), values: fc.array(valuesOf(type), { maxLength: 10 }) }),
    );
  fc.assert(
    fc.property(texts, ({ type, values }) => {
      const column = columnOf(type, values);
      const builder = createColumnBuilder(type);
      for (let row = 0; row < values.length; row++) appendText(builder, textAt(column, row));
      expect(list(builder.finish())).toEqual(list(column));
    }),
  );
});

test('rows have equal keys exactly when they are equal', () => {
  fc.assert(
    fc.property(anyValues, ({ type, values }) => {
      const column = columnOf(type, [...values, ...values]);
      const keys = list({ ...keyColumn(column), type: { kind: 'String' } } as Column).map(String);
      for (let i = 0; i < column.rowCount; i++) {
        for (let j = 0; j < column.rowCount; j++) {
          // -0 and 0 compare equal, but are different keys.
          const equal = compareAt(column, i, column, j) === 0;
          if (keys[i] === keys[j]) expect(equal).toBe(true);
          if (i % values.length === j % values.length) expect(keys[i]).toBe(keys[j]);
        }
      }
    }),
  );
});

test('no key is made of an array, a tuple or a map', () => {
  for (const type of compositeTypes)
    expect(() => createKeyCodec([type])).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENTS' }));
});

describe('a dictionary column', () => {
  const type = parseDataType('LowCardinality(Nullable(String))');
  const known = [null, '', 'a', 'b'];
  const dictionary = columnOf(parseDataType('Nullable(String)'), known) as BytesColumn;
  const of = (codes: readonly number[], values = dictionary): DictionaryColumn => ({
    layout: 'dictionary',
    type,
    rowCount: codes.length,
    codes: Uint16Array.from(codes),
    dictionary: values,
    nulls: undefined,
  });
  const codes = fc.array(fc.nat(3), { maxLength: 20 });

  test('is chosen, cut, joined and repeated like the column it stands for', () => {
    fc.assert(
      fc.property(codes, codes, fc.nat(), (first, second, n) => {
        const [a, b] = [of(first), of(second)];
        const plain = expandDictionary(a);
        expect(typeName(plain.type)).toBe(typeName(type));
        expect(list(a)).toEqual(first.map((code) => known[code]));
        expect(list(plain)).toEqual(list(a));
        expect(list(concatColumns([a, b]))).toEqual([...list(a), ...list(b)]);
        expect(list(concatColumns([plain, b]))).toEqual([...list(a), ...list(b)]);
        expect(list(concatColumns([a, of(second, { ...dictionary })]))).toEqual([...list(a), ...list(b)]);
        if (first.length === 0) return;
        const row = n % first.length;
        expect(list(takeRows(a, Uint32Array.of(row, 0)))).toEqual([known[first[row]!], known[first[0]!]]);
        expect(list(sliceColumn(a, row, first.length))).toEqual(list(a).slice(row));
        expect(list(repeatRow(a, row, 3))).toEqual([1, 2, 3].map(() => known[first[row]!]));
        expect(compareAt(a, row, plain, row)).toBe(0);
      }),
    );
  });

  test('keeps its dictionary where all columns have the same', () => {
    const joined = concatColumns([of([1, 2]), of([0])]);
    expect(joined.layout === 'dictionary' && joined.dictionary === dictionary).toBe(true);
    expect(concatColumns([of([1]), of([0], { ...dictionary })]).layout).toBe('bytes');
  });
});
