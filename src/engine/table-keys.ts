// table-keys.ts — what the key columns of every kind of table must be, and how a key picks its shard.

import { WinnowError, type SourcePosition } from '../base/errors.ts';
import type { ColumnDefinition, Sharding } from '../rows/definition.ts';
import type { ShardBy } from '../sql/ast.ts';
import type { NamedType } from '../types/column.ts';
import { isNeverNull, typeName, withoutNullable } from '../types/data-type.ts';
import { columnPosition } from './names.ts';

const defaultShardCount = 8;
const maxShardCount = 1024;

/**
 * How a key picks its shard: as written, or by hash of the first key column.
 * `keyColumns`: positions the shard may depend on; `keyName` names them in errors.
 */
export function shardingOf(
  shardBy: ShardBy | undefined,
  keyColumns: readonly number[],
  columns: readonly ColumnDefinition[],
  keyName: string,
): Sharding {
  if (!shardBy) return { method: 'hash', columns: keyColumns.slice(0, 1), shardCount: defaultShardCount };
  const { position, method } = shardBy;
  const shardCount = shardBy.shardCount ?? defaultShardCount;
  if (!Number.isInteger(shardCount) || shardCount < 1 || shardCount > maxShardCount) {
    throw new WinnowError(
      'ARGUMENT_OUT_OF_BOUND',
      `a table has 1 to ${maxShardCount} shards, not ${shardCount}`,
      { position },
    );
  }
  const positions = shardBy.columns.map((name) => {
    const column = columnPosition({ name: 'SHARD BY', columns }, name, position);
    if (!keyColumns.includes(column)) {
      throw new WinnowError('BAD_ARGUMENTS', `shard column ${name} is not part of the ${keyName}`, {
        position,
      });
    }
    return column;
  });
  if (method === 'mod') checkModColumn(positions, columns, shardBy);
  return { method, columns: positions, shardCount };
}

function checkModColumn(
  positions: readonly number[],
  columns: readonly ColumnDefinition[],
  { position }: ShardBy,
): void {
  const type = positions.length === 1 ? withoutNullable(columns[positions[0]!]!.type) : undefined;
  if (type && /^U?Int/.test(type.kind)) return;
  throw new WinnowError('BAD_ARGUMENTS', 'SHARD BY mod takes one integer column', {
    position,
    hint: 'Use hash(…).',
  });
}

/** A key is compared as bytes, which composite values have no order for. */
export function checkKeyTypes(
  keyColumns: readonly number[],
  table: { readonly columns: readonly NamedType[] },
  position: SourcePosition,
): void {
  for (const column of keyColumns) {
    const { name, type } = table.columns[column]!;
    if (type.aggregate !== undefined) {
      throw new WinnowError(
        'DATA_TYPE_CANNOT_BE_USED_IN_KEY',
        `column ${name} of type ${typeName(type)} cannot be part of a key: merges would change it`,
        { position },
      );
    }
    if (!isNeverNull(type)) continue;
    throw new WinnowError(
      'BAD_ARGUMENTS',
      `column ${name} of type ${typeName(type)} cannot be part of a key`,
      {
        position,
      },
    );
  }
}
