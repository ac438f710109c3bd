// Types against ClickHouse itself: its text, its order, its names.

import chdb from 'chdb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allTypes, plainTypes, simpleAggregateTypes, valuesOf } from '../../test/support/random-columns.ts';
import type { Value } from './column.ts';
import { createColumnBuilder } from './column-builder.ts';
import { compareAt } from './compare.ts';
import type { DataType } from './data-type.ts';
import { sameType, typeName } from './data-type.ts';
import { createKeyCodec } from './key-codec.ts';
import { parseDataType } from './parse-type.ts';
import { textAt } from './text.ts';
import { columnOf } from './value.ts';

const samples = (type: DataType, count: number): Value[] => fc.sample(valuesOf(type), count);

/** A literal for ClickHouse: text as hex of its bytes, so that no escaping stands between. */
function literal(text: string | null): string {
  return text === null ? 'NULL' : `unhex('${Buffer.from(text).toString('hex')}')`;
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The values as a table of ClickHouse: row number `n`, value `v`. */
function tableOf(type: DataType, texts: readonly (string | null)[]): string {
  const rows = texts.map((text, n) => `(${n}, ${literal(text)})`).join(', ');
  return `(SELECT n, CAST(t, ${quoted(typeName(type))}) AS v FROM VALUES('n UInt32, t Nullable(String)', ${rows}))`;
}

const hexTexts = (sql: string): (string | null)[] =>
  chdb
    .query(sql, 'TSV')
    .split('\n')
    .slice(0, -1)
    .map((hex) => (hex === '\\N' ? null : Buffer.from(hex, 'hex').toString()));

describe.each(plainTypes.map((type) => [typeName(type), type] as const))('%s', (_, type) => {
  const nullableType: DataType = { kind: 'Nullable', inner: type };
  const column = columnOf(nullableType, [...samples(nullableType, 120), null]);
  const texts = Array.from({ length: column.rowCount }, (_, row) =>
    column.nulls![row] ? null : textAt(column, row),
  );

  test('ClickHouse reads our text and prints the same', () => {
    // toString would cut the zero bytes of a FixedString.
    const text = type.kind === 'FixedString' ? 'v' : 'toString(v)';
    expect(hexTexts(`SELECT hex(${text}) FROM ${tableOf(nullableType, texts)} ORDER BY n`)).toEqual(texts);
  });

  test('keys sort as ClickHouse sorts, NULLS LAST', () => {
    const order = chdb
      .query(`SELECT n FROM ${tableOf(nullableType, texts)} ORDER BY v ASC NULLS LAST, n`, 'TSV')
      .trim()
      .split('\n')
      .map(Number);
    const codec = createKeyCodec([nullableType]);
    const keys = texts.map((_text, row) => codec.encode([column], row));
    const rows = texts.map((_text, row) => row);
    expect(rows.toSorted((a, b) => Buffer.compare(keys[a]!, keys[b]!) || a - b)).toEqual(order);
    expect(rows.toSorted((a, b) => compareAt(column, a, column, b) || a - b)).toEqual(order);
  });
});

/** What ClickHouse calls types that are spelled like this. */
function namesByClickHouse(spellings: readonly string[]): string[] {
  const sql = spellings
    .map((spelling) => `hex(toTypeName(defaultValueOfTypeName(${quoted(spelling)})))`)
    .join(', ');
  return chdb
    .query(`SELECT ${sql}`, 'TSV')
    .trim()
    .split('\t')
    .map((hex) => Buffer.from(hex, 'hex').toString());
}

test('type names are those of ClickHouse, and parse back', () => {
  const types = [...allTypes, ...simpleAggregateTypes];
  const names = types.map(typeName);
  expect(namesByClickHouse(names)).toEqual(names);
  for (const type of types) expect(sameType(parseDataType(typeName(type)), type)).toBe(true);
});

test('aliases mean what they mean in ClickHouse', () => {
  const aliases = [
    'INT',
    'bigint',
    'TEXT',
    'VARCHAR(20)',
    'DOUBLE',
    'double precision',
    'float',
    'BOOLEAN',
    'bool',
    'Decimal',
    'Decimal(7)',
  ];
  aliases.push(
    'NUMERIC(10, 2)',
    'Decimal32(2)',
    'Decimal64(3)',
    'Decimal128(4)',
    'Decimal256(5)',
    'Decimal(30)',
    'INT(11)',
    'BIGINT UNSIGNED',
    'timestamp',
    'BINARY(3)',
    "Enum('b', 'a')",
    "Enum('b' = 200, 'a')",
    "Enum16('b', 'a')",
    'DATE32',
    'SimpleAggregateFunction(first_value, Int8)',
    'DateTime64',
  );
  expect(aliases.map((alias) => typeName(parseDataType(alias)))).toEqual(namesByClickHouse(aliases));
});

test.each([
  'int8',
  'INT8',
  'string',
  'STRING',
  'uint64',
  'fixedstring(3)',
  'nullable(Int8)',
  'Nullable(Nullable(Int8))',
  'Decimal(5, 9)',
  'FixedString(0)',
  'DateTime64(10)',
  'Int8 Int8',
  'Enum8()',
])('%s is no type here, nor in ClickHouse', (name) => {
  expect(() => chdb.query(`SELECT defaultValueOfTypeName('${name}')`)).toThrow();
  expect(() => parseDataType(name)).toThrow();
});

/** Whose default ClickHouse has at 1900-01-01 in some places, and at 1970-01-01, as here, in the others. */
const hasOneDefault = ({ kind }: DataType): boolean => kind !== 'Date32';

test('the default of every type is that of ClickHouse', () => {
  const types = plainTypes.filter(hasOneDefault);
  const sql = types
    .map((type) => `hex(defaultValueOfTypeName(${quoted(typeName(type))})::String)`)
    .join(', ');
  const defaults = chdb
    .query(`SELECT ${sql}`, 'TSV')
    .slice(0, -1)
    .split('\t')
    .map((hex) => Buffer.from(hex, 'hex').toString());
  const ours = types.map((type) => {
    const builder = createColumnBuilder(type);
    builder.appendDefault();
    return textAt(builder.finish(), 0).replace(/\0+$/, '');
  });
  expect(ours).toEqual(defaults);
});
