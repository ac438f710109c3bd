// colocate.ts — COLOCATE WITH: a table that is sharded as its parent, so that rows of one shard key share a shard number.

import { WinnowError } from '../base/errors.ts';
import type { ColumnDefinition, RowTableDefinition, Sharding } from '../rows/definition.ts';
import type { CreateTable, ShardBy, TableName } from '../sql/ast.ts';
import { sameType, typeName } from '../types/data-type.ts';

/** SHARD BY of a child: what it does not say is as in the parent; columns go by name. */
export function shardByOf(
  { shardBy }: CreateTable,
  parent: RowTableDefinition,
  { position }: TableName,
): ShardBy {
  const { method, columns, shardCount } = parent.sharding;
  if (shardBy) return { ...shardBy, shardCount: shardBy.shardCount ?? shardCount };
  return { position, method, columns: columns.map((column) => parent.columns[column]!.name), shardCount };
}

/** Errors: BAD_ARGUMENTS, saying what differs. */
export function checkColocated(
  child: { readonly columns: readonly ColumnDefinition[]; readonly sharding: Sharding },
  parent: RowTableDefinition,
  { position }: TableName,
): void {
  const [own, wanted] = [shardingText(child), shardingText(parent)];
  const types = (table: typeof child) => table.sharding.columns.map((column) => table.columns[column]!.type);
  const [ownTypes, wantedTypes] = [types(child), types(parent)];
  const { method, shardCount } = parent.sharding;
  const equal =
    child.sharding.method === method &&
    child.sharding.shardCount === shardCount &&
    ownTypes.length === wantedTypes.length &&
    ownTypes.every((type, i) => sameType(type, wantedTypes[i]!));
  if (equal) return;
  throw new WinnowError(
    'BAD_ARGUMENTS',
    `the table is sharded by ${own}, and ${parent.database}.${parent.name} by ${wanted}`,
    {
      position,
      hint: 'Co-located tables have shard columns of the same types, one method and one number of shards.',
    },
  );
}

/** `hash(order_id UInt64) INTO 8` */
function shardingText(table: {
  readonly columns: readonly ColumnDefinition[];
  readonly sharding: Sharding;
}): string {
  const { method, columns, shardCount } = table.sharding;
  const names = columns.map((column) => {
    const { name, type } = table.columns[column]!;
    return `${name} ${typeName(type)}`;
  });
  return `${method}(${names.join(', ')}) INTO ${shardCount}`;
}
