// import-parts.ts — parts that lie in a folder become parts of a MergeTree table: those of an export, of a FREEZE or of detached/.
//
// Keeps true: only whole, sorted parts are taken, all or none; the folder stays as it is.

import { WinnowError } from '../base/errors.ts';
import type { MergeTreeDefinition } from '../catalog/definitions.ts';
import { findParts, requireWholePart } from '../parts/found-parts.ts';
import type { CreateTable } from '../sql/ast.ts';
import { quoteIdentifier } from '../sql/identifiers.ts';
import { parseStatement } from '../sql/parser.ts';
import { printStatement } from '../sql/printer.ts';
import { splitStatements } from '../sql/split-statements.ts';
import type { Database } from './api.ts';
import { engineOf } from './database.ts';
import { splitName, tableByName } from './names.ts';
import type { Store } from './store.ts';

export type PartsImport = {
  readonly table: string;
  readonly created: boolean;
  readonly parts: number;
  readonly rows: number;
};

/**
 * A table that does not exist is made by the CREATE TABLE in the folder's create.sql, under the name `table`.
 * Errors: UNKNOWN_TABLE without that file, BAD_ARGUMENTS of a table that is not MergeTree or a folder without parts, what is wrong with a part,
 * and those of CREATE TABLE. Nothing is left then.
 */
export async function importParts(database: Database, table: string, folder: string): Promise<PartsImport> {
  const { store, ports } = engineOf(database);
  const found = await findParts(ports.files, folder);
  if (found.length === 0)
    throw new WinnowError('BAD_ARGUMENTS', `there are no parts in ${folder}`, {
      hint: 'Folders of parts have names such as all_1_1_0 or 202401_1_5_2.',
    });
  const created = await createIfMissing(database, table, folder);
  const definition = mergeTreeByName(store, table);
  try {
    const { schema } = store.mergeTree(definition.id).folder;
    for (const part of found) await requireWholePart(ports.files, part, schema, ports.timers.yield);
    const rows = await store.mergeTree(definition.id).copyParts(found);
    return { table: `${definition.database}.${definition.name}`, created, parts: found.length, rows };
  } catch (error) {
    if (created) await store.definitions.drop(definition.id);
    throw error;
  }
}

async function createIfMissing(database: Database, table: string, folder: string): Promise<boolean> {
  const { store, ports } = engineOf(database);
  const name = splitName(table);
  if (store.find(name.database, name.name)) return false;
  const script = await ports.files.read(`${folder}/create.sql`);
  if (!script) return false;
  const statement = createTableIn(Buffer.from(script).toString(), `${folder}/create.sql`);
  if (!store.databases().includes(name.database))
    await database.query(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(name.database)}`);
  await database.query(printStatement({ ...statement, table: { ...statement.table, ...name } }));
  return true;
}

/** The first CREATE TABLE of a script. Errors: BAD_ARGUMENTS when there is none, and those of parsing it. */
function createTableIn(script: string, path: string): CreateTable {
  const { statements, rest } = splitStatements(script);
  const text = [...statements, rest].find((each) => /^\s*(?:--.*\n\s*)*CREATE\s+TABLE\b/i.test(each));
  const statement = text === undefined ? undefined : parseStatement(text);
  if (statement?.kind === 'createTable') return statement;
  throw new WinnowError('BAD_ARGUMENTS', `${path} has no CREATE TABLE`);
}

function mergeTreeByName(store: Store, table: string): MergeTreeDefinition {
  const found = tableByName(store, table);
  if (found.kind === 'mergeTree') return found;
  throw new WinnowError('BAD_ARGUMENTS', `${found.database}.${found.name} is not a MergeTree table`, {
    hint: 'Import into a MergeTree table, and copy its rows with INSERT … SELECT.',
  });
}
