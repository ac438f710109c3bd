// predicate.ts — conditions that kernels decide: recognised in bound expressions.
//
// A predicate is true in the rows in which its condition is; where that is false or NULL it is not. It never fails, so it
// may be asked about rows that an earlier condition has dropped.

import { WinnowError } from '../base/errors.ts';
import { castColumn } from '../expr/cast.ts';
import { withoutNulls } from '../expr/null-propagation.ts';
import type { Expression } from '../expr/expression.ts';
import { fixedArrays, type BytesColumn, type Column } from '../types/column.ts';
import {
  evenSizeBytes,
  physicalOf,
  sameValues,
  withoutNullable,
  type DataType,
  type FixedPhysical,
} from '../types/data-type.ts';
import { comparisonBounds } from './comparison-bounds.ts';
import { placesOfEquals } from './value-places.ts';

/** Of a leaf, `negated` asks for the rows in which it is false. Rows in which its column is NULL are never meant. */
export type Predicate =
  /** The place of the value (value-places.ts) is from `low` to `high`, both included; nowhere when low > high. */
  | {
      readonly kind: 'within';
      readonly column: number;
      readonly negated: boolean;
      readonly physical: FixedPhysical;
      readonly low: bigint;
      readonly high: bigint;
    }
  | {
      readonly kind: 'text';
      readonly column: number;
      readonly negated: boolean;
      readonly match: 'equal' | 'start' | 'contain';
      readonly needle: Buffer;
    }
  | { readonly kind: 'null'; readonly column: number; readonly negated: boolean }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Predicate[] };

type Call = Extract<Expression, { kind: 'call' }>;
type In = Extract<Expression, { kind: 'in' }>;
type ColumnReference = Extract<Expression, { kind: 'column' }>;

/** More values than this are found faster in a set. */
const maxInValues = 16;

/** The predicate that is true where the condition is true, or with `negated` where it is false; undefined when no kernel decides that. */
export function predicateOf(condition: Expression, negated = false): Predicate | undefined {
  switch (condition.kind) {
    case 'column':
      return isFixed(condition.type) ? isZero(condition, !negated) : undefined;
    case 'in':
      return inPredicate(condition, negated !== condition.negated);
    case 'call':
      return callPredicate(condition, negated);
    case 'literal':
      return undefined;
  }
}

function callPredicate(call: Call, negated: boolean): Predicate | undefined {
  switch (call.name) {
    case 'not':
      return predicateOf(call.args[0]!, !negated);
    case 'and':
    case 'or':
      return compound(call, negated);
    case 'isNull':
      return nullPredicate(call, negated);
    case 'isNotNull':
      return nullPredicate(call, !negated);
    case 'startsWith':
    case 'like':
      return textPredicate(call, negated);
    case 'notLike':
      return textPredicate(call, !negated);
    default:
      return comparisonPredicate(call, negated);
  }
}

function compound({ name, args }: Call, negated: boolean): Predicate | undefined {
  const operands = args.map((arg) => predicateOf(arg, negated));
  if (!operands.every((operand) => operand !== undefined)) return undefined;
  // NOT (a AND b) is true where a or b is false, in three-valued logic too.
  return { kind: (name === 'and') === negated ? 'or' : 'and', operands };
}

const isFixed = (type: DataType): boolean => physicalOf(type) in fixedArrays;

function nullPredicate({ args: [arg] }: Call, negated: boolean): Predicate | undefined {
  return arg?.kind === 'column' ? { kind: 'null', column: arg.index, negated } : undefined;
}

/** 0 and -0. */
function isZero(column: ColumnReference, negated: boolean): Predicate {
  return equals(column, 0, negated);
}

function equals(column: ColumnReference, value: number | bigint, negated: boolean): Predicate {
  const physical = physicalOf(column.type) as FixedPhysical;
  return { kind: 'within', column: column.index, negated, physical, ...placesOfEquals({ physical }, value) };
}

// ---- comparisons

/** The comparison that says the same with its sides exchanged. */
const exchanged: Readonly<Record<string, string>> = {
  equals: 'equals',
  notEquals: 'notEquals',
  less: 'greater',
  lessOrEquals: 'greaterOrEquals',
  greater: 'less',
  greaterOrEquals: 'lessOrEquals',
};

function comparisonPredicate({ name, args }: Call, negated: boolean): Predicate | undefined {
  if (!(name in exchanged) || args.length !== 2) return undefined;
  const [a, b] = args as [Expression, Expression];
  if (a.kind === 'column' && b.kind === 'literal') return withConstant(name, a, b.value, negated);
  if (a.kind === 'literal' && b.kind === 'column') return withConstant(exchanged[name]!, b, a.value, negated);
  return undefined;
}

