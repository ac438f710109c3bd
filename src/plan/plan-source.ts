// plan-source.ts — the part of a plan that reads: a table by its access path, two sides that are joined, or rows as they come.

import type { Draft } from './draft.ts';
import type { From } from './from.ts';
import { chooseAccess } from './paths.ts';
import { planJoin } from './plan-join.ts';
import type { PlanContext, SelectPlan } from './plan.ts';
import { isNeverTrue } from './predicates.ts';
import { requireForced } from './skip/skip-index-use.ts';
import { accessRequest, tablePlan } from './table-plan.ts';

/** Errors: INDEX_NOT_USABLE when a forced path cannot answer. */
export function planSource(draft: Draft, { source }: From, context: PlanContext): SelectPlan {
  if (draft.filter.some(({ bound }) => isNeverTrue(bound)))
    return { ...draft, source: { kind: 'nothing' }, filter: [] };
  switch (source.kind) {
    case 'unplanned': {
      const plan = tablePlan(draft, source, chooseAccess(accessRequest(draft, source, context)), context);
      requireForced(plan, context.skipIndexUse);
      return plan;
    }
    case 'unplannedJoin':
      return planJoin(draft, source, context, planSource);
    default:
      return { ...draft, source, filter: draft.filter.map(({ bound }) => bound) };
  }
}
