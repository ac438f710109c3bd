// Random typed expressions, computed by ClickHouse and by us over the same table: types and values must agree.

import chdb from 'chdb';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import { parseExpression } from '../sql/parser.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { Block, BytesColumn, Column } from '../types/column.ts';
import { typeName, withoutNullable, type DataType } from '../types/data-type.ts';
import { formatDecimal } from '../types/number-text.ts';
import { formatDate } from '../types/temporal-text.ts';
import { parseDataType } from '../types/parse-type.ts';
import { appendText, textAt } from '../types/text.ts';
import { bindExpression } from './bind.ts';
import { evaluate } from './evaluate.ts';
import type { Expression, Scope } from './expression.ts';

const EXPRESSION_COUNT = 300;
const ROW_COUNT = 24;

/** What a column holds, and where it may stand. */
type Kind =
  | 'int'
  | 'wide'
  | 'float'
  | 'decimal'
  | 'text'
  | 'date'
  | 'day32'
  | 'time'
  | 'bool'
  | 'enum'
  | 'uuid'
  | 'ip4'
  | 'ip6';
type TableColumn = {
  readonly name: string;
  readonly type: string;
  readonly kind: Kind;
  readonly values: fc.Arbitrary<string>;
};

const integers = (min: bigint, max: bigint): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom('0', '1', String(min), String(max)),
    fc.bigInt(min, max).map(String),
    fc.bigInt(min < 0n ? -9n : 0n, 9n).map(String),
  );
const decimals = (scale: number, limit: bigint): fc.Arbitrary<string> =>
  fc.oneof(fc.bigInt(-limit, limit), fc.bigInt(-999n, 999n)).map((scaled) => formatDecimal(scaled, scale));
const dateText = fc
  .integer({ min: 0, max: 47_000 })
  .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
const timeText = fc
  .integer({ min: 0, max: 4_000_000_000 })
  .map((second) => new Date(second * 1000).toISOString().slice(0, 19).replace('T', ' '));
const ipv4 = fc.oneof(fc.constant('1.2.3.4'), fc.ipV4());
const ipv6 = fc.oneof(fc.constantFrom('::', '::1', '::ffff:1.2.3.4'), fc.ipV6());
const plainText = fc.oneof(
  fc.constantFrom('', 'a', 'Ab', 'hello', 'привет', '  x ', '12', '100%', 'a_b', 'aXbXc'),
  fc.string({ unit: fc.constantFrom(...'abXY 1%_é'), maxLength: 8 }),
);

