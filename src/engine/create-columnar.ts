// create-columnar.ts — what CREATE INDEX TABLE … LAYOUT COLUMNAR and ENGINE = MergeTree have in common: keys, partitions, parts.

import { notImplemented, WinnowError, type SourcePosition } from '../base/errors.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import type { PartsPath } from '../catalog/access.ts';
import type { IndexTableDefinition, PartsDefinition, TableDefinition } from '../catalog/definitions.ts';
import { requirePartitionable } from '../parts/partition-id.ts';
import { defaultPartSettings, requireBoundable } from '../parts/schema.ts';
import type { RowTableDefinition, Sharding } from '../rows/definition.ts';
import type { CreateIndexTable, CreateTable, Expression, Setting } from '../sql/ast.ts';
import type { NamedType } from '../types/column.ts';
import { nestedArrays } from '../types/nested.ts';
import { walk } from '../plan/walk.ts';
import { printExpression } from '../sql/printer.ts';
import { codecDefinitions } from './codec-definitions.ts';
import type { IndexColumns } from './index-columns.ts';
import { columnPosition } from './names.ts';
import { atPosition, skipIndexDefinitions } from './skip-index-definitions.ts';
import { refuseVarying } from './stored-text.ts';
import { checkKeyTypes, shardingOf } from './table-keys.ts';

const maxGranularity = 1_048_576;

/** What an index table's clauses make of its definition. */
export type IndexShape = Pick<
  IndexTableDefinition,
  'layout' | 'keyColumns' | 'coveredColumns' | 'computed' | 'sharding' | 'parts'
>;

export const oneShard: Sharding = { method: 'hash', columns: [], shardCount: 1 };

/** Sorted by ORDER BY, else by the primary key; in one shard unless SHARD BY says otherwise. */
export function columnarDefinition(
  statement: CreateIndexTable,
  stored: readonly Expression[],
  table: RowTableDefinition,
  columns: IndexColumns,
  uuid: string,
): IndexShape {
  const { position, orderBy, partitionBy, shardBy, indexes } = statement;
  if (statement.columns.length > 0) {
    throw new WinnowError(
      'BAD_ARGUMENTS',
      'a columnar index table is sorted by ORDER BY, not by index columns',
      {
        position,
        hint: 'Write LAYOUT COLUMNAR (columns) ORDER BY (columns).',
      },
    );
  }
  const named = columns.positions(stored);
  const keyColumns = orderBy.length > 0 ? columns.positions(orderBy) : table.primaryKey;
  checkKeyTypes(keyColumns, columns, position);
  const inKey = new Set([...keyColumns, ...table.primaryKey, ...named]);
  const computedFrom = [
    ...(partitionBy ? [partitionBy] : []),
    ...indexes.map(({ expression }) => expression),
  ];
  const read = columnsIn(computedFrom, columns).filter((column) => !inKey.has(column));
  const coveredColumns = [...named, ...read];
  const held = [...new Set([...inKey, ...coveredColumns])];
  refuseNested(held.map((column) => columns.columns[column]!));
  const sharding = shardBy ? shardingOf(shardBy, held, columns.columns, 'columns it stores') : oneShard;
  const parts = {
    ...partsDefinition(statement, columns, uuid),
    codecs: codecDefinitions(
      named.map((column) => columns.columns[column]!),
      statement.layout.kind === 'COLUMNAR' ? statement.layout.codecs : [],
    ),
  };
  const { computed } = columns;
  const shape = { layout: 'COLUMNAR', keyColumns, coveredColumns, computed, sharding, parts } as const;
  checkPartition(
    { ...shape, kind: 'indexTable', id: 0, database: '', name: '', rowTableId: table.id, laneCount: 1 },
    table,
    partitionBy?.position ?? position,
  );
  return shape;
}

/** The lengths of arrays of one Nested, which parts store once, may differ in rows of a row table. */
function refuseNested(columns: readonly NamedType[]): void {
  const [several] = nestedArrays(columns).filter((positions) => positions.length > 1);
  if (!several) return;
  const names = several.map((position) => columns[position]!.name).join(' and ');
  throw notImplemented(`a columnar index table of ${names}, arrays of one Nested,`);
}

/** Columns that expressions name: a part holds what its partition and its skip indexes are computed from. */
function columnsIn(
  expressions: readonly Expression[],
  { columns }: { readonly columns: readonly NamedType[] },
): number[] {
  const names = new Set<string>();
  for (const expression of expressions)
    walk(expression, (node) => {
      if (node.kind === 'identifier') names.add(node.parts.at(-1)!).add(node.parts.join('.'));
    });
  return columns.flatMap(({ name }, i) => (names.has(name) ? [i] : []));
}

/** Columns of a key by position. Errors: NO_SUCH_COLUMN_IN_TABLE, DUPLICATE_COLUMN, NOT_IMPLEMENTED of expressions. */
export function keyPositions(
  key: readonly Expression[],
  table: Pick<TableDefinition, 'name' | 'columns'>,
  clause: 'ORDER BY' | 'PRIMARY KEY' = 'ORDER BY',
): number[] {
  const positions = key.map((expression) => {
    if (expression.kind !== 'identifier' || expression.parts.length !== 1)
      throw notImplemented(`an expression in ${clause}`, expression.position);
    return columnPosition(table, expression.parts[0]!, expression.position);
  });
  const twice = positions.findIndex((column, i) => positions.indexOf(column) !== i);
  if (twice < 0) return positions;
  throw new WinnowError(
    'DUPLICATE_COLUMN',
    `Column ${table.columns[positions[twice]!]!.name} stands twice in ${clause}`,
    {
      position: key[twice]!.position,
    },
  );
}

export function partsDefinition(
  { partitionBy, settings, indexes }: Pick<CreateTable, 'partitionBy' | 'settings' | 'indexes'>,
  { columns }: { readonly columns: readonly NamedType[] },
  uuid: string,
): PartsDefinition {
  if (partitionBy) refuseVarying(partitionBy, 'PARTITION BY');
  return {
    uuid,
    partitionBySql: partitionBy && !isEmptyTuple(partitionBy) ? printExpression(partitionBy) : undefined,
    indexGranularity: granularityOf(settings),
    skipIndexes: skipIndexDefinitions(indexes, columns),
  };
}

/** `tuple()`: one partition, as without the clause. */
function isEmptyTuple(expression: Expression): boolean {
  return (
    expression.kind === 'call' && expression.name.toLowerCase() === 'tuple' && expression.args.length === 0
  );
}

/** Binds PARTITION BY over the stored columns. Errors: those of binding, at the place of the clause. */
export function checkPartition(path: PartsPath, table: TableDefinition, position: SourcePosition): void {
  atPosition(position, () => {
    const schema = partSchemaOf(path, table);
    for (const { type } of schema.partitionBy?.expressions ?? []) requirePartitionable(type);
    requireBoundable(schema);
  });
}

function granularityOf(settings: readonly Setting[]): number {
  const setting = settings.find(({ name }) => name === 'index_granularity');
  if (!setting) return defaultPartSettings.indexGranularity;
  const rows = setting.value.kind === 'number' ? Number(setting.value.text) : Number.NaN;
  if (Number.isInteger(rows) && rows >= 1 && rows <= maxGranularity) return rows;
  throw new WinnowError('BAD_ARGUMENTS', `index_granularity must be 1 to ${maxGranularity} rows`, {
    position: setting.position,
  });
}
