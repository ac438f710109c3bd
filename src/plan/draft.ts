// draft.ts — a SELECT that is bound and not planned yet: its expressions are over all columns of its FROM.

import type { Expression } from '../expr/expression.ts';
import type { SelectPlan } from './plan.ts';
import type { Conjunct } from './predicates.ts';

export type Draft = Omit<SelectPlan, 'source' | 'filter'> & { readonly filter: readonly Conjunct[] };

/** What the steps after the filter compute from the source. */
export function outputsOf({ aggregation, projection }: Draft): readonly Expression[] {
  return aggregation
    ? [...aggregation.keys, ...aggregation.aggregates.flatMap(({ args }) => args)]
    : projection;
}

/** Rows leave one by one as they come, so that their order is kept and a LIMIT ends the reading. */
export const streams = ({ aggregation, distinct }: Draft): boolean => !aggregation && !distinct;

/** The draft with `over` applied to its outputs. */
export function overSource(draft: Draft, over: (e: Expression) => Expression): Draft {
  const { aggregation, projection } = draft;
  if (!aggregation) return { ...draft, projection: projection.map(over) };
  const aggregates = aggregation.aggregates.map((call) => ({ ...call, args: call.args.map(over) }));
  return { ...draft, aggregation: { keys: aggregation.keys.map(over), aggregates } };
}
