// stored-expression.ts — expressions that a definition holds as SQL text.
//
// Keeps true: the text means the same whenever it is bound, because what depends on the moment or the session is
// refused when the definition is made (engine/stored-text.ts).

import { bindExpression, type BindContext } from '../expr/bind.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import { tableScope } from '../expr/table-scope.ts';
import type { Expression } from '../sql/ast.ts';
import { parseExpression } from '../sql/parser.ts';
import type { NamedType } from '../types/column.ts';
import type { IndexTableDefinition, TableDefinition } from './definitions.ts';

/** Names of functions of the moment or the session. */
export const varyingFunction =
  /^(?:now|now64|today|yesterday|curdate|current_date|current_timestamp|currentDatabase|database|schema)$/i;

/** Whether the text of an expression, as it is printed, calls one. */
export function varies(sql: string): boolean {
  const calls = sql.replace(/'(?:[^'\\]|\\.)*'/g, '').matchAll(/(\w+)\(/g);
  return [...calls].some(([, name]) => varyingFunction.test(name!));
}

const context: BindContext = { parameters: {}, nowMs: 0, currentDatabase: '' };

/** Over blocks with these columns. Errors: those of binding. */
export function bindStored(expression: Expression, columns: readonly NamedType[]): Bound {
  return bindExpression(expression, tableScope(columns), context);
}

const boundComputed = new WeakMap<IndexTableDefinition, readonly Bound[]>();

/** The expressions of an index table's computed columns, over the row table's columns; none of a filter's. */
export function computedExpressions(
  index: IndexTableDefinition,
  table: Pick<TableDefinition, 'columns'>,
): readonly Bound[] {
  const known = boundComputed.get(index);
  if (known) return known;
  const bound = (index.computed ?? []).flatMap(({ sql }) =>
    sql === undefined ? [] : [bindStored(parseExpression(sql), table.columns)],
  );
  boundComputed.set(index, bound);
  return bound;
}
