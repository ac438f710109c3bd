// show-create.ts — a table's definition as the statement that makes it.

import { columnsOfPath } from '../catalog/definitions.ts';
import { codecSql } from './codec-definitions.ts';
import { columnName } from '../plan/column-name.ts';
import { quoteIdentifier, quoteString } from '../sql/identifiers.ts';
import { parseExpression } from '../sql/parser.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import { isNullable, typeName, withoutNullable } from '../types/data-type.ts';
import type {
  IndexTableDefinition,
  MergeTreeDefinition,
  PartsDefinition,
  TableDefinition,
} from '../catalog/definitions.ts';
import type { ColumnDefinition, RowTableDefinition, Sharding } from '../rows/definition.ts';

export function createTableSql(table: TableDefinition): string {
  return table.kind === 'rowTable' ? createRowTableSql(table) : createMergeTreeSql(table);
}

function createRowTableSql(table: RowTableDefinition): string {
  const lines = [
    `CREATE TABLE ${qualifiedName(table)}\n(\n${table.columns.map((column) => columnLine(column)).join(',\n')}\n)`,
    'ENGINE = RowTable',
    `PRIMARY KEY (${columnNames(table.columns, table.primaryKey)})`,
    shardLine(table.sharding, table.columns),
    ...(table.colocatedWith ? [`COLOCATE WITH ${qualifiedName(table.colocatedWith)}`] : []),
  ];
  if (table.comment !== '') lines.push(`COMMENT ${quoteString(table.comment)}`);
  return lines.join('\n');
}

/** The statement as ClickHouse takes it, too. */
export function createMergeTreeSql(table: MergeTreeDefinition): string {
  const { columns, orderBy, primaryKey, parts } = table;
  const indexLines = skipIndexTexts(parts).map((text) => `    ${text}`);
  const lines = [
    `CREATE TABLE ${qualifiedName(table)}\n(\n${[...columns.map((column) => columnLine(column, parts)), ...indexLines].join(',\n')}\n)`,
    'ENGINE = MergeTree',
    ...(parts.partitionBySql === undefined ? [] : [`PARTITION BY ${parts.partitionBySql}`]),
    ...(primaryKey.length < orderBy.length ? [`PRIMARY KEY ${keyText(columns, primaryKey)}`] : []),
    `ORDER BY ${keyText(columns, orderBy)}`,
    `SETTINGS ${settingsText(table)}`,
  ];
  if (table.comment !== '') lines.push(`COMMENT ${quoteString(table.comment)}`);
  return lines.join('\n');
}

function skipIndexTexts({ skipIndexes = [] }: PartsDefinition): string[] {
  return skipIndexes.map(
    ({ name, sql, typeSql, granularity }) =>
      `INDEX ${quoteIdentifier(name)} ${sql} TYPE ${typeSql} GRANULARITY ${granularity}`,
  );
}

/** `a`, `(a, b)` or `tuple()`. */
function keyText(columns: readonly ColumnDefinition[], key: readonly number[]): string {
  if (key.length === 0) return 'tuple()';
  return key.length === 1 ? columnNames(columns, key) : `(${columnNames(columns, key)})`;
}

/** As ClickHouse does: what was written, then `index_granularity` unless it was. */
function settingsText(table: MergeTreeDefinition): string {
  const { indexGranularity, settings } = table.parts;
  const all = { ...keySettings(table), ...settings, index_granularity: indexGranularity };
  return Object.entries(all)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}

/** Settings without which ClickHouse takes no key of these types. */
function keySettings(table: MergeTreeDefinition): Readonly<Record<string, number>> {
  const partition = (partSchemaOf(table, table).partitionBy?.expressions ?? []).map(({ type }) => type);
  const all = [...table.orderBy.map((column) => table.columns[column]!.type), ...partition];
  const isFloat = partition.some((type) => withoutNullable(type).kind.startsWith('Float'));
  return {
    ...(isFloat ? { allow_floating_point_partition_key: 1 } : {}),
    ...(all.some(isNullable) ? { allow_nullable_key: 1 } : {}),
  };
}