const base: readonly TableColumn[] = [
  { name: 'u8', type: 'UInt8', kind: 'int', values: integers(0n, 255n) },
  { name: 'u16', type: 'UInt16', kind: 'int', values: integers(0n, 65_535n) },
  { name: 'u32', type: 'UInt32', kind: 'int', values: integers(0n, 2n ** 32n - 1n) },
  { name: 'u64', type: 'UInt64', kind: 'int', values: integers(0n, 2n ** 64n - 1n) },
  { name: 'i8', type: 'Int8', kind: 'int', values: integers(-128n, 127n) },
  { name: 'i16', type: 'Int16', kind: 'int', values: integers(-32_768n, 32_767n) },
  { name: 'i32', type: 'Int32', kind: 'int', values: integers(-(2n ** 31n), 2n ** 31n - 1n) },
  { name: 'i64', type: 'Int64', kind: 'int', values: integers(-(2n ** 63n), 2n ** 63n - 1n) },
  {
    name: 'f32',
    type: 'Float32',
    kind: 'float',
    values: fc.integer({ min: -4000, max: 4000 }).map((n) => String(n / 8)),
  },
  {
    name: 'f64',
    type: 'Float64',
    kind: 'float',
    values: fc.integer({ min: -99_999, max: 99_999 }).map((n) => String(n / 100)),
  },
  {
    name: 'd32',
    type: 'Decimal(9, 2)',
    kind: 'decimal',
    values: fc.integer({ min: -9999, max: 9999 }).map((n) => (n / 100).toFixed(2)),
  },
  {
    name: 'd64',
    type: 'Decimal(18, 3)',
    kind: 'decimal',
    values: fc.integer({ min: -9999, max: 9999 }).map((n) => (n / 8).toFixed(3)),
  },
  { name: 'd128', type: 'Decimal(38, 4)', kind: 'decimal', values: decimals(4, 10n ** 20n) },
  { name: 'd256', type: 'Decimal(76, 10)', kind: 'decimal', values: decimals(10, 10n ** 40n) },
  { name: 'i128', type: 'Int128', kind: 'wide', values: integers(-(2n ** 127n), 2n ** 127n - 1n) },
  { name: 'u128', type: 'UInt128', kind: 'wide', values: integers(0n, 2n ** 128n - 1n) },
  { name: 'i256', type: 'Int256', kind: 'wide', values: integers(-(2n ** 255n), 2n ** 255n - 1n) },
  { name: 'u256', type: 'UInt256', kind: 'wide', values: integers(0n, 2n ** 256n - 1n) },
  { name: 's', type: 'String', kind: 'text', values: plainText },
  { name: 't', type: 'String', kind: 'text', values: plainText },
  {
    name: 'fs',
    type: 'FixedString(4)',
    kind: 'text',
    values: fc.string({ unit: fc.constantFrom(...'abX'), maxLength: 4 }),
  },
  { name: 'd', type: 'Date', kind: 'date', values: dateText },
  {
    name: 'dd',
    type: 'Date32',
    kind: 'day32',
    values: fc.integer({ min: -20_000, max: 100_000 }).map(formatDate),
  },
  { name: 'dt', type: 'DateTime', kind: 'time', values: timeText },
  { name: 'dt3', type: 'DateTime64(3)', kind: 'time', values: timeText.map((text) => `${text}.125`) },
  { name: 'b', type: 'Bool', kind: 'bool', values: fc.constantFrom('true', 'false') },
  {
    name: 'e',
    type: "Enum8('low' = -1, 'mid' = 0, 'high' = 7)",
    kind: 'enum',
    values: fc.constantFrom('low', 'mid', 'high'),
  },
  {
    name: 'e16',
    type: "Enum16('low' = -1000, 'mid' = 0, 'high' = 7)",
    kind: 'enum',
    values: fc.constantFrom('low', 'mid', 'high'),
  },
  { name: 'u', type: 'UUID', kind: 'uuid', values: fc.uuid() },
  { name: 'v4', type: 'IPv4', kind: 'ip4', values: ipv4 },
  { name: 'v6', type: 'IPv6', kind: 'ip6', values: ipv6 },
];

/** Each column once more as Nullable, half of it NULL. */
const tableColumns: readonly TableColumn[] = [
  ...base,
  ...base.map((column) => ({ ...column, name: `n_${column.name}`, type: `Nullable(${column.type})` })),
];

type Table = { readonly block: Block; readonly sql: string; readonly scope: Scope };

const quoted = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;

function makeTable(seed: number): Table {
  const texts = tableColumns.map((column, i) => {
    const cell = column.type.startsWith('Nullable') ? fc.option(column.values, { freq: 2 }) : column.values;
    return fc.sample(cell, { seed: seed + i, numRuns: ROW_COUNT });
  });
  const columns = tableColumns.map((column, i): Column => {
    const builder = createColumnBuilder(parseDataType(column.type), ROW_COUNT);
    for (const text of texts[i]!) {
      if (text === null) builder.appendNull();
      else appendText(builder, text);
    }
    return builder.finish();
  });
  const rows = Array.from(
    { length: ROW_COUNT },
    (_, row) => `(${tableColumns.map((_column, i) => cellSql(texts[i]![row]!)).join(', ')})`,
  );
  const schema = tableColumns.map((column) => `${column.name} ${column.type}`).join(', ');
  const scope: Scope = {
    resolve: (parts) => {
      const index = tableColumns.findIndex((column) => column.name === parts[0]);
      return index < 0 ? undefined : { kind: 'column', index, name: parts[0]!, type: columns[index]!.type };
    },
    names: () => tableColumns.map((column) => column.name),
  };
  return {
    block: { rowCount: ROW_COUNT, columns },
    sql: `values(${quoted(schema)}, ${rows.join(', ')})`,
    scope,
  };
}

const cellSql = (text: string | null): string => (text === null ? 'NULL' : quoted(text));

/** The items of a text, each ended by a semicolon. */
const list = (text: string): string[] =>
  text
    .split(';')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Calls, with the kinds of their arguments: `f(int, float)`; the result's kind says where it may stand inside others. */
