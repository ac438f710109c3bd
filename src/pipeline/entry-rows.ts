// entry-rows.ts — rows of a row table as one index table sees them: which of them have an entry.
//
// A pure function of the row, evaluated by the very code that evaluates queries, once per batch of rows. So a change
// gives the same operations on every replay, and a row has an entry exactly when a query would find it.

import { WinnowError } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import { bindStored } from '../catalog/stored-expression.ts';
import type { Expression } from '../expr/expression.ts';
import { truthOfCondition } from '../expr/truth.ts';
import type { DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { parseExpression } from '../sql/parser.ts';
import type { Block, Column } from '../types/column.ts';
import { lazyList } from '../types/lazy-list.ts';
import { textAt } from '../types/text.ts';

export type EntryRows = {
  readonly rowCount: number;
  /** Column by its position in the table. */
  column(position: number): Column;
  /** 1 for each row that has an entry; undefined: all have one. */
  readonly kept: Uint8Array | undefined;
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

  constructor(definition: IndexTableDefinition, table: RowTableDefinition) {
    const { whereSql } = definition;
    this.#table = table;
    this.#definition = definition;
    this.#where = whereSql === undefined ? undefined : bindStored(parseExpression(whereSql), table.columns);
  }

  /** Errors: EntryError naming the first row for which an expression fails. */
  of(rows: DecodedRows): EntryRows {
    try {
      return {
        rowCount: rows.rows.length,
        column: (position) => rows.column(position),
        kept: this.#kept(rows),
      };
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      throw this.#entryError(rows, error);
    }
  }

  #kept(rows: DecodedRows): Uint8Array | undefined {
    const isSparse = this.#definition.nullKeys === 'sparse';
    if (!this.#where && !isSparse) return undefined;
    const mask = this.#where ? truthOfCondition(this.#where, this.#block(rows)).mask : undefined;
    return isSparse ? withoutNullKeys(rows, this.#definition.keyColumns, mask) : mask;
  }

  #block(rows: DecodedRows): Block {
    const columns = lazyList(this.#table.columns.length, (position) => rows.column(position));
    return { rowCount: rows.rows.length, columns };
  }

  #entryError(rows: DecodedRows, error: WinnowError): EntryError {
    const failing = rows.rows.findIndex((_, row) => this.#fails(rows, row));
    const at = Math.max(failing, 0);
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

  #fails(rows: DecodedRows, row: number): boolean {
    try {
      this.#kept(rows.only(row));
      return false;
    } catch {
      return true;
    }
  }
}

/** The mask without rows whose index columns are all NULL. */
function withoutNullKeys(
  rows: DecodedRows,
  keyColumns: readonly number[],
  mask: Uint8Array | undefined,
): Uint8Array {
  const nulls = keyColumns.map((column) => rows.column(column).nulls);
  const kept = mask ?? new Uint8Array(rows.rows.length).fill(1);
  if (nulls.every((each) => each !== undefined))
    kept.forEach((_, row) => {
      if (nulls.every((each) => each[row] === 1)) kept[row] = 0;
    });
  return kept;
}
