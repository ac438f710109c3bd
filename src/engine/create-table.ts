// create-table.ts — CREATE TABLE: from the statement to a row table's definition.

import { notImplemented, WinnowError, type SourcePosition } from '../base/errors.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import { parseDataType } from '../types/parse-type.ts';
import { isNullable, typeName, withoutNullable } from '../types/data-type.ts';
import { printExpression } from '../sql/printer.ts';
import { checkDefaults } from './defaults.ts';
import { checkWritableDatabase, columnPosition, lookUpTable, namesOf } from './names.ts';
import { bindContext } from './context.ts';
import type { CreateTable, Expression, ShardBy } from '../sql/ast.ts';
import type { DataType } from '../types/data-type.ts';
import type { ColumnDefinition, Sharding } from '../rows/definition.ts';
import type { StatementContext } from './context.ts';

const defaultShardCount = 8;
const maxShardCount = 1024;

/** Errors: TABLE_ALREADY_EXISTS, and whatever is wrong with the definition. */
export async function createTable(statement: CreateTable, context: StatementContext): Promise<void> {
  const { store } = context.engine;
  const database = statement.table.database ?? context.database;
  refuseUnsupported(statement);
  checkWritableDatabase(store, database, statement.table.position);
  if (lookUpTable(namesOf(context), statement.table)) {
    if (statement.ifNotExists) return;
    throw new WinnowError(
      'TABLE_ALREADY_EXISTS',
      `Table ${database}.${statement.table.name} already exists`,
      {
        position: statement.table.position,
      },
    );
  }
  const columns = columnDefinitions(statement);
  checkDefaults(columns, bindContext(context));
  const primaryKey = primaryKeyOf(statement, columns);
  await store.createRowTable({
    database,
    name: statement.table.name,
    columns,
    primaryKey,
    sharding: shardingOf(statement.shardBy, primaryKey, columns, 'primary key'),
    comment: statement.comment ?? '',
  });
}

function refuseUnsupported(statement: CreateTable): void {
  const { engine, position } = statement;
  if (engine === undefined) {
    throw new WinnowError('ENGINE_REQUIRED', 'CREATE TABLE needs an engine', {
      position,
      hint: 'Write ENGINE = RowTable.',
    });
  }
  if (engine.name !== 'RowTable') throw notImplemented(`ENGINE = ${engine.name}`, position);
  if (engine.args.length > 0)
    throw new WinnowError('BAD_ARGUMENTS', 'ENGINE = RowTable takes no arguments', { position });
  if (statement.partitionBy)
    throw notImplemented('PARTITION BY of a row table', statement.partitionBy.position);
  if (statement.ttl) throw notImplemented('TTL', statement.ttl.position);
  if (statement.colocateWith) throw notImplemented('COLOCATE WITH', statement.colocateWith.position);
  if (statement.orderBy.length > 0) {
    throw new WinnowError('BAD_ARGUMENTS', 'a row table is ordered by its PRIMARY KEY', {
      position: statement.orderBy[0]!.position,
      hint: 'Leave ORDER BY out.',
    });
  }
  for (const setting of statement.settings) {
    if (setting.name === 'max_versions') throw notImplemented('max_versions', setting.position);
    throw new WinnowError('UNKNOWN_SETTING', `Unknown setting '${setting.name}' of a row table`, {
      position: setting.position,
    });
  }
}

function columnDefinitions(statement: CreateTable): ColumnDefinition[] {
  if (statement.columns.length === 0) {
    throw new WinnowError('EMPTY_LIST_OF_COLUMNS_QUERIED', 'a table needs columns', {
      position: statement.position,
    });
  }
  const seen = new Set<string>();
  return statement.columns.map((column) => {
    if (seen.has(column.name)) {
      throw new WinnowError('DUPLICATE_COLUMN', `Column ${column.name} is defined twice`, {
        position: column.position,
      });
    }
    seen.add(column.name);
    const type = parseDataType(column.type.text, column.type.position);
    if (withoutNullable(type).kind === 'Nothing') {
      throw new WinnowError('BAD_ARGUMENTS', `Column ${column.name} cannot have type Nothing`, {
        position: column.type.position,
      });
    }
    return {
      name: column.name,
      type,
      defaultSql: column.defaultValue && printExpression(column.defaultValue),
      comment: column.comment ?? '',
    };
  });
}

function primaryKeyOf(statement: CreateTable, columns: readonly ColumnDefinition[]): number[] {
  if (statement.primaryKey.length === 0) {
    throw new WinnowError('BAD_ARGUMENTS', 'a row table needs a PRIMARY KEY', {
      position: statement.position,
      hint: 'Write PRIMARY KEY (column, …) after ENGINE = RowTable.',
    });
  }
  const table = { name: statement.table.name, columns };
  const key = statement.primaryKey.map((expression) => {
    const position = columnPosition(table, keyColumnName(expression), expression.position);
    checkKeyType(columns[position]!.name, columns[position]!.type, expression);
    return position;
  });
  checkDistinct(key, columns, statement.primaryKey[0]!);
  return key;
}

function keyColumnName(expression: Expression): string {
  if (expression.kind === 'identifier' && expression.parts.length === 1) return expression.parts[0]!;
  throw notImplemented('an expression in PRIMARY KEY', expression.position);
}

function checkKeyType(name: string, type: DataType, { position }: Expression): void {
  if (!isNullable(type)) return;
  throw new WinnowError('BAD_ARGUMENTS', `primary key column ${name} cannot be Nullable`, { position });
}

function checkDistinct(
  key: readonly number[],
  columns: readonly ColumnDefinition[],
  { position }: Expression,
): void {
  const twice = key.find((column, i) => key.indexOf(column) !== i);
  if (twice === undefined) return;
  throw new WinnowError('DUPLICATE_COLUMN', `Column ${columns[twice]!.name} stands twice in PRIMARY KEY`, {
    position,
  });
}

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
  table: TableDefinition,
  position: SourcePosition,
): void {
  for (const column of keyColumns) {
    const { name, type } = table.columns[column]!;
    if (!['Array', 'Tuple', 'Map'].includes(type.kind)) continue;
    throw new WinnowError(
      'BAD_ARGUMENTS',
      `column ${name} of type ${typeName(type)} cannot be part of a key`,
      {
        position,
      },
    );
  }
}
