// insert.ts — INSERT: one statement is one transaction, whatever its source.

import { WinnowError } from '../base/errors.ts';
import { readInput } from '../formats/input.ts';
import { parseStatement } from '../sql/parser.ts';
import { concatBlocks } from '../types/block.ts';
import { blockSizeBytes } from '../types/column.ts';
import { bindContext } from './context.ts';
import { withDefaults } from './defaults.ts';
import { blockOfValues } from './insert-values.ts';
import { columnPosition, findRowTable, namesOf } from './names.ts';
import { storedColumn } from './stored-column.ts';
import { select } from './select.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { Insert, SelectQuery } from '../sql/ast.ts';
import type { GivenColumn } from './defaults.ts';
import type { InputBlock } from '../formats/input.ts';
import type { Block } from '../types/column.ts';
import type { StatementContext } from './context.ts';

/** Durable when it resolves. A row replaces one of the same key. */
export async function insert(statement: Insert, context: StatementContext): Promise<void> {
  const { store } = context.engine;
  const table = findRowTable(namesOf(context), statement.table);
  const targets = targetColumns(statement, table);
  const source = await readSource(statement, table, targets, context);
  const given: (GivenColumn | undefined)[] = table.columns.map(() => undefined);
  source.columns.forEach((column, i) => (given[targets[i]!] = { column, missing: source.missing?.[i] }));
  const block = withDefaults(table.columns, given, source.rowCount, bindContext(context));
  if (block.rowCount === 0) return;
  await store.rowTable(table.id).write((transaction) => transaction.put(block));
  context.summary.writtenRows += block.rowCount;
  context.summary.writtenBytes += blockSizeBytes(block);
}

/** Positions in the table of the columns that the source names, in its order. */
function targetColumns({ columns, position }: Insert, table: RowTableDefinition): number[] {
  if (!columns) return table.columns.map((_, i) => i);
  return columns.map((name, i) => {
    if (columns.indexOf(name) !== i)
      throw new WinnowError('DUPLICATE_COLUMN', `Column ${name} is named twice`, { position });
    return columnPosition(table, name, position);
  });
}

/** The source's rows, in the types of the target columns. */
async function readSource(
  { source }: Insert,
  table: RowTableDefinition,
  targets: readonly number[],
  context: StatementContext,
): Promise<Block & Partial<InputBlock>> {
  const columns = targets.map((position) => table.columns[position]!);
  switch (source.kind) {
    case 'values':
      return blockOfValues(source.rows, columns, bindContext(context));
    case 'format':
      if (source.format === 'Values') return readSource(withValues(context), table, targets, context);
      return readInput(source.format, dataOf(source.offset, context), columns, {
        skipUnknownFields: context.settings.input_format_skip_unknown_fields,
      });
    case 'select': {
      const answer = await collect(source.query, columns.length, context);
      return { ...answer, columns: answer.columns.map((column, i) => storedColumn(column, columns[i]!)) };
    }
  }
}

/** The statement with the rows of its data; rows of VALUES are expressions, so they are parsed as SQL. */
function withValues({ sql, data }: StatementContext): Insert {
  const statement = parseStatement(`${sql}\n${Buffer.from(data ?? []).toString()}`);
  if (statement.kind === 'insert' && statement.source.kind === 'values') return statement;
  throw new WinnowError('INCORRECT_DATA', 'INSERT … VALUES has no rows', { position: statement.position });
}

/** The data after the statement, followed by data handed in beside it. */
function dataOf(offset: number, { sql, data }: StatementContext): Uint8Array {
  const inline = Buffer.from(sql.slice(offset));
  if (!data) return inline;
  return inline.length === 0 ? data : Buffer.concat([inline, data]);
}

async function collect(query: SelectQuery, columnCount: number, context: StatementContext): Promise<Block> {
  const answer = await select(query, context);
  if (answer.columns.length !== columnCount) {
    throw new WinnowError(
      'NUMBER_OF_COLUMNS_DOESNT_MATCH',
      `SELECT gives ${answer.columns.length} columns for ${columnCount}`,
      {
        position: query.position,
      },
    );
  }
  const limitBytes = context.settings.max_memory_usage;
  const blocks: Block[] = [];
  let sizeBytes = 0;
  for await (const block of answer.blocks) {
    blocks.push(block);
    sizeBytes += blockSizeBytes(block);
    if (limitBytes > 0 && sizeBytes > limitBytes) {
      throw new WinnowError(
        'MEMORY_LIMIT_EXCEEDED',
        `INSERT … SELECT holds more than max_memory_usage = ${limitBytes} bytes`,
        {
          hint: 'One statement is one transaction: insert in several, or raise the setting.',
        },
      );
    }
  }
  return blocks.length === 0 ? { rowCount: 0, columns: [] } : concatBlocks(blocks);
}
