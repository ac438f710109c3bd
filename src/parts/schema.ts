// schema.ts — what the parts of one table have in common.

import type { Expression } from '../expr/expression.ts';
import { notImplemented } from '../base/errors.ts';
import type { NamedType } from '../types/column.ts';
import { isNeverNull, typeName } from '../types/data-type.ts';
import type { ColumnCodec } from './column-codec.ts';
import type { SkipIndex } from './skip-index.ts';

/** How the writer cuts parts, by settings of the table that ClickHouse has under the same names. */
export type PartSettings = {
  /** Rows of a granule, unless the rows are wide. */
  readonly indexGranularity: number;
  /** A granule takes about this many bytes in memory at most. 0: however many, and marks do not say rows (`.mrk`). */
  readonly indexGranularityBytes: number;
  /** A compressed block ends at a mark when it holds so many bytes or more. */
  readonly minCompressBlockBytes: number;
  /** A compressed block ends when it holds so many bytes, even within a value. */
  readonly maxCompressBlockBytes: number;
};

export const defaultPartSettings: PartSettings = {
  indexGranularity: 8192,
  indexGranularityBytes: 10_485_760,
  minCompressBlockBytes: 65_536,
  maxCompressBlockBytes: 1_048_576,
};

export type PartSchema = PartSettings & {
  readonly columns: readonly NamedType[];
  /** Positions in `columns`; rows of a part ascend by them, NULLs last. */
  readonly sortingKey: readonly number[];
  /** How many columns of the sorting key the primary index holds. */
  readonly primaryKeyLength: number;
  readonly partitionBy: PartitionKey | undefined;
  readonly skipIndexes: readonly SkipIndex[];
  /** By the names of the columns that have one. */
  readonly codecs: ReadonlyMap<string, ColumnCodec>;
  readonly bitmapIndexes: readonly BitmapIndexDefinition[];
  /** By the names of the columns that have one: what parts without the column are read with. */
  readonly defaults?: ReadonlyMap<string, ColumnDefault>;
};

export type ColumnDefault = {
  readonly sql: string;
  /** Bound over a block of the columns before it; undefined when it depends on the moment or the session. */
  readonly expression: Expression | undefined;
};

/** A bitmap index (docs/formats/bitmaps.md): what Winnow keeps beside the parts for a column of few values. */
export type BitmapIndexDefinition = {
  readonly name: string;
  /** Position in `columns`. */
  readonly column: number;
};

export type PartitionKey = {
  readonly sql: string;
  /** Bound over a block of all columns; together their values name the partition. */
  readonly expressions: readonly Expression[];
  /** Positions of the columns the expressions read, ascending. */
  readonly sourceColumns: readonly number[];
};

/** Refuses columns of which a part cannot keep the smallest and largest value. */
export function requireBoundable({ columns, partitionBy }: PartSchema): void {
  for (const column of partitionBy?.sourceColumns ?? []) {
    const { name, type } = columns[column]!;
    if (isNeverNull(type)) throw notImplemented(`PARTITION BY of column ${name} of type ${typeName(type)}`);
  }
}
