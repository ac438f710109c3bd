// over-expressions.ts — a condition computed from the values of some expressions alone.

import type { Expression as Bound } from '../../expr/expression.ts';
import { mapArguments } from '../walk.ts';
import { placeOf } from './place-of.ts';

/** Over a block of these expressions; undefined when it reads more of the row. */
export function overExpressions(e: Bound, expressions: readonly Bound[]): Bound | undefined {
  let isComplete = true;
  const rewrite = (node: Bound): Bound => {
    const place = placeOf(expressions, node);
    if (place >= 0) return { kind: 'column', index: place, name: '', type: node.type };
    if (node.kind === 'column') isComplete = false;
    return mapArguments(node, rewrite);
  };
  const rewritten = rewrite(e);
  return isComplete ? rewritten : undefined;
}
