// names.ts — finds what a statement's table names mean.

import { notImplemented, WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import { systemTableColumns, systemTableNames } from './system-tables.ts';
import type { SourcePosition } from '../base/errors.ts';
import type { CatalogObject } from '../catalog/catalog.ts';
import type { IndexTableDefinition, TableDefinition } from '../catalog/definitions.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { TableName } from '../sql/ast.ts';
import type { StatementContext } from './context.ts';
import type { Store } from './store.ts';

/** Where names are looked up: a store, and the database of bare names. */
export type NameContext = { readonly store: Store; readonly database: string };

/** Where a statement's names are looked up. */
export function namesOf({ engine, database }: StatementContext): NameContext {
  return { store: engine.store, database };
}

/** The table of that name. Errors: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
export function findTable(names: NameContext, name: TableName): CatalogObject {
  const found = lookUpTable(names, name);
  if (found === undefined) throw unknownTable(names, name);
  return found;
}

/** The table of that name, to be written. Errors: as `findTable`, INDEX_TABLE_READ_ONLY, READONLY of system tables. */
export function findWritableTable(names: NameContext, name: TableName): TableDefinition {
  if ((name.database ?? names.database) === 'system') {
    throw new WinnowError('READONLY', `system.${name.name} cannot be written`, { position: name.position });
  }
  const found = findTable(names, name);
  if (found.kind !== 'indexTable') return found;
  throw new WinnowError(
    'INDEX_TABLE_READ_ONLY',
    `${found.database}.${found.name} is an index table and follows its row table`,
    {
      position: name.position,
      hint: `Write to ${rowTableName(names.store, found)}.`,
    },
  );
}

/** The row table of that name, for `statement`. Errors: as `findWritableTable`, NOT_IMPLEMENTED of a MergeTree table. */
export function findRowTable(names: NameContext, name: TableName, statement: string): RowTableDefinition {
  const found = findWritableTable(names, name);
  if (found.kind === 'rowTable') return found;
  throw notImplemented(`${statement} of a MergeTree table`, name.position);
}

/** As `findTable`, from a name outside SQL: `orders` or `shop.orders`. */
export function tableByName(store: Store, name: string): CatalogObject {
  return byName(store, name, findTable);
}

/** As `findWritableTable`, from a name outside SQL. */
export function writableTableByName(store: Store, name: string): TableDefinition {
  return byName(store, name, findWritableTable);
}

function byName<T>(store: Store, name: string, find: (names: NameContext, name: TableName) => T): T {
  const found = splitName(name);
  try {
    const position = { offset: 0, line: 1, column: 1 };
    return find({ store, database: found.database }, { ...found, position });
  } catch (error) {
    // There is no statement that a position could point into.
    if (!(error instanceof WinnowError)) throw error;
    throw new WinnowError(error.code, error.message, { detail: error.detail, hint: error.hint });
  }
}

/** `orders` and `shop.orders`. */
export function splitName(name: string): { readonly database: string; readonly name: string } {
  const dot = name.indexOf('.');
  return { database: dot < 0 ? 'default' : name.slice(0, dot), name: name.slice(dot + 1) };
}

/** As `writableTableByName`. Errors: UNSUPPORTED_METHOD of a MergeTree table, whose rows are not found by a key. */
export function rowTableByName(store: Store, name: string): RowTableDefinition {
  const found = writableTableByName(store, name);
  if (found.kind === 'rowTable') return found;
  throw new WinnowError(
    'UNSUPPORTED_METHOD',
    `${found.database}.${found.name} is a MergeTree table: its rows have no key`,
    { hint: 'Read and write it by SQL.' },
  );
}

/** The index table of that name. Errors: as `findTable`, BAD_ARGUMENTS when it is a row table. */
export function findIndexTable(names: NameContext, name: TableName): IndexTableDefinition {
  const found = findTable(names, name);
  if (found.kind === 'indexTable') return found;
  throw new WinnowError(
    'BAD_ARGUMENTS',
    `${found.database}.${found.name} is a ${found.kind === 'rowTable' ? 'row' : 'MergeTree'} table, not an index table`,
    { position: name.position },
  );
}

export function lookUpTable(names: NameContext, name: TableName): CatalogObject | undefined {
  return names.store.find(name.database ?? names.database, name.name);
}

export function rowTableName(store: Store, index: IndexTableDefinition): string {
  const table = store.findById(index.rowTableId);
  return table ? `${table.database}.${table.name}` : `#${index.rowTableId}`;
}

/** Errors: UNKNOWN_DATABASE. */
export function checkDatabase(store: Store, database: string, position?: SourcePosition): void {
  if (database === 'system' || store.databases().includes(database)) return;
  const near = nearestName(database, store.databases());
  throw new WinnowError('UNKNOWN_DATABASE', `Database ${database} does not exist`, {
    position,
    hint: near && `Maybe you meant ${near}?`,
  });
}

/** Errors: UNKNOWN_DATABASE, READONLY of the system database. */
export function checkWritableDatabase(store: Store, database: string, position: SourcePosition): void {
  if (database === 'system')
    throw new WinnowError('READONLY', 'Database system cannot be changed', { position });
  checkDatabase(store, database, position);
}

export function unknownTable(names: NameContext, name: TableName): WinnowError {
  const database = name.database ?? names.database;
  checkDatabase(names.store, database, name.position);
  if (database === 'system' && systemTableColumns(name.name)) return notOfSystemTables(name);
  const near = nearestName(name.name, tableNames(names.store, database));
  const meant = near === undefined ? elsewhere(names.store, name.name) : `${database}.${near}`;
  return new WinnowError('UNKNOWN_TABLE', `Table ${database}.${name.name} does not exist`, {
    position: name.position,
    hint: meant && `Maybe you meant ${meant}?`,
  });
}

function notOfSystemTables({ name, position }: TableName): WinnowError {
  return new WinnowError('UNSUPPORTED_METHOD', `the statement is not possible on system.${name}`, {
    position,
    detail: 'It is made when it is read.',
  });
}

/** Names of all tables of a database, sorted. */
export function tableNames(store: Store, database: string): readonly string[] {
  if (database === 'system') return [...systemTableNames()].sort();
  return store.tables(database).map((table) => table.name);
}

/** A table of exactly that name in another database. */
function elsewhere(store: Store, name: string): string | undefined {
  const database = store.databases().find((candidate) => store.find(candidate, name));
  return database && `${database}.${name}`;
}

/** Position of a column in a table's list. Errors: NO_SUCH_COLUMN_IN_TABLE. */
export function columnPosition(
  table: { readonly name: string; readonly columns: readonly { readonly name: string }[] },
  column: string,
  position?: SourcePosition,
): number {
  const index = table.columns.findIndex((candidate) => candidate.name === column);
  if (index >= 0) return index;
  const near = nearestName(
    column,
    table.columns.map((candidate) => candidate.name),
  );
  throw new WinnowError('NO_SUCH_COLUMN_IN_TABLE', `No such column ${column} in table ${table.name}`, {
    position,
    hint: near && `Maybe you meant ${near}?`,
  });
}
