// unique.ts — how many different values: uniqExact, and uniq, which is exact here too.

import { assert } from '../../base/assert.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import type { Column } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { gatherRows } from '../../types/gather.ts';
import { GroupNumbers } from '../grouping/group-numbers.ts';
import { PairNumbering } from '../grouping/pair-numbering.ts';
import { fixedArrayIn } from '../kernel-arrays.ts';
import { uint32, uint64 } from '../type-classes.ts';
import { fixed, fixedColumn } from '../vectors.ts';
import type { AggregateEntry, AggregateState } from './aggregate.ts';

/** The distinct rows of each group: numbers of rows, and once there are groups the pairs (group, number of the row). */
export class DistinctRows {
  readonly #types: readonly DataType[];
  readonly #workspace: Workspace;
  readonly #rows: GroupNumbers;
  #pairs: PairNumbering | undefined;

  constructor(types: readonly DataType[], workspace: Workspace) {
    this.#types = types;
    this.#workspace = workspace;
    this.#rows = new GroupNumbers(types, workspace);
  }

  /** Which rows their groups did not have before, ascending. Either all calls have groups or none. */
  add(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): Uint32Array {
    const numbered = this.#rows.assign(args, rowCount);
    if (!groups) return numbered.firstRows;
    const { scratch } = this.#workspace;
    assert(this.#pairs || this.#rows.count === numbered.firstRows.length, 'all calls have groups, or none');
    this.#pairs ??= new PairNumbering(this.#workspace);
    const before = this.#pairs.count;
    const [firstRows, target] = [scratch.u32(rowCount), scratch.u32(rowCount)];
    this.#pairs.assign(
      { pointer: scratch.take(groups).byteOffset, count: groupCount },
      { pointer: numbered.groups.byteOffset, count: this.#rows.count },
      rowCount,
      { groups: target.byteOffset, firstRows: firstRows.byteOffset },
    );
    return firstRows.subarray(0, this.#pairs.count - before);
  }

  /** Adds what `columns` gave elsewhere; the group g there is `groups[g]` here. */
  merge(columns: readonly Column[], groups: Uint32Array, groupCount: number): void {
    const rows = this.rowsOf(columns, groups);
    this.add(rows.args, rows.groups, groupCount, rows.rowCount);
  }

  /** How many there are in each group. */
  counts(groupCount: number): BigUint64Array {
    const counts = fixedArrayIn(this.#workspace.scratch, 'u64', groupCount) as BigUint64Array;
    counts.fill(0n);
    if (this.#pairs) this.#pairs.countFirsts(counts.byteOffset);
    else if (groupCount > 0) counts[0] = BigInt(this.#rows.count);
    return counts;
  }

  /** The distinct rows, and if they have groups the group of each before them. */
  columns(): Column[] {
    const { scratch } = this.#workspace;
    const values = this.#rows.values(scratch);
    if (!this.#pairs) return values;
    const { firsts, seconds } = this.#pairs.pairs(scratch);
    const rows = values.map((column) => gatherRows(column, seconds, scratch));
    return [fixedColumn(uint32, firsts, firsts.length), ...rows];
  }

  /** Splits what `columns` gave elsewhere into the arguments of `add`; the group g there is `groups[g]` here. */
  rowsOf(columns: readonly Column[], groups: Uint32Array): Rows {
    const { rowCount } = columns[0]!;
    if (columns.length === this.#types.length) return { args: columns, groups: undefined, rowCount };
    const there = fixed(columns[0]!).values as Uint32Array;
    return { args: columns.slice(1), groups: there.map((group) => groups[group]!), rowCount };
  }
}

/** Arguments of an aggregate, and the group of each row. */
export type Rows = {
  readonly args: readonly Column[];
  readonly groups: Uint32Array | undefined;
  readonly rowCount: number;
};

class UniqueState implements AggregateState {
  readonly takesDictionaries = true;
  readonly #distinct: DistinctRows;

  constructor(types: readonly DataType[], workspace: Workspace) {
    this.#distinct = new DistinctRows(types, workspace);
  }

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.#distinct.add(args, groups, groupCount, rowCount);
  }

  finish(groupCount: number): Column {
    return fixedColumn(uint64, this.#distinct.counts(groupCount), groupCount);
  }

  partial(): Column[] {
    return this.#distinct.columns();
  }

  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.#distinct.merge(partial, groups, groupCount);
  }

  sizeBytes(): number {
    return 0;
  }
}

export const uniqueAggregates: readonly AggregateEntry[] = [
  'uniqExact',
  'uniq',
  'uniqHLL12',
  'uniqCombined',
  'uniqCombined64',
].map((name) => ({
  names: [name],
  arity: [1, Infinity],
  neverNull: true,
  bind: ({ argTypes }) => ({
    type: uint64,
    merges: true,
    createState: (workspace) => new UniqueState(argTypes, workspace),
  }),
}));
