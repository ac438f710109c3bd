// row-input.ts — rows as objects to blocks of a whole table.

import { WinnowError } from '../base/errors.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { appendValue } from '../types/value.ts';
import { withDefaults } from './defaults.ts';
import { columnPosition } from './names.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { RowInput } from '../rows/row-table.ts';
import type { GivenColumn } from './defaults.ts';
import type { Block } from '../types/column.ts';

/**
 * Blocks that hold the rows in their order; rows with the same columns named lie together, because the others take
 * their defaults. A value that is undefined counts as not named.
 * Errors: NO_SUCH_COLUMN_IN_TABLE, BAD_ARGUMENTS without the whole key, and those of a value's conversion.
 */
export function blocksOf(table: RowTableDefinition, rows: readonly RowInput[], nowMs: number): Block[] {
  const blocks: Block[] = [];
  for (let start = 0; start < rows.length;) {
    const named = namedColumns(table, rows[start]!);
    let end = start + 1;
    while (end < rows.length && sameList(named, namedColumns(table, rows[end]!))) end++;
    blocks.push(blockOf(table, rows.slice(start, end), named, nowMs));
    start = end;
  }
  return blocks;
}

/** Positions of the columns a row names, ascending. */
function namedColumns(table: RowTableDefinition, row: RowInput): number[] {
  const named: number[] = [];
  let nameCount = 0;
  table.columns.forEach(({ name }, position) => {
    if (!Object.hasOwn(row, name)) return;
    nameCount++;
    if (row[name] !== undefined) named.push(position);
  });
  if (nameCount < Object.keys(row).length) for (const name of Object.keys(row)) columnPosition(table, name);
  for (const position of table.primaryKey) {
    if (named.includes(position)) continue;
    throw new WinnowError(
      'BAD_ARGUMENTS',
      `a row of ${table.name} needs a value for ${table.columns[position]!.name}`,
      {
        detail: 'It is part of the primary key.',
      },
    );
  }
  return named;
}

function sameList(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function blockOf(
  table: RowTableDefinition,
  rows: readonly RowInput[],
  named: readonly number[],
  nowMs: number,
): Block {
  const given: (GivenColumn | undefined)[] = table.columns.map(() => undefined);
  for (const position of named) {
    const { name, type } = table.columns[position]!;
    const builder = createColumnBuilder(type, rows.length);
    for (const row of rows) appendValue(builder, row[name]);
    given[position] = { column: builder.finish(), missing: undefined };
  }
  return withDefaults(table.columns, given, rows.length, {
    parameters: {},
    nowMs,
    currentDatabase: table.database,
  });
}
