// truth.ts — the rows for which a condition holds, without kernels.

import type { Block } from '../types/column.ts';
import { evaluate } from './evaluate.ts';
import type { Expression } from './expression.ts';
import { truthOf } from './vectors.ts';

export type Truth = {
  /** 1 for each row for which the condition is neither 0 nor NULL. */
  readonly mask: Uint8Array;
  readonly count: number;
};

export function truthOfCondition(condition: Expression, block: Block): Truth {
  const column = evaluate(condition, block);
  const mask = truthOf(column, block.rowCount);
  let count = 0;
  for (let row = 0; row < block.rowCount; row++) {
    if (column.nulls !== undefined && column.nulls[row] === 1) mask[row] = 0;
    count += mask[row]!;
  }
  return { mask, count };
}
