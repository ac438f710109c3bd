// join-from.ts — JOIN in FROM: its names, and what ON or USING asks of its rows.

import { WinnowError, type SourcePosition } from '../base/errors.ts';
import { Binder } from '../expr/bind.ts';
import { commonType } from '../expr/common-type.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { Expression, FromItem } from '../sql/ast.ts';
import { sameType, type DataType } from '../types/data-type.ts';
import { refuseAggregates } from './aggregation.ts';
import { resolveAliases, type Aliases } from './aliases.ts';
import { checkedFilter } from './condition.ts';
import type { From, UnplannedJoin } from './from.ts';
import { joinScope } from './join-scope.ts';
import type { JoinKey, PlanContext } from './plan.ts';
import { conjunctsOf, type Conjunct } from './predicates.ts';
import { sameParts, unqualified, type SourceScope } from './source-scope.ts';

type Join = Extract<FromItem, { kind: 'join' }>;

/**
 * `prefersLeft`: as in JoinNames. `resolveSide` resolves what is no join.
 * Errors: ALIAS_REQUIRED, MULTIPLE_EXPRESSIONS_FOR_ALIAS, NO_COMMON_TYPE, and those of binding.
 */
export function resolveJoin(
  item: Join,
  aliases: Aliases,
  context: PlanContext,
  resolveSide: (side: FromItem) => From,
  prefersLeft = item.left.kind !== 'join',
): From {
  const left =
    item.left.kind === 'join'
      ? resolveJoin(item.left, aliases, context, resolveSide, false)
      : resolveSide(withAlias(item.left));
  const right = resolveSide(withAlias(item.right));
  checkTables(left.scope, right.scope, item.right.position);
  // RIGHT is LEFT with its sides exchanged.
  const swapped = item.join === 'RIGHT';
  const [first, second] = swapped ? [right, left] : [left, right];
  const { using, casts, types } = usingOf(item, first.scope, second.scope, context);
  const scope = joinScope(first.scope, second.scope, { using: item.using, swapped, prefersLeft, types });
  const join = item.join === 'LEFT' || swapped ? 'LEFT' : 'INNER';
  const condition = item.on && resolveAliases(item.on, aliases);
  const on = condition ? onConjuncts(condition, scope, context) : [];
  return {
    scope,
    source: { kind: 'unplannedJoin', join, left: first, right: second, scope, on, using, casts },
  };
}

/** Without a name the columns of a side could not be told from others. */
function withAlias(side: FromItem): FromItem {
  if (side.kind === 'table' || side.kind === 'join' || side.alias !== undefined) return side;
  throw new WinnowError('ALIAS_REQUIRED', 'a subquery or table function that is joined needs an alias', {
    position: side.position,
    hint: 'Write AS name behind it.',
  });
}

/** Every table must have a name that no other one has. */
function checkTables(left: SourceScope, right: SourceScope, position: SourcePosition): void {
  const added = right.tables[0]!;
  for (const known of left.tables) {
    const twice = [known.at(-1), added.at(-1)].find(
      (name) => name && [known, added].every((names) => names.some((each) => sameParts(each, name))),
    );
    if (!twice) continue;
    throw new WinnowError(
      'MULTIPLE_EXPRESSIONS_FOR_ALIAS',
      `two tables of the query are called ${twice.join('.')}`,
      { position, hint: 'Give one of them an alias.' },
    );
  }
}

function onConjuncts(on: Expression, scope: SourceScope, context: PlanContext): Conjunct[] {
  refuseAggregates(on, 'in JOIN ON');
  const binder = new Binder(scope, context.bind);
  return conjunctsOf(unqualified(on, scope), (e) => binder.bind(e)).map(checkedFilter);
}

type Using = Pick<UnplannedJoin, 'using' | 'casts'> & { readonly types: ReadonlyMap<number, DataType> };

/** The equalities of USING: both columns have the common type. */
function usingOf(
  { using, join, position }: Join,
  first: SourceScope,
  second: SourceScope,
  { bind }: PlanContext,
): Using {
  const casts = new Map<number, Bound>();
  const types = new Map<number, DataType>();
  const width = first.columns.length;
  /** The column with the common type, as numbered in the join. */
  const columnOf = (scope: SourceScope, index: number, type: DataType): Bound => {
    const own = scope.columns[index]!;
    const column = scope === first ? index : width + index;
    if (!sameType(own.type, type)) {
      const cast = new Binder(scope, bind).cast({ kind: 'column', index, ...own }, type, position);
      types.set(column, type);
      casts.set(column, cast);
    }
    const name = scope === first ? own.name : [...(second.tables[0]?.[0] ?? []), own.name].join('.');
    return { kind: 'column', index: column, name, type };
  };
  const keys = using.map((name, i): JoinKey => {
    if (using.indexOf(name) !== i)
      throw new WinnowError('BAD_ARGUMENTS', `column ${name} stands twice in USING`, { position });
    const sides = join === 'RIGHT' ? (['right', 'left'] as const) : (['left', 'right'] as const);
    const [a, b] = [
      usingColumn(name, first, sides[0], position),
      usingColumn(name, second, sides[1], position),
    ];
    const type = commonType(first.columns[a]!.type, second.columns[b]!.type, position);
    return { left: columnOf(first, a, type), right: columnOf(second, b, type), type };
  });
  return { using: keys, casts, types };
}

function usingColumn(
  name: string,
  scope: SourceScope,
  side: 'left' | 'right',
  position: SourcePosition,
): number {
  const column = scope.find([name]);
  if (typeof column === 'number') return column;
  if (column === 'ambiguous')
    throw new WinnowError('AMBIGUOUS_IDENTIFIER', `ambiguous identifier ${name} in USING`, { position });
  throw new WinnowError('UNKNOWN_IDENTIFIER', `USING names ${name}, which the ${side} side does not have`, {
    position,
  });
}
