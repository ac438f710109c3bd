// create-index-table.ts — CREATE INDEX TABLE: from the statement to an index table's definition.

import { notImplemented, WinnowError } from '../base/errors.ts';
import { checkWritableDatabase, findRowTable, namesOf } from './names.ts';
import type { DefinedPipeline } from '../pipeline/define-pipeline.ts';
import { pipelineFor, type Pipelines } from '../pipeline/using.ts';
import { IndexColumns } from './index-columns.ts';
import { indexSettings } from './index-settings.ts';
import { conditionText } from './stored-text.ts';
import { columnarDefinition, oneShard, type IndexShape } from './create-columnar.ts';
import { checkKeyTypes, shardingOf } from './table-keys.ts';
import type { IndexLayout, IndexTableDefinition } from '../catalog/definitions.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { CreateIndexTable } from '../sql/ast.ts';
import type { StatementContext } from './context.ts';

/** Resolves when the index table is live. Errors: TABLE_ALREADY_EXISTS, and whatever is wrong with the definition. */
export async function createIndexTable(
  statement: CreateIndexTable,
  context: StatementContext,
): Promise<void> {
  const { store } = context.engine;
  const table = findRowTable(namesOf(context), statement.table, 'an index table');
  const database = databaseOf(statement, context);
  checkWritableDatabase(store, database, statement.indexTable.position);
  if (store.find(database, statement.indexTable.name)) {
    if (statement.ifNotExists) return;
    throw new WinnowError(
      'TABLE_ALREADY_EXISTS',
      `Table ${database}.${statement.indexTable.name} already exists`,
      {
        position: statement.indexTable.position,
      },
    );
  }
  const uuid = store.definitions.newUuid();
  const { pipelines } = store;
  await store.definitions.createIndexTable(
    indexTableDefinition(statement, table, { database, uuid, pipelines }),
  );
}

/** What a definition takes beside its statement; `uuid`: for parts, if it has them. */
export type DefinitionInput = {
  readonly database: string;
  readonly uuid: string;
  readonly pipelines: Pipelines;
};

export function indexTableDefinition(
  statement: CreateIndexTable,
  table: RowTableDefinition,
  { database, uuid, pipelines }: DefinitionInput,
): Omit<IndexTableDefinition, 'id' | 'kind'> {
  refuseUnsupported(statement);
  const pipeline =
    statement.using === undefined ? undefined : pipelineOf(statement, statement.using, table, pipelines);
  const columns = new IndexColumns(table, pipeline);
  const shape =
    statement.layout.kind === 'COLUMNAR'
      ? columnarDefinition(statement, statement.layout.columns, table, columns, uuid)
      : keyedDefinition(statement, columns);
  return {
    database,
    name: statement.indexTable.name,
    rowTableId: table.id,
    ...shape,
    ...(pipeline && { using: { name: pipeline.name, version: pipeline.version } }),
    ...(statement.unique && { unique: true }),
    ...(statement.where && { whereSql: conditionText(statement.where, table) }),
    ...indexSettings(statement.settings, shape.sharding.shardCount),
  };
}

function refuseUnsupported({ unique, layout, using, position }: CreateIndexTable): void {
  if (unique && layout.kind === 'COLUMNAR') throw notImplemented('UNIQUE with LAYOUT COLUMNAR', position);
  // Another version of the filter would have to reserve other values while the ones of now still hold.
  if (unique && using !== undefined) throw notImplemented('UNIQUE with USING', position);
}

/** Errors: BAD_ARGUMENTS when the name and UNSHARDED IN differ. */
function databaseOf({ indexTable, table, unsharded }: CreateIndexTable, context: StatementContext): string {
  const named = indexTable.database ?? unsharded?.database;
  if (unsharded?.database === undefined || named === unsharded.database)
    return named ?? table.database ?? context.database;
  throw new WinnowError(
    'BAD_ARGUMENTS',
    `${named}.${indexTable.name} cannot lie in database ${unsharded.database}`,
    { position: indexTable.position, hint: 'Leave one of the two databases out.' },
  );
}

/** Errors: BAD_ARGUMENTS when the filter is not registered, does not fit the row table, or stands beside WHERE. */
function pipelineOf(
  { where, position }: CreateIndexTable,
  using: string,
  table: RowTableDefinition,
  pipelines: Pipelines,
): DefinedPipeline {
  if (where)
    throw new WinnowError('BAD_ARGUMENTS', 'USING and WHERE exclude each other', {
      position: where.position,
      hint: 'Leave rows out in the filter: its map returns undefined for them.',
    });
  return pipelineFor(using, table, pipelines, position);
}

function keyedDefinition(statement: CreateIndexTable, columns: IndexColumns): IndexShape {
  if (statement.partitionBy)
    throw notImplemented('PARTITION BY of a row-shaped index table', statement.partitionBy.position);
  const [index] = statement.indexes;
  if (index) throw notImplemented('INDEX of a row-shaped index table', index.position);
  if (statement.orderBy.length > 0)
    throw notImplemented('ORDER BY of a row-shaped index table', statement.orderBy[0]!.position);
  const keyColumns = columns.positions(statement.columns);
  if (keyColumns.length === 0) {
    throw new WinnowError('BAD_ARGUMENTS', 'an index table needs columns', { position: statement.position });
  }
  checkKeyTypes(keyColumns, columns, statement.position);
  const sharding = statement.unsharded
    ? oneShard
    : shardingOf(statement.shardBy, keyColumns, columns.columns, 'index columns');
  const layout = layoutOf(statement, keyColumns, columns);
  return { ...layout, keyColumns, sharding, computed: columns.computed };
}

function layoutOf(
  { layout }: CreateIndexTable,
  keyColumns: readonly number[],
  columns: IndexColumns,
): { readonly layout: IndexLayout; readonly coveredColumns: readonly number[] } {
  if (layout.kind === 'KEYS') return { layout: 'KEYS', coveredColumns: [] };
  if (layout.kind === 'COVERING' || layout.kind === 'SPLIT')
    return { layout: layout.kind, coveredColumns: columns.positions(layout.columns) };
  return { layout: 'FULL', coveredColumns: columns.rest(keyColumns) };
}
