// plan-join.ts — plans a join: each condition is decided on the side it concerns, as equal keys, or on the joined rows.
//
// Keeps true: a condition goes below the join only where that gives the same rows. Below LEFT these are conditions of WHERE
// on the left side, and conditions of ON on the right side.

import { Binder } from '../expr/bind.ts';
import { collectColumns } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { numberShape } from '../expr/type-classes.ts';
import { isComposite, withoutNullable } from '../types/data-type.ts';
import { columnOrderOf } from './column-order.ts';
import { outputsOf, overSource, streams, type Draft } from './draft.ts';
import type { From, UnplannedJoin } from './from.ts';
import { impliedConditions, type EqualColumns } from './implied-conditions.ts';
import { joinKey, sameValues } from './join-key.ts';
import { planLookup } from './plan-lookup.ts';
import type { JoinKey, JoinSource, PlanContext, SelectPlan, SortKey } from './plan.ts';
import { conjunctsOf, isNeverTrue, type Conjunct } from './predicates.ts';
import { guessJoinRows, guessRows } from './row-estimate.ts';
import { unqualified } from './source-scope.ts';
import { overColumns } from './walk.ts';

type PlanSide = (draft: Draft, from: From, context: PlanContext) => SelectPlan;

/** `planSide` plans one side by itself. Errors: NO_COMMON_TYPE of keys, and those of the sides. */
export function planJoin(
  draft: Draft,
  source: UnplannedJoin,
  context: PlanContext,
  planSide: PlanSide,
): SelectPlan {
  const { implied, ...placed } = conditionsOf(draft.filter, source, context);
  if (source.join === 'INNER' && placed.after.some(isNeverTrue))
    return { ...draft, source: { kind: 'nothing' }, filter: [] };
  const width = source.left.scope.columns.length;
  const columns = neededColumns(draft, placed);
  const [leftColumns, rightColumns] = [columns.filter((c) => c < width), columns.filter((c) => c >= width)];
  const over = (e: Expression): Expression => overColumns(e, columns);
  const left = planLeft(draft, source, { placed, columns: leftColumns }, (side) =>
    planSide(side, source.left, context),
  );
  const rightDraft = sideDraft(source, 'right', rightColumns, placed);
  // What the keys imply is true of every row that is looked up by them.
  const narrowed = { ...rightDraft, filter: [...rightDraft.filter, ...implied] };
  const right = planSide(narrowed, source.right, context);
  const join: JoinSource = {
    kind: 'join',
    join: source.join,
    left: left.plan,
    right,
    names: { left: tableName(source.left), right: tableName(source.right) },
    keys: placed.keys.map((key) => ({
      ...key,
      left: overColumns(key.left, leftColumns),
      right: overColumns(key.right, rightColumns),
    })),
    match: placed.match.map(over),
    lookup: undefined,
    byShard: false,
    estimate: { leftRows: guessRows(left.plan), rows: guessJoinRows(left.plan, right) },
  };
  return {
    ...overSource(draft, over),
    source: planLookup(
      join,
      { draft: rightDraft, from: source.right, keys: rightKeys(placed, source) },
      context,
    ),
    filter: placed.after.map(over),
    sort: left.ordered ? [] : draft.sort,
  };
}

/** What each key is over the right side's own columns; undefined where USING gives one of them another type. */
function rightKeys({ keys }: Placed, { left, right, casts }: UnplannedJoin): (Expression | undefined)[] {
  const columns = right.scope.columns.map((_, i) => left.scope.columns.length + i);
  return keys.map((key) => {
    const isCast = [...collectColumns(key.right, new Set())].some((column) => casts.has(column));
    return isCast ? undefined : overColumns(key.right, columns);
  });
}

const tableName = ({ scope }: From): string => scope.tables[0]?.[0]?.join('.') ?? '';

