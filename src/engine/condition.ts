// condition.ts — conditions of typed writes, checked on the current row inside the transaction.

import { WinnowError } from '../base/errors.ts';
import { compareAt } from '../types/compare.ts';
import { textAt } from '../types/text.ts';
import { columnOf } from '../types/value.ts';
import { columnPosition } from './names.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { Block, Column } from '../types/column.ts';
import type { WriteCondition } from './api.ts';

/** `row`: the current row with all columns, or undefined. Errors: CONDITION_FAILED, saying what is the case instead. */
export function checkCondition(
  row: Block | undefined,
  table: RowTableDefinition,
  condition: WriteCondition,
): void {
  const { exists, equals = {} } = condition;
  if (exists === false && row) throw failed(table, 'the row exists');
  const expected = Object.entries(equals);
  if (!row && (exists === true || expected.length > 0)) throw failed(table, 'there is no such row');
  for (const [name, value] of expected) {
    const position = columnPosition(table, name);
    const current = row!.columns[position]!;
    if (!sameValue(current, columnOf(table.columns[position]!.type, [value]))) {
      throw failed(table, `${name} is ${current.nulls?.[0] === 1 ? 'NULL' : textAt(current, 0)}`);
    }
  }
}

function failed(table: RowTableDefinition, fact: string): WinnowError {
  return new WinnowError(
    'CONDITION_FAILED',
    `condition of a write to ${table.database}.${table.name} failed: ${fact}`,
  );
}

/** NULL equals NULL here: a condition asks whether the row is still as it was read. */
function sameValue(a: Column, b: Column): boolean {
  return compareAt(a, 0, b, 0) === 0;
}
