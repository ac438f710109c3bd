// check-index-table.ts — CHECK INDEX TABLE: is it equal to its row table, and which entries differ.

import { WinnowError } from '../base/errors.ts';
import type { SampledCheck } from '../pipeline/index-checks.ts';
import type { Block, NamedType } from '../types/column.ts';
import { blockOfRows, text, typed } from './answers.ts';
import { breathe, type Answer, type StatementContext, type StatementOf } from './context.ts';
import { findIndexTable, namesOf } from './names.ts';

const columns: readonly NamedType[] = [
  text('index_table'),
  typed('equal', 'UInt8'),
  typed('sequence', 'UInt64'),
  typed('rows', 'UInt64'),
  typed('entries', 'UInt64'),
  typed('missing', 'UInt64'),
  typed('orphaned', 'UInt64'),
  typed('different', 'UInt64'),
  { name: 'samples', type: { kind: 'Array', inner: { kind: 'String' } } },
];

/**
 * Errors: UNKNOWN_TABLE, INDEX_NOT_USABLE when it is not live, ARGUMENT_OUT_OF_BOUND of a shard, and damage of rows or parts;
 * damage of an entry is an answer.
 */
export function checkIndexTable(
  statement: StatementOf<'checkIndexTable'>,
  context: StatementContext,
): Answer {
  const { store } = context.engine;
  const index = findIndexTable(namesOf(context), statement.indexTable);
  const { shardCount } = store.rowTable(index.rowTableId).definition.sharding;
  const beyond = statement.shards?.find((shard) => shard >= shardCount);
  if (beyond !== undefined) {
    throw new WinnowError('ARGUMENT_OUT_OF_BOUND', `there is no shard ${beyond}`, {
      position: statement.position,
      detail: `The row table of ${index.name} has the shards 0 to ${shardCount - 1}.`,
    });
  }
  async function* check(): AsyncGenerator<Block> {
    const rowShards = statement.shards && [...new Set(statement.shards)];
    const found = await store.checks.check(index.id, { rowShards, breathe: () => breathe(context) });
    context.summary.readRows += found.rows + found.entries;
    yield blockOfRows(columns, [answerOf(`${index.database}.${index.name}`, found)]);
  }
  return { columns, blocks: check() };
}

function answerOf(
  name: string,
  { sequence, rows, entries, drift, samples }: SampledCheck,
): readonly (string | number | readonly string[])[] {
  const { missing, orphaned, different } = drift;
  const isEqual = missing + orphaned + different === 0;
  return [name, isEqual ? 1 : 0, sequence, rows, entries, missing, orphaned, different, samples];
}
