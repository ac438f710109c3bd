// known-aggregates.ts — queries that the metadata of parts may answer: count, min and max of all rows.

import type { Expression as Bound } from '../expr/expression.ts';
import { isNullable } from '../types/data-type.ts';
import type { AggregateCall, SelectPlan } from './plan.ts';
import { mapColumns } from './walk.ts';

/** `of` is over the columns of the path. */
export type KnownAggregate =
  | { readonly kind: 'count' }
  | { readonly kind: 'min' | 'max'; readonly of: Bound };

/** One for each aggregate of the plan; undefined when some rows are left out, or something else is asked of them. */
export function knownAggregates({ source, filter, aggregation }: SelectPlan): KnownAggregate[] | undefined {
  if (source.kind !== 'table' || !aggregation || aggregation.keys.length > 0 || filter.length > 0)
    return undefined;
  const { parts, lookup } = source.access;
  if (!parts || lookup || parts.bitmaps || parts.restrictions.size > 0) return undefined;
  const known = aggregation.aggregates.map((call) => knownAggregate(call, source.columns));
  return known.every((each) => each !== undefined) ? known : undefined;
}

function knownAggregate(
  { function: { call }, args }: AggregateCall,
  columns: readonly number[],
): KnownAggregate | undefined {
  if (call.distinct) return undefined;
  const name = call.name.toLowerCase();
  if (name === 'count') return args.some(({ type }) => isNullable(type)) ? undefined : { kind: 'count' };
  if (name !== 'min' && name !== 'max') return undefined;
  return { kind: name, of: mapColumns(args[0]!, (column) => columns[column]!) };
}
