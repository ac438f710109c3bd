// create-table.ts — CREATE TABLE: by its engine, a row table or a MergeTree table.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { ColumnDefinition } from '../rows/definition.ts';
import type { CreateTable } from '../sql/ast.ts';
import { printExpression } from '../sql/printer.ts';
import { withoutNullable } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';
import { checkSimpleAggregate } from './simple-aggregate.ts';
import { bindContext, type StatementContext } from './context.ts';
import { mergeTreeDefinition, refuseOfMergeTree } from './create-merge-tree.ts';
import { refuseOfRowTable, rowTableDefinition } from './create-row-table.ts';
import { checkDefaults } from './defaults.ts';
import { flattened } from './nested-columns.ts';
import { checkWritableDatabase, findRowTable, lookUpTable, namesOf } from './names.ts';

/** Errors: TABLE_ALREADY_EXISTS, and whatever is wrong with the definition. */
export async function createTable(parsed: CreateTable, context: StatementContext): Promise<void> {
  const statement = { ...parsed, columns: flattened(parsed.columns) };
  const { store } = context.engine;
  const database = statement.table.database ?? context.database;
  const engine = engineOf(statement);
  if (engine === 'RowTable') refuseOfRowTable(statement);
  else refuseOfMergeTree(statement);
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
  if (engine === 'RowTable') {
    const { colocateWith } = statement;
    const parent = colocateWith && findRowTable(namesOf(context), colocateWith, 'COLOCATE WITH');
    await store.definitions.createRowTable(rowTableDefinition(statement, columns, database, parent));
  } else
    await store.definitions.createMergeTree(
      mergeTreeDefinition(statement, columns, database, store.definitions.newUuid()),
    );
}

function engineOf({ engine, position }: CreateTable): 'RowTable' | 'MergeTree' {
  if (engine === undefined) {
    throw new WinnowError('ENGINE_REQUIRED', 'CREATE TABLE needs an engine', {
      position,
      hint: 'Write ENGINE = RowTable, or ENGINE = MergeTree.',
    });
  }
  if (engine.name === 'RowTable' || engine.name === 'MergeTree') return engine.name;
  throw notImplemented(`ENGINE = ${engine.name}`, position);
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
    checkSimpleAggregate(type, column.type.position);
    return {
      name: column.name,
      type,
      defaultSql: column.defaultValue && printExpression(column.defaultValue),
      comment: column.comment ?? '',
    };
  });
}