const templates: Readonly<Record<Kind, readonly string[]>> = {
  int: list(String.raw`
    {num} = {num}; {num} != {int}; {num} < {num}; {num} >= {float}; {text} = {text}; {text} < {text};
    {date} <= {date}; {time} > {date}; {enum} = 'mid'; {enum} < {enum}; {uuid} = {uuid}; {uuid} < {uuid};
    {decimal} < {num}; {decimal} = {decimal}; {wide} = {wide}; {wide} < {wide}; {wide} <= {num}; {int} > {wide};
    toInt128({int}) > {decimal}; {wide} IN (1, 2, '-7', NULL); {wide} BETWEEN -5 AND {int}; i128 = '-1'; sign({wide});
    toInt8({wide}); toUInt64({wide}); toInt32(d256); toUInt8(toBool({wide})); toFloat32({wide}) < 5; {date} < '2024-05-06'; {cond} AND {cond}; {cond} OR {cond};
    {day32} = {day32}; {day32} < {day}; {day32} >= '1950-01-01'; {day32} IN ('1925-03-04', '2020-01-01');
    toYear({day32}); toMonth({day32}); toYYYYMM({day32}); toYYYYMMDD({day32}); toDayOfWeek({day32});
    toISOWeek({day32}); dateDiff('day', {day32}, {day}); dateDiff('month', {day32}, {day32}); toInt32({day32});
    toUnixTimestamp({day32}); toInt16(e16); {ip4} = {ip4}; {ip4} < {ip6}; {ip6} >= {ip6}; {ip4} = '1.2.3.4'; {ip6} > '::5'; {ip4} = u32; {ip4} IN ('1.2.3.4', '0.0.0.0');
    {ip6} IN ('::1', '::'); isIPv4String(toString({ip4})); isIPv6String({utf8}); IPv4StringToNum(toString({ip4}));
    IPv4StringToNumOrDefault({utf8}); IPv4StringToNumOrNull(s); toUInt32({ip4}); toUInt64(v4); NOT {cond}; xor({cond}, {cond}); {int} IN (1, 2, 255, -1, NULL); {text} NOT IN ('a', 'hello');
    ({int}, {text}) IN ((1, 'a'), (0, '')); {float} IN (1, 2.5); {date} IN ('2020-01-01', '1970-01-01');
    {num} BETWEEN 1 AND 100; {num} NOT BETWEEN -5 AND {int}; {any} IS NULL; {any} IS NOT NULL;
    {text} LIKE '%a%'; {text} LIKE '_b%'; {text} NOT LIKE 'a%b_'; {text} ILIKE '%B'; {text} LIKE '%\\_%';
    match({text}, '^[a-c]+'); length({text}); lengthUTF8({utf8}); position({text}, {text});
    positionUTF8({utf8}, 'e'); positionCaseInsensitive({text}, 'X'); startsWith({text}, {text});
    endsWith({text}, 'b'); empty({text}); notEmpty({text}); CRC32({text}); {int} + {int}; {int} - {int};
    {int} * {int}; intDiv({int}, 7); intDivOrZero({int}, {int}); {int} % 10; moduloOrZero({int}, 7); -{int};
    abs({int}); sign({num}); bitAnd({int}, {int}); bitOr({int}, {int}); bitXor({int}, {int}); bitNot({int});
    bitShiftLeft({int}, 3); bitShiftRight({int}, 2); toInt8({int}); toUInt16({int}); toInt32({float});
    toUInt64({int}); toInt64({int}); toUInt32({time}); toInt16({enum}); toInt64({decimal}); toUInt8({bool});
    toInt32OrZero(n_s); toUInt16OrNull(t); reinterpretAsUInt64({text}); round({int}, -1); floor({int}, -2);
    toYear({day}); toQuarter({day}); toMonth({day}); toDayOfMonth({day}); toDayOfWeek({day});
    toDayOfYear({day}); toWeek({day}); toISOWeek({day}); toISOYear({day}); toHour({time}); toMinute({time});
    toSecond({time}); toYYYYMM({day}); toYYYYMMDD({day}); toYYYYMMDDhhmmss({day}); toUnixTimestamp({time});
    dateDiff('second', {day}, {day}); dateDiff('minute', {day}, {day}); dateDiff('hour', {day}, {day});
    dateDiff('day', {day}, {day}); dateDiff('week', {day}, {day}); dateDiff('month', {day}, {day});
    dateDiff('quarter', {day}, {day}); dateDiff('year', {day}, {day}); d - n_d; dt - n_dt;
    if({cond}, {int}, 5); multiIf({cond}, 1, {cond}, 300, 7);
    CASE {int} WHEN 1 THEN 10 WHEN 0 THEN 20 ELSE 30 END; CASE WHEN {cond} THEN 1 END; ifNull({int}, 0);
    coalesce(n_u8, n_u16, {int}); nullIf({int}, 0); assumeNotNull(u16); toNullable({int});
    greatest({int}, 9); least(u8, n_u16, i8); ignore({any}); isNull({any}); materialize({int});
    identity({int});
  `),
  float: list(String.raw`
    {num} / {int}; {wide} / {int}; sqrt({wide}); toFloat64({wide}); {float} + {num}; {float} * {num}; {num} - {float}; f64 % 7; n_f32 % -3; -{float};
    abs({float}); sqrt({num}); exp({float} / 1000); log({num}); ln(u16); log2({num}); log10({num});
    pow({float}, 2); sin({float}); cos({float}); tan({float}); round({float}); round({float}, 1);
    round({float}, -2); floor({float}); floor({float}, 1); ceil({float}); trunc({float}, 1);
    toFloat64({int}); toFloat32({num}); toFloat64({decimal}); toFloat64OrNull(n_t);
    greatest({float}, 1.5); if({cond}, {float}, 0); ifNull({float}, 0); pi(); e() * {float};
    least({float}, u8);
  `),
  wide: list(String.raw`
    {wide} + {wide}; {wide} - {int}; {int} * {wide}; -{wide}; abs({wide}); toInt128({int}); toUInt256({wide});
    toInt256({decimal}); toInt128(f64); toInt128({date}); toInt128OrZero(n_t); toUInt256OrNull(t); round({wide}, -3);
    if({cond}, {wide}, i128); ifNull(n_u128, 5); greatest({wide}, i256); least(u128, n_u256); nullIf({wide}, 0);
    CAST({int} AS Nullable(Int256)); CAST({wide} AS Nullable(UInt128)); {wide} * {wide};
  `),
  decimal: list(String.raw`
    d128 + {int}; d128 * d32; d256 - {decimal}; d256 / 7; toDecimal128({int}, 5); toDecimal256({decimal}, 12);
    toDecimal128(i128 * 0 + {int}, 3); toDecimal256(f64, 10); toDecimal128OrNull(t, 3); round(d128, 2); abs(d256);
    if({cond}, d128, i64); d128 * {wide}; CAST(d256 AS Nullable(Decimal(50, 3)));
    {decimal} + {decimal}; {decimal} - d32; -{decimal}; abs({decimal}); d32 + u8; d64 * i8; d64 * d32;
    d64 / 7; d64 / toDecimal32(3, 1); toDecimal64({float}, 4); toDecimal32(i8, 3); round({decimal}, 1);
    floor({decimal}); ceil({decimal}, 1); trunc({decimal}); CAST({decimal} AS Nullable(Decimal(18, 4)));
    if({cond}, {decimal}, d32); greatest({decimal}, d32); dt3 - n_dt3; toDecimal64OrZero(t, 2);
  `),
  text: list(String.raw`
    concat({text}, {any}); {text} || {text}; lower({text}); upper({text}); lowerUTF8({utf8});
    upperUTF8({utf8}); substring({text}, 2, 3); substring({text}, -3); substring({text}, {small}, {small});
    substringUTF8({utf8}, 1, 2); left({text}, {small}); right({text}, {small}); trim({text});
    trimLeft({text}); trimRight({text}); replaceOne({text}, 'a', 'bb'); replaceAll({text}, {text}, '-');
    reverse({text}); repeat({text}, {small}); leftPad({text}, 5); rightPad({text}, 7, 'xy'); hex({int});
    hex({text}); hex(f64); unhex(hex({text})); base64Encode({text}); base64Decode(base64Encode({text}));
    IPv4NumToString({ip4}); IPv4NumToString(u32); IPv4NumToStringClassC(u16); IPv6NumToString({ip6});
    IPv6StringToNum(toString({ip6})); IPv6StringToNumOrDefault({utf8}); IPv6NumToString(IPv6StringToNum(toString({ip4})));
    hex({ip4}); hex({ip6}); IPv4ToIPv6(u32); toString({any}); CAST({any} AS Nullable(String)); toFixedString(substring(s, 1, 4), 12); MD5({text});
    SHA256({text}); if({cond}, {text}, {text}); toTypeName({any});
    formatDateTime({day}, '%Y-%m-%d %H:%i:%S %y %e %j %a %b %M %W %p %I %V %G %u %w %f');
    coalesce(n_s, n_t, 'none'); CASE WHEN {cond} THEN {text} ELSE 'else' END; greatest({text}, {text});
    ifNull({text}, 'x');
  `),
  day32: list(String.raw`
    toDate32({date}); toDate32({time}); toDate32(i32); {day32} + {small}; {day32} - 3; addMonths({day32}, {small});
    {day32} + INTERVAL 2 WEEK; subtractYears({day32}, 30); if({cond}, {day32}, dd); ifNull(n_dd, {date});
    CAST(toString({day32}) AS Nullable(Date32)); greatest({day32}, {date}); toDate32OrNull(t);
  `),
  date: list(String.raw`
    toDate({day32}); toStartOfMonth({day32}); toMonday({day32}); toStartOfYear({day32});
    toDate({time}); {date} + {small}; {date} - 3; addDays({date}, {small}); addMonths({date}, {small});
    {date} + INTERVAL 2 MONTH; {date} - INTERVAL 1 YEAR; {date} + INTERVAL {small} WEEK;
    toStartOfYear({day}); toStartOfQuarter({day}); toStartOfMonth({day}); toStartOfWeek({day});
    toStartOfWeek({day}, 1); toMonday({day}); toStartOfInterval({date}, INTERVAL 5 MONTH);
    toStartOfInterval({day}, INTERVAL 3 WEEK); toStartOfInterval({day}, INTERVAL 2 YEAR);
    toStartOfInterval({day}, INTERVAL 1 QUARTER); date_trunc('month', {date}); if({cond}, {date}, d);
    CAST({int} % 60000 AS Nullable(Date)); least({date}, d); toDate(u16 % 40000); dateSub(DAY, 3, {date});
  `),
  time: list(String.raw`
    toDateTime({day32}); toDateTime64({day32}, 3); {day32} + INTERVAL 1 HOUR; toStartOfDay({day32});
    toDateTime({date}); toDateTime({time}); toDateTime(u32); {time} + {small}; {time} - INTERVAL 1 HOUR;
    {time} + INTERVAL {small} MONTH; {date} + INTERVAL {small} MINUTE; toStartOfDay({day});
    toStartOfHour({time}); toStartOfFifteenMinutes({time}); toStartOfMinute({time});
    toStartOfFiveMinutes({time}); toStartOfTenMinutes({time}); toStartOfSecond(dt3);
    toStartOfInterval({time}, INTERVAL 7 MINUTE); toStartOfInterval({time}, INTERVAL 5 HOUR);
    toStartOfInterval({time}, INTERVAL 3 DAY); toDateTime64({time}, 6); toDateTime64({date}, 2);
    addSeconds({time}, {small}); subtractHours({time}, 5); addQuarters({time}, 1); date_trunc('hour', dt);
    greatest(dt, {time}); fromUnixTimestamp(i32); date_add({time}, INTERVAL 1 DAY);
  `),
  bool: list(String.raw`
    toBool({num}); CAST({int} AS Nullable(Bool)); {bool} AND {cond}; NOT {bool}; if({cond}, {bool}, true);
  `),
  enum: list(String.raw`
    if({cond}, e, n_e);
    CAST(toString({enum}) AS Nullable(Enum8('low' = -1, 'mid' = 0, 'high' = 7, 'none' = 9)));
    ifNull(n_e, e);
  `),
  ip4: list(String.raw`
    toIPv4(toString({ip4})); toIPv4(u32); if({cond}, {ip4}, v4); ifNull(n_v4, v4); greatest({ip4}, v4); toIPv4OrNull(t);
    toIPv4OrZero(s); toIPv4(toIPv6({ip4}));
  `),
  ip6: list(String.raw`
    toIPv6(toString({ip6})); toIPv6({ip4}); if({cond}, {ip6}, v6); ifNull(n_v6, v6); least({ip6}, v6); toIPv6OrNull(t);
    IPv4ToIPv6({ip4}); toIPv6OrZero(s);
  `),
  uuid: list(String.raw`
    ifNull(n_u, u); toUUID(toString({uuid})); toUUIDOrNull(t);
  `),
};

