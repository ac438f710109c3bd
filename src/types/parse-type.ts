// parse-type.ts — data types from their text: ClickHouse's names, aliases and spelling rules.

import { nearestName } from '../base/nearest.ts';
import type { SourcePosition } from '../base/errors.ts';
import { notImplemented, WinnowError } from '../base/errors.ts';
import type { DataType, TupleElement, TupleType } from './data-type.ts';
import {
  arrayOf,
  fitsLowCardinality,
  isNeverNull,
  isNullable,
  tupleOf,
  typeName,
  withoutNullable,
} from './data-type.ts';
import {
  accept,
  expect,
  match,
  peek,
  readName,
  syntaxError,
  unquoted,
  type TypeSource,
} from './type-source.ts';
import {
  decimal,
  numberArguments,
  parseDateTime,
  parseDateTime64,
  parseDecimal,
  parseEnum,
  parseFixedString,
} from './parse-sized-type.ts';

/**
 * The data type that `text` names; the inverse of `typeName`. `position` is where the text stands in a statement.
 * Errors: UNKNOWN_TYPE, SYNTAX_ERROR, ARGUMENT_OUT_OF_BOUND, ILLEGAL_TYPE_OF_ARGUMENT, BAD_ARGUMENTS, NOT_IMPLEMENTED,
 * TOO_DEEP_RECURSION.
 */
export function parseDataType(text: string, position?: SourcePosition): DataType {
  const source: TypeSource = { text, at: 0, depth: 0, position };
  const type = parseType(source);
  if (peek(source) !== undefined) throw syntaxError(source, 'the end of the type');
  return type;
}

/**
 * The elements of `Nested(a T, b U)`, a type that only columns have; undefined when the text names another type.
 * Errors: as parseDataType.
 */
export function parseNested(text: string, position?: SourcePosition): readonly TupleElement[] | undefined {
  const source: TypeSource = { text, at: 0, depth: 0, position };
  if (match(source, /Nested\b/y) === undefined) return undefined;
  const { elements } = parseTuple(source);
  if (peek(source) !== undefined) throw syntaxError(source, 'the end of the type');
  if (elements.length > 0 && elements[0]!.name !== undefined) return elements;
  throw syntaxError(source, 'a name before each type in Nested');
}

/** Whoever walks a type does so by recursion. */
const MAX_DEPTH = 100;

type ParseArguments = (source: TypeSource) => DataType;

/** By the one spelling that ClickHouse takes: `Int8` is a type, `int8` is none. */
const exactNames = new Map<string, ParseArguments>([
  ['Nullable', parseNullable],
  ['Array', parseArray],
  ['Tuple', parseTuple],
  ['Map', parseMap],
  ['LowCardinality', parseLowCardinality],
  ['AggregateFunction', parseAggregateFunction],
  ['SimpleAggregateFunction', parseSimpleAggregateFunction],
  ['FixedString', parseFixedString],
  ['Enum8', (source) => parseEnum(source, 'Enum8')],
  ['Enum16', (source) => parseEnum(source, 'Enum16')],
]);

/** By name in capitals, for names that any case spells. */
const anyCaseNames = new Map<string, ParseArguments>([
  ['BOOL', plain('Bool')],
  ['BOOLEAN', plain('Bool')],
  ['DATE', plain('Date')],
  ['DATE32', plain('Date32')],
  ['DATETIME', parseDateTime],
  ['DATETIME32', parseDateTime],
  ['TIMESTAMP', parseDateTime],
  ['DATETIME64', parseDateTime64],
  ['BINARY', parseFixedString],
  ['ENUM', (source) => parseEnum(source)],
  ['DECIMAL', parseDecimal],
  ['NUMERIC', parseDecimal],
  ['DEC', parseDecimal],
  ['FIXED', parseDecimal],
  ['DECIMAL32', (source) => decimal(source, 9, numberArguments(source))],
  ['DECIMAL64', (source) => decimal(source, 18, numberArguments(source))],
  ['DECIMAL128', (source) => decimal(source, 38, numberArguments(source))],
  ['DECIMAL256', (source) => decimal(source, 76, numberArguments(source))],
]);

