// definition.ts — what a row table is, as a value; stored as JSON in the store.

import type { NamedType } from '../types/column.ts';

export type ColumnDefinition = NamedType & {
  /** SQL text of the default expression. */
  readonly defaultSql: string | undefined;
  readonly comment: string;
};

/** How a key picks its shard. `columns` are positions in the table's column list. */
export type Sharding = {
  readonly method: 'hash' | 'mod';
  readonly columns: readonly number[];
  readonly shardCount: number;
};

export type RowTableDefinition = {
  readonly kind: 'rowTable';
  /** Never used again after DROP. */
  readonly id: number;
  readonly database: string;
  readonly name: string;
  readonly columns: readonly ColumnDefinition[];
  /** Positions of the primary key's columns, in key order. */
  readonly primaryKey: readonly number[];
  readonly sharding: Sharding;
  /** The parent of COLOCATE WITH, which is sharded alike. By name: TRUNCATE gives a table a new id. */
  readonly colocatedWith?: { readonly database: string; readonly name: string } | undefined;
  readonly comment: string;
};

/** One row: its shard and its encoded primary key. */
export type RowAddress = { readonly shard: number; readonly key: Uint8Array };

/** Encoded keys within one shard, half-open; `end` undefined = to the end of the shard. */
export type KeyRange = { readonly start: Uint8Array; readonly end: Uint8Array | undefined };
