// row-filters.ts — which rows have an entry, and the columns that an index table computes for them: by SQL or TypeScript.

import { WinnowError } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import { bindStored, computedExpressions } from '../catalog/stored-expression.ts';
import { evaluate } from '../expr/evaluate.ts';
import { truthOfCondition } from '../expr/truth.ts';
import type { DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { Row } from '../rows/row-table.ts';
import { parseExpression } from '../sql/parser.ts';
import { expandDictionary } from '../types/block.ts';
import type { Block, Column, Value } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { lazyList } from '../types/lazy-list.ts';
import { appendValue, valueAt } from '../types/value.ts';
import type { DefinedPipeline } from './define-pipeline.ts';

export type FilteredRows = {
  /** Rows that pass; undefined: all do. */
  readonly places: Uint32Array | undefined;
  /** The computed columns of the rows that pass. */
  readonly computed: readonly Column[];
};

export type RowFilter = (rows: DecodedRows) => FilteredRows;

/** WHERE, then the expressions of the computed columns: evaluated for the rows that it keeps, as it guards them. */
export function sqlFilter(definition: IndexTableDefinition, { columns }: RowTableDefinition): RowFilter {
  const { whereSql } = definition;
  const where = whereSql === undefined ? undefined : bindStored(parseExpression(whereSql), columns);
  const expressions = computedExpressions(definition, { columns });
  const blockOf = (rows: DecodedRows): Block => ({
    rowCount: rows.rows.length,
    columns: lazyList(columns.length, (position) => rows.column(position)),
  });
  return (rows) => {
    const places = where && placesOf(truthOfCondition(where, blockOf(rows)).mask);
    if (expressions.length === 0) return { places, computed: [] };
    const block = blockOf(places ? rows.pick(places) : rows);
    return { places, computed: expressions.map((e) => expandDictionary(evaluate(e, block))) };
  };
}

/** Rows whose mask is 1; undefined when that is all of them. */
export function placesOf(mask: Uint8Array): Uint32Array | undefined {
  const places: number[] = [];
  for (let row = 0; row < mask.length; row++) if (mask[row] === 1) places.push(row);
  return places.length === mask.length ? undefined : Uint32Array.from(places);
}

/** A filter in TypeScript: `undefined` leaves the row out. Whatever it throws is an error of the row. */
export function mapFilter(pipeline: DefinedPipeline, table: RowTableDefinition): RowFilter {
  const { from, columns } = pipeline;
  const positions = from.map((column) => table.columns.findIndex((each) => each.name === column.name));
  return (rows) => {
    const sources = positions.map((position) => rows.column(position));
    const builders = columns.map(({ type }) => createColumnBuilder(type, rows.rows.length));
    const mask = new Uint8Array(rows.rows.length);
    for (let row = 0; row < mask.length; row++) {
      const given = mapped(
        pipeline,
        Object.fromEntries(sources.map((column, i) => [from[i]!.name, inputAt(column, row)])),
      );
      if (given === undefined) continue;
      mask[row] = 1;
      for (const [i, column] of columns.entries()) appendValue(builders[i]!, given[column.name]);
    }
    return { places: placesOf(mask), computed: builders.map((builder) => builder.finish()) };
  };
}

/** Errors: BAD_ARGUMENTS when `map` throws or gives a column that is none of its own. */
function mapped({ name, columns, map }: DefinedPipeline, row: Row): ReturnType<DefinedPipeline['map']> {
  let given: ReturnType<DefinedPipeline['map']>;
  try {
    given = map(row);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WinnowError('BAD_ARGUMENTS', `pipeline ${name} failed: ${reason}`, { cause });
  }
  const unknown = Object.keys(given ?? {}).find((key) => !columns.some((column) => column.name === key));
  if (unknown === undefined) return given;
  throw new WinnowError('BAD_ARGUMENTS', `pipeline ${name} gives ${unknown}, which is none of its columns`);
}

/** Texts are always strings, as the types of a pipeline's rows say. */
function inputAt(column: Column, row: number): Value {
  const value = valueAt(column, row);
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value;
}