const groups: Readonly<Record<string, readonly Kind[]>> = {
  num: ['int', 'float'],
  cond: ['bool'],
  day: ['date', 'time'],
  // No floats: their last digits may differ, and many functions of any type make text of them.
  any: ['int', 'wide', 'decimal', 'text', 'date', 'day32', 'time', 'bool', 'enum', 'uuid', 'ip4', 'ip6'],
};

const literalsOf: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  int: ['0', '1', '(-1)', '255', '(-129)', '65536', '3000000000', 'NULL'],
  float: ['0.5', '(-2.25)', '1e3'],
  text: ["'a'", "'Xb'", "''", "'привет'"],
};

/** An expression of one of these kinds, at most `depth` calls deep. */
function expressionOf(kinds: readonly Kind[], depth: number): fc.Arbitrary<string> {
  return fc.constantFrom(...kinds).chain((kind) => {
    const leaves = [
      ...tableColumns.filter((column) => column.kind === kind).map((column) => column.name),
      ...(literalsOf[kind] ?? []),
    ];
    const leaf = fc.constantFrom(...leaves);
    const call = fc.constantFrom(...templates[kind]).chain((template) => filled(template, depth));
    return depth === 0
      ? leaf
      : fc.oneof({ arbitrary: leaf, weight: 1 }, { arbitrary: call.map((text) => `(${text})`), weight: 2 });
  });
}

