// combinators.ts — taking rows out before an aggregate sees them: -If, DISTINCT, and NULL.

import { takeRows } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import { nullable } from '../../types/data-type.ts';
import { rowsWhere, unionOfNulls, withNulls, withoutNulls } from '../null-propagation.ts';
import { truthOf } from '../vectors.ts';
import { grown, type AggregateFunction, type AggregateState } from './aggregate.ts';
import { DistinctRows, keyReader } from './unique.ts';

type Rows = {
  readonly args: readonly Column[];
  readonly groups: Uint32Array | undefined;
  readonly rowCount: number;
};

function take(args: readonly Column[], groups: Uint32Array | undefined, rows: Uint32Array): Rows {
  const takenGroups = groups && Uint32Array.from(rows, (row) => groups[row]!);
  return { args: args.map((arg) => takeRows(arg, rows)), groups: takenGroups, rowCount: rows.length };
}

/** Only rows whose last argument is true; the aggregate gets the others. */
export function onlyIf(inner: AggregateFunction): AggregateFunction {
  return {
    type: inner.type,
    createState: () => {
      const state = inner.createState();
      return {
        update: (args, groups, groupCount, rowCount) => {
          const condition = args.at(-1)!;
          const truth = truthOf(condition, rowCount);
          if (condition.nulls)
            for (let row = 0; row < rowCount; row++) if (condition.nulls[row] === 1) truth[row] = 0;
          const taken = take(args.slice(0, -1), groups, rowsWhere(truth, 1, rowCount));
          state.update(taken.args, taken.groups, groupCount, taken.rowCount);
        },
        finish: (groupCount) => state.finish(groupCount),
        sizeBytes: () => state.sizeBytes(),
      };
    },
  };
}

/** Of rows with equal arguments, only the first in each group. The arguments have no NULL. */
export function onlyDistinct(inner: AggregateFunction): AggregateFunction {
  return {
    type: inner.type,
    createState: () => {
      const [state, distinct] = [inner.createState(), new DistinctRows()];
      return {
        update: (args, groups, groupCount, rowCount) => {
          const keyOf = keyReader(args);
          const isNew = new Uint8Array(rowCount);
          for (let row = 0; row < rowCount; row++)
            if (distinct.add(groups ? groups[row]! : 0, keyOf(row))) isNew[row] = 1;
          const taken = take(args, groups, rowsWhere(isNew, 1, rowCount));
          state.update(taken.args, taken.groups, groupCount, taken.rowCount);
        },
        finish: (groupCount) => state.finish(groupCount),
        sizeBytes: () => state.sizeBytes() + distinct.sizeBytes(),
      };
    },
  };
}

/** Rows with a NULL argument do not count. Unless `neverNull`, a group without other rows is NULL. */
export function withoutNullRows(inner: AggregateFunction, neverNull: boolean): AggregateFunction {
  return {
    type: neverNull ? inner.type : nullable(inner.type),
    createState: () => new NotNullState(inner.createState(), neverNull),
  };
}

class NotNullState implements AggregateState {
  private readonly inner: AggregateState;
  private readonly neverNull: boolean;
  private seen = new Uint8Array(1);

  constructor(inner: AggregateState, neverNull: boolean) {
    this.inner = inner;
    this.neverNull = neverNull;
  }

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    const nulls = unionOfNulls(args, rowCount);
    const plain = args.map(withoutNulls);
    const taken = nulls
      ? take(plain, groups, rowsWhere(nulls, 0, rowCount))
      : { args: plain, groups, rowCount };
    this.inner.update(taken.args, taken.groups, groupCount, taken.rowCount);
    if (this.neverNull) return;
    this.seen = grown(this.seen, groupCount);
    if (!taken.groups) this.seen[0]! |= taken.rowCount > 0 ? 1 : 0;
    else for (let row = 0; row < taken.rowCount; row++) this.seen[taken.groups[row]!] = 1;
  }

  finish(groupCount: number): Column {
    const column = this.inner.finish(groupCount);
    if (this.neverNull) return column;
    const seen = grown(this.seen, groupCount);
    const nulls = new Uint8Array(groupCount);
    for (let group = 0; group < groupCount; group++) nulls[group] = 1 - seen[group]!;
    return withNulls(column, nulls);
  }

  sizeBytes(): number {
    return this.inner.sizeBytes() + this.seen.length;
  }
}
