// literals.ts — constants as ClickHouse types them: the smallest integer type that holds the number, else Float64.

import { WinnowError, type SourcePosition } from '../base/errors.ts';
import type { LiteralValue } from '../sql/ast.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { Column, ParameterInput, ValueInput } from '../types/column.ts';
import { isNullable, nullable, type DataType, type IntegerKind } from '../types/data-type.ts';
import { EscapedText } from '../types/escaped-text.ts';
import { integerRanges } from '../types/number-text.ts';
import { appendText } from '../types/text.ts';
import { appendValue, columnOf } from '../types/value.ts';
import type { Expression } from './expression.ts';
import { nothing } from './type-classes.ts';

export type Literal = Extract<Expression, { kind: 'literal' }>;

export function literal(value: Column): Literal {
  return { kind: 'literal', value, type: value.type };
}

export function literalOf(type: DataType, value: ValueInput): Literal {
  return literal(columnOf(type, [value]));
}

/** A parsed literal; `negative` when a further minus stands before the number. */
export function bindLiteral(value: LiteralValue, position: SourcePosition, negative = false): Literal {
  switch (value.kind) {
    case 'null':
      return literalOf(nullable(nothing), null);
    case 'string':
      return literalOf({ kind: 'String' }, value.value);
    case 'boolean':
      return literalOf({ kind: 'Bool' }, value.value);
    case 'number':
      return numberLiteral(value.text, position, negative);
  }
}

/** Narrow before wide: the first that holds a number is its type. */
const integerTypes: readonly IntegerKind[] = [
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
  'Int8',
  'Int16',
  'Int32',
  'Int64',
];

/** The type of a whole number literal; undefined when 64 bits do not hold it. */
function integerType(value: bigint): DataType | undefined {
  const kind = integerTypes.find((candidate) => {
    const [least, greatest] = integerRanges[candidate];
    return value >= least && value <= greatest;
  });
  return kind && { kind };
}

function numberLiteral(text: string, position: SourcePosition, negative: boolean): Literal {
  if (text.startsWith('-')) return numberLiteral(text.slice(1), position, !negative);
  const digits = text.replaceAll('_', '');
  if (/^(\d+|0[xX][0-9a-fA-F]+|0[bB][01]+)$/.test(digits)) {
    const magnitude = BigInt(digits);
    const value = negative ? -magnitude : magnitude;
    const type = integerType(value);
    if (type) return literalOf(type, type.kind === 'Int64' || type.kind === 'UInt64' ? value : Number(value));
  }
  const float = floatOf(digits);
  if (float === undefined) throw new WinnowError('SYNTAX_ERROR', `'${text}' is not a number`, { position });
  return literalOf({ kind: 'Float64' }, negative ? -float : float);
}

function floatOf(text: string): number | undefined {
  if (/^nan$/i.test(text)) return NaN;
  if (/^inf(inity)?$/i.test(text)) return Infinity;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

/** The value of query parameter `name` as `type`: text is parsed, `\N` and null are NULL of a Nullable type. */
export function bindParameter(
  name: string,
  type: DataType,
  parameters: Readonly<Record<string, ParameterInput>>,
  position: SourcePosition,
): Literal {
  if (!Object.hasOwn(parameters, name) || parameters[name] === undefined) {
    throw new WinnowError('UNKNOWN_QUERY_PARAMETER', `query parameter {${name}} has no value`, { position });
  }
  const given = parameters[name];
  const value = given instanceof EscapedText ? given.as(type) : given;
  const builder = createColumnBuilder(type, 1);
  try {
    if (isNullable(type) && (value === null || value === '\\N')) builder.appendNull();
    else if (typeof value === 'string') appendText(builder, value);
    else appendValue(builder, value);
  } catch (cause) {
    if (!(cause instanceof WinnowError)) throw cause;
    throw new WinnowError('BAD_QUERY_PARAMETER', `query parameter {${name}}: ${cause.message}`, {
      cause,
      position,
    });
  }
  return literal(builder.finish());
}
