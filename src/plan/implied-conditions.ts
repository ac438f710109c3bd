// implied-conditions.ts — what a condition on one side of a join says about the other side: equal keys fulfil it both, or neither.

import { Binder } from '../expr/bind.ts';
import { collectColumns } from '../expr/evaluate.ts';
import type { Expression } from '../sql/ast.ts';
import { sameType } from '../types/data-type.ts';
import type { From } from './from.ts';
import type { PlanContext } from './plan.ts';
import { conjunctsOf, type Conjunct } from './predicates.ts';
import { nameOf, type SourceScope } from './source-scope.ts';
import { mapChildren } from './walk.ts';

/** A column of each side, which a match has equal. */
export type EqualColumns = { readonly from: number; readonly to: number };

/**
 * Conditions that narrow the side `to`, of the conjuncts over the side `from`: only rows that fulfil them can match a row that
 * fulfils those.
 */
export function impliedConditions(
  conjuncts: readonly Conjunct[],
  equal: readonly EqualColumns[],
  { from, to }: { readonly from: From; readonly to: From },
  { bind }: PlanContext,
): Conjunct[] {
  const binder = new Binder(to.scope, bind);
  return equal.flatMap((columns) => {
    if (!sameType(from.scope.columns[columns.from]!.type, to.scope.columns[columns.to]!.type)) return [];
    const concerned = conjuncts.filter((conjunct) => narrows(conjunct, columns.from));
    return concerned.flatMap(({ source }) =>
      conjunctsOf(renamed(source, columns, from.scope, to.scope), (e) => binder.bind(e)),
    );
  });
}

/** It reads that column and no other, and chooses values of it that keys can follow. */
function narrows({ bound, restrictions }: Conjunct, column: number): boolean {
  const read = collectColumns(bound, new Set());
  return read.size === 1 && read.has(column) && restrictions.columns.has(column);
}

function renamed(e: Expression, columns: EqualColumns, from: SourceScope, to: SourceScope): Expression {
  if (e.kind !== 'identifier') return mapChildren(e, (child) => renamed(child, columns, from, to));
  return from.find(e.parts) === columns.from ? { ...e, parts: nameOf(columns.to, to) } : e;
}
