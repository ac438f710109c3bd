// operand-test.ts — what a condition without AND, OR and NOT asks of one operand: the shapes that indexes know.
//
// Keeps true: the condition is true in a row exactly when the test holds for the operand's value there, or with `negated`
// exactly when it does not hold and the value is not NULL.

import type { Expression as Bound } from '../expr/expression.ts';
import { sliceColumn } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { columnOf } from '../types/value.ts';
import { withoutNullable } from '../types/data-type.ts';
import { isInteger } from '../expr/type-classes.ts';
import type { Comparison } from './column-spans.ts';

/** Constants have one row; `elements` and `set` one for each of theirs. */
export type OperandTest =
  | { readonly kind: 'compare'; readonly comparison: Comparison; readonly constant: Column }
  /** Without NULL, of the operand's type. */
  | { readonly kind: 'in'; readonly set: Column }
  | { readonly kind: 'null' }
  | { readonly kind: TextTestKind; readonly text: Buffer }
  | { readonly kind: 'multiSearchAny'; readonly elements: Column }
  /** An element of an array or a key of a map. */
  | { readonly kind: 'has'; readonly constant: Column }
  | { readonly kind: 'hasAny' | 'hasAll'; readonly elements: Column }
  /** A value of a map. */
  | { readonly kind: 'hasValue'; readonly constant: Column };

export type TextTestKind = 'like' | 'startsWith' | 'endsWith' | 'hasToken' | 'match';

export type TestedOperand = {
  readonly operand: Bound;
  readonly test: OperandTest;
  readonly negated: boolean;
};

type Call = Extract<Bound, { kind: 'call' }>;
type Literal = Extract<Bound, { kind: 'literal' }>;

const isLiteral = (e: Bound | undefined): e is Literal => e?.kind === 'literal';

export function testOf(e: Bound): TestedOperand | undefined {
  switch (e.kind) {
    case 'literal':
      return undefined;
    case 'column':
      return isInteger(withoutNullable(e.type)) ? { operand: e, test: isZero, negated: true } : undefined;
    case 'in':
      return { operand: e.operand, test: { kind: 'in', set: e.set }, negated: e.negated };
    case 'call':
      return testOfCall(e);
  }
}

const isZero: OperandTest = {
  kind: 'compare',
  comparison: '=',
  constant: columnOf({ kind: 'UInt8' }, [0]),
};

function testOfCall(call: Call): TestedOperand | undefined {
  const [operand, argument] = call.args;
  if (!operand) return undefined;
  if (call.name === 'isNull' || call.name === 'isNotNull')
    return { operand, test: { kind: 'null' }, negated: call.name === 'isNotNull' };
  if (call.args.length !== 2) return undefined;
  if (Object.hasOwn(comparisons, call.name)) return comparisonOf(call.name, operand, argument!);
  const make = Object.hasOwn(tests, call.name) ? tests[call.name] : undefined;
  const test = make && isLiteral(argument) ? make(argument.value) : undefined;
  return test && { operand, test, negated: call.name === 'notLike' };
}

/** Per function: its comparison, and the one that says the same with its sides exchanged. */
const comparisons: Readonly<Record<string, readonly [Comparison, Comparison]>> = {
  equals: ['=', '='],
  notEquals: ['=', '='],
  less: ['<', '>'],
  lessOrEquals: ['<=', '>='],
  greater: ['>', '<'],
  greaterOrEquals: ['>=', '<='],
};

function comparisonOf(name: string, left: Bound, right: Bound): TestedOperand | undefined {
  const [direct, exchanged] = comparisons[name]!;
  const negated = name === 'notEquals';
  const compare = (operand: Bound, comparison: Comparison, constant: Column): TestedOperand => ({
    operand,
    test: { kind: 'compare', comparison, constant },
    negated,
  });
  if (isLiteral(right)) return isLiteral(left) ? undefined : compare(left, direct, right.value);
  return isLiteral(left) ? compare(right, exchanged, left.value) : undefined;
}

type Maker = (constant: Column) => OperandTest | undefined;

const textTest =
  (kind: TextTestKind): Maker =>
  (constant) => {
    const text = textOf(constant);
    return text && { kind, text };
  };

const elementsTest =
  (kind: 'hasAny' | 'hasAll' | 'multiSearchAny'): Maker =>
  (constant) =>
    constant.layout === 'array'
      ? { kind, elements: sliceColumn(constant.elements, constant.offsets[0]!, constant.offsets[1]!) }
      : undefined;

const has: Maker = (constant) => ({ kind: 'has', constant });

const tests: Readonly<Record<string, Maker>> = {
  like: textTest('like'),
  notLike: textTest('like'),
  startsWith: textTest('startsWith'),
  endsWith: textTest('endsWith'),
  hasToken: textTest('hasToken'),
  hasTokenOrNull: textTest('hasToken'),
  match: textTest('match'),
  multiSearchAny: elementsTest('multiSearchAny'),
  has,
  mapContains: has,
  mapContainsValue: (constant) => ({ kind: 'hasValue', constant }),
  hasAny: elementsTest('hasAny'),
  hasAll: elementsTest('hasAll'),
};

/** The bytes of a constant of type String that is not NULL. */
export function textOf(constant: Column, row = 0): Buffer | undefined {
  if (constant.layout !== 'bytes' || withoutNullable(constant.type).kind !== 'String') return undefined;
  if (constant.nulls?.[row] === 1) return undefined;
  return Buffer.from(constant.bytes.subarray(constant.offsets[row], constant.offsets[row + 1]));
}
