// plan-select.ts — binds one SELECT and plans it. No I/O.
//
// Subqueries used as values, and names from WITH, were replaced before (prepare-subqueries.ts); FROM may hold one.

import { WinnowError, notImplemented } from '../base/errors.ts';
import { bindExpression } from '../expr/bind.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { Expression, OrderItem, SelectQuery } from '../sql/ast.ts';
import { aggregationBinder, findAggregate, refuseAggregates } from './aggregation.ts';
import { collectAliases, resolveAliases, type Aliases } from './aliases.ts';
import { columnName } from './column-name.ts';
import { checkedFilter } from './condition.ts';
import { resolveFrom, type From } from './from.ts';
import { planLimit } from './limit.ts';
import type { Draft } from './draft.ts';
import type { PlanContext, SelectPlan, SortKey } from './plan.ts';
import { planSource } from './plan-source.ts';
import { conjunctsOf } from './predicates.ts';
import { expandStars, unqualified } from './source-scope.ts';

/**
 * Plans a SELECT. The statement's own SETTINGS are already in `context`.
 * Errors: those of binding, and INDEX_NOT_USABLE when a forced path cannot answer.
 */
export function planSelect(query: SelectQuery, context: PlanContext): SelectPlan {
  const aliases = collectAliases(query);
  const from = resolveFrom(query.from, aliases, context, (subquery) => planSubquery(subquery, context));
  const clauses = resolveClauses(query, aliases, from);
  const bindRow = (e: Expression): Bound => bindExpression(e, from.scope, context.bind);
  const grouping = clauses.aggregated
    ? aggregationBinder(clauses.groupBy, from.scope, context.bind)
    : undefined;
  const bindAfter = grouping ? grouping.bind : bindRow;
  const output = clauses.items.map(({ name, expression }) => ({ name, bound: bindAfter(expression) }));
  const sorting = bindSorting(clauses, bindAfter);
  const having = clauses.having.map(
    (e) => checkedFilter({ position: e.position, bound: bindAfter(e) }).bound,
  );
  const filter = clauses.where.flatMap((e) => conjunctsOf(e, bindRow)).map(checkedFilter);
  const draft: Draft = {
    filter,
    aggregation: grouping?.finish(),
    having,
    projection: [...output.map(({ bound }) => bound), ...sorting.hidden],
    columns: output.map(({ name, bound }) => ({ name, type: bound.type })),
    distinct: query.distinct,
    sort: sorting.keys,
    limit: planLimit(query, context.bind),
  };
  return planSource(draft, from, context);
}

function planSubquery(query: SelectQuery, context: PlanContext): SelectPlan {
  const setting = query.settings[0];
  if (setting) throw notImplemented('SETTINGS in a subquery', setting.position);
  return planSelect(query, context);
}

// ---- clauses: stars, aliases and positions resolved, nothing bound yet

type Clauses = {
  readonly items: readonly { readonly name: string; readonly expression: Expression }[];
  /** No more than one. */
  readonly where: readonly Expression[];
  readonly aggregated: boolean;
  readonly groupBy: readonly Expression[];
  readonly having: readonly Expression[];
  readonly orderBy: readonly OrderItem[];
};

function resolveClauses(query: SelectQuery, aliases: Aliases, from: From): Clauses {
  const resolve = (e: Expression): Expression => unqualified(resolveAliases(e, aliases), from.scope);
  const items = expandStars(query.items, from.scope).map((item) => ({
    name: columnName(unqualified(item, from.scope, (name) => aliases.has(name))),
    expression: resolve(item),
  }));
  if (items.length === 0)
    throw new WinnowError('EMPTY_LIST_OF_COLUMNS_QUERIED', 'the query asks for no columns', {
      position: query.position,
    });
  const positional = (e: Expression): Expression => itemAt(e, items) ?? resolve(e);
  const where = query.where ? [resolve(query.where)] : [];
  const having = query.having ? [resolve(query.having)] : [];
  const groupBy = query.groupBy.map(positional);
  const orderBy = query.orderBy.map((item) => ({ ...item, expression: positional(item.expression) }));
  for (const e of where) refuseAggregates(e, 'in WHERE');
  const after = [
    ...items.map(({ expression }) => expression),
    ...having,
    ...orderBy.map(({ expression }) => expression),
  ];
  const aggregated = groupBy.length > 0 || after.some((e) => findAggregate(e));
  // Without grouping HAVING is one more WHERE.
  return aggregated
    ? { items, where, aggregated, groupBy, having, orderBy }
    : { items, where: [...where, ...having], aggregated, groupBy, having: [], orderBy };
}

/** `GROUP BY 2`, `ORDER BY 2`: the second item. */
function itemAt(e: Expression, items: Clauses['items']): Expression | undefined {
  if (e.kind !== 'literal' || e.value.kind !== 'number' || !/^\d+$/.test(e.value.text)) return undefined;
  const item = items[Number(e.value.text) - 1];
  if (item) return item.expression;
  throw new WinnowError(
    'BAD_ARGUMENTS',
    `position ${e.value.text} is not within the ${items.length} items of SELECT`,
    { position: e.position },
  );
}

// ---- sorting

type Sorting = {
  readonly keys: readonly SortKey[];
  /** Sort expressions that are no item: they follow the items in the projection. */
  readonly hidden: readonly Bound[];
};

function bindSorting(clauses: Clauses, bind: (e: Expression) => Bound): Sorting {
  const names = clauses.items.map(({ expression }) => columnName(expression));
  const hidden: Bound[] = [];
  const keys = clauses.orderBy.map(({ expression, descending, nullsFirst }) => {
    const name = columnName(expression);
    let index = names.indexOf(name);
    if (index < 0) {
      index = names.push(name) - 1;
      hidden.push(bind(expression));
    }
    return { index, descending, nullsFirst: nullsFirst ?? false };
  });
  return { keys, hidden };
}
