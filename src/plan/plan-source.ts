// plan-source.ts — the part of a plan that reads: a table by its access path, two sides that are joined, or rows as they come.

import { collectColumns } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { outputsOf, overSource, type Draft } from './draft.ts';
import type { From } from './from.ts';
import { chooseAccess } from './paths.ts';
import { planJoin } from './plan-join.ts';
import type { PlanContext, SelectPlan, VirtualTable } from './plan.ts';
import { isNeverTrue } from './predicates.ts';
import { requireForced } from './skip/skip-index-use.ts';
import { accessRequest, tablePlan } from './table-plan.ts';
import { overColumns } from './walk.ts';

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
    case 'unplannedVirtual':
      return planVirtual(draft, source.table);
    default:
      return { ...draft, source, filter: draft.filter.map(({ bound }) => bound) };
  }
}

/** Reads the columns that the query names, and no others. */
function planVirtual(draft: Draft, table: VirtualTable): SelectPlan {
  const filter = draft.filter.map(({ bound }) => bound);
  const used = new Set<number>();
  for (const expression of [...filter, ...outputsOf(draft)]) collectColumns(expression, used);
  const columns = [...used].sort((a, b) => a - b);
  const over = (e: Expression): Expression => overColumns(e, columns);
  return {
    ...overSource(draft, over),
    source: { kind: 'virtual', table, columns },
    filter: filter.map(over),
  };
}
