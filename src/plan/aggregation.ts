// aggregation.ts — GROUP BY and aggregate functions.
//
// Expressions after the grouping are rewritten: what equals a GROUP BY expression, and every aggregate call, becomes
// a reference to a column of the aggregation's output (keys first, then aggregates). What is left over and still
// names a column of the source is an error.

import { WinnowError } from '../base/errors.ts';
import { bindAggregate, isAggregateFunction } from '../expr/aggregates.ts';
import { bindExpression, type BindContext } from '../expr/bind.ts';
import type { Expression as Bound, Scope } from '../expr/expression.ts';
import type { Expression } from '../sql/ast.ts';
import type { Value } from '../types/column.ts';
import { valueAt } from '../types/value.ts';
import { columnName } from './column-name.ts';
import type { AggregateCall, Aggregation } from './plan.ts';
import { mapChildren, walk } from './walk.ts';

type AggregateNode = Extract<Expression, { kind: 'call' }>;

function isAggregate(e: Expression): e is AggregateNode {
  return e.kind === 'call' && isAggregateFunction(e.name);
}

/** The first aggregate call in the expression. */
export function findAggregate(e: Expression): Expression | undefined {
  let found: Expression | undefined;
  walk(e, (node) => {
    if (isAggregate(node)) found ??= node;
    return found === undefined;
  });
  return found;
}

/** Errors: ILLEGAL_AGGREGATION when the clause holds an aggregate call. */
export function refuseAggregates(e: Expression, where: string): void {
  const found = findAggregate(e);
  if (!found) return;
  throw new WinnowError('ILLEGAL_AGGREGATION', `Aggregate function ${columnName(found)} is found ${where}`, {
    position: found.position,
  });
}

export type AggregationBinder = {
  /** Binds an expression that stands after the grouping. Errors: NOT_AN_AGGREGATE, ILLEGAL_AGGREGATION. */
  bind(e: Expression): Bound;
  /** Everything bound so far needs this. */
  finish(): Aggregation;
};

/** Prepares grouping by `keys` (aliases resolved). `source` is the scope before the grouping. */
export function aggregationBinder(
  keys: readonly Expression[],
  source: Scope,
  context: BindContext,
): AggregationBinder {
  const bindBefore = (e: Expression): Bound => bindExpression(e, source, context);
  for (const key of keys) refuseAggregates(key, 'in GROUP BY');
  const boundKeys = keys.map(bindBefore);
  const keyNames = keys.map(columnName);
  const aggregates = new Map<string, AggregateCall>();
  const addAggregate = (node: AggregateNode): number => {
    const name = columnName(node);
    if (!aggregates.has(name)) aggregates.set(name, bindAggregateCall(node, bindBefore));
    return [...aggregates.keys()].indexOf(name);
  };
  const rewrite = (e: Expression): Expression => {
    const key = keyNames.length > 0 ? keyNames.indexOf(columnName(e)) : -1;
    if (key >= 0) return reference(e, 'key', key);
    if (isAggregate(e)) return reference(e, 'aggregate', addAggregate(e));
    if (e.kind === 'identifier' && source.resolve(e.parts)) throw notAnAggregate(e);
    return mapChildren(e, rewrite);
  };
  const scope: Scope = {
    resolve(parts) {
      if (parts[0] !== OUTPUT) return undefined;
      const index = Number(parts[2]);
      if (parts[1] === 'key') return column(index, keyNames[index]!, boundKeys[index]!.type);
      const call = [...aggregates.values()][index]!;
      return column(keys.length + index, call.name, call.function.type);
    },
    names: () => source.names(),
  };
  return {
    bind(e) {
      return bindExpression(rewrite(e), scope, context);
    },
    finish: () => ({ keys: boundKeys, aggregates: [...aggregates.values()] }),
  };
}

/** First part of names that no statement can write. */
const OUTPUT = '\0output';

function reference(e: Expression, kind: 'key' | 'aggregate', index: number): Expression {
  return { kind: 'identifier', parts: [OUTPUT, kind, String(index)], position: e.position };
}

function column(index: number, name: string, type: Bound['type']): Bound {
  return { kind: 'column', index, name, type };
}

function notAnAggregate(e: Expression): WinnowError {
  const text = `Column '${columnName(e)}' is not under aggregate function and not in GROUP BY keys`;
  return new WinnowError('NOT_AN_AGGREGATE', text, { position: e.position });
}

function bindAggregateCall(node: AggregateNode, bind: (e: Expression) => Bound): AggregateCall {
  for (const arg of node.args) refuseAggregates(arg, 'inside another aggregate function');
  const args = node.args.filter((arg) => arg.kind !== 'star').map(bind);
  const bound = bindAggregate({
    name: node.name,
    parameters: (node.parameters ?? []).map((parameter) => constantValue(parameter, bind)),
    argTypes: args.map((arg) => arg.type),
    distinct: node.distinct ?? false,
    position: node.position,
  });
  return { function: bound, args, name: columnName(node) };
}

function constantValue(e: Expression, bind: (e: Expression) => Bound): Value {
  const bound = bind(e);
  if (bound.kind === 'literal') return valueAt(bound.value, 0);
  throw new WinnowError('BAD_ARGUMENTS', 'a parameter of an aggregate function must be a constant', {
    position: e.position,
  });
}
