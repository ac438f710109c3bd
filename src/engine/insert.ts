// insert.ts — INSERT: all rows or none, whatever their source. Into a row table one transaction, else parts.

import { notImplemented, WinnowError } from '../base/errors.ts';
import { readInput } from '../formats/input.ts';
import { parseStatement } from '../sql/parser.ts';
import { concatBlocks } from '../types/block.ts';
import { blockSizeBytes } from '../types/column.ts';
import { ownBlock } from '../types/own-block.ts';
import { bindContext } from './context.ts';
import { withDefaults } from './defaults.ts';
import { blockOfValues } from './insert-values.ts';
import { columnPosition, findWritableTable, namesOf } from './names.ts';
import { partBlocks } from './part-blocks.ts';
import { storedColumn } from './stored-column.ts';
import { select } from './select.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import type { Insert, SelectQuery } from '../sql/ast.ts';
import type { GivenColumn } from './defaults.ts';
import type { InputBlock } from '../formats/input.ts';
import type { Block } from '../types/column.ts';
import type { StatementContext } from './context.ts';

/** Durable when it resolves, inside a transaction with its COMMIT. A row of a row table replaces one of the same key; a MergeTree table keeps all. */
export async function insert(statement: Insert, context: StatementContext): Promise<void> {
  const table = findWritableTable(namesOf(context), statement.table);
  if (table.kind === 'mergeTree' && context.transaction?.current)
    throw notImplemented('INSERT into a MergeTree table inside a transaction', statement.table.position);
  const blocks = counted(sourceBlocks(statement, table, context), context);
  const { store } = context.engine;
  if (table.kind === 'rowTable') {
    const block = await collect(blocks, context);
    if (!block) return;
    const { sequence } = await context.rows.write(store.rowTable(table.id), (transaction) =>
      transaction.put(block),
    );
    context.commit.sequence = sequence;
  } else {
    const { max_partitions_per_insert_block: maxPartitions } = context.settings;
    await store.mergeTree(table.id).insert(partBlocks(blocks), maxPartitions);
  }
}

async function* counted(blocks: AsyncIterable<Block>, { summary }: StatementContext): AsyncGenerator<Block> {
  for await (const block of blocks) {
    summary.writtenRows += block.rowCount;
    summary.writtenBytes += blockSizeBytes(block);
    yield block;
  }
}

/** The source's rows with all columns of the table. A block is lent until the next one is asked for. */
async function* sourceBlocks(
  statement: Insert,
  table: TableDefinition,
  context: StatementContext,
): AsyncGenerator<Block> {
  const targets = targetColumns(statement, table);
  for await (const source of readSource(statement, table, targets, context)) {
    if (source.rowCount === 0) continue;
    const given: (GivenColumn | undefined)[] = table.columns.map(() => undefined);
    source.columns.forEach((column, i) => (given[targets[i]!] = { column, missing: source.missing?.[i] }));
    yield withDefaults(table.columns, given, source.rowCount, bindContext(context));
  }
}

/** Positions in the table of the columns that the source names, in its order. */
function targetColumns({ columns, position }: Insert, table: TableDefinition): number[] {
  if (!columns) return table.columns.map((_, i) => i);
  return columns.map((name, i) => {
    if (columns.indexOf(name) !== i)
      throw new WinnowError('DUPLICATE_COLUMN', `Column ${name} is named twice`, { position });
    return columnPosition(table, name, position);
  });
}

/** The source's rows, in the types of the target columns. */
async function* readSource(
  { source }: Insert,
  table: TableDefinition,
  targets: readonly number[],
  context: StatementContext,
): AsyncGenerator<Block & Partial<InputBlock>> {
  const columns = targets.map((position) => table.columns[position]!);
  switch (source.kind) {
    case 'values':
      return yield blockOfValues(source.rows, columns, bindContext(context));
    case 'format':
      if (source.format === 'Values') return yield* readSource(withValues(context), table, targets, context);
      return yield* readInput(source.format, dataOf(source.offset, context), columns, {
        skipUnknownFields: context.settings.input_format_skip_unknown_fields,
      });
    case 'select':
      for await (const { rowCount, columns: answer } of selectBlocks(source.query, columns.length, context))
        yield { rowCount, columns: answer.map((column, i) => storedColumn(column, columns[i]!)) };
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

async function* selectBlocks(
  query: SelectQuery,
  columnCount: number,
  context: StatementContext,
): AsyncGenerator<Block> {
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
  yield* answer.blocks;
}

/** All rows as one block; undefined when there are none. Errors: MEMORY_LIMIT_EXCEEDED. */
async function collect(
  blocks: AsyncIterable<Block>,
  { settings }: StatementContext,
): Promise<Block | undefined> {
  const limitBytes = settings.max_memory_usage;
  const kept: Block[] = [];
  let sizeBytes = 0;
  for await (const block of blocks) {
    kept.push(ownBlock(block));
    sizeBytes += blockSizeBytes(block);
    if (limitBytes > 0 && sizeBytes > limitBytes && kept.length > 1) {
      throw new WinnowError(
        'MEMORY_LIMIT_EXCEEDED',
        `INSERT … SELECT holds more than max_memory_usage = ${limitBytes} bytes`,
        {
          hint: 'One statement is one transaction: insert in several, or raise the setting.',
        },
      );
    }
  }
  return kept.length === 0 ? undefined : concatBlocks(kept);
}
