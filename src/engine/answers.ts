// answers.ts — answers made of JavaScript values.

import { columnOf, valueAt } from '../types/value.ts';
import { answerOf } from './context.ts';
import type { Row } from '../rows/row-table.ts';
import type { Block, NamedType, ValueInput } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import type { Answer } from './context.ts';

const string: DataType = { kind: 'String' };

/** A column of type String. */
export const text = (name: string): NamedType => ({ name, type: string });

/** A column of a type without parameters. */
export const typed = (
  name: string,
  kind: 'UInt8' | 'UInt32' | 'UInt64' | 'Int64' | 'Float64' | 'Bool',
): NamedType => ({
  name,
  type: { kind },
});

export const nullable = (name: string, inner: DataType): NamedType => ({
  name,
  type: { kind: 'Nullable', inner },
});

export const nullableText = (name: string): NamedType => nullable(name, string);

/** A block from rows of values, in the order of the columns. */
export function blockOfRows(columns: readonly NamedType[], rows: readonly (readonly ValueInput[])[]): Block {
  return {
    rowCount: rows.length,
    columns: columns.map(({ type }, i) =>
      columnOf(
        type,
        rows.map((row) => row[i]),
      ),
    ),
  };
}

export function answerOfRows(
  columns: readonly NamedType[],
  rows: readonly (readonly ValueInput[])[],
): Answer {
  return answerOf(columns, blockOfRows(columns, rows));
}

/** One column of lines, as EXPLAIN and SHOW CREATE answer. */
export function answerOfLines(name: string, lines: readonly string[]): Answer {
  return answerOfRows(
    [text(name)],
    lines.map((line) => [line]),
  );
}

/** The rows of a block as objects by column name. */
export function* rowsOf(columns: readonly NamedType[], block: Block): Generator<Row> {
  for (let i = 0; i < block.rowCount; i++) {
    const row: Row = {};
    for (let column = 0; column < columns.length; column++)
      row[columns[column]!.name] = valueAt(block.columns[column]!, i);
    yield row;
  }
}

export async function collectRows<T>(
  columns: readonly NamedType[],
  blocks: AsyncIterable<Block>,
): Promise<T[]> {
  const rows: Row[] = [];
  for await (const block of blocks) rows.push(...rowsOf(columns, block));
  return rows as T[];
}
