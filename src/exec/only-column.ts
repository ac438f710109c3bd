// only-column.ts — the one column that an expression depends on.

import type { Expression } from '../expr/expression.ts';

type ColumnReference = Extract<Expression, { kind: 'column' }>;

/** Undefined when the expression reads no column, or several. */
export function onlyColumnOf(expression: Expression): ColumnReference | undefined {
  const columns = [...referencesIn(expression)];
  const [first] = columns;
  return columns.every(({ index }) => index === first?.index) ? first : undefined;
}

function* referencesIn(expression: Expression): Generator<ColumnReference> {
  if (expression.kind === 'column') yield expression;
  else if (expression.kind === 'in') yield* referencesIn(expression.operand);
  else if (expression.kind === 'call') for (const arg of expression.args) yield* referencesIn(arg);
}
