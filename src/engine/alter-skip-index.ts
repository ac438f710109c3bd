// alter-skip-index.ts — ALTER TABLE … ADD, DROP, MATERIALIZE and CLEAR INDEX of MergeTree tables.
//
// ADD and DROP change the definition. A part that was written before has no files of the index, and is read whole; files of
// a dropped one are passed over until their part is merged. MATERIALIZE and CLEAR write parts again; of a bitmap index,
// MATERIALIZE makes the files that lie beside the parts.

import { notImplemented, WinnowError } from '../base/errors.ts';
import { isBitmapIndex } from '../catalog/bitmap-indexes.ts';
import type { MergeTreeDefinition, SkipIndexDefinition } from '../catalog/definitions.ts';
import type { TableName } from '../sql/ast.ts';
import type { StatementContext, StatementOf } from './context.ts';
import { findPartsPath } from './optimize.ts';
import { partFilter } from './partition-name.ts';
import { skipIndexDefinition } from './skip-index-definitions.ts';

/** Errors: UNKNOWN_TABLE, ILLEGAL_COLUMN when the name is taken, BAD_ARGUMENTS, and those of the index. */
export async function addSkipIndex(
  statement: StatementOf<'addSkipIndex'>,
  context: StatementContext,
): Promise<void> {
  const { table, index, ifNotExists } = statement;
  const { id } = findMergeTree(table, 'ADD INDEX', context);
  await context.engine.store.definitions.changeSkipIndexes(id, ({ columns, parts: { skipIndexes = [] } }) => {
    if (!skipIndexes.some(({ name }) => name === index.name)) {
      const added = skipIndexDefinition(index, columns);
      return skipIndexes.toSpliced(placeOf(statement, skipIndexes), 0, added);
    }
    if (ifNotExists) return undefined;
    throw new WinnowError(
      'ILLEGAL_COLUMN',
      `Cannot add index ${index.name}: index with this name already exists`,
      { position: index.position },
    );
  });
}

function placeOf(
  { place, position }: StatementOf<'addSkipIndex'>,
  indexes: readonly SkipIndexDefinition[],
): number {
  if (place === undefined) return indexes.length;
  if (place === 'first') return 0;
  return indexes.indexOf(requireIndex(indexes, place.after, 'insert after', position)) + 1;
}

/** Errors: UNKNOWN_TABLE, BAD_ARGUMENTS when there is no such index, those of reading and writing parts. */
export async function alterSkipIndex(
  statement: StatementOf<'alterSkipIndex'>,
  context: StatementContext,
): Promise<void> {
  const { action, name, ifExists, position } = statement;
  const table = findMergeTree(statement.table, `${action} INDEX`, context);
  const indexes = table.parts.skipIndexes ?? [];
  if (ifExists && !indexes.some((index) => index.name === name)) return;
  const index = requireIndex(indexes, name, action.toLowerCase(), position);
  if (action !== 'DROP') return rewriteParts(statement, table, index, context);
  await context.engine.store.definitions.changeSkipIndexes(table.id, ({ parts: { skipIndexes = [] } }) =>
    skipIndexes.filter((each) => each.name !== name),
  );
}

async function rewriteParts(
  statement: StatementOf<'alterSkipIndex'>,
  table: MergeTreeDefinition,
  index: SkipIndexDefinition,
  context: StatementContext,
): Promise<void> {
  const { action, position } = statement;
  // Its files would be made again behind the next query.
  if (action === 'CLEAR' && isBitmapIndex(index))
    throw notImplemented('CLEAR INDEX of a bitmap index', position);
  const isNamed = partFilter({ ...statement, part: undefined }, table, table, context);
  const parts = context.engine.store.mergeTree(table.id);
  if (action === 'CLEAR') await parts.clearIndex(index.name, isNamed);
  else await parts.materializeIndex(index.name, isNamed);
}

function findMergeTree(name: TableName, action: string, context: StatementContext): MergeTreeDefinition {
  const path = findPartsPath(name, `ALTER TABLE … ${action}`, context);
  if (path.kind === 'mergeTree') return path;
  throw notImplemented(`ALTER TABLE … ${action} of an index table`, name.position);
}

function requireIndex(
  indexes: readonly SkipIndexDefinition[],
  name: string,
  purpose: string,
  position: TableName['position'],
): SkipIndexDefinition {
  const found = indexes.find((index) => index.name === name);
  if (found) return found;
  throw new WinnowError('BAD_ARGUMENTS', `Wrong index name. Cannot find index ${name} to ${purpose}`, {
    position,
  });
}