function withConstant(
  name: string,
  column: ColumnReference,
  literal: Column,
  negated: boolean,
): Predicate | undefined {
  if (literal.nulls?.[0] === 1) return undefined;
  const constant = withoutNulls(literal);
  if (!isFixed(column.type)) return textComparison(name, column, constant, negated);
  const bounds = comparisonBounds(column, constant);
  if (!bounds) return undefined;
  const { places, low, high } = bounds;
  const within = (from: bigint, to: bigint, isNegated = negated): Predicate => {
    const { physical } = places;
    return { kind: 'within', column: column.index, negated: isNegated, physical, low: from, high: to };
  };
  switch (name) {
    case 'less':
      return within(places.first, low - 1n);
    case 'lessOrEquals':
      return within(places.first, high);
    case 'greater':
      return within(high + 1n, places.last);
    case 'greaterOrEquals':
      return within(low, places.last);
    default:
      return within(low, high, negated !== (name === 'notEquals'));
  }
}

// ---- membership

function inPredicate({ operand, set }: In, negated: boolean): Predicate | undefined {
  if (operand.kind !== 'column' || set.rowCount > maxInValues) return undefined;
  const operands = membersOf(operand, set, negated);
  if (operands?.length === 0) return ofNoValue(operand, negated);
  return operands && { kind: negated ? 'and' : 'or', operands };
}

function membersOf(operand: ColumnReference, set: Column, negated: boolean): Predicate[] | undefined {
  if (set.layout === 'fixed')
    return [...set.values.subarray(0, set.rowCount)]
      .filter((value) => !Number.isNaN(value))
      .map((value) => equals(operand, value, negated));
  if (set.layout !== 'bytes') return undefined;
  return Array.from({ length: set.rowCount }, (_, row) =>
    textMatch(operand, 'equal', bytesAt(set, row), negated),
  );
}

/** Membership in nothing: false, but NULL for NULL. */
function ofNoValue(column: ColumnReference, negated: boolean): Predicate {
  return negated ? { kind: 'null', column: column.index, negated: true } : { kind: 'or', operands: [] };
}

// ---- texts

function textMatch(
  { index: column }: ColumnReference,
  match: 'equal' | 'start' | 'contain',
  needle: Buffer,
  negated: boolean,
): Predicate {
  return { kind: 'text', column, negated, match, needle };
}

function textComparison(
  name: string,
  column: ColumnReference,
  constant: Column,
  negated: boolean,
): Predicate | undefined {
  if (name !== 'equals' && name !== 'notEquals') return undefined;
  const needle = storedBytes(withoutNullable(column.type), constant);
  return needle && textMatch(column, 'equal', needle, negated !== (name === 'notEquals'));
}

/** The bytes that a column of that type stores for what equals the constant; undefined when that is not one value. */
function storedBytes(type: DataType, constant: Column): Buffer | undefined {
  if (constant.layout !== 'bytes') return undefined;
  if (type.kind === 'FixedString') return undefined;
  if (sameValues(type, constant.type)) return bytesAt(constant, 0);
  if (evenSizeBytes(type) === undefined || constant.type.kind !== 'String') return undefined;
  try {
    return bytesAt(castColumn(constant, type) as BytesColumn, 0);
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

function bytesAt({ bytes, offsets }: BytesColumn, row: number): Buffer {
  return bytes.subarray(offsets[row], offsets[row + 1]);
}

/** `startsWith(column, 'x')`, and LIKE with patterns of literal text that % stands before, behind, on both sides or on none. */
function textPredicate({ name, args }: Call, negated: boolean): Predicate | undefined {
  const [column, literal] = args as [Expression, Expression];
  if (column.kind !== 'column' || literal.kind !== 'literal' || literal.value.layout !== 'bytes')
    return undefined;
  if (withoutNullable(column.type).kind !== 'String' || withoutNullable(literal.type).kind !== 'String')
    return undefined;
  const text = bytesAt(literal.value, 0);
  if (name === 'startsWith') return textMatch(column, 'start', text, negated);
  // Latin-1 keeps every byte apart.
  const shape = /^(%*)([^%_\\]*)(%*)$/.exec(text.toString('latin1'));
  if (!shape) return undefined;
  const [, before, needle, behind] = shape as unknown as [string, string, string, string];
  const match = matchOf(before !== '', behind !== '', needle !== '');
  return match && textMatch(column, match, Buffer.from(needle, 'latin1'), negated);
}

function matchOf(
  before: boolean,
  behind: boolean,
  hasText: boolean,
): 'equal' | 'start' | 'contain' | undefined {
  // `%` alone: every text contains the empty one.
  if (!hasText) return before ? 'contain' : 'equal';
  if (before) return behind ? 'contain' : undefined;
  return behind ? 'start' : 'equal';
}

/** The columns that a predicate looks at. */
export function columnsOf(predicate: Predicate): readonly number[] {
  return 'column' in predicate ? [predicate.column] : predicate.operands.flatMap(columnsOf);
}
