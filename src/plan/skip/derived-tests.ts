// derived-tests.ts — what a condition on a value says of expressions of that value: `x = 5` says that `x % 3` is 2.
//
// Keeps true: a derived test holds in every row in which the condition is true. Where it is false nothing follows.

import { WinnowError } from '../../base/errors.ts';
import { evaluate } from '../../expr/evaluate.ts';
import type { Expression as Bound } from '../../expr/expression.ts';
import { sameExpression } from '../../expr/same-expression.ts';
import { concatColumns } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import { isFloat } from '../../expr/type-classes.ts';
import { isComposite, withoutNullable, type DataType } from '../../types/data-type.ts';
import { pointValue, spansOfComparison, type Comparison } from '../column-spans.ts';
import type { OperandTest, TestedOperand } from '../operand-test.ts';
import type { Span } from '../spans.ts';
import { spansOfTest } from '../test-spans.ts';
import { withNegativeZero } from './equal-values.ts';
import type { IndexedTest } from './indexed-operand.ts';
import { monotonicOperands } from './monotonic.ts';
import { overExpressions } from './over-expressions.ts';

/** More values are not computed. */
const MAX_VALUES = 1000;

export function derivedTests(
  expressions: readonly Bound[],
  { operand, test }: Pick<TestedOperand, 'operand' | 'test'>,
): IndexedTest[] {
  return expressions.flatMap((expression, place) => {
    if (sameExpression(expression, operand) || isComposite(expression.type)) return [];
    const derived = ofPoints(expression, operand, test) ?? ofRange(expression, operand, test);
    return derived ? [{ place, test: derived }] : [];
  });
}

/** What follows where the test does not hold, and the operand is not NULL. */
export function derivedOfOpposite(
  expressions: readonly Bound[],
  { operand, test }: Pick<TestedOperand, 'operand' | 'test'>,
): IndexedTest[] {
  // NaN is neither below a value nor above it.
  if (test.kind !== 'compare' || test.comparison === '=' || isFloat(withoutNullable(operand.type))) return [];
  return derivedTests(expressions, { operand, test: { ...test, comparison: opposites[test.comparison] } });
}

const opposites = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const satisfies Partial<
  Record<Comparison, Comparison>
>;

/** The operand is one of a few values: so is the expression. */
function ofPoints(expression: Bound, operand: Bound, test: OperandTest): OperandTest | undefined {
  if (test.kind !== 'compare' && test.kind !== 'in') return undefined;
  const over = overExpressions(expression, [operand]);
  const spans = over && spansOfTest(operand.type, test)?.spans;
  if (!over || !spans || spans.length === 0) return undefined;
  const values = valuesOf(operand.type, spans);
  const computed = values && computedFrom(over, values);
  return computed && { kind: 'in', set: computed };
}

function valuesOf(type: DataType, spans: readonly Span[]): Column | undefined {
  if (spans.length > MAX_VALUES || !spans.every((span) => span.point)) return undefined;
  return concatColumns(spans.flatMap((span) => withNegativeZero(pointValue(type, span))));
}

/** undefined when a value is NULL or NaN, which no set holds. */
function computedFrom(over: Bound, values: Column): Column | undefined {
  try {
    const column = evaluate(over, { rowCount: values.rowCount, columns: [values] });
    if (column.nulls?.includes(1)) return undefined;
    if (column.layout === 'fixed' && column.values.some((value: number | bigint) => Number.isNaN(value)))
      return undefined;
    return { ...column, type: withoutNullable(column.type), nulls: undefined } as Column;
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

/** The operand is below or above a value, and the expression rises with it. */
function ofRange(expression: Bound, operand: Bound, test: OperandTest): OperandTest | undefined {
  if (test.kind !== 'compare' || test.comparison === '=') return undefined;
  if (![...monotonicOperands(expression)].some((e) => sameExpression(e, operand))) return undefined;
  const over = overExpressions(expression, [operand]);
  const [point] = spansOfComparison(operand.type, '=', test.constant)?.spans ?? [];
  const constant = over && point?.point ? computedFrom(over, pointValue(operand.type, point)) : undefined;
  if (!constant) return undefined;
  return { kind: 'compare', comparison: test.comparison.startsWith('<') ? '<=' : '>=', constant };
}
