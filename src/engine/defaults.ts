// defaults.ts — DEFAULT expressions: what a column holds when a write does not name it.

import { WinnowError } from '../base/errors.ts';
import { castColumn } from '../expr/cast.ts';
import { bindExpression } from '../expr/bind.ts';
import { evaluate } from '../expr/evaluate.ts';
import { parseExpression } from '../sql/parser.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { tableScope } from './table-scope.ts';
import type { BindContext } from '../expr/bind.ts';
import type { ColumnDefinition } from '../rows/definition.ts';
import type * as sql from '../sql/ast.ts';
import type { Block, Column } from '../types/column.ts';

/** Refuses a DEFAULT that cannot be computed. It may refer to the columns before it, so that no circle can arise. */
export function checkDefaults(columns: readonly ColumnDefinition[], context: BindContext): void {
  columns.forEach((_, position) => fillColumn(columns, position, columnsOfNoRows(columns.slice(0, position)), 0, context));
}

/**
 * All columns of a table, where a write names only some: the rest from their DEFAULT, or their type's default.
 * `given[i]` is the column at position i of the table, or undefined.
 */
export function withDefaults(
  columns: readonly ColumnDefinition[],
  given: readonly (Column | undefined)[],
  rowCount: number,
  context: BindContext,
): Block {
  const filled: Column[] = [];
  for (let position = 0; position < columns.length; position++) {
    filled.push(given[position] ?? fillColumn(columns, position, filled, rowCount, context));
  }
  return { rowCount, columns: filled };
}

function fillColumn(
  columns: readonly ColumnDefinition[],
  position: number,
  before: readonly Column[],
  rowCount: number,
  context: BindContext,
): Column {
  const { name, type, defaultSql } = columns[position]!;
  if (defaultSql === undefined) {
    const builder = createColumnBuilder(type, rowCount);
    for (let row = 0; row < rowCount; row++) builder.appendDefault();
    return builder.finish();
  }
  const expression = bindExpression(parsedDefault(columns[position]!), tableScope(columns.slice(0, position)), context);
  try {
    return castColumn(evaluate(expression, { rowCount, columns: before }), type);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    throw new WinnowError(error.code, `DEFAULT of column ${name}: ${error.message}`, { detail: error.detail, hint: error.hint, cause: error });
  }
}

function columnsOfNoRows(columns: readonly ColumnDefinition[]): Column[] {
  return columns.map(({ type }) => createColumnBuilder(type, 0).finish());
}

const parsed = new WeakMap<ColumnDefinition, sql.Expression>();

function parsedDefault(column: ColumnDefinition): sql.Expression {
  let expression = parsed.get(column);
  if (!expression) {
    expression = parseExpression(column.defaultSql!);
    parsed.set(column, expression);
  }
  return expression;
}