const aliases = {
  Int8: 'TINYINT,INT1,BYTE,TINYINT SIGNED,INT1 SIGNED',
  Int16: 'SMALLINT,SMALLINT SIGNED',
  Int32: 'INT,INTEGER,MEDIUMINT,INT SIGNED,INTEGER SIGNED,MEDIUMINT SIGNED',
  Int64: 'BIGINT,SIGNED,BIGINT SIGNED',
  UInt8: 'TINYINT UNSIGNED,INT1 UNSIGNED',
  UInt16: 'YEAR,SMALLINT UNSIGNED',
  UInt32: 'INT UNSIGNED,INTEGER UNSIGNED,MEDIUMINT UNSIGNED',
  UInt64: 'UNSIGNED,BIT,BIGINT UNSIGNED',
  Int128: '',
  Int256: '',
  UInt128: '',
  UInt256: '',
  Float32: 'FLOAT,REAL,SINGLE',
  Float64: 'DOUBLE,DOUBLE PRECISION',
  String:
    'TEXT,CHAR,VARCHAR,CHARACTER,NCHAR,NVARCHAR,VARCHAR2,CLOB,TINYTEXT,MEDIUMTEXT,LONGTEXT,BLOB,TINYBLOB,MEDIUMBLOB,' +
    'LONGBLOB,VARBINARY,BYTEA,CHAR VARYING,CHARACTER VARYING,NATIONAL CHAR,NATIONAL CHARACTER',
  UUID: '',
  IPv4: 'INET4',
  IPv6: 'INET6',
  Nothing: '',
} as const satisfies Partial<Record<DataType['kind'], string>>;

for (const [kind, names] of Object.entries(aliases) as [keyof typeof aliases, string][]) {
  exactNames.set(kind, plain(kind));
  for (const name of names.split(',').filter(Boolean)) anyCaseNames.set(name, withDisplayWidth(kind));
}

const laterTypes = new Set(
  ('Nested JSON Dynamic Variant Object Time Time64 ' + 'BFloat16 Point Ring Polygon').split(' '),
);

function plain(kind: keyof typeof aliases | 'Bool' | 'Date' | 'Date32'): ParseArguments {
  return () => ({ kind });
}

/** The numbers of INT(11) and VARCHAR(20) mean nothing, as in ClickHouse. */
function withDisplayWidth(kind: keyof typeof aliases): ParseArguments {
  return (source) => {
    if (peek(source) === '(') numberArguments(source);
    return { kind };
  };
}

function isAnyCaseName(name: string): boolean {
  return anyCaseNames.has(name.toUpperCase());
}

function parseType(source: TypeSource): DataType {
  const name = readName(source, isAnyCaseName);
  const parse = exactNames.get(name) ?? anyCaseNames.get(name.toUpperCase());
  if (!parse) throw unknownType(source, name);
  if (++source.depth > MAX_DEPTH) {
    throw new WinnowError('TOO_DEEP_RECURSION', `more than ${MAX_DEPTH} types lie in each other`, {
      position: source.position,
    });
  }
  const type = parse(source);
  source.depth--;
  return type;
}

function unknownType(source: TypeSource, name: string): WinnowError {
  if (laterTypes.has(name)) return notImplemented(`data type ${name}`, source.position);
  const nearest = nearestName(name, [
    ...exactNames.keys(),
    'Bool',
    'Date',
    'Date32',
    'DateTime',
    'DateTime64',
    'Decimal',
  ]);
  return new WinnowError('UNKNOWN_TYPE', `unknown data type '${name}'`, {
    hint: nearest && `Did you mean ${nearest}?`,
    position: source.position,
  });
}

function parseNullable(source: TypeSource): DataType {
  expect(source, '(');
  const inner = parseType(source);
  expect(source, ')');
  if (inner.kind === 'Nullable' || inner.kind === 'LowCardinality' || isNeverNull(inner))
    throw cannotHold(source, 'Nullable', inner);
  return { kind: 'Nullable', inner };
}

function cannotHold(source: TypeSource, outer: string, inner: DataType): WinnowError {
  return new WinnowError('ILLEGAL_TYPE_OF_ARGUMENT', `${outer} cannot hold ${typeName(inner)}`, {
    position: source.position,
  });
}

function parseArray(source: TypeSource): DataType {
  expect(source, '(');
  const inner = parseType(source);
  expect(source, ')');
  return arrayOf(inner);
}

function parseLowCardinality(source: TypeSource): DataType {
  expect(source, '(');
  const inner = parseType(source);
  expect(source, ')');
  if (inner.kind === 'LowCardinality' || isNeverNull(inner))
    throw cannotHold(source, 'LowCardinality', inner);
  if (!fitsLowCardinality(withoutNullable(inner))) throw cannotHold(source, 'LowCardinality', inner);
  return { kind: 'LowCardinality', inner };
}

