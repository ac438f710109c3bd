// distinct.ts — SELECT DISTINCT: the first row of each, in the order they come.

import { takeBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import type { ExecContext } from './context.ts';
import { GroupIndex } from './group-index.ts';

/** Rows are told apart by their first `columnCount` columns. */
export async function* distinctRows(
  input: AsyncIterable<Block>,
  columnCount: number,
  context: ExecContext,
): AsyncGenerator<Block> {
  const seen = new GroupIndex();
  const account = context.memory.account();
  try {
    for await (const block of input) {
      const { firstRows } = seen.assign(block.columns.slice(0, columnCount), block.rowCount);
      account.set(seen.sizeBytes());
      if (firstRows.length > 0) yield takeBlock(block, firstRows);
    }
  } finally {
    account.close();
  }
}