function neededColumns(draft: Draft, { after, match, keys }: Placed): number[] {
  const needed = new Set<number>();
  const ofKeys = keys.flatMap(({ left, right }) => [left, right]);
  for (const e of [...outputsOf(draft), ...after, ...match, ...ofKeys]) collectColumns(e, needed);
  return [...needed].sort((a, b) => a - b);
}

/** The columns of one side, as numbered in the join, with the types that they have there; its rows filtered. */
function sideDraft(
  source: UnplannedJoin,
  side: 'left' | 'right',
  columns: readonly number[],
  placed: Placed,
): Draft {
  const { scope } = source[side];
  const first = side === 'left' ? 0 : source.left.scope.columns.length;
  const valueOf = (column: number): Expression => {
    const index = column - first;
    return source.casts.get(column) ?? { kind: 'column', index, ...scope.columns[index]! };
  };
  return {
    filter: placed[side],
    aggregation: undefined,
    having: [],
    projection: columns.map(valueOf),
    columns: columns.map((column) => source.scope.columns[column]!),
    distinct: false,
    sort: [],
    limit: { count: undefined, offset: 0 },
  };
}

/** The left side, in the order of the query when it comes in that order anyway: the join keeps it. */
function planLeft(
  draft: Draft,
  source: UnplannedJoin,
  { placed, columns }: { readonly placed: Placed; readonly columns: readonly number[] },
  plan: (side: Draft) => SelectPlan,
): { readonly plan: SelectPlan; readonly ordered: boolean } {
  const unlimited = { count: undefined, offset: 0 };
  const { count, offset } = draft.limit;
  const sort = streams(draft) ? leftSort(draft, columns) : [];
  // Every left row makes at least one row of the answer.
  const endsEarly = source.join === 'LEFT' && streams(draft) && placed.after.length === 0;
  const isLimited = endsEarly && sort.length === draft.sort.length && count !== undefined;
  const limited = isLimited ? { count: count + offset, offset: 0 } : unlimited;
  const side = { ...sideDraft(source, 'left', columns, placed), sort, limit: limited };
  const planned = plan(side);
  const ordered = side.sort.length > 0 && planned.sort.length === 0;
  const limit = ordered || draft.sort.length === 0 ? planned.limit : unlimited;
  return { plan: { ...planned, sort: [], limit }, ordered };
}

/** The sort, if it is by columns of the left side alone and keys can follow it. */
function leftSort(draft: Draft, columns: readonly number[]): readonly SortKey[] {
  const positions = columnOrderOf(draft.sort, draft.projection)?.columns.map((column) =>
    columns.indexOf(column),
  );
  if (!positions || positions.includes(-1)) return [];
  return draft.sort.map((key, i) => ({ ...key, index: positions[i]! }));
}

// ---- conditions

type Placed = {
  /** Over the side's own columns. */
  readonly left: Conjunct[];
  readonly right: Conjunct[];
  /** Over the columns of the join, like the rest. */
  readonly keys: JoinKey[];
  readonly match: Expression[];
  readonly after: Expression[];
};

/** `implied`: conditions on the right side without which no row can match. */
function conditionsOf(
  where: readonly Conjunct[],
  source: UnplannedJoin,
  context: PlanContext,
): Placed & { readonly implied: readonly Conjunct[] } {
  const { left, right } = source;
  const placed = placeConditions(where, source, context);
  const equal = equalColumns(placed, source);
  const implied = impliedConditions(placed.left, equal, { from: left, to: right }, context);
  if (source.join === 'LEFT') return { ...placed, implied };
  const swapped = equal.map(({ from, to }) => ({ from: to, to: from }));
  const ofLeft = impliedConditions(placed.right, swapped, { from: right, to: left }, context);
  return { ...placed, left: [...placed.left, ...ofLeft], implied };
}

