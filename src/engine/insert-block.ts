import { WinnowError } from '../base/errors.ts';
import { rowTableByName } from './names.ts';
import { engineOf } from './database.ts';
import type { Block } from '../types/column.ts';
import type { Database, WriteResult } from './api.ts';

/**
 * Writes a block of whole rows, with all columns of the table in order and in their types, as one transaction:
 * the fast door for bulk loads. Errors: as those of a typed write.
 */
export async function insertBlock(database: Database, table: string, block: Block): Promise<WriteResult> {
  const engine = engineOf(database);
  const definition = rowTableByName(engine.store, table);
  if (block.columns.length !== definition.columns.length) {
    throw new WinnowError(
      'NUMBER_OF_COLUMNS_DOESNT_MATCH',
      `the block has ${block.columns.length} columns for ${definition.columns.length}`,
    );
  }
  const { sequence } = await engine.store
    .rowTable(definition.id)
    .write((transaction) => transaction.put(block));
  engine.metrics.rowWrites += block.rowCount;
  return { sequence };
}
