// row-layout.ts — how a row's columns become bytes.

import type { Row, RowInput } from './row-table.ts';
import type { Block } from '../types/column.ts';
import type { ColumnBuilder } from '../types/column-builder.ts';
import type { RowAddress, RowTableDefinition } from './definition.ts';

export interface RowLayout {
  readonly definition: RowTableDefinition;
  /** Shard and key of row `row` of a block with all columns of the table. */
  addressAt(block: Block, row: number): RowAddress;
  /** Address from values by column name: the whole primary key is needed. */
  addressOf(key: RowInput): RowAddress;
  /** The shards that may hold keys that begin with these primary-key values (in key order): one, or all. */
  encodeImage(block: Block, row: number): Uint8Array;
  /** Appends the columns (positions in the table) of a row to the builders. */
  decodeInto(key: Uint8Array, image: Uint8Array, columns: readonly number[], builders: readonly ColumnBuilder[]): void;
  decodeRow(key: Uint8Array, image: Uint8Array): Row;
}