export function createIndexTableSql(index: IndexTableDefinition, table: RowTableDefinition): string {
  if (index.layout === 'COLUMNAR') return createColumnarSql(index, table);
  const lines = [
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX TABLE ${qualifiedName(index)} ON ${qualifiedName(table)} (${columnList(index, table, index.keyColumns)})`,
    shardingLine(index, table),
    layoutLine(index, table),
    ...filterLines(index),
    `SETTINGS ${indexSettingsText(index)}`,
  ];
  return lines.join('\n');
}

function createColumnarSql(index: IndexTableDefinition, table: RowTableDefinition): string {
  const { partitionBySql, indexGranularity } = index.parts!;
  const lines = [
    `CREATE INDEX TABLE ${qualifiedName(index)} ON ${qualifiedName(table)}`,
    shardingLine(index, table),
    layoutLine(index, table),
    ...(partitionBySql === undefined ? [] : [`PARTITION BY ${partitionBySql}`]),
    `ORDER BY (${orderByText(index, table)})`,
    ...skipIndexTexts(index.parts!),
    ...filterLines(index),
    `SETTINGS ${indexSettingsText(index)}, index_granularity = ${indexGranularity}`,
  ];
  return lines.join('\n');
}

function shardingLine(index: IndexTableDefinition, table: RowTableDefinition): string {
  const { sharding, database } = index;
  if (sharding.columns.length > 0) return shardLine(sharding, columnsOfPath(index, table));
  return database === table.database ? 'UNSHARDED' : `UNSHARDED IN ${quoteIdentifier(database)}`;
}

function layoutLine(index: IndexTableDefinition, table: RowTableDefinition): string {
  const { layout, coveredColumns } = index;
  if (layout === 'KEYS' || layout === 'FULL') return `LAYOUT ${layout}`;
  const all = columnsOfPath(index, table);
  const items = coveredColumns.map(
    (column) => columnList(index, table, [column]) + codecText(index.parts, all[column]!.name),
  );
  return `LAYOUT ${layout} (${items.join(', ')})`;
}

/** What the layout's list has named already stands by its name. */
function orderByText(index: IndexTableDefinition, table: RowTableDefinition): string {
  const { keyColumns, coveredColumns } = index;
  return keyColumns
    .map((column) =>
      coveredColumns.includes(column)
        ? columnNames(columnsOfPath(index, table), [column])
        : columnList(index, table, [column]),
    )
    .join(', ');
}

/** Columns as they are defined: computed ones with their expression, and their name when it is not the expression's. */
function columnList(
  { computed = [] }: IndexTableDefinition,
  { columns }: RowTableDefinition,
  positions: readonly number[],
): string {
  const texts = positions.map((position) => {
    const column = computed[position - columns.length];
    if (!column) return columnNames(columns, [position]);
    const { sql, name } = column;
    if (sql === undefined) return quoteIdentifier(name);
    return columnName(parseExpression(sql)) === name ? sql : `${sql} AS ${quoteIdentifier(name)}`;
  });
  return texts.join(', ');
}

function filterLines({ using, whereSql }: IndexTableDefinition): string[] {
  return [
    ...(using ? [`USING ${quoteIdentifier(using.name)}`] : []),
    ...(whereSql === undefined ? [] : [`WHERE ${whereSql}`]),
  ];
}

function indexSettingsText({ laneCount, nullKeys }: IndexTableDefinition): string {
  return `lanes = ${laneCount}${nullKeys === undefined ? '' : `, null_keys = '${nullKeys}'`}`;
}

export function qualifiedName({
  database,
  name,
}: {
  readonly database: string;
  readonly name: string;
}): string {
  // A reserved word, yet everybody writes it bare, and before a dot it can be nothing else.
  return `${database === 'default' ? database : quoteIdentifier(database)}.${quoteIdentifier(name)}`;
}

function columnLine({ name, type, defaultSql, comment }: ColumnDefinition, parts?: PartsDefinition): string {
  const quoted = name.replace(/[`\\]/g, (c) => `\\${c}`);
  const defaultText = defaultSql === undefined ? '' : ` DEFAULT ${defaultSql}`;
  return `    \`${quoted}\` ${typeName(type)}${defaultText}${comment === '' ? '' : ` COMMENT ${quoteString(comment)}`}${codecText(parts, name)}`;
}

function codecText(parts: PartsDefinition | undefined, column: string): string {
  const sql = codecSql(parts?.codecs, column);
  return sql === undefined ? '' : ` CODEC(${sql})`;
}

function shardLine({ method, columns, shardCount }: Sharding, all: readonly ColumnDefinition[]): string {
  const names = columnNames(all, columns);
  return `SHARD BY ${method === 'mod' ? `mod(${names}, ${shardCount})` : `hash(${names}) INTO ${shardCount}`}`;
}

/** Names of columns by their positions, as SQL. */
export function columnNames(columns: readonly ColumnDefinition[], positions: readonly number[]): string {
  return positions.map((position) => quoteIdentifier(columns[position]!.name)).join(', ');
}
