// place-of.ts — an index's expression found again inside a condition.

import type { Expression as Bound } from '../../expr/expression.ts';
import { sameExpression } from '../../expr/same-expression.ts';

/** Which of the expressions it is; -1 for none of them. */
export const placeOf = (expressions: readonly Bound[], e: Bound): number =>
  expressions.findIndex((expression) => sameExpression(expression, e));