/** The template with expressions for its {kinds}. */
function filled(template: string, depth: number): fc.Arbitrary<string> {
  const parts = template.split(/\{(\w+)\}/);
  const holes = parts.map((part, i) => {
    if (i % 2 === 0) return fc.constant(part);
    if (part === 'utf8') return fc.constantFrom('s', 't', 'n_s', 'n_t', "'привет'", 'concat(s, n_t)');
    if (part === 'small') return fc.constantFrom('0', '1', '(-2)', '3', 'i8 % 5');
    if (part === 'cond')
      return fc.constantFrom(
        'b',
        'n_b',
        'u8 > 5',
        'n_i8 < 0',
        's = t',
        'NULL',
        '(d32 > 0)',
        'isNull(n_s)',
        '(n_u8 = 1 OR b)',
      );
    return expressionOf(groups[part] ?? [part as Kind], depth - 1);
  });
  return fc.tuple(...holes).map((texts) => texts.join(''));
}

const kinds = Object.keys(templates) as Kind[];
const anyCall = fc
  .constantFrom(...kinds)
  .chain((kind) => fc.constantFrom(...templates[kind]))
  .chain((template) => filled(template, 2));

type Computed = { readonly text: string; readonly expression: Expression; readonly cells: readonly string[] };

const asHex = (type: DataType): boolean => ['String', 'FixedString'].includes(withoutNullable(type).kind);

