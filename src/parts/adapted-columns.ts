// adapted-columns.ts — columns of a table that a part has in another type, or not at all.
//
// Keeps true: such a column has the part's values, cast, or its DEFAULT, else the default of its type. Keys and bounds
// are never adapted: the primary index, partition.dat and the order of the rows were made of the part's own columns.

import { CorruptionError, notImplemented, WinnowError } from '../base/errors.ts';
import { castColumn, castKernel } from '../expr/cast.ts';
import { evaluate } from '../expr/evaluate.ts';
import { expandDictionary, repeatRow } from '../types/block.ts';
import type { Column, NamedType } from '../types/column.ts';
import { defaultRow } from '../types/column-builder.ts';
import { sameType, typeName, withoutNullable } from '../types/data-type.ts';
import { lazyList } from '../types/lazy-list.ts';
import type { ColumnDefault, PartSchema } from './schema.ts';

export type AdaptedColumn = NamedType & {
  /** The part has it, in another type. */
  readonly isCast: boolean;
  readonly default: ColumnDefault | undefined;
  /** Names of the columns that the DEFAULT is computed over. */
  readonly before: readonly string[];
};

/** Those of a part with the columns `stored`, which `file` says. Errors: CorruptionError, NOT_IMPLEMENTED naming the file. */
export function adaptedColumns(
  stored: readonly NamedType[],
  schema: PartSchema,
  file: string,
): ReadonlyMap<string, AdaptedColumn> {
  const fixed = new Set([...schema.sortingKey, ...(schema.partitionBy?.sourceColumns ?? [])]);
  const indexed = new Set(schema.skipIndexes.flatMap(({ sourceColumns }) => sourceColumns));
  const adapted = new Map<string, AdaptedColumn>();
  for (const [position, column] of schema.columns.entries()) {
    const { name, type } = column;
    const found = stored.find((each) => each.name === name);
    if (found && sameType(found.type, type)) continue;
    if (fixed.has(position) || (found && indexed.has(position))) throw differs(column, found, file);
    if (found) requireCast(column, found, file);
    const ofTable = schema.defaults?.get(name);
    if (!found && ofTable && !ofTable.expression)
      throw notImplemented(
        `${file}: a part without column ${name}, whose DEFAULT ${ofTable.sql} depends on the moment,`,
      );
    const before = schema.columns.slice(0, position).map((each) => each.name);
    adapted.set(name, { ...column, isCast: found !== undefined, default: ofTable, before });
  }
  return adapted;
}

function differs({ name, type }: NamedType, found: NamedType | undefined, file: string): CorruptionError {
  return new CorruptionError(
    file,
    `column ${name} of type ${typeName(type)}`,
    found ? typeName(found.type) : 'none',
  );
}

/** The file has no hash: another parameter of a type is rather damage than another type. */
function requireCast(column: NamedType, found: NamedType, file: string): void {
  const [from, to] = [withoutNullable(found.type), withoutNullable(column.type)];
  if (from.kind === to.kind && from.kind !== 'DateTime' && !sameType(from, to))
    throw differs(column, found, file);
  try {
    castKernel(found.type, column.type);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    throw notImplemented(
      `${file}: column ${column.name} of type ${typeName(found.type)}, which is ${typeName(column.type)} in the table,`,
    );
  }
}

/** The rows of the column; `read` gives those of another one, or those that the part has. Errors: those of cast and DEFAULT. */
export function adaptColumn(
  { name, type, isCast, default: ofTable, before }: AdaptedColumn,
  rowCount: number,
  read: (name: string) => Column,
): Column {
  if (isCast) return castColumn(read(name), type);
  if (!ofTable?.expression) return repeatRow(defaultRow(type), 0, rowCount);
  const columns = lazyList(before.length, (i) => expandDictionary(read(before[i]!)));
  return castColumn(evaluate(ofTable.expression, { rowCount, columns }), type);
}
