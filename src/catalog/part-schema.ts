// part-schema.ts — how the rows of a columnar table lie in its parts: which columns, in which order, by which partition.

import { must } from '../base/assert.ts';
import { collectColumns } from '../expr/evaluate.ts';
import { columnCodec } from '../parts/column-codec.ts';
import {
  type BitmapIndexDefinition,
  type ColumnDefault,
  defaultPartSettings,
  type PartitionKey,
  type PartSchema,
  type PartSettings,
} from '../parts/schema.ts';
import type { ColumnDefinition } from '../rows/definition.ts';
import { keyElements } from '../sql/parse-common.ts';
import { parseCodecs, parseExpression } from '../sql/parser.ts';
import type { NamedType } from '../types/column.ts';
import type { PartsPath } from './access.ts';
import { bitmapIndexOf, isBitmapIndex } from './bitmap-indexes.ts';
import {
  columnsOfPath,
  entryColumns,
  entryKeyColumns,
  type PartsDefinition,
  type TableDefinition,
} from './definitions.ts';
import { skipIndexOf } from './skip-indexes.ts';
import { bindStored, varies } from './stored-expression.ts';

/** Columns that the parts hold, as ascending positions. */
export function partColumns(path: PartsPath, table: TableDefinition): readonly number[] {
  if (path.kind === 'mergeTree') return path.columns.map((_, i) => i);
  return [...entryColumns(path, table)].sort((a, b) => a - b);
}

/** The sorting key, as positions. */
export function sortingKeyOf(path: PartsPath, table: TableDefinition): readonly number[] {
  return path.kind === 'mergeTree' ? path.orderBy : entryKeyColumns(path, table);
}

/** The columns of the primary index: a prefix of the sorting key. */
export function primaryIndexColumns(path: PartsPath, table: TableDefinition): readonly number[] {
  return path.kind === 'mergeTree' ? path.primaryKey : entryKeyColumns(path, table);
}

/** Positions in the schema are those in its own `columns`. Errors: those of binding PARTITION BY and INDEX. */
export function partSchemaOf(path: PartsPath, table: TableDefinition): PartSchema {
  const stored = partColumns(path, table);
  const all = columnsOfPath(path, table);
  const columns = stored.map((column) => ({ name: all[column]!.name, type: all[column]!.type }));
  const { skipIndexes = [] } = path.parts!;
  const ofParts = skipIndexes.filter((index) => !isBitmapIndex(index));
  const beside = skipIndexes.filter(isBitmapIndex);
  return {
    columns,
    sortingKey: sortingKeyOf(path, table).map((column) => stored.indexOf(column)),
    primaryKeyLength: primaryIndexColumns(path, table).length,
    partitionBy: partitionKeyOf(path.parts!.partitionBySql, columns),
    ...partSettingsOf(path.parts!),
    codecs: codecsOf(path.parts!, columns),
    skipIndexes: ofParts.map((definition) => skipIndexOf(definition, columns)),
    bitmapIndexes: beside.map((definition) => bitmapIndexOf(definition, columns)),
    defaults: path.kind === 'mergeTree' ? defaultsOf(path.columns) : new Map(),
  };
}

/** Bitmap indexes by the column of the path that each is on. Errors: those of its definition. */
export function bitmapIndexesOf(
  path: PartsPath,
  table: TableDefinition,
): ReadonlyMap<number, BitmapIndexDefinition> {
  const definitions = (path.parts!.skipIndexes ?? []).filter(isBitmapIndex);
  if (definitions.length === 0) return new Map();
  const stored = partColumns(path, table);
  const all = columnsOfPath(path, table);
  const columns = stored.map((column) => all[column]!);
  const indexes = definitions.map((definition) => bitmapIndexOf(definition, columns));
  return new Map(indexes.map((index) => [stored[index.column]!, index]));
}

function defaultsOf(columns: readonly ColumnDefinition[]): ReadonlyMap<string, ColumnDefault> {
  return new Map(
    columns.flatMap(({ name, defaultSql: sql }, position): [string, ColumnDefault][] => {
      if (sql === undefined) return [];
      const before = columns.slice(0, position);
      return [
        [name, { sql, expression: varies(sql) ? undefined : bindStored(parseExpression(sql), before) }],
      ];
    }),
  );
}

function codecsOf({ codecs = [] }: PartsDefinition, columns: readonly NamedType[]): PartSchema['codecs'] {
  return new Map(
    codecs.map(({ column: name, sql }) => {
      const column = must(
        columns.find((each) => each.name === name),
        'a column with a codec is stored',
      );
      return [name, columnCodec(parseCodecs(sql), column)];
    }),
  );
}

function partSettingsOf({ indexGranularity, settings = {} }: PartsDefinition): PartSettings {
  const { indexGranularityBytes, minCompressBlockBytes, maxCompressBlockBytes } = defaultPartSettings;
  return {
    indexGranularity,
    indexGranularityBytes: settings.index_granularity_bytes ?? indexGranularityBytes,
    // 0 stands for the default.
    minCompressBlockBytes: settings.min_compress_block_size || minCompressBlockBytes,
    maxCompressBlockBytes: settings.max_compress_block_size || maxCompressBlockBytes,
  };
}

/** The key that PARTITION BY `sql` makes of the columns. Errors: those of binding it. */
export function partitionKeyOf(
  sql: string | undefined,
  columns: readonly NamedType[],
): PartitionKey | undefined {
  if (sql === undefined) return undefined;
  const expressions = keyElements(parseExpression(sql)).map((element) => bindStored(element, columns));
  const sources = new Set<number>();
  for (const expression of expressions) collectColumns(expression, sources);
  return { sql, expressions, sourceColumns: [...sources].sort((a, b) => a - b) };
}
