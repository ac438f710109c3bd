// export-parts.ts — the parts of a table as a folder that ClickHouse attaches: detached/<part>/ … and create.sql.
//
// Keeps true: the folder has exactly the rows of one read point. Parts with deleted rows or projections are written again
// without them, rows that no part has yet become parts of their own; the others are copied. create.sql comes last: a folder without it
// is not complete.

import { WinnowError } from '../base/errors.ts';
import { isPartsPath, type PartsPath, type ReadView } from '../catalog/access.ts';
import { isBitmapIndex } from '../catalog/bitmap-indexes.ts';
import { columnsOfPath, type MergeTreeDefinition, type TableDefinition } from '../catalog/definitions.ts';
import { partColumns, partSchemaOf, primaryIndexColumns, sortingKeyOf } from '../catalog/part-schema.ts';
import { PartExport } from '../parts/part-export.ts';
import { quoteIdentifier, quoteString } from '../sql/identifiers.ts';
import { typeName } from '../types/data-type.ts';
import type { Database } from './api.ts';
import { engineOf } from './database.ts';
import { tableByName } from './names.ts';
import { createMergeTreeSql, qualifiedName } from './show-create.ts';
import type { Store } from './store.ts';

export type PartsExport = {
  readonly table: string;
  /** Where it lies. */
  readonly folder: string;
  readonly parts: number;
  /** Of the parts, those that were copied as they are. */
  readonly copied: number;
  readonly rows: number;
  readonly bytes: number;
  /** The commit up to which an index table's rows are exact; undefined of a MergeTree table, which has no commits. */
  readonly sequence: number | undefined;
};

/** Errors: UNKNOWN_TABLE, BAD_ARGUMENTS of a table without parts or a folder that is not empty, INDEX_NOT_USABLE. */
export async function exportParts(database: Database, table: string, folder: string): Promise<PartsExport> {
  const { store, ports } = engineOf(database);
  const path = partsPathByName(store, table);
  if ((await ports.files.list(folder)).length > 0)
    throw new WinnowError('BAD_ARGUMENTS', `the folder ${folder} is not empty`);
  const base = path.kind === 'indexTable' ? store.rowTable(path.rowTableId).definition : path;
  const target = new PartExport(ports, store.readers, `${folder}/detached`, partSchemaOf(path, base));
  const view = store.readView();
  try {
    await exportShards(view, path, base, target);
    const sequence = path.kind === 'indexTable' ? view.sequence : undefined;
    const { names, rows, bytes, copied } = target;
    const script = attachScript(exportedTable(path, base), names, sequence, bitmapNames(path));
    await ports.files.writeDurably(`${folder}/create.sql`, Buffer.from(script));
    return {
      table: `${path.database}.${path.name}`,
      folder,
      parts: names.length,
      copied,
      rows,
      bytes,
      sequence,
    };
  } catch (error) {
    await ports.files.remove(`${folder}/detached`);
    throw error;
  } finally {
    view.release();
  }
}

function partsPathByName(store: Store, name: string): PartsPath {
  const found = tableByName(store, name);
  if (isPartsPath(found)) return found;
  throw new WinnowError('BAD_ARGUMENTS', `${found.database}.${found.name} has no parts`, {
    hint: 'Parts are what MergeTree tables and index tables with LAYOUT COLUMNAR are made of.',
  });
}

async function exportShards(
  view: ReadView,
  path: PartsPath,
  table: TableDefinition,
  target: PartExport,
): Promise<void> {
  const columns = partColumns(path, table);
  for (let shard = 0; shard < path.sharding.shardCount; shard++) {
    for (const { parts, tail } of await view.parts({
      path,
      shards: [shard],
      ranges: undefined,
      columns,
      appliedOnly: false,
    })) {
      for (const { part, mask } of parts) {
        if (mask.count === 0 && !part.hasProjections) await target.copy(part);
        else await target.rewrite(part, mask);
      }
      for (const block of tail) await target.write(block);
    }
  }
}

/** The MergeTree table that has what the parts hold; bitmap indexes lie beside them. */
function exportedTable(path: PartsPath, table: TableDefinition): MergeTreeDefinition {
  const parts = {
    ...path.parts!,
    skipIndexes: path.parts!.skipIndexes?.filter((index) => !isBitmapIndex(index)),
  };
  if (path.kind === 'mergeTree') return { ...path, parts };
  const { id, database, name, sharding } = path;
  const stored = partColumns(path, table);
  const all = columnsOfPath(path, table);
  const inParts = (columns: readonly number[]): number[] => columns.map((column) => stored.indexOf(column));
  return {
    kind: 'mergeTree',
    id,
    database,
    name,
    // A DEFAULT may refer to columns that the parts do not have.
    columns: stored.map((column) => ({ ...all[column]!, defaultSql: undefined })),
    orderBy: inParts(sortingKeyOf(path, table)),
    primaryKey: inParts(primaryIndexColumns(path, table)),
    sharding,
    parts,
    comment: '',
  };
}

function bitmapNames({ parts }: PartsPath): string[] {
  return (parts!.skipIndexes ?? []).filter(isBitmapIndex).map(({ name }) => quoteIdentifier(name));
}

function attachScript(
  table: MergeTreeDefinition,
  parts: readonly string[],
  sequence: number | undefined,
  bitmapIndexes: readonly string[],
): string {
  const database = quoteIdentifier(table.database);
  const name = qualifiedName(table);
  const where = `database = ${quoteString(table.database)} AND name = ${quoteString(table.name)}`;
  const exact = sequence === undefined ? '' : `, exact at commit ${sequence}`;
  return [
    `-- ${parts.length} parts of ${name}${exact}, for ClickHouse.`,
    ...bitmapIndexes.map(
      (index) => `-- Without the bitmap index ${index}, a type that ClickHouse does not have.`,
    ),
    `-- 1. Create the table.`,
    ...(table.columns.some(({ type }) => codedNumbers.test(typeName(type)))
      ? ['SET allow_suspicious_low_cardinality_types = 1;']
      : []),
    `CREATE DATABASE IF NOT EXISTS ${database};`,
    `${createMergeTreeSql(table)};`,
    `-- 2. Copy the folders in detached/ into detached/ of the table's folder, which this names:`,
    `--    SELECT arrayJoin(data_paths) FROM system.tables WHERE ${where}`,
    `-- 3. Attach them.`,
    ...parts.map((part) => `ALTER TABLE ${name} ATTACH PART ${quoteString(part)};`),
    '',
  ].join('\n');
}

/** LowCardinality of what ClickHouse declares with a setting only. */
const codedNumbers = /LowCardinality\((?!(Nullable\()?(String|FixedString|UUID))/;
