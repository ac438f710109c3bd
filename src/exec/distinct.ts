// distinct.ts — SELECT DISTINCT: the first row of each, in the order they come.

import { GroupNumbers } from '../expr/grouping/group-numbers.ts';
import { Workspace } from '../kernels/workspace.ts';
import type { Block } from '../types/column.ts';
import { gatherRows } from '../types/gather.ts';
import type { ExecContext } from './context.ts';

/** Rows are told apart by their first `columnCount` columns. Blocks are lent until the next one is asked for. */
export async function* distinctRows(
  input: AsyncIterable<Block>,
  columnCount: number,
  context: ExecContext,
): AsyncGenerator<Block> {
  const workspace = new Workspace((bytes) => context.memory.add(bytes));
  const { scratch } = workspace;
  let seen: GroupNumbers | undefined;
  try {
    for await (const block of input) {
      scratch.rewind();
      const keys = block.columns.slice(0, columnCount);
      seen ??= new GroupNumbers(
        keys.map(({ type }) => type),
        workspace,
      );
      const { firstRows } = seen.assign(keys, block.rowCount);
      if (firstRows.length === 0) continue;
      const columns = block.columns.map((column) => gatherRows(column, firstRows, scratch));
      yield { rowCount: firstRows.length, columns };
    }
  } finally {
    workspace.close();
  }
}
