// skip-index.ts — skip indexes: what they are, and of which types of values.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { Expression } from '../expr/expression.ts';
import { skipIndexFileName } from './file-name.ts';
import type { NamedType } from '../types/column.ts';
import {
  type DataType,
  isNeverNull,
  isNullable,
  sameType,
  typeName,
  withoutNullable,
} from '../types/data-type.ts';

/** `maxRows` 0: no limit. */
export type SkipIndexType =
  | { readonly kind: 'minmax' }
  | { readonly kind: 'set'; readonly maxRows: number }
  | { readonly kind: 'ngrambf_v1'; readonly ngramLength: number; readonly filter: BloomParameters }
  | { readonly kind: 'tokenbf_v1'; readonly filter: BloomParameters }
  | { readonly kind: 'bloom_filter'; readonly falsePositiveRate: number };

/** Of a filter of fixed size; `seed` is a u64. */
export type BloomParameters = {
  readonly sizeBytes: number;
  readonly hashCount: number;
  readonly seed: bigint;
};

export type SkipIndex = {
  readonly name: string;
  readonly type: SkipIndexType;
  /** Granules of the part that one granule of the index covers; at least 1. */
  readonly granularity: number;
  /** Bound over a block of all columns; at least one, more for a tuple of columns. */
  readonly expressions: readonly Expression[];
  /** The text of the expression. */
  readonly sql: string;
  /** Positions of the columns that the expressions read, ascending. */
  readonly sourceColumns: readonly number[];
};

/** The extension of an index's data file; its marks have that of the part. ClickHouse has another minmax, in `.idx`. */
export function skipIndexExtension({ kind }: SkipIndexType): '.idx' | '.idx2' {
  return kind === 'minmax' ? '.idx2' : '.idx';
}

/** Whether a part has files of an index of that name: of this one, or of one that was dropped. */
export function hasFilesOf(
  { checksums }: { readonly checksums: ReadonlyMap<string, unknown> },
  name: string,
): boolean {
  const file = skipIndexFileName(name);
  return checksums.has(`${file}.idx`) || checksums.has(`${file}.idx2`);
}

/** Whether a part has files of another index of that name, or a column of the index in another type than the table. */
export function hindersIndex(
  part: {
    readonly checksums: ReadonlyMap<string, unknown>;
    readonly adapted: ReadonlyMap<string, { readonly isCast: boolean }>;
  },
  { name, sourceColumns }: SkipIndex,
  columns: readonly NamedType[],
): boolean {
  const isCast = (column: number): boolean => part.adapted.get(columns[column]!.name)?.isCast === true;
  return hasFilesOf(part, name) || sourceColumns.some(isCast);
}

/** Whether a part with these columns computed the index from values of the types that the table has. */
export function isIndexOfTypes(columns: readonly NamedType[], sources: readonly NamedType[]): boolean {
  return sources.every(({ name, type }) => {
    const found = columns.find((column) => column.name === name);
    return found !== undefined && sameType(found.type, type);
  });
}

/** ClickHouse's rule which values an index takes. Errors: ILLEGAL_COLUMN, BAD_ARGUMENTS; NOT_IMPLEMENTED of composite values. */
export function requireIndexable({ name, type, expressions }: Omit<SkipIndex, 'sourceColumns'>): void {
  for (const { type: valueType } of expressions) {
    if (type.kind === 'minmax' && valueType.kind === 'AggregateFunction')
      throw new WinnowError('BAD_ARGUMENTS', `minmax index ${name} is of values that have no order`, {
        detail: `They are of type ${typeName(valueType)}.`,
      });
    if ((type.kind === 'minmax' || type.kind === 'set') && isNeverNull(valueType))
      throw notImplemented(`a ${type.kind} index of ${typeName(valueType)}`);
    if (type.kind === 'bloom_filter' && !isHashable(valueType))
      throw new WinnowError(
        valueType.kind === 'Array' && valueType.inner.kind === 'Array' ? 'BAD_ARGUMENTS' : 'ILLEGAL_COLUMN',
        `Unexpected type ${typeName(valueType)} of bloom filter index ${name}`,
      );
    if ((type.kind === 'ngrambf_v1' || type.kind === 'tokenbf_v1') && !isText(valueType))
      throw new WinnowError('BAD_ARGUMENTS', `index ${name} is of texts, not of ${typeName(valueType)}`, {
        detail: `${type.kind} takes String, FixedString, LowCardinality of them, and arrays of String or FixedString.`,
      });
  }
}

function isHashable(type: DataType): boolean {
  // ClickHouse takes an index of these, and then no row.
  if (type.kind === 'Array' && type.inner.kind === 'Nullable') return false;
  const value = withoutNullable(type.kind === 'Array' ? type.inner : type);
  return !['Array', 'Map', 'Tuple', 'Decimal', 'Date32', 'AggregateFunction', 'Nothing'].includes(value.kind);
}

function isText(type: DataType): boolean {
  if (isNullable(type)) return false;
  const value = type.kind === 'Array' || type.kind === 'LowCardinality' ? type.inner : type;
  return value.kind === 'String' || value.kind === 'FixedString' || value.kind === 'IPv6';
}
