// insert-values.ts — INSERT … VALUES: constant expressions to columns of the table's types.

import { WinnowError } from '../base/errors.ts';
import { bindExpression } from '../expr/bind.ts';
import { evaluate } from '../expr/evaluate.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { withoutNullable } from '../types/data-type.ts';
import { appendText } from '../types/text.ts';
import { storedColumn } from './stored-column.ts';
import { tableScope } from '../expr/table-scope.ts';
import type { BindContext } from '../expr/bind.ts';
import type { Expression } from '../sql/ast.ts';
import type { ColumnBuilder } from '../types/column-builder.ts';
import type { InputBlock } from '../formats/input.ts';
import type { NamedType } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';

const noColumns = tableScope([]);

/**
 * The rows in the order of `targets`; the word DEFAULT for a value leaves it to the column's DEFAULT.
 * Errors: NUMBER_OF_COLUMNS_DOESNT_MATCH, and those of parsing, evaluating and storing a value.
 */
export function blockOfValues(
  rows: readonly (readonly Expression[])[],
  targets: readonly NamedType[],
  context: BindContext,
): InputBlock {
  const builders = targets.map(({ type }) => createColumnBuilder(type, rows.length));
  const missing: (Uint8Array | undefined)[] = targets.map(() => undefined);
  rows.forEach((row, i) => {
    checkWidth(row, i, targets.length);
    row.forEach((expression, column) => {
      if (isDefaultWord(expression)) {
        builders[column]!.appendDefault();
        missing[column] ??= new Uint8Array(rows.length);
        missing[column][i] = 1;
      } else appendExpression(builders[column]!, expression, targets[column]!, context);
    });
  });
  return { rowCount: rows.length, columns: builders.map((builder) => builder.finish()), missing };
}

function checkWidth(row: readonly Expression[], index: number, columnCount: number): void {
  if (row.length === columnCount) return;
  const message = `row ${index + 1} of VALUES has ${row.length} values for ${columnCount} columns`;
  throw new WinnowError('NUMBER_OF_COLUMNS_DOESNT_MATCH', message, { position: row[0]?.position });
}

function isDefaultWord(expression: Expression): boolean {
  return (
    expression.kind === 'identifier' &&
    expression.parts.length === 1 &&
    /^default$/i.test(expression.parts[0]!)
  );
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
  return value.kind === 'number' && isNumeric(type) && /^-?\d+(\.\d+)?$/.test(value.text)
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
  builder.appendFrom(storedColumn(value, target), 0);
}
