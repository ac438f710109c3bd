// check-index-table.ts — CHECK and REPAIR INDEX TABLE: is it equal to its row table, which entries differ, and mending them.

import { WinnowError } from '../base/errors.ts';
import type { SampledCheck } from '../pipeline/index-checks.ts';
import type { Block, NamedType } from '../types/column.ts';
import { answerOfRows, blockOfRows, text, typed } from './answers.ts';
import { breathe, type Answer, type StatementContext, type StatementOf } from './context.ts';
import { findIndexTable, namesOf } from './names.ts';

const counts = (...names: readonly string[]): NamedType[] => names.map((name) => typed(name, 'UInt64'));

const checkColumns: readonly NamedType[] = [
  text('index_table'),
  typed('equal', 'UInt8'),
  ...counts('sequence', 'rows', 'entries', 'missing', 'orphaned', 'different'),
  { name: 'samples', type: { kind: 'Array', inner: { kind: 'String' } } },
];

const repairColumns: readonly NamedType[] = [
  text('index_table'),
  text('method'),
  ...counts('sequence', 'missing', 'orphaned', 'different'),
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
    yield blockOfRows(checkColumns, [checkAnswer(`${index.database}.${index.name}`, found)]);
  }
  return { columns: checkColumns, blocks: check() };
}

function checkAnswer(
  name: string,
  { sequence, rows, entries, drift, samples }: SampledCheck,
): readonly (string | number | readonly string[])[] {
  const { missing, orphaned, different } = drift;
  const isEqual = missing + orphaned + different === 0;
  return [name, isEqual ? 1 : 0, sequence, rows, entries, missing, orphaned, different, samples];
}

/**
 * Mends the entries that differ; what has parts, or differs in very many entries, is built again. Answers what was found.
 * Errors: as `checkIndexTable`; INDEX_NOT_USABLE of a build while lanes are stopped.
 */
export async function repairIndexTable(
  statement: StatementOf<'repairIndexTable'>,
  context: StatementContext,
): Promise<Answer> {
  const { store } = context.engine;
  const { id, database, name } = findIndexTable(namesOf(context), statement.indexTable);
  const { method, sequence, drift } = await store.checks.repair(id, () => breathe(context));
  if (method === 'rebuild') {
    if (store.indexTable(id)?.stopped) {
      throw new WinnowError('INDEX_NOT_USABLE', `index table ${database}.${name} has to be built again`, {
        hint: `Its lanes are stopped: SYSTEM START LANES ${database}.${name}.`,
      });
    }
    await store.rebuild(id);
  }
  const { missing, orphaned, different } = drift;
  return answerOfRows(repairColumns, [
    [`${database}.${name}`, method, sequence, missing, orphaned, different],
  ]);
}
