// update.ts — UPDATE … SET … WHERE: one transaction, decided on the rows as they are inside it.

import { requireEqualLengths } from '../types/nested.ts';
import { WinnowError } from '../base/errors.ts';
import { bindExpression } from '../expr/bind.ts';
import { evaluate } from '../expr/evaluate.ts';
import { blockSizeBytes } from '../types/column.ts';
import { candidateRows, currentMatches } from './candidates.ts';
import { bindContext } from './context.ts';
import { columnPosition, findRowTable, namesOf } from './names.ts';
import { storedColumn } from './stored-column.ts';
import { tableScope } from '../expr/table-scope.ts';
import type { Expression } from '../expr/expression.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { Block } from '../types/column.ts';
import type { StatementContext, StatementOf } from './context.ts';

type Update = StatementOf<'update'>;

type Assignment = { readonly column: number; readonly value: Expression };

/**
 * Durable when it resolves; rows that change meanwhile are judged, and changed, as they are then. Inside a transaction all
 * is decided on its snapshot, and durable with its COMMIT.
 */
export async function update(statement: Update, context: StatementContext): Promise<void> {
  const { store } = context.engine;
  const table = findRowTable(namesOf(context), statement.table, 'UPDATE');
  const assignments = bindAssignments(statement, table, context);
  const candidates = await candidateRows(table, statement.where, context);
  if (candidates.addresses.length === 0) return;
  const { value: changed, sequence } = await context.rows.write(store.rowTable(table.id), (transaction) => {
    const block = assign(currentMatches(transaction, table, candidates), assignments, table);
    if (block.rowCount > 0) transaction.put(block);
    return block;
  });
  context.commit.sequence = sequence;
  context.summary.writtenRows += changed.rowCount;
  context.summary.writtenBytes += blockSizeBytes(changed);
}

function bindAssignments(
  { assignments }: Update,
  table: RowTableDefinition,
  context: StatementContext,
): Assignment[] {
  const scope = tableScope(table.columns, table);
  const seen = new Set<number>();
  return assignments.map(({ column: name, position, value }) => {
    const column = columnPosition(table, name, position);
    if (table.primaryKey.includes(column)) {
      throw new WinnowError('CANNOT_UPDATE_COLUMN', `Cannot UPDATE key column ${name}`, {
        position,
        hint: 'Insert a new row and delete the old one.',
      });
    }
    if (seen.has(column))
      throw new WinnowError('DUPLICATE_COLUMN', `Column ${name} is set twice`, { position });
    seen.add(column);
    return { column, value: bindExpression(value, scope, bindContext(context)) };
  });
}

/** The rows with every assignment done; all values are computed from the rows before. */
function assign(rows: Block, assignments: readonly Assignment[], table: RowTableDefinition): Block {
  const columns = [...rows.columns];
  for (const { column, value } of assignments) {
    columns[column] = storedColumn(evaluate(value, rows), table.columns[column]!);
  }
  const block = { rowCount: rows.rowCount, columns };
  requireEqualLengths(table.columns, block);
  return block;
}
