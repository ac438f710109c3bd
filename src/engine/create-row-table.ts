// create-row-table.ts — CREATE TABLE … ENGINE = RowTable: from the statement to a row table's definition.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { ColumnDefinition, RowTableDefinition } from '../rows/definition.ts';
import type { CreateTable, Expression } from '../sql/ast.ts';
import { isNullable, typeName, type DataType } from '../types/data-type.ts';
import { checkColocated, shardByOf } from './colocate.ts';
import { columnPosition } from './names.ts';
import { checkKeyTypes, shardingOf } from './table-keys.ts';

/** `parent`: the table of COLOCATE WITH. Errors: whatever is wrong with the definition. */
export function rowTableDefinition(
  statement: CreateTable,
  columns: readonly ColumnDefinition[],
  database: string,
  parent: RowTableDefinition | undefined,
): Omit<RowTableDefinition, 'id' | 'kind'> {
  const { colocateWith } = statement;
  refuseStates(statement, columns);
  const primaryKey = primaryKeyOf(statement, columns);
  const shardBy = parent && colocateWith ? shardByOf(statement, parent, colocateWith) : statement.shardBy;
  const sharding = shardingOf(shardBy, primaryKey, columns, 'primary key');
  if (parent && colocateWith) checkColocated({ columns, sharding }, parent, colocateWith);
  return {
    database,
    name: statement.table.name,
    columns,
    primaryKey,
    sharding,
    colocatedWith: parent && { database: parent.database, name: parent.name },
    comment: statement.comment ?? '',
  };
}

function refuseStates(statement: CreateTable, columns: readonly ColumnDefinition[]): void {
  const state = columns.findIndex(({ type }) => typeName(type).includes('AggregateFunction('));
  if (state >= 0)
    throw notImplemented(
      `a column of type ${typeName(columns[state]!.type)} of a row table`,
      statement.columns[state]!.type.position,
    );
}

/** What a row table does not have. */
export function refuseOfRowTable(statement: CreateTable): void {
  const { engine, orderBy, position } = statement;
  if (engine && engine.args.length > 0)
    throw new WinnowError('BAD_ARGUMENTS', 'ENGINE = RowTable takes no arguments', { position });
  if (statement.partitionBy)
    throw notImplemented('PARTITION BY of a row table', statement.partitionBy.position);
  const [codec] = statement.columns.flatMap((column) => column.codec ?? []);
  // Rows are stored whole; the columns of a COLUMNAR index table have codecs.
  if (codec) throw notImplemented('CODEC of a row table', codec.position);
  const [index] = statement.indexes;
  if (index) throw notImplemented('INDEX of a row table', index.position);
  if (statement.ttl) throw notImplemented('TTL', statement.ttl.position);
  if (orderBy) {
    throw new WinnowError('BAD_ARGUMENTS', 'a row table is ordered by its PRIMARY KEY', {
      position: orderBy[0]?.position ?? position,
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
    checkKeyTypes([position], table, expression.position);
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
