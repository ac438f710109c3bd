// system-skip-indexes.ts — system.data_skipping_indices: the skip indexes of MergeTree tables and of columnar index tables.

import type { CatalogObject } from '../catalog/catalog.ts';
import { isBitmapIndex } from '../catalog/bitmap-indexes.ts';
import type { SkipIndexDefinition } from '../catalog/definitions.ts';
import { skipIndexFileName } from '../parts/file-name.ts';
import { keyElements } from '../sql/parse-common.ts';
import { parseExpression } from '../sql/parser.ts';
import { printExpression } from '../sql/printer.ts';
import type { NamedType, ValueInput } from '../types/column.ts';
import { parseDataType } from '../types/parse-type.ts';
import { text, typed } from './answers.ts';
import type { Store } from './store.ts';

/** ClickHouse's. */
export const skipIndexColumns: readonly NamedType[] = [
  text('database'),
  text('table'),
  text('name'),
  text('type'),
  text('type_full'),
  text('expr'),
  { name: 'creation', type: parseDataType("Enum8('Explicit' = 0, 'Implicit' = 1)") },
  typed('granularity', 'UInt64'),
  typed('data_compressed_bytes', 'UInt64'),
  typed('data_uncompressed_bytes', 'UInt64'),
  typed('marks_bytes', 'UInt64'),
];

export function skipIndexRows(store: Store): ValueInput[][] {
  const tables = store.databases().flatMap((database) => store.tables(database));
  return tables.flatMap((table) =>
    table.kind === 'rowTable'
      ? []
      : (table.parts?.skipIndexes ?? []).map((index) => skipIndexRow(table, index, store)),
  );
}

function skipIndexRow(table: CatalogObject, index: SkipIndexDefinition, store: Store): ValueInput[] {
  const { name, sql, typeSql, granularity } = index;
  const elements = keyElements(parseExpression(sql));
  return [
    table.database,
    table.name,
    name,
    typeSql.replace(/\(.*/s, '').toLowerCase(),
    typeSql,
    elements.map(printExpression).join(', '),
    'Explicit',
    granularity,
    ...(isBitmapIndex(index) ? [bitmapBytes(name, table, store), 0, 0] : sizesOf(name, table, store)),
  ];
}

function bitmapBytes(name: string, table: CatalogObject, store: Store): number {
  return store.partsOf(table).reduce((total, { shard, part }) => {
    return total + (store.bitmapsOf(table, shard)?.sizeBytes(part, { name }) ?? 0);
  }, 0);
}

/** Bytes of data, of its content, and of marks, in all active parts. */
function sizesOf(name: string, table: CatalogObject, store: Store): [number, number, number] {
  const file = skipIndexFileName(name);
  let [data, content, marks] = [0, 0, 0];
  for (const { part } of store.partsOf(table)) {
    for (const extension of ['.idx', '.idx2']) {
      const found = part.checksums.get(`${file}${extension}`);
      data += found?.sizeBytes ?? 0;
      content += found?.decompressed?.sizeBytes ?? 0;
    }
    marks += part.checksums.get(`${file}${part.marks.extension}`)?.sizeBytes ?? 0;
  }
  return [data, content, marks];
}