function cellText(column: Column, row: number): string {
  if (column.nulls?.[row] === 1) return '\\N';
  if (!asHex(column.type)) return textAt(column, row);
  const { bytes, offsets } = column as BytesColumn;
  return bytes.toString('hex', offsets[row], offsets[row + 1]).toUpperCase();
}

/** Our answer; undefined when we refuse the types (ClickHouse would make a Variant of them). */
function compute(text: string, table: Table): Computed | undefined {
  try {
    const expression = bindExpression(parseExpression(text), table.scope, {
      parameters: {},
      nowMs: 0,
      currentDatabase: 'default',
    });
    const column = evaluate(expression, table.block);
    expect(typeName(column.type), text).toBe(typeName(expression.type));
    return { text, expression, cells: Array.from({ length: ROW_COUNT }, (_, row) => cellText(column, row)) };
  } catch (error) {
    if (error instanceof WinnowError && refusals.has(error.code)) return undefined;
    throw new Error(
      `${text}: ${error instanceof WinnowError ? error.fullMessage : String((error as Error).stack)}`,
      { cause: error },
    );
  }
}

/** What we say no to where ClickHouse goes on, or where both may fail. */
const refusals = new Set<string>([
  // Of text outside of Date32, which ClickHouse takes to the nearest end.
  'CANNOT_PARSE_DATE',
  'NO_COMMON_TYPE',
  'DECIMAL_OVERFLOW',
  'NOT_IMPLEMENTED',
  'ARGUMENT_OUT_OF_BOUND',
  'ILLEGAL_TYPE_OF_ARGUMENT',
  'TYPE_MISMATCH',
  'CANNOT_CONVERT_TYPE',
  'ILLEGAL_DIVISION',
]);

