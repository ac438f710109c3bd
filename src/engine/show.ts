// show.ts — SHOW, DESCRIBE and EXISTS.

import { columnsOfPath, heldColumns } from '../catalog/definitions.ts';
import { filterRows } from '../exec/filter.ts';
import { bindExpression } from '../expr/bind.ts';
import { typeName } from '../types/data-type.ts';
import { answerOfLines, answerOfRows, blockOfRows, text, typed } from './answers.ts';
import { answerOf, bindContext } from './context.ts';
import { codecSql } from './codec-definitions.ts';
import { checkDatabase, findTable, lookUpTable, namesOf, tableNames, unknownTable } from './names.ts';
import { settingTable } from './settings.ts';
import { createIndexTableSql, createTableSql } from './show-create.ts';
import { settingText, systemTableColumns } from './system-tables.ts';
import { tableScope } from '../expr/table-scope.ts';
import type { Expression, TableName } from '../sql/ast.ts';
import type { NamedType, ValueInput } from '../types/column.ts';
import type { Answer, StatementContext, StatementOf } from './context.ts';

/** The rows whose first column is LIKE the pattern. */
function answerLike(
  columns: readonly NamedType[],
  rows: readonly (readonly ValueInput[])[],
  like: string | undefined,
  context: StatementContext,
): Answer {
  const block = blockOfRows(columns, rows);
  if (like === undefined) return answerOf(columns, block);
  const position = { offset: 0, line: 1, column: 1 };
  const left: Expression = { kind: 'identifier', parts: [columns[0]!.name], position };
  const right: Expression = { kind: 'literal', value: { kind: 'string', value: like }, position };
  const matches: Expression = { kind: 'binary', operator: 'LIKE', left, right, position };
  return answerOf(
    columns,
    filterRows(block, [bindExpression(matches, tableScope(columns), bindContext(context))]),
  );
}

export function showDatabases(context: StatementContext): Answer {
  return answerOfRows(
    [text('name')],
    [...context.engine.store.databases(), 'system'].sort().map((name) => [name]),
  );
}

export function showTables(statement: StatementOf<'showTables'>, context: StatementContext): Answer {
  const { store } = context.engine;
  const database = statement.database ?? context.database;
  checkDatabase(store, database, statement.position);
  return answerLike(
    [text('name')],
    tableNames(store, database).map((name) => [name]),
    statement.like,
    context,
  );
}

export function showCreate(statement: StatementOf<'showCreate'>, context: StatementContext): Answer {
  const names = namesOf(context);
  const table = findTable(names, statement.table);
  const sql =
    table.kind !== 'indexTable'
      ? createTableSql(table)
      : createIndexTableSql(table, names.store.rowTable(table.rowTableId).definition);
  return answerOfLines('statement', [sql]);
}

export function showSettings(statement: StatementOf<'showSettings'>, context: StatementContext): Answer {
  const rows = Object.entries(settingTable).map(([name, { type }]) => [
    name,
    type,
    settingText(context.settings[name as keyof typeof settingTable]),
  ]);
  return answerLike([text('name'), text('type'), text('value')], rows, statement.like, context);
}

export function exists(statement: StatementOf<'exists'>, context: StatementContext): Answer {
  const database = statement.table.database ?? context.database;
  const found =
    database === 'system'
      ? systemTableColumns(statement.table.name)
      : lookUpTable(namesOf(context), statement.table);
  return answerOfRows([typed('result', 'UInt8')], [[found ? 1 : 0]]);
}

const describeColumns = [
  'name',
  'type',
  'default_type',
  'default_expression',
  'comment',
  'codec_expression',
  'ttl_expression',
].map(text);

export function describe(statement: StatementOf<'describe'>, context: StatementContext): Answer {
  const rows = columnsOfTable(statement.table, context).map(({ name, type, defaultSql, comment, codec }) => [
    name,
    typeName(type),
    defaultSql === undefined ? '' : 'DEFAULT',
    defaultSql ?? '',
    comment ?? '',
    codec ?? '',
    '',
  ]);
  return answerOfRows(describeColumns, rows);
}

type DescribedColumn = NamedType & {
  readonly defaultSql?: string | undefined;
  readonly comment?: string;
  readonly codec?: string | undefined;
};

function columnsOfTable(name: TableName, context: StatementContext): readonly DescribedColumn[] {
  const names = namesOf(context);
  if ((name.database ?? context.database) === 'system') {
    const columns = systemTableColumns(name.name);
    if (!columns) throw unknownTable(names, name);
    return columns;
  }
  const table = findTable(names, name);
  const base = table.kind === 'indexTable' ? names.store.rowTable(table.rowTableId).definition : table;
  const columns = columnsOfPath(table, base);
  const held = table.kind === 'indexTable' ? heldColumns(table, base) : columns.keys();
  const codecs = table.kind === 'rowTable' ? undefined : table.parts?.codecs;
  return [...held].map((position) => {
    const column = columns[position]!;
    return { ...column, codec: codecSql(codecs, column.name) };
  });
}
