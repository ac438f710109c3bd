import { describe, expect, test } from 'vitest';
import type { Value, ValueInput } from './column.ts';
import type { DataType } from './data-type.ts';
import { parseDataType } from './parse-type.ts';
import { formatFloat32 } from './number-text.ts';
import { columnOf, valueAt } from './value.ts';

const keep = (type: string, value: ValueInput): Value => valueAt(columnOf(parseDataType(type), [value]), 0);

describe('a value is kept exactly or refused', () => {
  test.each<[string, ValueInput, Value]>([
    ['Int64', '9007199254740993', 9007199254740993n],
    ['UInt64', 18446744073709551615n, 18446744073709551615n],
    ['Int32', '+7', 7],
    ['Float64', '1e3', 1000],
    ['Float64', '-inf', -Infinity],
    ['Bool', 'Yes', true],
    ['Bool', 0, false],
    ['String', 'é', 'é'],
    ['String', Uint8Array.of(0xff), Uint8Array.of(0xff)],
    ['FixedString(3)', 'a', 'a\0\0'],
    ['Decimal(9, 2)', 0.29, '0.29'],
    ['Decimal(9, 2)', 12n, '12'],
    ['Decimal(9, 2)', '-0.5', '-0.5'],
    ['Decimal(9, 2)', '1.239', '1.23'],
    ['Decimal(9, 2)', '1e2', '100'],
    ['Decimal(18, 18)', '0.123456789012345678', '0.123456789012345678'],
    ['Date', new Date('2024-02-29T23:00:00Z'), '2024-02-29'],
    ['Date', '2149-06-06', '2149-06-06'],
    ['DateTime', new Date('2106-02-07T06:28:15Z'), '2106-02-07 06:28:15'],
    ['DateTime', '1577836800', '2020-01-01 00:00:00'],
    ['DateTime64(3)', new Date(-500), '1969-12-31 23:59:59.500'],
    ['DateTime64(6)', '2020-01-01 00:00:00.1234567', '2020-01-01 00:00:00.123456'],
    ['DateTime64(0)', '2020-01-01 00:00:00', '2020-01-01 00:00:00'],
    ["Enum8('a' = 1, 'b' = 2)", 2, 'b'],
    ['UUID', '61F0C4045CB311E7907BA6006AD3DBA0', '61f0c404-5cb3-11e7-907b-a6006ad3dba0'],
    ['Nullable(Int8)', undefined, null],
  ])('%s takes %o', (type, value, kept) => {
    expect(keep(type, value)).toEqual(kept);
  });

  test.each<[string, ValueInput, string]>([
    ['Int8', 128, 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ['UInt8', '-1', 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ['UInt64', 18446744073709551616n, 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ['Int64', '9223372036854775808', 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ['Int64', 1.5, 'CANNOT_CONVERT_TYPE'],
    ['Int64', NaN, 'CANNOT_CONVERT_TYPE'],
    ['Int64', '1.5', 'CANNOT_PARSE_TEXT'],
    ['Int64', '', 'CANNOT_PARSE_TEXT'],
    ['Float64', '1x', 'CANNOT_PARSE_NUMBER'],
    ['Bool', 2, 'TYPE_MISMATCH'],
    ['Bool', '2', 'CANNOT_PARSE_BOOL'],
    ['FixedString(3)', 'éé', 'TOO_LARGE_STRING_SIZE'],
    ['Decimal(5, 2)', '1234', 'ARGUMENT_OUT_OF_BOUND'],
    ['Decimal(5, 2)', '.', 'CANNOT_PARSE_TEXT'],
    ['Date', '2023-02-29', 'CANNOT_PARSE_DATE'],
    ['Date', '2149-06-07', 'CANNOT_PARSE_DATE'],
    ['Date', '2020-01-01x', 'CANNOT_PARSE_DATE'],
    ['DateTime', '1969-12-31 23:59:59', 'CANNOT_PARSE_DATETIME'],
    ['DateTime', '2020-01-01 25:00:00', 'CANNOT_PARSE_DATETIME'],
    ['DateTime64(9)', '2299-12-31 00:00:00', 'CANNOT_PARSE_DATETIME'],
    ['DateTime', new Date(-1), 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
    ["Enum8('a' = 1)", 'b', 'UNKNOWN_ELEMENT_OF_ENUM'],
    ["Enum8('a' = 1)", 3, 'UNKNOWN_ELEMENT_OF_ENUM'],
    ['UUID', '61f0c404', 'CANNOT_PARSE_UUID'],
    ['String', 5, 'TYPE_MISMATCH'],
    ['Int8', null, 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'],
  ])('%s refuses %o with %s', (type, value, code) => {
    expect(() => keep(type, value)).toThrow(expect.objectContaining({ code }));
  });
});

test('a mistyped enum name is answered with the nearest one', () => {
  const type: DataType = {
    kind: 'Enum8',
    entries: [
      { name: 'shipped', value: 1 },
      { name: 'paid', value: 2 },
    ],
  };
  expect(() => columnOf(type, ['shiped'])).toThrow(
    expect.objectContaining({ hint: "Did you mean 'shipped'?" }),
  );
});

test('a Float32 in the middle of two shortest texts has the one with an even last digit, as in ClickHouse', () => {
  const texts = [1221679.25, 1221679.75, 2097152.25, -2097152.25, 16777217.5].map(formatFloat32);
  expect(texts).toEqual(['1221679.2', '1221679.8', '2097152.2', '-2097152.2', '16777217.5']);
});
