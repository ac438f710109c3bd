// limit.ts — LIMIT and OFFSET.

import { WinnowError } from '../base/errors.ts';
import { bindExpression, type BindContext } from '../expr/bind.ts';
import type { Expression, SelectQuery } from '../sql/ast.ts';
import { valueAt } from '../types/value.ts';
import type { Limit } from './plan.ts';
import { sourceScope } from './source-scope.ts';

/** Errors: INVALID_LIMIT_EXPRESSION when either is not a constant whole number ≥ 0. */
export function planLimit(query: SelectQuery, context: BindContext): Limit {
  const count = query.limit && rowCountOf(query.limit, 'LIMIT', context);
  const offset = query.offset && rowCountOf(query.offset, 'OFFSET', context);
  return { count, offset: offset ?? 0 };
}

function rowCountOf(e: Expression, clause: string, context: BindContext): number {
  const bound = bindExpression(e, sourceScope([], []), context);
  const value = bound.kind === 'literal' ? valueAt(bound.value, 0) : undefined;
  const rows = typeof value === 'bigint' ? Number(value) : value;
  if (typeof rows === 'number' && Number.isInteger(rows) && rows >= 0) return rows;
  throw new WinnowError('INVALID_LIMIT_EXPRESSION', `${clause} takes a constant whole number ≥ 0`, {
    position: e.position,
  });
}
