// insert-values.ts — INSERT … VALUES: constant expressions to columns of the table's types.

import { WinnowError } from '../base/errors.ts';
import { bindExpression } from '../expr/bind.ts';
import { castColumn } from '../expr/cast.ts';
import { evaluate } from '../expr/evaluate.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { isNullable, withoutNullable } from '../types/data-type.ts';
import { appendText } from '../types/text.ts';
import { tableScope } from './table-scope.ts';
import type { BindContext } from '../expr/bind.ts';
import type { Expression } from '../sql/ast.ts';
import type { ColumnBuilder } from '../types/column-builder.ts';
import type { Column, NamedType } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';

const noColumns = tableScope([]);

/**
 * One column per target, one row per VALUES row.
 * Errors: NUMBER_OF_COLUMNS_DOESNT_MATCH, CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, and those of parsing and evaluating a value.
 */
export function columnsOfValues(
  rows: readonly (readonly Expression[])[],
  targets: readonly NamedType[],
  context: BindContext,
): Column[] {
  const builders = targets.map(({ type }) => createColumnBuilder(type, rows.length));
  rows.forEach((row, i) => {
    if (row.length !== targets.length) {
      throw new WinnowError(
        'NUMBER_OF_COLUMNS_DOESNT_MATCH',
        `row ${i + 1} of VALUES has ${row.length} values for ${targets.length} columns`,
        {
          position: row[0]?.position,
        },
      );
    }
    row.forEach((expression, column) =>
      appendExpression(builders[column]!, expression, targets[column]!, context),
    );
  });
  return builders.map((builder) => builder.finish());
}

function appendExpression(
  builder: ColumnBuilder,
  expression: Expression,
  target: NamedType,
  context: BindContext,
): void {
  const text = literalText(expression, withoutNullable(target.type));
  try {
    if (text !== undefined) appendText(builder, text);
    else appendEvaluated(builder, expression, target, context);
  } catch (error) {
    if (!(error instanceof WinnowError) || error.position) throw error;
    throw new WinnowError(error.code, error.message, {
      detail: error.detail ?? `In column ${target.name}.`,
      hint: error.hint,
      position: expression.position,
      cause: error,
    });
  }
}

/** The text of a literal that the type's own text form takes, so that the common row needs no evaluation. */
function literalText(expression: Expression, type: DataType): string | undefined {
  if (
    expression.kind === 'unary' &&
    expression.operand.kind === 'literal' &&
    expression.operand.value.kind === 'number'
  ) {
    const text = literalText(expression.operand, type);
    return text !== undefined && expression.operator === '-' ? `-${text}` : undefined;
  }
  if (expression.kind !== 'literal') return undefined;
  const { value } = expression;
  if (value.kind === 'string') return value.value;
  if (value.kind === 'boolean') return type.kind === 'Bool' ? String(value.value) : undefined;
  return value.kind === 'number' && isNumeric(type) && /^\d+(\.\d+)?$/.test(value.text)
    ? value.text
    : undefined;
}

function isNumeric(type: DataType): boolean {
  return type.kind === 'Decimal' || /^(U?Int|Float)/.test(type.kind);
}

function appendEvaluated(
  builder: ColumnBuilder,
  expression: Expression,
  target: NamedType,
  context: BindContext,
): void {
  const value = evaluate(bindExpression(expression, noColumns, context), { rowCount: 1, columns: [] });
  checkNoNulls(value, target);
  builder.appendFrom(castColumn(value, target.type), 0);
}

/** Errors: CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, naming the column. */
export function checkNoNulls(column: Column, target: NamedType): void {
  if (!column.nulls || isNullable(target.type)) return;
  for (let row = 0; row < column.rowCount; row++) {
    if (column.nulls[row] === 0) continue;
    throw new WinnowError(
      'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN',
      `column ${target.name} does not take NULL`,
      {
        hint: `Declare it Nullable, or give a value.`,
      },
    );
  }
}
