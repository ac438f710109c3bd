// entry-rows.ts — rows of a row table as one index table sees them: those that have an entry, with computed columns.
//
// A pure function of the row, computed once per batch of rows: by the very code that evaluates queries, or by a filter in
// TypeScript. So a change gives the same operations on every replay.

import { WinnowError } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { takeRows } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { textAt } from '../types/text.ts';
import { placesOf, type FilteredRows, type RowFilter } from './row-filters.ts';

export type EntryRows = {
  readonly rowCount: number;
  /** Column by its position. */
  readonly column: (position: number) => Column;
  /** Which row of the batch each row is; undefined: all rows have an entry. */
  readonly places: Uint32Array | undefined;
};

/** What an index table's entry is computed from fails for a row: until the row changes, the index table cannot be right. */
export class EntryError extends WinnowError {
  /** The row was like that before a change, and is no more. */
  isOver = false;
}

export class EntryRowMaker {
  readonly #table: RowTableDefinition;
  readonly #definition: IndexTableDefinition;
  readonly #filter: RowFilter;

  constructor(definition: IndexTableDefinition, table: RowTableDefinition, filter: RowFilter) {
    this.#table = table;
    this.#definition = definition;
    this.#filter = filter;
  }

  /** Errors: EntryError naming the first row for which the filter fails. */
  of(rows: DecodedRows): EntryRows {
    try {
      return this.#make(rows);
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      throw this.#entryError(rows, error);
    }
  }

  #make(rows: DecodedRows): EntryRows {
    const filtered = this.#filter(rows);
    const made = this.#entryRows(rows, filtered);
    if (this.#definition.nullKeys !== 'sparse') return made;
    const keyed = rowsWithKey(this.#definition.keyColumns.map(made.column), made.rowCount);
    if (!keyed) return made;
    const { places, computed } = filtered;
    return this.#entryRows(rows, {
      places: places ? keyed.map((row) => places[row]!) : keyed,
      computed: computed.map((column) => takeRows(column, keyed)),
    });
  }

  #entryRows(rows: DecodedRows, { places, computed }: FilteredRows): EntryRows {
    const chosen = places ? rows.pick(places) : rows;
    const firstComputed = this.#table.columns.length;
    return {
      rowCount: chosen.rows.length,
      places,
      column: (position) =>
        position < firstComputed ? chosen.column(position) : computed[position - firstComputed]!,
    };
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

/** Rows of which some index column is not NULL; undefined when that is all of them. */
function rowsWithKey(key: readonly Column[], rowCount: number): Uint32Array | undefined {
  const nulls = key.map((column) => column.nulls);
  if (nulls.some((each) => each === undefined)) return undefined;
  const mask = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) mask[row] = nulls.some((each) => each![row] === 0) ? 1 : 0;
  return placesOf(mask);
}
