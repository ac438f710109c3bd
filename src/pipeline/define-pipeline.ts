// define-pipeline.ts — filters of index tables written in TypeScript, typed from the row's columns to the entry's.

import { WinnowError } from '../base/errors.ts';
import type { NamedType, Value, ValueInput } from '../types/column.ts';
import { parseDataType } from '../types/parse-type.ts';

/** Columns by name, each as the SQL text of its type: `{ city: 'String', total: 'Nullable(Float64)' }`. */
export type ColumnTypes = Readonly<Record<string, string>>;

type PlainValues = {
  String: string;
  UUID: string;
  IPv4: string;
  IPv6: string;
  Bool: boolean;
  Int8: number;
  Int16: number;
  Int32: number;
  Int64: bigint;
  UInt8: number;
  UInt16: number;
  UInt32: number;
  UInt64: bigint;
  Int128: bigint;
  Int256: bigint;
  UInt128: bigint;
  UInt256: bigint;
  Float32: number;
  Float64: number;
  Date: string;
  Date32: string;
  DateTime: string;
};

/** Types with arguments whose values are text: `2026-01-02 03:04:05.678`, `12.50`, the name of an enum. */
type TextType =
  | `FixedString(${string})`
  | `Enum8(${string})`
  | `Enum16(${string})`
  | `DateTime(${string})`
  | `DateTime64(${string})`
  | `Decimal(${string})`;

/** What a value of a SQL type is in TypeScript. */
export type ValueOfType<T extends string> = T extends keyof PlainValues
  ? PlainValues[T]
  : T extends TextType
    ? string
    : T extends `Nullable(${infer Inner})`
      ? ValueOfType<Inner> | null
      : T extends `LowCardinality(${infer Inner})`
        ? ValueOfType<Inner>
        : T extends `Array(${infer Inner})`
          ? readonly ValueOfType<Inner>[]
          : Value;

export type RowOfTypes<C extends ColumnTypes> = { readonly [Name in keyof C]: ValueOfType<C[Name]> };

/** A filter that `definePipeline` made, to be given to `open`. */
export type DefinedPipeline = {
  readonly name: string;
  readonly version: number;
  readonly from: readonly NamedType[];
  readonly columns: readonly NamedType[];
  readonly map: (row: Readonly<Record<string, Value>>) => Readonly<Record<string, ValueInput>> | undefined;
};

/**
 * A filter for index tables, named by `CREATE INDEX TABLE … USING name`: it makes the columns of an entry from a row of the
 * row table, or `undefined` for a row that has no entry.
 *
 * `from` names the columns that `map` reads, `columns` those it gives; both by the SQL text of their types, from which the
 * types of `map` follow. Texts that are not UTF-8 come with U+FFFD in place of wrong bytes.
 *
 * `map` must be deterministic, and depend on nothing but the row: it runs for a row as it was and as it is, again when the
 * log is replayed, and in every process that opens the store. No clock, no randomness, no state. Raise `version` whenever it
 * would give something else for some row: index tables of another version are built again when the store is opened.
 * When it throws, the write that met it goes on; the index table is not used, and names the row in its last_error, until
 * the row is changed.
 * Errors: BAD_ARGUMENTS of a name or version, UNKNOWN_TYPE.
 */
export function definePipeline<
  const From extends ColumnTypes,
  const Columns extends ColumnTypes,
>(definition: {
  readonly name: string;
  /** A whole number from 1. */
  readonly version: number;
  readonly from: From;
  readonly columns: Columns;
  readonly map: (row: RowOfTypes<From>) => RowOfTypes<Columns> | undefined;
}): DefinedPipeline {
  const { name, version, from, columns, map } = definition;
  if (!/^[A-Za-z_]\w*$/.test(name))
    throw new WinnowError('BAD_ARGUMENTS', `a pipeline's name is an identifier, not '${name}'`);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new WinnowError(
      'BAD_ARGUMENTS',
      `pipeline ${name} has version ${version}, not a whole number from 1`,
    );
  if (Object.keys(columns).length === 0)
    throw new WinnowError('BAD_ARGUMENTS', `pipeline ${name} gives no columns`);
  return {
    name,
    version,
    from: namedTypes(from),
    columns: namedTypes(columns),
    // The row is made with exactly these columns and types (row-filters.ts).
    map: map as DefinedPipeline['map'],
  };
}

const namedTypes = (columns: ColumnTypes): NamedType[] =>
  Object.entries(columns).map(([name, type]) => ({ name, type: parseDataType(type) }));

/** By name. Errors: BAD_ARGUMENTS when two have one name. */
export function pipelinesByName(pipelines: readonly DefinedPipeline[]): ReadonlyMap<string, DefinedPipeline> {
  const byName = new Map<string, DefinedPipeline>();
  for (const pipeline of pipelines) {
    if (byName.has(pipeline.name))
      throw new WinnowError('BAD_ARGUMENTS', `there are two pipelines ${pipeline.name}`);
    byName.set(pipeline.name, pipeline);
  }
  return byName;
}
