// table-plan.ts — the plan of a query over one table: what its access path must deliver, and the steps over what it does.

import { outputsOf, overSource, streams, type Draft } from './draft.ts';
import type { UnplannedTable } from './from.ts';
import type { AccessRequest } from './access-request.ts';
import type { ChosenAccess } from './paths.ts';
import type { PlanContext, SelectPlan } from './plan.ts';

/** What the query asks of the table. */
export function accessRequest(
  draft: Draft,
  { table, forced }: UnplannedTable,
  context: PlanContext,
): AccessRequest {
  const { count, offset } = draft.limit;
  return {
    status: table.status,
    conjuncts: draft.filter,
    outputs: outputsOf(draft),
    sort: streams(draft) ? draft.sort : [],
    limit: streams(draft) && count !== undefined ? count + offset : undefined,
    freshness: context.freshness,
    skipIndexUse: context.skipIndexUse,
    itself: table.indexTable,
    forced,
  };
}

/** The plan that reads the table by the chosen path. */
export function tablePlan(
  draft: Draft,
  { table }: UnplannedTable,
  chosen: ChosenAccess,
  { freshness }: PlanContext,
): SelectPlan {
  const { access, columns, considered, over, residual } = chosen;
  return {
    ...overSource(draft, over),
    source: { kind: 'table', status: table.status, access, columns, considered, freshness },
    filter: residual,
    sort: access.order || access.lookup?.sort ? [] : draft.sort,
  };
}
