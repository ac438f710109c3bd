// definitions.ts — what an index table is, as a value; stored as JSON in the store.

import type { RowTableDefinition, Sharding } from '../rows/definition.ts';

export type IndexLayout = 'KEYS' | 'COVERING';

/**
 * A row-shaped index table. An entry is keyed by `keyColumns` followed by the row table's primary key
 * (without columns named already), and holds `coveredColumns`.
 */
export type IndexTableDefinition = {
  readonly kind: 'indexTable';
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly rowTableId: number;
  readonly layout: IndexLayout;
  /** Positions in the row table's column list: the index columns, in order. */
  readonly keyColumns: readonly number[];
  /** Positions in the row table's column list; empty for KEYS. */
  readonly coveredColumns: readonly number[];
  /** `columns` are positions in the row table's column list, all among `keyColumns`. */
  readonly sharding: Sharding;
  readonly laneCount: number;
};

/**
 * live: tail and applied rows together answer exactly.  building: backfill runs.
 * behind: the tail was dropped, lanes catch up from the log.  invalid: the log is gone, a rebuild is due.
 */
export type IndexTableState = 'live' | 'building' | 'behind' | 'invalid';

/** Columns an index table's entries hold, as positions in the row table's column list: keys, primary key, covered. */
export function entryColumns(index: IndexTableDefinition, table: RowTableDefinition): readonly number[] {
  return [...new Set([...index.keyColumns, ...table.primaryKey, ...index.coveredColumns])];
}

/** Columns of an entry's key: the index columns, then the rest of the primary key. */
export function entryKeyColumns(index: IndexTableDefinition, table: RowTableDefinition): readonly number[] {
  return [...new Set([...index.keyColumns, ...table.primaryKey])];
}

/** Columns an entry stores beside its key. */
export function entryValueColumns(index: IndexTableDefinition, table: RowTableDefinition): readonly number[] {
  const keys = new Set(entryKeyColumns(index, table));
  return index.coveredColumns.filter((column) => !keys.has(column));
}
