// model.ts — what a simulated store holds: row tables with index tables that the seed chooses, and what must be in them.

import type { Random } from '../base/random.ts';
import type { Block, Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import type { ModelRow } from './history.ts';

export const columnNames = ['id', 'a', 'b', 'n'] as const;
export type ColumnName = (typeof columnNames)[number];

const types: Readonly<Record<ColumnName, DataType>> = {
  id: { kind: 'UInt32' },
  a: { kind: 'UInt8' },
  b: { kind: 'Nullable', inner: { kind: 'String' } },
  n: { kind: 'Int32' },
};

export const allColumns: readonly number[] = columnNames.map((_, i) => i);

export const aValues: readonly number[] = [0, 1, 2, 3];
export const bValues: readonly (string | null)[] = ['', 'x', 'y\0', null];

/** An index table and, in the words of the model, its entries. */
export type ModelIndex = {
  readonly name: string;
  readonly layout: 'KEYS' | 'COVERING' | 'COLUMNAR';
  readonly sql: string;
  /** Columns of the key, before the primary key. */
  readonly key: readonly ColumnName[];
  /** All columns of an entry. */
  readonly columns: readonly ColumnName[];
};

export type ModelTable = {
  readonly name: string;
  readonly sql: string;
  readonly indexes: readonly ModelIndex[];
};

/** Parts are many files, which are slow to simulate: columnar index tables take part in some seeds only. */
const COLUMNAR_SHARE = 0.5;

export function drawTable(random: Random, name: string): ModelTable {
  const keyed = Array.from({ length: 1 + random.int(2) }, (_, i) => drawKeyed(random, name, `${name}_k${i}`));
  const indexes = random.chance(COLUMNAR_SHARE)
    ? [...keyed, drawColumnar(random, name, `${name}_facts`)]
    : keyed;
  const sql = `CREATE TABLE ${name} (id UInt32, a UInt8, b Nullable(String), n Int32) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4`;
  return { name, sql, indexes };
}

function drawKeyed(random: Random, table: string, name: string): ModelIndex {
  const key = random.pick<ColumnName[]>([['a'], ['n'], ['b', 'a'], ['a', 'n']]);
  const layout = random.pick(['KEYS', 'COVERING'] as const);
  const covered = columnNames.filter((column) => column !== 'id' && !key.includes(column));
  const { sharding, lanes } = drawSharding(random, key[0]!);
  const clause = layout === 'COVERING' ? `COVERING (${covered.join(', ')})` : 'KEYS';
  const sql = `CREATE INDEX TABLE ${name} ON ${table} (${key.join(', ')}) SHARD BY ${sharding} LAYOUT ${clause} SETTINGS lanes = ${lanes}`;
  const columns =
    layout === 'COVERING'
      ? columnNames
      : columnNames.filter((column) => column === 'id' || key.includes(column));
  return { name, layout, sql, key, columns };
}

function drawColumnar(random: Random, table: string, name: string): ModelIndex {
  const key = random.pick<ColumnName[]>([['a', 'n'], ['a'], ['n']]);
  const covered = columnNames.filter((column) => column !== 'id' && !key.includes(column));
  const { sharding, lanes } = drawSharding(random, key[0]!);
  const sql = `CREATE INDEX TABLE ${name} ON ${table} LAYOUT COLUMNAR (${covered.join(', ')}) SHARD BY ${sharding} PARTITION BY a % 2 ORDER BY (${key.join(', ')}) SETTINGS lanes = ${lanes}, index_granularity = 4`;
  return { name, layout: 'COLUMNAR', sql, key, columns: columnNames };
}

function drawSharding(random: Random, column: ColumnName): { sharding: string; lanes: number } {
  const count = 1 + random.int(4);
  const sharding =
    column === 'a' && random.chance(0.3) ? `mod(a, ${count})` : `hash(${column}) INTO ${count}`;
  return { sharding, lanes: 1 + random.int(count) };
}

export const typeOf = (column: ColumnName): DataType => types[column];

export function columnsOf(rows: readonly ModelRow[], names: readonly ColumnName[]): Column[] {
  return names.map((name) =>
    columnOf(
      types[name],
      rows.map((row) => row[name]),
    ),
  );
}

export function blockOf(rows: readonly ModelRow[]): Block {
  return { rowCount: rows.length, columns: columnsOf(rows, columnNames) };
}

/** Rows of a block that has all columns, in order. */
export function rowsOf(block: Block): ModelRow[] {
  return Array.from({ length: block.rowCount }, (_, row) => {
    const [id, a, b, n] = block.columns.map((column) => valueAt(column, row));
    return { id: Number(id), a: Number(a), b: b as string | null, n: Number(n) };
  });
}

export type Entry = { readonly id: number; readonly text: string };

/** Some columns of a row as text. */
export function entryOf(
  row: Pick<ModelRow, 'id'> & Partial<ModelRow>,
  columns: readonly ColumnName[],
): Entry {
  return { id: row.id, text: columns.map((name) => `${name}=${row[name]}`).join() };
}

export const linesOf = (entries: readonly Entry[]): string =>
  entries
    .map(({ text }) => text)
    .sort()
    .join('\n');
