// join-key.ts — what two sides of a join must have in common, as values of one type.

import type { SourcePosition } from '../base/errors.ts';
import type { Binder } from '../expr/bind.ts';
import { commonType } from '../expr/common-type.ts';
import type { Expression } from '../expr/expression.ts';
import { sameType, withoutNullable, type DataType } from '../types/data-type.ts';
import type { JoinKey } from './plan.ts';

/** Errors: NO_COMMON_TYPE. */
export function joinKey(
  left: Expression,
  right: Expression,
  binder: Binder,
  position: SourcePosition,
): JoinKey {
  const type = commonType(left.type, right.type, position);
  const valueOf = (e: Expression): Expression =>
    sameValues(e.type, type) ? e : binder.cast(e, type, position);
  return { left: valueOf(left), right: valueOf(right), type };
}

/** Whether values of both types are laid out alike; NULL is one in either. */
export function sameValues(a: DataType, b: DataType): boolean {
  return sameType(withoutNullable(a), withoutNullable(b));
}
