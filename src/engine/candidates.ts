// candidates.ts — the rows that an UPDATE or DELETE may concern.
//
// A read point finds them through the planner, on whatever path is best; the transaction then reads them again and
// decides by WHERE on what it reads. So a row that changed in between is neither changed wrongly nor overwritten.

import { filterRows } from '../exec/filter.ts';
import { addressMaker } from '../exec/lookup.ts';
import { bindExpression } from '../expr/bind.ts';
import { bindContext } from './context.ts';
import { select } from './select.ts';
import { tableScope } from '../expr/table-scope.ts';
import type { Expression } from '../expr/expression.ts';
import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import type { RowTransaction } from '../rows/row-table.ts';
import type * as sql from '../sql/ast.ts';
import type { Block } from '../types/column.ts';
import type { StatementContext } from './context.ts';

export type Candidates = {
  readonly addresses: readonly RowAddress[];
  readonly where: Expression | undefined;
};

/** Addresses of the rows that match at a read point taken now. */
export async function candidateRows(
  table: RowTableDefinition,
  where: sql.Expression | undefined,
  context: StatementContext,
): Promise<Candidates> {
  const keys = table.primaryKey.map((position) => table.columns[position]!.name);
  const addressesOf = addressMaker(table, table.primaryKey);
  const addresses: RowAddress[] = [];
  // What a write concerns does not depend on how old an answer may be.
  const exactly = { ...context, settings: { ...context.settings, freshness: 'strong' } };
  const { prepared, blocks } = await select(selectKeys(table, keys, where), exactly);
  const bound =
    prepared.where && bindExpression(prepared.where, tableScope(table.columns, table), bindContext(context));
  for await (const block of blocks) for (const address of addressesOf(block)) addresses.push(address);
  return { addresses, where: bound };
}

function selectKeys(
  table: RowTableDefinition,
  keys: readonly string[],
  where: sql.Expression | undefined,
): sql.SelectQuery {
  const position = where?.position ?? { offset: 0, line: 1, column: 1 };
  return {
    kind: 'select',
    position,
    with: [],
    distinct: false,
    items: keys.map((name) => ({ kind: 'identifier', parts: [name], position })),
    from: {
      kind: 'table',
      position,
      table: { database: table.database, name: table.name, position },
      alias: undefined,
      final: false,
      useIndex: undefined,
    },
    where,
    groupBy: [],
    having: undefined,
    orderBy: [],
    limit: undefined,
    offset: undefined,
    settings: [],
    format: undefined,
  };
}

/** The candidates that are there now and match WHERE now, as whole rows. */
export function currentMatches(
  transaction: RowTransaction,
  table: RowTableDefinition,
  { addresses, where }: Candidates,
): Block {
  const { block } = transaction.read(
    addresses,
    table.columns.map((_, i) => i),
  );
  return where ? filterRows(block, [where]) : block;
}
