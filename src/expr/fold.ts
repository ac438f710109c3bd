// fold.ts — computes what depends on no column, once, before any block is read.

import { WinnowError } from '../base/errors.ts';
import { evaluate } from './evaluate.ts';
import type { Expression } from './expression.ts';

export function isConstant(expression: Expression): expression is Extract<Expression, { kind: 'literal' }> {
  return expression.kind === 'literal';
}

/**
 * The expression with calls of constants replaced by their values. A call that fails stays: it may stand in
 * a branch that no row takes, and fails at run time otherwise.
 */
export function foldConstants(expression: Expression): Expression {
  if (expression.kind === 'in') {
    const operand = foldConstants(expression.operand);
    return isConstant(operand) ? computed({ ...expression, operand }) : { ...expression, operand };
  }
  if (expression.kind !== 'call') return expression;
  const args = expression.args.map(foldConstants);
  const folded = { ...expression, args };
  return args.every(isConstant) ? computed(folded) : folded;
}

function computed(expression: Expression): Expression {
  try {
    return {
      kind: 'literal',
      value: evaluate(expression, { rowCount: 1, columns: [] }),
      type: expression.type,
    };
  } catch (error) {
    if (error instanceof WinnowError) return expression;
    throw error;
  }
}
