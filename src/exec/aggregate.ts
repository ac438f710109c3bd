// aggregate.ts — GROUP BY and aggregate functions.

import type { AggregateState } from '../expr/aggregates.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Aggregation } from '../plan/plan.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { ExecContext } from './context.ts';
import { GroupIndex } from './group-index.ts';

/** One row per group: keys, then aggregates. Without keys there is one group, also of no rows. */
export async function* aggregateRows(
  input: AsyncIterable<Block>,
  aggregation: Aggregation,
  context: ExecContext,
): AsyncGenerator<Block> {
  const { keys, aggregates } = aggregation;
  const states = aggregates.map((call) => call.function.createState());
  const groups = new GroupIndex();
  const keyBuilders = keys.map((key) => createColumnBuilder(key.type));
  const account = context.memory.account();
  let keyBytes = 0;
  try {
    for await (const block of input) {
      const keyColumns = keys.map((key) => evaluate(key, block));
      const assigned = keys.length > 0 ? groups.assign(keyColumns, block.rowCount) : undefined;
      for (const row of assigned?.firstRows ?? [])
        keyColumns.forEach((column, i) => keyBuilders[i]!.appendFrom(column, row));
      updateStates(states, aggregation, block, assigned?.groups, Math.max(1, groups.groupCount));
      keyBytes += (assigned?.firstRows.length ?? 0) * 16 * keys.length;
      account.set(
        keyBytes + groups.sizeBytes() + states.reduce((total, state) => total + state.sizeBytes(), 0),
      );
    }
    const groupCount = keys.length > 0 ? groups.groupCount : 1;
    const columns = [
      ...keyBuilders.map((builder) => builder.finish()),
      ...states.map((state) => state.finish(groupCount)),
    ];
    yield* slices({ rowCount: groupCount, columns }, context.maxBlockRows);
  } finally {
    account.close();
  }
}

function updateStates(
  states: readonly AggregateState[],
  { aggregates }: Aggregation,
  block: Block,
  groups: Uint32Array | undefined,
  groupCount: number,
): void {
  states.forEach((state, i) => {
    const args = aggregates[i]!.args.map((arg) => evaluate(arg, block));
    state.update(args, groups, groupCount, block.rowCount);
  });
}

/** The block in pieces of at most `maxRows`. */
export function* slices(block: Block, maxRows: number): Generator<Block> {
  for (let start = 0; start < block.rowCount; start += maxRows) {
    yield sliceBlock(block, start, Math.min(start + maxRows, block.rowCount));
  }
}
