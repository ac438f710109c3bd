// model-table.ts — the row table of the simulation with its index tables, and the words between rows and Blocks.

import type { IndexTableDefinition } from '../../src/catalog/definitions.ts';
import type { Store } from '../../src/engine/store.ts';
import type { RowTableDefinition } from '../../src/rows/definition.ts';
import type { Block } from '../../src/types/column.ts';
import type { DataType } from '../../src/types/data-type.ts';
import { columnOf, valueAt } from '../../src/types/value.ts';
import type { ModelRow } from '../../src/testing/history.ts';

const TYPES: readonly DataType[] = [
  { kind: 'UInt32' },
  { kind: 'UInt8' },
  { kind: 'Nullable', inner: { kind: 'String' } },
  { kind: 'Int32' },
];
const NAMES = ['id', 'a', 'b', 'n'] as const;

export const ALL_COLUMNS: readonly number[] = [0, 1, 2, 3];

export async function createModelTable(
  store: Store,
  { columnar }: { readonly columnar: boolean },
): Promise<void> {
  const table = await store.definitions.createRowTable({
    database: 'default',
    name: 'model',
    columns: NAMES.map((name, i) => ({ name, type: TYPES[i]!, defaultSql: undefined, comment: '' })),
    primaryKey: [0],
    sharding: { method: 'hash', columns: [0], shardCount: 4 },
    comment: '',
  });
  const index = { database: 'default', rowTableId: table.id };
  await store.definitions.createIndexTable({
    ...index,
    name: 'by_a',
    layout: 'KEYS',
    keyColumns: [1],
    coveredColumns: [],
    sharding: { method: 'hash', columns: [1], shardCount: 4 },
    laneCount: 2,
  });
  await store.definitions.createIndexTable({
    ...index,
    name: 'by_b',
    layout: 'COVERING',
    keyColumns: [2, 1],
    coveredColumns: [3],
    sharding: { method: 'hash', columns: [2], shardCount: 3 },
    laneCount: 3,
  });
  if (!columnar) return;
  await store.definitions.createIndexTable({
    ...index,
    name: 'facts',
    layout: 'COLUMNAR',
    keyColumns: [1, 3],
    coveredColumns: [2],
    sharding: { method: 'hash', columns: [1], shardCount: 2 },
    laneCount: 2,
    parts: { uuid: store.definitions.newUuid(), partitionBySql: 'a % 2', indexGranularity: 4 },
  });
}

export function modelTable(store: Store): RowTableDefinition {
  return store.rowTables('default')[0]!;
}

export function modelIndexTables(store: Store): readonly IndexTableDefinition[] {
  return store.indexTables('default');
}

export function blockOf(rows: readonly ModelRow[]): Block {
  return {
    rowCount: rows.length,
    columns: TYPES.map((type, i) =>
      columnOf(
        type,
        rows.map((row) => row[NAMES[i]!]),
      ),
    ),
  };
}

/** Rows of a block that has all columns, in order. */
export function rowsOf(block: Block): ModelRow[] {
  return Array.from({ length: block.rowCount }, (_, row) => {
    const [id, a, b, n] = block.columns.map((column) => valueAt(column, row));
    return { id: Number(id), a: Number(a), b: b as string | null, n: Number(n) };
  });
}

/** The type of a column, for keys of key ranges. */
export const typeOf = (column: number): DataType => TYPES[column]!;

export const nameOf = (column: number): 'id' | 'a' | 'b' | 'n' => NAMES[column]!;
