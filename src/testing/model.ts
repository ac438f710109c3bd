// model.ts — what a simulated store holds: row tables with index tables that the seed chooses, and what must be in them.

import type { Random } from '../base/random.ts';
import type { Block, Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import type { ModelRow } from './history.ts';

const columnNames = ['id', 'a', 'b', 'n'] as const;

/** Columns of the row tables, and one that index tables compute: whether `a` is odd. */
export type ColumnName = (typeof columnNames)[number] | 'odd';

const types: Readonly<Record<ColumnName, DataType>> = {
  id: { kind: 'UInt32' },
  a: { kind: 'UInt8' },
  b: { kind: 'Nullable', inner: { kind: 'String' } },
  n: { kind: 'Int32' },
  odd: { kind: 'UInt8' },
};

export const allColumns: readonly number[] = columnNames.map((_, i) => i);

/** Raised when a seed comes to mean another run: seeds that were kept are of one version. */
export const modelVersion = 2;

/** A value of a column that begins a key. */
export type KeyValue = number | string | null;

export const aValues: readonly number[] = [0, 1, 2, 3];
export const bValues: readonly (string | null)[] = ['', 'x', 'y\0', null];

/** An index table, made by its statement; its definition says which columns it has now. */
export type ModelIndex = {
  readonly name: string;
  /** Its row table. */
  readonly table: string;
  readonly sql: string;
  /** SQL text of the condition for an entry; empty: all rows have one. */
  readonly where: string;
  readonly holds: (row: ModelRow) => boolean;
  /** Of a unique index table: what no two rows with an entry have in common. */
  readonly uniqueKey: ((row: ModelRow) => string) | undefined;
};

export type ModelTable = {
  readonly name: string;
  readonly sql: string;
  readonly indexes: readonly ModelIndex[];
};

/** Parts are many files, which are slow to simulate: columnar index tables take part in some seeds only. */
const COLUMNAR_SHARE = 0.35;

/** Up to `count` row-shaped index tables, and beside more than one of them perhaps a columnar one. */
export function drawTable(random: Random, name: string, count: number): ModelTable {
  const sql = `CREATE TABLE ${name} (id UInt32, a UInt8, b Nullable(String), n Int32) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4`;
  const indexes = Array.from({ length: 1 + random.int(count) }, (_, i) =>
    drawKeyed(random, name, `${name}_${i}`),
  );
  if (count > 1 && random.chance(COLUMNAR_SHARE)) indexes.push(drawColumnar(random, name, `${name}_facts`));
  return { name, sql, indexes };
}

function drawKeyed(random: Random, table: string, name: string): ModelIndex {
  const key = random.pick([['a'], ['n'], ['b'], ['b', 'a'], ['a', 'n'], ['(a % 2) AS odd', 'n']]);
  const { clause, setting, ...condition } = drawCondition(random, key);
  const { sharding, lanes } = drawSharding(random, key[0]!.split(' ').at(-1)!);
  const names = key.map((column) => column.split(' ').at(-1) as ColumnName);
  const isUnique = names.includes('n') && random.chance(0.3);
  const uniqueKey = isUnique
    ? (row: ModelRow) => names.map((column) => valueOf(row, column)).join()
    : undefined;
  const sql = `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX TABLE ${name} ON ${table} (${key.join(', ')}) ${sharding} LAYOUT ${drawLayout(random)} ${clause} SETTINGS ${lanes}${setting}`;
  return { name, table, sql, uniqueKey, ...condition };
}

/** Columns that are in the key as well are stored once. */
export function drawLayout(random: Random): string {
  return random.pick(['KEYS', 'COVERING (b, n)', 'COVERING (a, b, n)', 'SPLIT (n)', 'FULL']);
}

function drawColumnar(random: Random, table: string, name: string): ModelIndex {
  const key = random.pick([['a', 'n'], ['a'], ['n']]);
  const { clause, setting, ...condition } = drawCondition(random, key);
  const { sharding, lanes } = drawSharding(random, key[0]!);
  const sql = `CREATE INDEX TABLE ${name} ON ${table} LAYOUT COLUMNAR (a, b, n) ${sharding} PARTITION BY a % 2 ORDER BY (${key.join(', ')}) ${clause} SETTINGS ${lanes}, index_granularity = 4${setting}`;
  return { name, table, sql, uniqueKey: undefined, ...condition };
}

type Condition = Pick<ModelIndex, 'where' | 'holds'> & { readonly clause: string; readonly setting: string };

/** Of a partial index table, or one that is sparse. */
function drawCondition(random: Random, key: readonly string[]): Condition {
  if (key.join() === 'b' && random.chance(0.5))
    return {
      where: 'b IS NOT NULL',
      clause: '',
      setting: ", null_keys = 'sparse'",
      holds: ({ b }) => b !== null,
    };
  if (random.chance(0.7)) return { where: '', clause: '', setting: '', holds: () => true };
  const { where, holds } = random.pick<Pick<ModelIndex, 'where' | 'holds'>>([
    { where: 'a != 1', holds: ({ a }) => a !== 1 },
    { where: "b = 'x'", holds: ({ b }) => b === 'x' },
  ]);
  return { where, holds, clause: `WHERE ${where}`, setting: '' };
}

function drawSharding(random: Random, column: string): { sharding: string; lanes: string } {
  const count = random.int(5);
  if (count === 0) return { sharding: 'UNSHARDED', lanes: 'lanes = 1' };
  const by = column === 'a' && random.chance(0.3) ? `mod(a, ${count})` : `hash(${column}) INTO ${count}`;
  return { sharding: `SHARD BY ${by}`, lanes: `lanes = ${1 + random.int(count)}` };
}

export const typeOf = (column: ColumnName): DataType => types[column];

/** Of a row, or of an entry that has this column. */
function valueOf(
  row: Partial<ModelRow> & { readonly odd?: number },
  column: ColumnName,
): KeyValue | undefined {
  return column === 'odd' ? (row.odd ?? row.a! % 2) : row[column];
}

export const firstValueOf = (row: ModelRow, columns: readonly ColumnName[]): KeyValue =>
  valueOf(row, columns[0]!)!;

export function columnsOf(rows: readonly ModelRow[], names: readonly ColumnName[]): Column[] {
  return names.map((name) =>
    columnOf(
      types[name],
      rows.map((row) => valueOf(row, name)),
    ),
  );
}

export function blockOf(rows: readonly ModelRow[]): Block {
  return { rowCount: rows.length, columns: columnsOf(rows, columnNames) };
}

/** Rows of a block with these columns, as objects. */
export function objectsOf(block: Block, names: readonly string[]): ModelRow[] {
  return Array.from({ length: block.rowCount }, (_, row) => {
    const values = names.map((name, i) => [name, valueAt(block.columns[i]!, row)] as const);
    return Object.fromEntries(values) as ModelRow;
  });
}

export const rowsOf = (block: Block): ModelRow[] => objectsOf(block, columnNames);

/** Two of a table's rows have the same values of a unique index table. */
export function hasDuplicates({ indexes }: ModelTable, rows: readonly ModelRow[]): boolean {
  return indexes.some(({ uniqueKey, holds }) => {
    if (!uniqueKey) return false;
    const keys = rows.filter(holds).map(uniqueKey);
    return new Set(keys).size < keys.length;
  });
}

/** A row, or an entry, as text. */
export type Entry = { readonly id: number; readonly text: string };

export function entryOf(row: ModelRow, columns: readonly ColumnName[] = columnNames): Entry {
  return { id: row.id, text: columns.map((name) => `${name}=${valueOf(row, name)}`).join() };
}

export const linesOf = (entries: readonly Entry[]): string =>
  entries
    .map(({ text }) => text)
    .sort()
    .join('\n');
