// select.ts — one SELECT from its parsed form to its rows: subqueries first, then the plan, then the rows.

import type { WinnowError } from '../base/errors.ts';
import type { PlanContext, SelectPlan } from '../plan/plan.ts';
import { planSelect } from '../plan/plan-select.ts';
import { prepareSubqueries, type SubqueryAnswer } from '../plan/prepare-subqueries.ts';
import type { SelectQuery } from '../sql/ast.ts';
import type { Block } from '../types/column.ts';
import { newSourceCounters, type ExecContext } from './context.ts';
import { runSelect } from './run-select.ts';

/** Plans a SELECT. Its scalar and IN subqueries run now, at the same read point; their answers are in the plan. */
export async function prepareSelect(query: SelectQuery, planContext: PlanContext, context: ExecContext): Promise<SelectPlan> {
  const run = async (subquery: SelectQuery, maxRows: number, tooMany: () => WinnowError): Promise<SubqueryAnswer> => {
    const plan = planSelect(subquery, planContext);
    const blocks: Block[] = [];
    let rowCount = 0;
    // A funnel is about the outer query: its subqueries count for themselves.
    for await (const block of runSelect(plan, { ...context, counters: newSourceCounters() })) {
      rowCount += block.rowCount;
      if (rowCount > maxRows) throw tooMany();
      blocks.push(block);
    }
    return { columns: plan.columns, blocks };
  };
  return planSelect(await prepareSubqueries(query, run), planContext);
}