/** ClickHouse's types and cells per expression; a string when it refuses all of them together. */
function ask(computed: readonly Computed[], table: Table): { types: string[]; cells: string[][] } | string {
  const items = computed.map(
    ({ text, expression }, i) => `${asHex(expression.type) ? `hex(${text})` : `(${text})`} AS r${i}`,
  );
  const types = computed.map(({ text }) => `toTypeName(${text})`);
  try {
    const lines = chdb
      .query(
        `SELECT ${items.join(', ')} FROM ${table.sql} SETTINGS max_query_size = 100000000`,
        'TabSeparated',
      )
      .replace(/\n$/, '')
      .split('\n');
    const [typeLine] = chdb
      .query(`SELECT ${types.join(', ')} FROM ${table.sql} LIMIT 1`, 'TabSeparated')
      .replace(/\n$/, '')
      .split('\n');
    const rows = lines.map((line) => line.split('\t'));
    return {
      types: typeLine!.split('\t').map((name) => name.replaceAll('\\', '')),
      cells: computed.map((_, i) => rows.map((row) => row[i]!)),
    };
  } catch (error) {
    return String((error as Error).message).slice(0, 300);
  }
}

/** Floats may differ in the last digits: the library functions do. */
function sameCell(ours: string, theirs: string, type: DataType): boolean {
  if (ours === theirs) return true;
  const kind = withoutNullable(type).kind;
  if (kind !== 'Float64' && kind !== 'Float32') return false;
  const [a, b] = [Number(ours), Number(theirs)];
  return Math.abs(a - b) <= 1e-14 + Math.abs(b) * (kind === 'Float64' ? 1e-11 : 1e-6);
}

/** What ClickHouse refuses and we compute. */
const lenient =
  /FixedString|compare decimal number due to overflow|different Decimal scales|Indices in strings are 1-based/;

function differences(computed: readonly Computed[], table: Table): string[] {
  const answer = ask(computed, table);
  if (typeof answer === 'string') {
    if (computed.length === 1)
      return lenient.test(answer) ? [] : [`${computed[0]!.text}: ClickHouse refuses: ${answer}`];
    const middle = computed.length >> 1;
    return [...differences(computed.slice(0, middle), table), ...differences(computed.slice(middle), table)];
  }
  return computed.flatMap(({ text, expression, cells }, i) => {
    const ours = typeName(expression.type);
    if (ours !== answer.types[i]) return [`${text}: type ${ours}, ClickHouse ${answer.types[i]}`];
    const row = cells.findIndex((cell, r) => !sameCell(cell, answer.cells[i]![r]!, expression.type));
    return row < 0
      ? []
      : [`${text}: row ${row} is ${cells[row]}, ClickHouse ${answer.cells[i]![row]} (${ours})`];
  });
}

test('random expressions have the type and the values that ClickHouse gives them', () => {
  const seed = Number(process.env['WINNOW_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const table = makeTable(seed);
  const everyTemplate = kinds.flatMap((kind) => templates[kind].map((template) => filled(template, 1)));
  const texts = [
    ...everyTemplate.flatMap((template, i) => fc.sample(template, { seed: seed + i, numRuns: 1 })),
    ...fc.sample(anyCall, { seed, numRuns: EXPRESSION_COUNT }),
  ];
  const computed = texts.flatMap((text) => compute(text, table) ?? []);
  const found = differences(computed, table);
  console.log(
    `seed ${seed}: ${computed.length} of ${texts.length} expressions × ${ROW_COUNT} rows compared, ${found.length} differ`,
  );
  expect(found).toEqual([]);
  expect(computed.length).toBeGreaterThan(texts.length * 0.7);
});
