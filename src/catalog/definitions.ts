// definitions.ts — what index tables and MergeTree tables are, as values; stored as JSON in the store.

import type { ColumnDefinition, RowTableDefinition, Sharding } from '../rows/definition.ts';
import type { NamedType } from '../types/column.ts';

/** FULL covers every column. SPLIT keeps the covered columns apart from the entries, in details. */
export type IndexLayout = 'KEYS' | 'COVERING' | 'SPLIT' | 'FULL' | 'COLUMNAR';

export type NullKeys = 'indexed' | 'sparse';

/** How the parts of a columnar table lie on disk. */
export type PartsDefinition = {
  /** Names the folder: `store/<first 3 characters>/<uuid>`. */
  readonly uuid: string;
  /** SQL text of PARTITION BY. */
  readonly partitionBySql: string | undefined;
  /** Most rows of a granule. */
  readonly indexGranularity: number;
  readonly skipIndexes?: readonly SkipIndexDefinition[] | undefined;
  readonly codecs?: readonly CodecDefinition[] | undefined;
  /** Of a MergeTree table: all SETTINGS as they were written, in their order, which SHOW CREATE TABLE keeps. */
  readonly settings?: Readonly<Partial<Record<MergeTreeSetting, number>>> | undefined;
};

/** CODEC of a column, by its name. */
export type CodecDefinition = {
  readonly column: string;
  /** As it stands in CODEC( ). */
  readonly sql: string;
};

/** INDEX of a columnar table. */
export type SkipIndexDefinition = {
  readonly name: string;
  /** SQL text of the expression, over the table's columns. */
  readonly sql: string;
  /** As after TYPE: `set(100)`. */
  readonly typeSql: string;
  /** GRANULARITY: granules of a part in one of the index. */
  readonly granularity: number;
};

export type MergeTreeSetting =
  | 'index_granularity'
  | 'index_granularity_bytes'
  | 'min_compress_block_size'
  | 'max_compress_block_size'
  | 'allow_nullable_key';

/** A column that an index table computes from a row: an expression, or a column under another name. */
export type ComputedColumn = NamedType & {
  /** SQL text over the row table's columns; undefined when the filter of `using` gives it. */
  readonly sql?: string | undefined;
};

/**
 * An index table. Its columns have positions: those of the row table's column list, and behind these the computed
 * columns (`columnsOfPath`). An entry is keyed by `keyColumns` followed by the row table's primary key (without columns named
 * already), and holds `coveredColumns`. Of COLUMNAR, entries are rows of parts, sorted by that key.
 */
export type IndexTableDefinition = {
  readonly kind: 'indexTable';
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly rowTableId: number;
  readonly layout: IndexLayout;
  /** Positions of the index columns, in order. */
  readonly keyColumns: readonly number[];
  /** Positions; empty for KEYS. */
  readonly coveredColumns: readonly number[];
  readonly computed?: readonly ComputedColumn[] | undefined;
  /** `columns` are positions, all among `keyColumns`. */
  readonly sharding: Sharding;
  readonly laneCount: number;
  /** No two rows with an entry have the same values of all index columns; a row with NULL among them is exempt. */
  readonly unique?: boolean | undefined;
  /** SQL text of WHERE, over the row table's columns: only rows for which it is true have an entry. */
  readonly whereSql?: string | undefined;
  /** sparse: a row whose index columns are all NULL has no entry. Default: indexed. */
  readonly nullKeys?: NullKeys | undefined;
  /** A filter in TypeScript gives all computed columns, and may leave rows out. */
  readonly using?: { readonly name: string; readonly version: number } | undefined;
  /** Exactly for COLUMNAR. */
  readonly parts?: PartsDefinition | undefined;
};

/** A table that is nothing but parts, with no row table behind it. */
export type MergeTreeDefinition = {
  readonly kind: 'mergeTree';
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  /** ORDER BY: positions of the sorting key's columns, in key order; empty for tuple(). */
  readonly orderBy: readonly number[];
  /** PRIMARY KEY: a prefix of `orderBy`, the columns that the primary index holds. */
  readonly primaryKey: readonly number[];
  /** One shard. */
  readonly sharding: Sharding;
  readonly parts: PartsDefinition;
  readonly comment: string;
};

/** A table that rows are inserted into. */
export type TableDefinition = RowTableDefinition | MergeTreeDefinition;

/**
 * live: tail and applied rows together answer exactly.  building: backfill runs.
 * behind: the tail was dropped, lanes catch up from the log.  invalid: the log is gone, a rebuild is due.
 */
export type IndexTableState = 'live' | 'building' | 'behind' | 'invalid';

type Keyed = Pick<TableDefinition, 'primaryKey'>;

/** The columns that positions on this path mean: the table's, then those an index table computes. */
export function columnsOfPath(
  path: TableDefinition | IndexTableDefinition,
  table: Pick<TableDefinition, 'columns'>,
): readonly ColumnDefinition[] {
  const computed = path.kind === 'indexTable' ? (path.computed ?? []) : [];
  if (computed.length === 0) return table.columns;
  const added = computed.map(({ name, type }) => ({ name, type, defaultSql: undefined, comment: '' }));
  return [...table.columns, ...added];
}

/** Columns an index table has, as positions: keys, primary key, covered. */
export function heldColumns(index: IndexTableDefinition, table: Keyed): readonly number[] {
  return [...new Set([...entryKeyColumns(index, table), ...index.coveredColumns])];
}

/** Columns its entries hold. */
export function entryColumns(index: IndexTableDefinition, table: Keyed): readonly number[] {
  return index.layout === 'SPLIT' ? entryKeyColumns(index, table) : heldColumns(index, table);
}

/** Columns of an entry's key: the index columns, then the rest of the primary key. */
export function entryKeyColumns(index: IndexTableDefinition, table: Keyed): readonly number[] {
  return [...new Set([...index.keyColumns, ...table.primaryKey])];
}

/** Columns an entry stores beside its key. */
export function entryValueColumns(index: IndexTableDefinition, table: Keyed): readonly number[] {
  return index.layout === 'SPLIT' ? [] : coveredOnly(index, table);
}

/** Columns that the detail of an entry stores. */
export function detailColumns(index: IndexTableDefinition, table: Keyed): readonly number[] {
  return index.layout === 'SPLIT' ? coveredOnly(index, table) : [];
}

function coveredOnly(index: IndexTableDefinition, table: Keyed): number[] {
  const keys = new Set(entryKeyColumns(index, table));
  return index.coveredColumns.filter((column) => !keys.has(column));
}
