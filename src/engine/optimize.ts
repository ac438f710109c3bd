// optimize.ts — OPTIMIZE TABLE: merges the parts of each partition into one, now.

import { notImplemented } from '../base/errors.ts';
import { isPartsPath, type PartsPath } from '../catalog/access.ts';
import type { CatalogObject } from '../catalog/catalog.ts';
import type { TableName } from '../sql/ast.ts';
import type { StatementContext, StatementOf } from './context.ts';
import { findTable, namesOf } from './names.ts';
import { partitionIdNamed } from './partition-name.ts';

/** With and without FINAL: one part says nothing that FINAL would change. Errors: UNKNOWN_TABLE, NOT_IMPLEMENTED. */
export async function optimize(statement: StatementOf<'optimize'>, context: StatementContext): Promise<void> {
  const { partition } = statement;
  const { store } = context.engine;
  const path = findPartsPath(statement.table, 'OPTIMIZE', context);
  if (partition && path.kind === 'indexTable')
    throw notImplemented('OPTIMIZE … PARTITION of an index table', partition.position);
  const partitionId =
    partition && path.kind === 'mergeTree' ? partitionIdNamed(partition, path, path, context) : undefined;
  await store.optimize(path, partitionId);
}

/** A table that is made of parts. Errors: as `findTable`, NOT_IMPLEMENTED of `statement` for one that is not. */
export function findPartsPath(name: TableName, statement: string, context: StatementContext): PartsPath {
  const found = findTable(namesOf(context), name);
  if (isPartsPath(found)) return found;
  throw notImplemented(`${statement} of a ${kindOf(found)}`, name.position);
}

const kindOf = (found: CatalogObject): string =>
  found.kind === 'indexTable' ? `${found.layout} index table` : 'row table';
