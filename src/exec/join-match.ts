// join-match.ts — the conditions of a match beside equal keys: which of some pairs of rows fulfil them all.

import { collectColumns } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import { overColumns } from '../plan/walk.ts';
import type { Block, FixedColumn } from '../types/column.ts';
import { Filter } from './filter.ts';

export class JoinMatch {
  /** The columns that the conditions read. */
  readonly #columns: readonly number[];
  readonly #filter: Filter;

  /** `conditions` are over the blocks of the join; `account` as in Arena. */
  constructor(conditions: readonly Expression[], account: (bytes: number) => void) {
    const read = new Set<number>();
    for (const condition of conditions) collectColumns(condition, read);
    this.#columns = [...read];
    this.#filter = new Filter(
      conditions.map((condition) => overColumns(condition, this.#columns)),
      account,
    );
  }

  /** The pairs that fulfil all conditions, by their place in the block, ascending. Lent until the next call. */
  kept(pairs: Block): Uint32Array {
    const { rowCount } = pairs;
    const places: FixedColumn = {
      layout: 'fixed',
      type: { kind: 'UInt32' },
      rowCount,
      values: Uint32Array.from({ length: rowCount }, (_, place) => place),
      nulls: undefined,
    };
    const columns = [...this.#columns.map((column) => pairs.columns[column]!), places];
    const kept = this.#filter.apply({ rowCount, columns });
    const { values } = kept.columns[columns.length - 1] as FixedColumn;
    return values.subarray(0, kept.rowCount) as Uint32Array;
  }

  close(): void {
    this.#filter.close();
  }
}
