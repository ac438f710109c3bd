// row-table.ts — one row table: where its rows lie, how they are read and written.

import type { Sequence } from '../log/change.ts';
import type { Block, Value, ValueInput } from '../types/column.ts';
import type { KeyRange, RowAddress, RowTableDefinition } from './definition.ts';
import type { RowLayout } from './row-layout.ts';

export type Row = Record<string, Value>;
export type RowInput = Record<string, ValueInput>;

/** Work on one table inside a transaction: runs alone, sees the newest rows, is kept whole or not at all. */
export interface RowTransaction {
  /** The current rows of the addresses, absent ones left out: `present[i]` is 1 when address i has its row in the block. */
  read(addresses: readonly RowAddress[], columns: readonly number[]): { readonly block: Block; readonly present: Uint8Array };
  /** Writes rows; the block has all columns of the table, in order. A later row of the same key wins. */
  put(block: Block): void;
  delete(addresses: readonly RowAddress[]): void;
}

export interface RowTable {
  readonly definition: RowTableDefinition;
  readonly layout: RowLayout;
  readonly rowCount: number;
  /** The newest committed row, synchronously. */
  get(key: RowInput): Row | undefined;
  /**
   * Runs `work` (synchronous) as one transaction and resolves when it is durable. When `work` throws, nothing is kept.
   * Errors: ROW_TOO_LARGE, KEY_TOO_LARGE, STORE_FAILED, STORE_CLOSED.
   */
  write<T>(work: (transaction: RowTransaction) => T): Promise<{ readonly sequence: Sequence; readonly value: T }>;
  /** Rows of a key range at the newest read point, in key order over all shards. */
  range(range: KeyRange, options: { readonly limit: number | undefined; readonly reverse: boolean }): AsyncIterable<Row>;
}
