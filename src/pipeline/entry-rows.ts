// entry-rows.ts — rows of a row table as one index table sees them: those that have an entry, with computed columns.
//
// A pure function of the row, evaluated by the very code that evaluates queries, once per batch of rows. So a change
// gives the same operations on every replay, and a row has an entry exactly when a query would find it.
// WHERE guards the computed columns: they are evaluated for the rows that it keeps.

import { WinnowError } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import { bindStored, computedExpressions } from '../catalog/stored-expression.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { truthOfCondition } from '../expr/truth.ts';
import type { DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { parseExpression } from '../sql/parser.ts';
import { expandDictionary } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import { lazyList } from '../types/lazy-list.ts';
import { textAt } from '../types/text.ts';

export type EntryRows = {
  readonly rowCount: number;
  /** Column by its position. */
  readonly column: (position: number) => Column;
  /** Which row of the batch each row is; undefined: all rows have an entry. */
  readonly places: Uint32Array | undefined;
};

/** An expression of the definition fails for a row: until the row changes, the index table cannot be right. */
export class EntryError extends WinnowError {
  /** The row was like that before a change, and is no more. */
  isOver = false;
}

export class EntryRowMaker {
  readonly #table: RowTableDefinition;
  readonly #definition: IndexTableDefinition;
  readonly #where: Expression | undefined;
  readonly #computed: readonly Expression[];

  constructor(definition: IndexTableDefinition, table: RowTableDefinition) {
    const { whereSql } = definition;
    this.#table = table;
    this.#definition = definition;
    this.#where = whereSql === undefined ? undefined : bindStored(parseExpression(whereSql), table.columns);
    this.#computed = computedExpressions(definition, table);
  }

  /** Errors: EntryError naming the first row for which an expression fails. */
  of(rows: DecodedRows): EntryRows {
    try {
      return this.#make(rows);
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      throw this.#entryError(rows, error);
    }
  }

  #make(rows: DecodedRows): EntryRows {
    const matching = this.#where && placesOf(truthOfCondition(this.#where, this.#block(rows)).mask);
    const made = this.#withComputed(rows, matching);
    if (this.#definition.nullKeys !== 'sparse') return made;
    const keyed = rowsWithKey(this.#definition.keyColumns.map(made.column), made.rowCount);
    return keyed ? this.#withComputed(rows, matching ? keyed.map((row) => matching[row]!) : keyed) : made;
  }

  #withComputed(rows: DecodedRows, places: Uint32Array | undefined): EntryRows {
    const chosen = places ? rows.pick(places) : rows;
    const firstComputed = this.#table.columns.length;
    const block = this.#block(chosen);
    const computed = this.#computed.map((expression) => expandDictionary(evaluate(expression, block)));
    return {
      rowCount: block.rowCount,
      places,
      column: (position) =>
        position < firstComputed ? chosen.column(position) : computed[position - firstComputed]!,
    };
  }

  #block(rows: DecodedRows): Block {
    const columns = lazyList(this.#table.columns.length, (position) => rows.column(position));
    return { rowCount: rows.rows.length, columns };
  }

  #entryError(rows: DecodedRows, error: WinnowError): EntryError {
    const at = Math.max(
      0,
      rows.rows.findIndex((_, row) => this.#fails(rows.pick([row]))),
    );
    const key = this.#table.primaryKey.map((column) => {
      const values = rows.column(column);
      const text = values.nulls?.[at] === 1 ? 'NULL' : textAt(values, at);
      return `${this.#table.columns[column]!.name} = ${text}`;
    });
    const { database, name } = this.#definition;
    const text = `index table ${database}.${name} has no entry for row ${key.join(', ')}: ${error.message}`;
    return new EntryError(error.code, text, {
      hint: 'Change or delete the row, or the index table.',
      cause: error,
    });
  }

  #fails(row: DecodedRows): boolean {
    try {
      this.#make(row);
      return false;
    } catch {
      return true;
    }
  }
}

/** Rows whose mask is 1; undefined when that is all of them. */
function placesOf(mask: Uint8Array): Uint32Array | undefined {
  const places: number[] = [];
  for (let row = 0; row < mask.length; row++) if (mask[row] === 1) places.push(row);
  return places.length === mask.length ? undefined : Uint32Array.from(places);
}

/** Rows of which some index column is not NULL; undefined when that is all of them. */
function rowsWithKey(key: readonly Column[], rowCount: number): Uint32Array | undefined {
  const nulls = key.map((column) => column.nulls);
  if (nulls.some((each) => each === undefined)) return undefined;
  const mask = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) mask[row] = nulls.some((each) => each![row] === 0) ? 1 : 0;
  return placesOf(mask);
}
