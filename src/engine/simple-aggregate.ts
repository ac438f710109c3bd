// simple-aggregate.ts — columns of SimpleAggregateFunction.

import type { SourcePosition } from '../base/errors.ts';
import { WinnowError } from '../base/errors.ts';
import { aggregateNames, bindAggregate } from '../expr/aggregates.ts';
import {
  sameType,
  typeName,
  withoutAggregates,
  withoutLowCardinality,
  type DataType,
} from '../types/data-type.ts';

/**
 * Refuses a function whose result is not of the type it aggregates, as far as Winnow has the function.
 * Errors: BAD_ARGUMENTS, ILLEGAL_TYPE_OF_ARGUMENT.
 */
export function checkSimpleAggregate(type: DataType, position: SourcePosition): void {
  const name = /^\w+/.exec(type.aggregate ?? '')?.[0];
  if (name === undefined || !aggregateNames().includes(name)) return;
  const plain = withoutLowCardinality(withoutAggregates(type));
  const argTypes = [plain];
  const result = bindAggregate({ name, parameters: [], argTypes, distinct: false, position }).type;
  if (sameType(result, plain)) return;
  throw new WinnowError('BAD_ARGUMENTS', `${name} of ${typeName(plain)} is a ${typeName(result)}`, {
    position,
    hint: `Write SimpleAggregateFunction(${name}, ${typeName(result)}).`,
  });
}
