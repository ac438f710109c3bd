import { WinnowError } from '../base/errors.ts';
import { writableTableByName } from './names.ts';
import { engineOf } from './database.ts';
import type { Block } from '../types/column.ts';
import type { Database, WriteResult } from './api.ts';

/**
 * Writes a block of whole rows, with all columns of the table in order and in their types: into a row table as one
 * transaction, into a MergeTree table as one part per partition. The fast door for bulk loads.
 * Errors: as those of a typed write, and of INSERT into a MergeTree table.
 */
export async function insertBlock(database: Database, table: string, block: Block): Promise<WriteResult> {
  const { store, settings, metrics } = engineOf(database);
  const definition = writableTableByName(store, table);
  if (block.columns.length !== definition.columns.length) {
    throw new WinnowError(
      'NUMBER_OF_COLUMNS_DOESNT_MATCH',
      `the block has ${block.columns.length} columns for ${definition.columns.length}`,
    );
  }
  if (definition.kind === 'mergeTree') {
    const { max_partitions_per_insert_block: maxPartitions } = settings;
    await store.mergeTree(definition.id).insert([block], maxPartitions);
    metrics.rowWrites += block.rowCount;
    return { sequence: store.head };
  }
  const { sequence } = await store.rowTable(definition.id).write((transaction) => transaction.put(block));
  metrics.rowWrites += block.rowCount;
  return { sequence };
}
