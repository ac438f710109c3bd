// index-status.ts — an index table as planner and system tables see it.

import type { IndexTableStatus, PartStatus } from '../catalog/access.ts';
import { ColumnarStorage } from './columnar-storage.ts';
import type { IndexTable } from './index-table.ts';

export function indexStatus(index: IndexTable, nowMs: number): IndexTableStatus {
  return {
    definition: index.definition,
    ...index.moment(nowMs),
    tailChanges: index.tailChanges,
    lastError: index.lastError ?? driftError(index),
    comparison: index.comparison,
    parts: partsOf(index),
  };
}

function driftError({ comparison }: IndexTable): string | undefined {
  if (!comparison || comparison.driftRows === 0) return undefined;
  const { driftRows, sequence } = comparison;
  return `differs from its row table in ${driftRows} entries at commit ${sequence}: REPAIR INDEX TABLE mends it`;
}

function partsOf({ storage }: IndexTable): PartStatus[] {
  if (!(storage instanceof ColumnarStorage)) return [];
  return storage.shards.flatMap(({ state }, shard) =>
    state.parts.map(({ part, mask }) => ({ shard, part, deletedRows: mask.count })),
  );
}
