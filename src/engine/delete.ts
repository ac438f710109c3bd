// delete.ts — DELETE FROM … WHERE: one transaction, decided on the rows as they are inside it.

import { addressMaker } from '../exec/lookup.ts';
import { candidateRows, currentMatches } from './candidates.ts';
import { findRowTable, namesOf } from './names.ts';
import type { StatementContext, StatementOf } from './context.ts';

/** As UPDATE: durable when it resolves, inside a transaction with its COMMIT. */
export async function deleteRows(statement: StatementOf<'delete'>, context: StatementContext): Promise<void> {
  const { store } = context.engine;
  const table = findRowTable(namesOf(context), statement.table, 'DELETE');
  const candidates = await candidateRows(table, statement.where, context);
  if (candidates.addresses.length === 0) return;
  const addressesOf = addressMaker(
    table,
    table.columns.map((_, i) => i),
  );
  const { value: rowCount, sequence } = await context.rows.write(store.rowTable(table.id), (transaction) => {
    const rows = currentMatches(transaction, table, candidates);
    transaction.delete(addressesOf(rows));
    return rows.rowCount;
  });
  context.commit.sequence = sequence;
  context.summary.writtenRows += rowCount;
}
