// partition-block.ts — a block's rows by partition.

import { evaluate } from '../expr/evaluate.ts';
import { GroupNumbers } from '../expr/grouping/group-numbers.ts';
import { Workspace } from '../kernels/workspace.ts';
import { expandDictionary, takeBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { partitionIdOf, WHOLE_TABLE } from './partition-id.ts';
import type { PartSchema } from './schema.ts';

export type PartitionRows = { readonly partitionId: string; readonly block: Block };

/** The partitions in the order of their first rows; rows keep their order. The block itself when there is only one. */
export function partitionBlock(block: Block, { partitionBy }: PartSchema): PartitionRows[] {
  if (block.rowCount === 0) return [];
  if (!partitionBy) return [{ partitionId: WHOLE_TABLE, block }];
  const plain = { ...block, columns: block.columns.map(expandDictionary) };
  const values = partitionBy.expressions.map((expression) => evaluate(expression, plain));
  const workspace = new Workspace();
  try {
    const numbers = new GroupNumbers(
      values.map(({ type }) => type),
      workspace,
    );
    const { groups, firstRows } = numbers.assign(values, block.rowCount);
    const ids = Array.from(firstRows, (row) => partitionIdOf(values, row));
    if (ids.length === 1) return [{ partitionId: ids[0]!, block }];
    return rowsByGroup(groups, ids.length).map((rows, i) => ({
      partitionId: ids[i]!,
      block: takeBlock(block, rows),
    }));
  } finally {
    workspace.close();
  }
}

function rowsByGroup(groups: Uint32Array, groupCount: number): Uint32Array[] {
  const counts = new Uint32Array(groupCount);
  for (const group of groups) counts[group]!++;
  const rows = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(groupCount);
  for (let row = 0; row < groups.length; row++) {
    const group = groups[row]!;
    rows[group]![filled[group]!++] = row;
  }
  return rows;
}
