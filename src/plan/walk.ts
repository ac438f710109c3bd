// walk.ts — going through expressions, parsed and bound. Never goes into subqueries: they have scopes of their own.

import type { Expression as Bound } from '../expr/expression.ts';
import type { Expression } from '../sql/ast.ts';

/** The expression with each direct child replaced. */
export function mapChildren(e: Expression, f: (child: Expression) => Expression): Expression {
  const list = (items: readonly Expression[]): readonly Expression[] => items.map(f);
  switch (e.kind) {
    case 'literal':
    case 'identifier':
    case 'star':
    case 'parameter':
    case 'subquery':
      return e;
    case 'call':
      return { ...e, args: list(e.args), parameters: e.parameters && list(e.parameters) };
    case 'binary':
      return { ...e, left: f(e.left), right: f(e.right) };
    case 'between':
      return { ...e, operand: f(e.operand), low: f(e.low), high: f(e.high) };
    case 'in':
      return { ...e, operand: f(e.operand), list: 'kind' in e.list ? e.list : list(e.list) };
    case 'case':
      return {
        ...e,
        operand: e.operand && f(e.operand),
        branches: e.branches.map(({ when, then }) => ({ when: f(when), then: f(then) })),
        otherwise: e.otherwise && f(e.otherwise),
      };
    case 'interval':
      return { ...e, amount: f(e.amount) };
    case 'tuple':
      return { ...e, elements: list(e.elements) };
    case 'unary':
    case 'isNull':
    case 'cast':
    case 'alias':
      return { ...e, operand: f(e.operand) };
  }
}

/** Calls `visit` on the expression and all below it, parents first; stops going down where it returns false. */
export function walk(e: Expression, visit: (node: Expression) => boolean | void): void {
  if (visit(e) === false) return;
  for (const child of childrenOf(e)) walk(child, visit);
}

/** The direct children, in the order of the text. */
function childrenOf(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case 'literal':
    case 'identifier':
    case 'star':
    case 'parameter':
    case 'subquery':
      return [];
    case 'call':
      return e.parameters ? [...e.parameters, ...e.args] : e.args;
    case 'binary':
      return [e.left, e.right];
    case 'between':
      return [e.operand, e.low, e.high];
    case 'in':
      return 'kind' in e.list ? [e.operand] : [e.operand, ...e.list];
    case 'case': {
      const branches = e.branches.flatMap(({ when, then }) => [when, then]);
      return [e.operand, ...branches, e.otherwise].filter((child) => child !== undefined);
    }
    case 'interval':
      return [e.amount];
    case 'tuple':
      return e.elements;
    case 'unary':
    case 'isNull':
    case 'cast':
    case 'alias':
      return [e.operand];
  }
}

/** The expression over blocks that hold only `columns`, in that order. */
export const overColumns = (e: Bound, columns: readonly number[]): Bound =>
  mapColumns(e, (column) => columns.indexOf(column));

/** The expression over blocks in which columns have other places. */
export function mapColumns(e: Bound, placeOf: (column: number) => number): Bound {
  switch (e.kind) {
    case 'column':
      return { ...e, index: placeOf(e.index) };
    case 'literal':
      return e;
    default:
      return mapArguments(e, (argument) => mapColumns(argument, placeOf));
  }
}

/** The expression with each direct argument replaced; itself when none changes. */
export function mapArguments(e: Bound, f: (argument: Bound) => Bound): Bound {
  if (e.kind === 'in') {
    const operand = f(e.operand);
    return operand === e.operand ? e : { ...e, operand };
  }
  if (e.kind !== 'call') return e;
  const args = e.args.map(f);
  return args.every((arg, i) => arg === e.args[i]) ? e : { ...e, args };
}
