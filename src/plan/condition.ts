import { WinnowError } from '../base/errors.ts';
import { numberShape } from '../expr/type-classes.ts';
import { typeName, withoutNullable } from '../types/data-type.ts';
import type { Conjunct } from './predicates.ts';

/** Errors: ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER. */
export function checkedFilter<T extends Pick<Conjunct, 'position' | 'bound'>>(condition: T): T {
  const { type } = condition.bound;
  const kind = withoutNullable(type).kind;
  const isTruth = numberShape(withoutNullable(type)) !== undefined || kind === 'Nothing';
  if (isTruth) return condition;
  throw new WinnowError(
    'ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER',
    `a condition must be a number or Bool, not ${typeName(type)}`,
    {
      position: condition.position,
    },
  );
}
