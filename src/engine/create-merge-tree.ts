// create-merge-tree.ts — CREATE TABLE … ENGINE = MergeTree: from the statement to the table's definition.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { MergeTreeDefinition } from '../catalog/definitions.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import type { ColumnDefinition } from '../rows/definition.ts';
import type { CreateTable } from '../sql/ast.ts';
import { requireStorable } from '../parts/stream-names.ts';
import { isNullable, withoutNullable } from '../types/data-type.ts';
import { codecDefinitions } from './codec-definitions.ts';
import { checkPartition, keyPositions, oneShard, partsDefinition } from './create-columnar.ts';
import { mergeTreeSettings } from './merge-tree-settings.ts';
import { checkKeyTypes } from './table-keys.ts';

/** Columns that ClickHouse keeps in parts for itself. */
const reservedNames = ['_row_exists', '_block_number', '_block_offset'];

/** Errors: whatever is wrong with the definition. */
export function mergeTreeDefinition(
  statement: CreateTable,
  columns: readonly ColumnDefinition[],
  database: string,
  uuid: string,
): Omit<MergeTreeDefinition, 'id' | 'kind'> {
  const { partitionBy, position } = statement;
  const settings = mergeTreeSettings(statement.settings);
  const table = { name: statement.table.name, columns };
  refuseReservedNames(statement);
  requireStorable(columns);
  const orderBy = keyPositions(statement.orderBy ?? statement.primaryKey, table);
  const primaryKey = primaryKeyOf(statement, orderBy, table);
  const definition: MergeTreeDefinition = {
    kind: 'mergeTree',
    id: 0,
    database,
    ...table,
    orderBy,
    primaryKey,
    sharding: oneShard,
    parts: {
      ...partsDefinition(statement, table, uuid),
      settings,
      codecs: codecDefinitions(
        columns,
        statement.columns.map(({ codec }) => codec),
      ),
    },
    comment: statement.comment ?? '',
  };
  checkKeyTypes(orderBy, definition, statement.orderBy?.[0]?.position ?? position);
  checkPartition(definition, definition, partitionBy?.position ?? position);
  checkTypesOfKeys(definition, statement);
  return definition;
}

/** What a MergeTree table does not have. */
export function refuseOfMergeTree(statement: CreateTable): void {
  const { engine, position } = statement;
  if (engine && engine.args.length > 0) {
    throw new WinnowError('NUMBER_OF_ARGUMENTS_DOESNT_MATCH', 'ENGINE = MergeTree takes no arguments', {
      position,
      hint: 'Write the key after it: ENGINE = MergeTree ORDER BY (column, …).',
    });
  }
  if (statement.ttl) throw notImplemented('TTL', statement.ttl.position);
  if (statement.shardBy) throw notImplemented('SHARD BY of a MergeTree table', statement.shardBy.position);
  if (statement.colocateWith) throw notImplemented('COLOCATE WITH', statement.colocateWith.position);
}

function refuseReservedNames({ columns }: CreateTable): void {
  const reserved = columns.find(({ name }) => reservedNames.includes(name));
  if (!reserved) return;
  throw new WinnowError('ILLEGAL_COLUMN', `a MergeTree table cannot have a column ${reserved.name}`, {
    position: reserved.position,
    detail: 'Parts may have one of that name for a purpose of their own.',
  });
}

/** Without PRIMARY KEY the whole sorting key. Errors: BAD_ARGUMENTS when it is no prefix of the sorting key. */
function primaryKeyOf(
  statement: CreateTable,
  orderBy: readonly number[],
  table: Parameters<typeof keyPositions>[1],
): readonly number[] {
  if (statement.primaryKey.length === 0) return orderBy;
  const primaryKey = keyPositions(statement.primaryKey, table, 'PRIMARY KEY');
  const wrong = primaryKey.findIndex((column, i) => orderBy[i] !== column);
  if (wrong < 0) return primaryKey;
  throw new WinnowError('BAD_ARGUMENTS', 'PRIMARY KEY must be a prefix of ORDER BY', {
    position: statement.primaryKey[wrong]!.position,
  });
}

/** As in ClickHouse, which is to attach the parts. Errors: ILLEGAL_COLUMN of nullable keys, BAD_ARGUMENTS. */
function checkTypesOfKeys(definition: MergeTreeDefinition, statement: CreateTable): void {
  const { columns, orderBy } = definition;
  const sorting = orderBy.map((column) => columns[column]!.type);
  const partition = (partSchemaOf(definition, definition).partitionBy?.expressions ?? []).map(
    ({ type }) => type,
  );
  if (partition.some((type) => withoutNullable(type).kind.startsWith('Float'))) {
    throw new WinnowError('BAD_ARGUMENTS', 'Floating point partition key is not supported', {
      position: statement.partitionBy?.position,
    });
  }
  if (definition.parts.settings?.allow_nullable_key) return;
  const inOrder = sorting.some(isNullable);
  if (!inOrder && !partition.some(isNullable)) return;
  throw new WinnowError(
    'ILLEGAL_COLUMN',
    `${inOrder ? 'Sorting' : 'Partition'} key contains nullable columns, but setting 'allow_nullable_key' is off`,
    {
      position: (inOrder ? statement.orderBy?.[0] : statement.partitionBy)?.position ?? statement.position,
      hint: 'Write SETTINGS allow_nullable_key = 1.',
    },
  );
}
