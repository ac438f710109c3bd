// row-estimate.ts — how many rows a plan is guessed to give. As in path-cost.ts, no answer depends on it.

import type { AccessPath, SelectPlan, Source } from './plan.ts';

/** Share of rows that a remaining condition is guessed to keep. */
const KEPT_BY_FILTER = 0.3;

/** Of a virtual table nothing is known. */
const VIRTUAL_ROWS = 1000;

/** Rows of `input` that so many conditions leave. */
export function guessKept(input: number, conditions: number): number {
  return input === 0 ? 0 : Math.max(1, Math.round(input * KEPT_BY_FILTER ** conditions));
}

export function guessRows({ source, filter, aggregation, limit }: SelectPlan): number {
  const kept = guessKept(sourceRows(source), filter.length);
  const rows = aggregation?.keys.length === 0 ? 1 : kept;
  return Math.min(rows, limit.count ?? rows);
}

/** Rows of a table before the filter of the plan. */
export function deliveredRows({ lookup, estimate, parts }: AccessPath): number {
  if (lookup) return estimate.rowsLookedUp + estimate.detailsFetched;
  return guessKept(estimate.entriesRead, parts?.bitmaps?.conjuncts.length ?? 0);
}

function sourceRows(source: Source): number {
  switch (source.kind) {
    case 'table':
      return deliveredRows(source.access);
    case 'join':
      return source.estimate.rows;
    case 'subquery':
      return guessRows(source.plan);
    case 'virtual':
      return VIRTUAL_ROWS;
    case 'oneRow':
      return 1;
    case 'nothing':
      return 0;
  }
}

export function guessJoinRows(left: SelectPlan, right: SelectPlan): number {
  return Math.round(guessRows(left) * guessMatches(left, right));
}

/** Rows of the right side for one row of the left side: as if every row of its table belonged to one of the left table's. */
export function guessMatches(left: SelectPlan, right: SelectPlan): number {
  const [parents, children] = [tableRows(left), tableRows(right)];
  return parents && children ? Math.max(1, children / parents) : 1;
}

/** Rows of the table that the plan reads first. */
function tableRows({ source }: SelectPlan): number | undefined {
  if (source.kind === 'join') return tableRows(source.left);
  if (source.kind === 'subquery') return tableRows(source.plan);
  return source.kind === 'table' ? source.status.rowCount : undefined;
}
