// bind-nulls.ts — binds functions that know nothing of NULL to arguments that may be NULL: NULL in, NULL out.

import { isNeverNull, nullable, withoutNullable } from '../types/data-type.ts';
import { allNullKernel } from './cast.ts';
import { propagateNulls, withoutNulls } from './null-propagation.ts';
import type { BoundFunction, FunctionCall } from './scalar-function.ts';
import { isBareNull, nothing } from './type-classes.ts';

/** What `bind` makes of the arguments without Nullable, and NULL in every row in which one of them is. */
export function bindBesideNulls(
  call: FunctionCall,
  bind: (call: FunctionCall) => BoundFunction,
): BoundFunction {
  if (call.args.some((arg) => isBareNull(arg.type)))
    return { type: nullable(nothing), run: allNullKernel(nullable(nothing)) };
  if (!call.args.some((arg) => arg.type.kind === 'Nullable')) return bind(call);
  const args = call.args.map((arg) => ({
    type: withoutNullable(arg.type),
    constant: arg.constant && { ...arg.constant, type: withoutNullable(arg.type), nulls: undefined },
  }));
  const { type, run } = bind({ ...call, args });
  // A composite result cannot be NULL: it is that of the default beneath the NULL.
  if (isNeverNull(type))
    return { type, run: (columns, rowCount) => run(columns.map(withoutNulls), rowCount) };
  return { type: nullable(type), run: propagateNulls(run) };
}
