// filter.ts — keeps the rows for which every conjunct is true.

import { evaluate } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { truthOf } from '../expr/vectors.ts';
import { filterBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';

/** Later conjuncts see only what earlier ones kept. A row stays when no conjunct is 0 or NULL for it. */
export function filterRows(block: Block, conjuncts: readonly Expression[]): Block {
  let rows = block;
  for (const conjunct of conjuncts) {
    if (rows.rowCount === 0) return rows;
    const column = evaluate(conjunct, rows);
    const mask = truthOf(column, rows.rowCount);
    let kept = 0;
    for (let i = 0; i < rows.rowCount; i++) {
      if (column.nulls !== undefined && column.nulls[i] === 1) mask[i] = 0;
      kept += mask[i]!;
    }
    rows = filterBlock(rows, mask, kept);
  }
  return rows;
}
