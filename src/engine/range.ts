import { rowsOf } from './answers.ts';
import type { KeyRange } from '../rows/definition.ts';
import type { Row, RowTable } from '../rows/row-table.ts';
import type { Store } from './store.ts';

/** Rows of a key range at the newest read point, in key order over all shards. */
export async function* rangeRows(
  store: Store,
  { definition }: RowTable,
  range: KeyRange,
  options: { readonly limit: number | undefined; readonly reverse: boolean },
): AsyncGenerator<Row> {
  const view = store.readView();
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
