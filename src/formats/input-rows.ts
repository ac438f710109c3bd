// input-rows.ts — the rows that a format is reading: one builder per column, and where the reader stands.
//
// A reader appends exactly one value per column and row, in any order of columns, then calls `endRow`.

import type { ErrorCode } from '../base/errors.ts';
import { WinnowError } from '../base/errors.ts';
import type { Block, NamedType } from '../types/column.ts';
import type { ColumnBuilder } from '../types/column-builder.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { isNullable, typeName } from '../types/data-type.ts';
import type { AppendCell } from './input-cells.ts';
import { cellAppender } from './input-cells.ts';

/** What was read. `missing[c][r]` is 1 where row r gives no value for column c: a default value stands there. */
export type InputBlock = Block & { readonly missing: readonly (Uint8Array | undefined)[] };

export class InputRows {
  readonly columns: readonly NamedType[];
  readonly builders: readonly ColumnBuilder[];
  /** Appends the text of a value, by column. */
  readonly cells: readonly AppendCell[];
  /** Finished rows. */
  rowCount = 0;
  /** Rows of the data before these. */
  readonly #rowsBefore: number;
  /** The column being read; undefined between columns. */
  column: number | undefined;
  private readonly missingRows: readonly number[][];

  constructor(columns: readonly NamedType[], rowsBefore = 0) {
    this.columns = columns;
    this.#rowsBefore = rowsBefore;
    this.builders = columns.map(({ type }) => createColumnBuilder(type));
    this.cells = this.builders.map(cellAppender);
    this.missingRows = columns.map(() => []);
  }

  /** NULL, or for a column that takes none: no value, as ClickHouse reads it. */
  appendNull(column: number): void {
    const builder = this.builders[column]!;
    if (isNullable(builder.type)) builder.appendNull();
    else this.appendMissing(column);
  }

  appendMissing(column: number): void {
    this.builders[column]!.appendDefault();
    this.missingRows[column]!.push(this.rowCount);
  }

  /** Whether the current row has its value of the column. */
  hasValue(column: number): boolean {
    return this.builders[column]!.rowCount > this.rowCount;
  }

  endRow(): void {
    this.rowCount++;
    this.column = undefined;
  }

  /** All rows, which `read` appends. Errors: its own, with their place. */
  readAll(read: () => void): InputBlock {
    this.located(read);
    return this.#finish();
  }

  /** What `read` gives. Errors: its own, with their place. */
  located<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof WinnowError ? this.#locate(error) : error;
    }
  }

  #finish(): InputBlock {
    const missing = this.missingRows.map((rows) => {
      if (rows.length === 0) return undefined;
      const mask = new Uint8Array(this.rowCount);
      for (const row of rows) mask[row] = 1;
      return mask;
    });
    return { rowCount: this.rowCount, columns: this.builders.map((builder) => builder.finish()), missing };
  }

  /** The error with its place: rows count from 1. */
  #locate(error: WinnowError): WinnowError {
    const row = this.#rowsBefore + this.rowCount + 1;
    const column = this.column === undefined ? undefined : this.columns[this.column];
    const place = column ? `row ${row}, column ${column.name} (${typeName(column.type)})` : `row ${row}`;
    // ClickHouse's number for text of a format that is no value; 6 is that of a conversion.
    const code: ErrorCode =
      error.code === 'CANNOT_PARSE_TEXT' ? 'CANNOT_PARSE_INPUT_ASSERTION_FAILED' : error.code;
    return new WinnowError(code, `${place}: ${error.message}`, {
      detail: error.detail,
      hint: error.hint,
      cause: error,
    });
  }
}

/** Input that does not follow its format. */
export function malformed(message: string, hint?: string): WinnowError {
  return new WinnowError('CANNOT_PARSE_INPUT_ASSERTION_FAILED', message, { hint });
}

const SHOWN_BYTES = 30;

/** What stands at a place of the data, for messages. */
export function foundAt(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return 'the end of the data';
  return JSON.stringify(bytes.toString('utf8', at, at + SHOWN_BYTES));
}

/** For each value of a row the column it fills (undefined: skip it), and the columns that no value fills. */
export type ColumnOrder = {
  readonly order: readonly (number | undefined)[];
  readonly absent: readonly number[];
};

/**
 * The order that a header of `names`, and perhaps `types`, gives to the values; without header it is that of the columns.
 * Errors: INCORRECT_DATA for unknown and repeated names, and for types that differ.
 */
export function columnOrder(
  columns: readonly NamedType[],
  names: readonly string[] | undefined,
  types: readonly string[] | undefined,
  skipUnknownFields: boolean,
): ColumnOrder {
  if (!names) return { order: columns.map((_, i) => i), absent: [] };
  const order = names.map((name, i) => {
    const column = columns.findIndex((candidate) => candidate.name === name);
    if (column < 0 && !skipUnknownFields) throw unknownField(name);
    if (names.indexOf(name) !== i)
      throw new WinnowError('INCORRECT_DATA', `the header names column ${name} twice`);
    if (column < 0) return undefined;
    const expected = typeName(columns[column]!.type);
    if (types && types[i] !== expected) {
      throw new WinnowError(
        'INCORRECT_DATA',
        `the header gives column ${name} the type ${types[i]}, but it has ${expected}`,
      );
    }
    return column;
  });
  return { order, absent: columns.map((_, i) => i).filter((column) => !order.includes(column)) };
}

export function unknownField(name: string): WinnowError {
  return new WinnowError('INCORRECT_DATA', `unknown field ${name}`, {
    hint: 'The setting input_format_skip_unknown_fields = 1 skips fields that the table does not have.',
  });
}
