// ddl.ts — statements that define, drop and steer databases, tables and lanes.

import { notImplemented, WinnowError } from '../base/errors.ts';
import {
  checkDatabase,
  findIndexTable,
  findWritableTable,
  lookUpTable,
  namesOf,
  unknownTable,
} from './names.ts';
import type { StatementContext, StatementOf } from './context.ts';

/** Errors: DATABASE_ALREADY_EXISTS. */
export async function createDatabase(
  statement: StatementOf<'createDatabase'>,
  context: StatementContext,
): Promise<void> {
  const { store } = context.engine;
  if (statement.engine !== undefined)
    throw notImplemented(`database ENGINE = ${statement.engine}`, statement.position);
  if (statement.name === 'system' || store.databases().includes(statement.name)) {
    if (statement.ifNotExists) return;
    throw new WinnowError('DATABASE_ALREADY_EXISTS', `Database ${statement.name} already exists`, {
      position: statement.position,
    });
  }
  await store.definitions.createDatabase(statement.name);
}

/** Errors: UNKNOWN_DATABASE, DATABASE_NOT_EMPTY. */
export async function dropDatabase(
  statement: StatementOf<'dropDatabase'>,
  context: StatementContext,
): Promise<void> {
  const { store } = context.engine;
  const { name, position } = statement;
  if (name === 'system') throw new WinnowError('READONLY', 'Database system cannot be dropped', { position });
  if (statement.ifExists && !store.databases().includes(name)) return;
  checkDatabase(store, name, position);
  const tables = store.tables(name);
  if (tables.length > 0) {
    throw new WinnowError('DATABASE_NOT_EMPTY', `Database ${name} still has tables`, {
      position,
      detail: `${tables
        .slice(0, 5)
        .map((table) => table.name)
        .join(', ')}${tables.length > 5 ? ', …' : ''}.`,
      hint: 'Drop them first.',
    });
  }
  await store.definitions.dropDatabase(name);
}

/** DROP TABLE, with its index tables, and DROP INDEX TABLE. Errors: UNKNOWN_TABLE, INDEX_TABLE_READ_ONLY. */
export async function dropTable(
  statement: StatementOf<'dropTable'>,
  context: StatementContext,
): Promise<void> {
  const names = namesOf(context);
  const found = lookUpTable(names, statement.table);
  if (!found) {
    if (statement.ifExists) return;
    throw unknownTable(names, statement.table);
  }
  const target = statement.indexTable
    ? findIndexTable(names, statement.table)
    : dropsAsTable(found, statement);
  await names.store.definitions.drop(target.id);
}

function dropsAsTable<T extends { readonly kind: string; readonly database: string; readonly name: string }>(
  found: T,
  statement: StatementOf<'dropTable'>,
): T {
  if (found.kind !== 'indexTable') return found;
  throw new WinnowError('BAD_ARGUMENTS', `${found.database}.${found.name} is an index table`, {
    position: statement.table.position,
    hint: 'Use DROP INDEX TABLE.',
  });
}

/** Errors: UNKNOWN_TABLE, INDEX_TABLE_READ_ONLY. */
export async function truncateTable(
  statement: StatementOf<'truncate'>,
  context: StatementContext,
): Promise<void> {
  const names = namesOf(context);
  if (statement.ifExists && !lookUpTable(names, statement.table)) return;
  await names.store.definitions.truncate(findWritableTable(names, statement.table).id);
}

/** SYSTEM STOP | START LANES of one index table, or of all. */
export function systemLanes(statement: StatementOf<'systemLanes'>, context: StatementContext): void {
  const names = namesOf(context);
  const id = statement.indexTable && findIndexTable(names, statement.indexTable).id;
  if (statement.action === 'STOP') names.store.stopLanes(id);
  else names.store.startLanes(id);
}

/** SYSTEM REWIND | REPLAY LANES. Errors: as `Store.rewindLanes`. */
export async function rewindLanes(
  statement: StatementOf<'rewindLanes'>,
  context: StatementContext,
): Promise<void> {
  const names = namesOf(context);
  await names.store.rewindLanes(findIndexTable(names, statement.indexTable).id, statement.to);
}

export async function rebuildIndexTable(
  statement: StatementOf<'rebuildIndexTable'>,
  context: StatementContext,
): Promise<void> {
  const names = namesOf(context);
  await names.store.rebuild(findIndexTable(names, statement.indexTable).id);
}