/** The keys that are a column of either side, as numbered there. */
function equalColumns({ keys }: Placed, { left, casts }: UnplannedJoin): EqualColumns[] {
  const width = left.scope.columns.length;
  const columnOf = (e: Expression): number | undefined =>
    e.kind === 'column' && !casts.has(e.index) ? e.index : undefined;
  return keys.flatMap((key) => {
    const [from, to] = [columnOf(key.left), columnOf(key.right)];
    return from === undefined || to === undefined ? [] : [{ from, to: to - width }];
  });
}

function placeConditions(where: readonly Conjunct[], source: UnplannedJoin, context: PlanContext): Placed {
  const placed: Placed = { left: [], right: [], keys: [...source.using], match: [], after: [] };
  const isInner = source.join === 'INNER';
  for (const conjunct of source.on) {
    const side = sideOf(conjunct, source);
    const key = side === undefined ? keyOf(conjunct, source, context) : undefined;
    if (key) placed.keys.push(key);
    else if (side === 'right' || (side === 'left' && isInner))
      placed[side].push(...ofSide(conjunct, source[side], context));
    else placed[isInner ? 'after' : 'match'].push(conjunct.bound);
  }
  for (const conjunct of where) {
    const side = sideOf(conjunct, source);
    const key = side === undefined && isInner ? equalKey(conjunct, source, context) : undefined;
    if (key) placed.keys.push(key);
    else if (side === 'left' || (side === 'right' && isInner))
      placed[side].push(...ofSide(conjunct, source[side], context));
    else placed.after.push(conjunct.bound);
  }
  return placed;
}

/** The only side whose columns the condition reads, if they have their own types in the join. */
function sideOf({ bound }: Conjunct, { left, casts }: UnplannedJoin): 'left' | 'right' | undefined {
  const columns = [...collectColumns(bound, new Set())];
  return columns.some((column) => casts.has(column))
    ? undefined
    : onlySide(columns, left.scope.columns.length);
}

function onlySide(columns: readonly number[], width: number): 'left' | 'right' | undefined {
  if (columns.length === 0) return undefined;
  if (columns.every((column) => column < width)) return 'left';
  return columns.every((column) => column >= width) ? 'right' : undefined;
}

/** The condition over the side's own columns, as if it stood in a query of that side alone. */
function ofSide({ source }: Conjunct, { scope }: From, { bind }: PlanContext): Conjunct[] {
  const binder = new Binder(scope, bind);
  return conjunctsOf(unqualified(source, scope), (e) => binder.bind(e));
}

/** An equality of a value of the left side with one of the right side. Errors: NO_COMMON_TYPE. */
function keyOf(
  { bound, position }: Conjunct,
  source: UnplannedJoin,
  context: PlanContext,
): JoinKey | undefined {
  if (bound.kind !== 'call' || bound.name !== 'equals') return undefined;
  const width = source.left.scope.columns.length;
  const [a, b] = bound.args as [Expression, Expression];
  // NULL inside a tuple or an array is not told apart by keys.
  if (isComposite(a.type) || isComposite(b.type)) return undefined;
  const sides = [a, b].map((e) => onlySide([...collectColumns(e, new Set())], width));
  const binder = new Binder(source.scope, context.bind);
  if (sides[0] === 'left' && sides[1] === 'right') return joinKey(a, b, binder, position);
  if (sides[0] === 'right' && sides[1] === 'left') return joinKey(b, a, binder, position);
  return undefined;
}

/** The same of a condition of WHERE, for which keys must be equal exactly when `=` is true: NaN and -0 are keys of their own. */
function equalKey(conjunct: Conjunct, source: UnplannedJoin, context: PlanContext): JoinKey | undefined {
  const { bound } = conjunct;
  if (bound.kind !== 'call' || bound.args.length !== 2) return undefined;
  const [a, b] = bound.args as [Expression, Expression];
  if (!sameValues(a.type, b.type) || numberShape(withoutNullable(a.type))?.float) return undefined;
  return keyOf(conjunct, source, context);
}