function parseMap(source: TypeSource): DataType {
  expect(source, '(');
  const key = parseType(source);
  expect(source, ',');
  const value = parseType(source);
  expect(source, ')');
  if (!isNullable(key)) return { kind: 'Map', key, value };
  throw new WinnowError('BAD_ARGUMENTS', `Map cannot have keys of type ${typeName(key)}`, {
    position: source.position,
  });
}

function parseTuple(source: TypeSource): TupleType {
  const elements: TupleElement[] = [];
  expect(source, '(');
  if (accept(source, ')')) return tupleOf(elements);
  do elements.push({ name: readElementName(source), type: parseType(source) });
  while (accept(source, ','));
  expect(source, ')');
  const names = new Set(elements.flatMap(({ name }) => name ?? []));
  if (names.size === elements.length || elements.every(({ name }) => name === undefined))
    return tupleOf(elements);
  throw new WinnowError('BAD_ARGUMENTS', 'the elements of a Tuple have different names, or none has a name', {
    position: source.position,
  });
}

/** The name before an element's type: a quoted one, or a word that another word follows. */
function readElementName(source: TypeSource): string | undefined {
  const quoted = match(source, /`(?:[^`\\]|\\[^]|``)*`|"(?:[^"\\]|\\[^]|"")*"/y);
  if (quoted !== undefined) return unquoted(quoted);
  const start = source.at;
  const name = match(source, /[A-Za-z_]\w*/y);
  const isType = name !== undefined && isAnyCaseName(name) && readsPhrase(source, start);
  if (name !== undefined && !isType && /[A-Za-z_`"]/.test(peek(source) ?? '')) return name;
  source.at = start;
  return undefined;
}

/** Whether a type's name of several words begins here: `DOUBLE PRECISION`. */
function readsPhrase(source: TypeSource, start: number): boolean {
  const at = source.at;
  source.at = start;
  const isPhrase = readName(source, isAnyCaseName).includes(' ');
  source.at = at;
  return isPhrase;
}

/** Which functions there are is known elsewhere. */
function parseAggregateFunction(source: TypeSource): DataType {
  expect(source, '(');
  if (/\d/.test(peek(source) ?? ''))
    throw notImplemented('AggregateFunction with the version of its states', source.position);
  const { name, parameters } = readAggregate(source);
  const args: DataType[] = [];
  while (accept(source, ',')) args.push(parseType(source));
  expect(source, ')');
  return { kind: 'AggregateFunction', name, parameters, args };
}

/** Functions whose states are values of the type that they aggregate. */
const simpleAggregates = new Set(
  (
    'any any_respect_nulls anyLast anyLast_respect_nulls min max sum sumWithOverflow groupBitAnd groupBitOr groupBitXor ' +
    'sumMap minMap maxMap groupArrayArray groupArrayLastArray groupUniqArrayArray groupUniqArrayArrayMap ' +
    'sumMappedArrays minMappedArrays maxMappedArrays'
  ).split(' '),
);

/** Other names of some, under which ClickHouse does not print them. */
const aggregateAliases: Readonly<Record<string, string>> = {
  any_value: 'any',
  first_value: 'any',
  last_value: 'anyLast',
};

/** `SimpleAggregateFunction(f, T)` is T under a name of its own. */
function parseSimpleAggregateFunction(source: TypeSource): DataType {
  expect(source, '(');
  const { name: given, parameters } = readAggregate(source);
  const name = aggregateAliases[given] ?? given;
  if (!simpleAggregates.has(name)) {
    throw new WinnowError('BAD_ARGUMENTS', `SimpleAggregateFunction does not take the function ${given}`, {
      position: source.position,
      hint: nearestName(given, [...simpleAggregates]),
    });
  }
  expect(source, ',');
  const type = parseType(source);
  expect(source, ')');
  return { ...type, aggregate: parameters.length === 0 ? name : `${name}(${parameters.join(', ')})` };
}

function readAggregate(source: TypeSource): { name: string; parameters: number[] } {
  const name = match(source, /[A-Za-z_]\w*/y);
  if (name === undefined) throw syntaxError(source, 'the name of an aggregate function');
  const parameters: number[] = [];
  if (accept(source, '(')) {
    do parameters.push(readParameter(source));
    while (accept(source, ','));
    expect(source, ')');
  }
  return { name, parameters };
}

function readParameter(source: TypeSource): number {
  const text = match(source, /-?\d+(?:\.\d+)?/y);
  if (text === undefined)
    throw notImplemented('AggregateFunction with a parameter that is no number', source.position);
  return Number(text);
}
