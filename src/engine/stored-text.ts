// stored-text.ts — expressions of a definition, as they are kept: SQL text that means the same at every time.

import { WinnowError } from '../base/errors.ts';
import { bindStored, varyingFunction } from '../catalog/stored-expression.ts';
import { checkedFilter } from '../plan/condition.ts';
import { sourceScope, unqualified } from '../plan/source-scope.ts';
import { mapChildren, walk } from '../plan/walk.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { Expression } from '../sql/ast.ts';
import { printExpression } from '../sql/printer.ts';

/** A row must lie in the same place whenever it is looked for. */
export function refuseVarying(e: Expression, clause: string): void {
  walk(e, (node) => {
    if (node.kind !== 'call' || !varyingFunction.test(node.name)) return;
    throw new WinnowError('BAD_ARGUMENTS', `${clause} must not depend on ${node.name}()`, {
      position: node.position,
    });
  });
}

/** Names as those of columns alone, and no aliases. */
export function plainExpression(e: Expression, table: RowTableDefinition): Expression {
  const qualifiers = [[table.name], [table.database, table.name]];
  return withoutAliases(unqualified(e, sourceScope(table.columns, qualifiers)));
}

function withoutAliases(e: Expression): Expression {
  return e.kind === 'alias' ? withoutAliases(e.operand) : mapChildren(e, withoutAliases);
}

/** WHERE of an index table, to be stored. Errors: those of binding, ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER, BAD_ARGUMENTS. */
export function conditionText(where: Expression, table: RowTableDefinition): string {
  refuseVarying(where, 'WHERE');
  const plain = plainExpression(where, table);
  checkedFilter({ position: where.position, bound: bindStored(plain, table.columns) });
  return printExpression(plain);
}
