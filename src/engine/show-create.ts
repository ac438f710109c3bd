// show-create.ts — a table's definition as the statement that makes it.

import { quoteIdentifier, quoteString } from '../sql/identifiers.ts';
import { typeName } from '../types/data-type.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { ColumnDefinition, RowTableDefinition, Sharding } from '../rows/definition.ts';

export function createTableSql(table: RowTableDefinition): string {
  const lines = [
    `CREATE TABLE ${qualifiedName(table)}\n(\n${table.columns.map(columnLine).join(',\n')}\n)`,
    'ENGINE = RowTable',
    `PRIMARY KEY (${columnNames(table.columns, table.primaryKey)})`,
    shardLine(table.sharding, table.columns),
  ];
  if (table.comment !== '') lines.push(`COMMENT ${quoteString(table.comment)}`);
  return lines.join('\n');
}

export function createIndexTableSql(index: IndexTableDefinition, table: RowTableDefinition): string {
  const covered = columnNames(table.columns, index.coveredColumns);
  if (index.layout === 'COLUMNAR') return createColumnarSql(index, table);
  const lines = [
    `CREATE INDEX TABLE ${qualifiedName(index)} ON ${qualifiedName(table)} (${columnNames(table.columns, index.keyColumns)})`,
    shardLine(index.sharding, table.columns),
    `LAYOUT ${index.layout}${covered === '' ? '' : ` (${covered})`}`,
    `SETTINGS lanes = ${index.laneCount}`,
  ];
  return lines.join('\n');
}

function createColumnarSql(index: IndexTableDefinition, table: RowTableDefinition): string {
  const { partitionBySql, indexGranularity } = index.parts!;
  const lines = [
    `CREATE INDEX TABLE ${qualifiedName(index)} ON ${qualifiedName(table)}`,
    index.sharding.shardCount === 1 ? 'UNSHARDED' : shardLine(index.sharding, table.columns),
    `LAYOUT COLUMNAR (${columnNames(table.columns, index.coveredColumns)})`,
    ...(partitionBySql === undefined ? [] : [`PARTITION BY ${partitionBySql}`]),
    `ORDER BY (${columnNames(table.columns, index.keyColumns)})`,
    `SETTINGS lanes = ${index.laneCount}, index_granularity = ${indexGranularity}`,
  ];
  return lines.join('\n');
}

function qualifiedName({ database, name }: { readonly database: string; readonly name: string }): string {
  // A reserved word, yet everybody writes it bare, and before a dot it can be nothing else.
  return `${database === 'default' ? database : quoteIdentifier(database)}.${quoteIdentifier(name)}`;
}

function columnLine({ name, type, defaultSql, comment }: ColumnDefinition): string {
  const quoted = name.replace(/[`\\]/g, (c) => `\\${c}`);
  const defaultText = defaultSql === undefined ? '' : ` DEFAULT ${defaultSql}`;
  return `    \`${quoted}\` ${typeName(type)}${defaultText}${comment === '' ? '' : ` COMMENT ${quoteString(comment)}`}`;
}

function shardLine({ method, columns, shardCount }: Sharding, all: readonly ColumnDefinition[]): string {
  return `SHARD BY ${method}(${columnNames(all, columns)}) INTO ${shardCount}`;
}

/** Names of columns by their positions, as SQL. */
export function columnNames(columns: readonly ColumnDefinition[], positions: readonly number[]): string {
  return positions.map((position) => quoteIdentifier(columns[position]!.name)).join(', ');
}
