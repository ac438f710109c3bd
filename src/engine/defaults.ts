// defaults.ts — DEFAULT expressions: what a column holds when a write does not name it.

import { WinnowError } from '../base/errors.ts';
import { bindExpression } from '../expr/bind.ts';
import { evaluate } from '../expr/evaluate.ts';
import { parseExpression } from '../sql/parser.ts';
import { repeatRow } from '../types/block.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { likeItsNested } from './nested-columns.ts';
import { storedColumn } from './stored-column.ts';
import { tableScope } from '../expr/table-scope.ts';
import { requireEqualLengths } from '../types/nested.ts';
import type { BindContext } from '../expr/bind.ts';
import type { ColumnDefinition } from '../rows/definition.ts';
import type * as sql from '../sql/ast.ts';
import type { Block, Column } from '../types/column.ts';

/** Refuses a DEFAULT that cannot be computed. It may refer to the columns before it, so that no circle can arise. */
export function checkDefaults(columns: readonly ColumnDefinition[], context: BindContext): void {
  columns.forEach((_, position) =>
    fillColumn(columns, position, columnsOfNoRows(columns.slice(0, position)), 0, context),
  );
}

/** Columns of a table that a write gives, by position. `missing[r]` is 1 where row r leaves the value to DEFAULT. */
export type GivenColumn = { readonly column: Column; readonly missing: Uint8Array | undefined };

/**
 * All columns of a table, where a write gives only some: the rest from their DEFAULT, or their type's default.
 * Errors: those of computing a DEFAULT, SIZES_OF_ARRAYS_DONT_MATCH.
 */
export function withDefaults(
  columns: readonly ColumnDefinition[],
  given: readonly (GivenColumn | undefined)[],
  rowCount: number,
  context: BindContext,
): Block {
  const filled: Column[] = [];
  for (let position = 0; position < columns.length; position++) {
    const { column, missing } = given[position] ?? { column: undefined, missing: undefined };
    const isWhole = column && (!missing || columns[position]!.defaultSql === undefined);
    const alike = column ? undefined : likeItsNested(columns, position, given);
    filled.push(isWhole ? column : (alike ?? fillColumn(columns, position, filled, rowCount, context)));
    if (column && !isWhole) filled[position] = choose(column, filled[position]!, missing!);
  }
  const block = { rowCount, columns: filled };
  requireEqualLengths(columns, block);
  return block;
}

/** Row by row the value of `column`, or of `other` where the mask is 1. */
function choose(column: Column, other: Column, mask: Uint8Array): Column {
  const builder = createColumnBuilder(column.type, column.rowCount);
  for (let row = 0; row < column.rowCount; row++) builder.appendFrom(mask[row] === 1 ? other : column, row);
  return builder.finish();
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
    const builder = createColumnBuilder(type, 1);
    builder.appendDefault();
    return repeatRow(builder.finish(), 0, rowCount);
  }
  const expression = bindExpression(
    parsedDefault(columns[position]!),
    tableScope(columns.slice(0, position)),
    context,
  );
  try {
    return storedColumn(evaluate(expression, { rowCount, columns: before }), { name, type });
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    throw new WinnowError(error.code, `DEFAULT of column ${name}: ${error.message}`, {
      detail: error.detail,
      hint: error.hint,
      cause: error,
    });
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
