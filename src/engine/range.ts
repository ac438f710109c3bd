import { rowsOf } from './answers.ts';
import type { KeyRange } from '../rows/definition.ts';
import type { Row, RowTable } from '../rows/row-table.ts';
import type { RowAccess } from './row-access.ts';

/** Rows of a key range at one read point, in key order over all shards. */
export async function* rangeRows(
  rows: RowAccess,
  { definition }: RowTable,
  range: KeyRange,
  options: { readonly limit: number | undefined; readonly reverse: boolean },
): AsyncGenerator<Row> {
  const view = rows.readView();
  try {
    const blocks = view.scan({
      path: definition,
      shards: Array.from({ length: definition.sharding.shardCount }, (_, shard) => shard),
      ranges: [range],
      columns: definition.columns.map((_, i) => i),
      reverse: options.reverse,
      limit: options.limit,
      ordered: true,
      appliedOnly: false,
    });
    for await (const block of blocks) yield* rowsOf(definition.columns, block);
  } finally {
    view.release();
  }
}
