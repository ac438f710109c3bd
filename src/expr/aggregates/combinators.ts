// combinators.ts — taking rows out before an aggregate sees them: -If, DISTINCT, and NULL.

import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../../kernels/workspace.ts';
import { expandDictionary } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import { nullable, type DataType } from '../../types/data-type.ts';
import { gatherRows, gatherValues, rowsOfMask } from '../../types/gather.ts';
import { fixedArrayAt } from '../kernel-arrays.ts';
import { nonNullMask, truthMask } from '../masks.ts';
import { withNulls, withoutNulls } from '../null-propagation.ts';
import { uint8 } from '../type-classes.ts';
import { fixed, fixedColumn } from '../vectors.ts';
import type { AggregateFunction, AggregateState } from './aggregate.ts';
import { DistinctRows, type Rows } from './unique.ts';

/**
 * The rows that a mask means, for that state: to one that leaves out rows of no group the mask goes as groups, which
 * is cheaper than choosing rows.
 */
function meant(state: AggregateState, rows: Rows, mask: Uint8Array, scratch: Arena): Rows {
  const { args, groups, rowCount } = rows;
  if (!groups || !state.leavesOut) return chosen(rows, rowsOfMask(mask, scratch), scratch);
  const into = scratch.u32(rowCount);
  const pointer = scratch.take(groups).byteOffset;
  kernelRuntime().kernels.groupsWhere(pointer, mask.byteOffset, rowCount, into.byteOffset);
  return { args, groups: into, rowCount };
}

function chosen({ args, groups }: Rows, rows: Uint32Array, scratch: Arena): Rows {
  return {
    args: args.map((arg) => gatherRows(arg, rows, scratch)),
    groups: groups && gatherValues(groups, rows, scratch),
    rowCount: rows.length,
  };
}

/** Only rows whose last argument is true; the aggregate gets the others. */
export function onlyIf(inner: AggregateFunction): AggregateFunction {
  return {
    ...inner,
    createState: (workspace) => new ConditionState(inner.createState(workspace), workspace),
  };
}

/** What stands around another state and passes on what it does not change. */
abstract class OuterState implements AggregateState {
  readonly leavesOut?: true;
  readonly takesDictionaries?: true;
  protected readonly inner: AggregateState;
  protected readonly scratch: Arena;

  constructor(inner: AggregateState, workspace: Workspace) {
    this.inner = inner;
    this.scratch = workspace.scratch;
    if (inner.leavesOut) this.leavesOut = true;
    if (inner.takesDictionaries) this.takesDictionaries = true;
  }

  abstract update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void;

  finish(groupCount: number): Column {
    return this.inner.finish(groupCount);
  }

  partial(groupCount: number): readonly Column[] {
    return this.inner.partial!(groupCount);
  }

  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.inner.merge!(partial, groups, groupCount);
  }

  sizeBytes(): number {
    return this.inner.sizeBytes();
  }
}

class ConditionState extends OuterState {
  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    const mask = truthMask(args.at(-1)!, rowCount, this.scratch);
    const rows = meant(this.inner, { args: args.slice(0, -1), groups, rowCount }, mask, this.scratch);
    this.inner.update(rows.args, rows.groups, groupCount, rows.rowCount);
  }
}

/** Of rows with equal arguments, only the first in each group. The arguments have no NULL. */
export function onlyDistinct(inner: AggregateFunction, argTypes: readonly DataType[]): AggregateFunction {
  return {
    type: inner.type,
    merges: true,
    createState: (workspace) => new DistinctState(inner.createState(workspace), argTypes, workspace),
  };
}

class DistinctState implements AggregateState {
  readonly #inner: AggregateState;
  readonly #distinct: DistinctRows;
  readonly #scratch: Arena;

  constructor(inner: AggregateState, argTypes: readonly DataType[], workspace: Workspace) {
    this.#inner = inner;
    this.#distinct = new DistinctRows(argTypes, workspace);
    this.#scratch = workspace.scratch;
  }

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    const newRows = this.#distinct.add(args, groups, groupCount, rowCount);
    const rows = chosen({ args, groups, rowCount }, newRows, this.#scratch);
    this.#inner.update(rows.args, rows.groups, groupCount, rows.rowCount);
  }

  finish(groupCount: number): Column {
    return this.#inner.finish(groupCount);
  }

  partial(): Column[] {
    return this.#distinct.columns();
  }

  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void {
    const rows = this.#distinct.rowsOf(partial, groups);
    this.update(rows.args, rows.groups, groupCount, rows.rowCount);
  }

  sizeBytes(): number {
    return this.#inner.sizeBytes();
  }
}

/** Rows with a NULL argument do not count. Unless `neverNull`, a group without other rows is NULL. */
export function withoutNullRows(inner: AggregateFunction, neverNull: boolean): AggregateFunction {
  return {
    ...inner,
    type: neverNull ? inner.type : nullable(inner.type),
    createState: (workspace) => {
      const state = inner.createState(workspace);
      return neverNull ? new NotNullState(state, workspace) : new NullableState(state, workspace);
    },
  };
}

class NotNullState extends OuterState {
  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    const rows = this.withoutNulls(args, groups, rowCount);
    this.inner.update(rows.args, rows.groups, groupCount, rows.rowCount);
  }

  protected withoutNulls(args: readonly Column[], groups: Uint32Array | undefined, rowCount: number): Rows {
    // A dictionary has its NULLs in itself.
    const expanded = args.map(expandDictionary);
    const rows = { args: expanded.map(withoutNulls), groups, rowCount };
    const mask = nonNullMask(expanded, rowCount, this.scratch);
    return mask ? meant(this.inner, rows, mask, this.scratch) : rows;
  }
}

/** Also remembers which groups have a row that counts. */
class NullableState extends NotNullState {
  readonly #seen: GrowingArray;

  constructor(inner: AggregateState, workspace: Workspace) {
    super(inner, workspace);
    this.#seen = workspace.array();
  }

  override update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    const rows = this.withoutNulls(args, groups, rowCount);
    this.inner.update(rows.args, rows.groups, groupCount, rows.rowCount);
    const seen = this.#seenOf(groupCount);
    if (rows.groups) {
      const pointer = this.scratch.take(rows.groups).byteOffset;
      kernelRuntime().kernels.markGroups(pointer, rows.rowCount, seen.byteOffset);
    } else if (rows.rowCount > 0) seen[0] = 1;
  }

  #seenOf(groupCount: number): Uint8Array {
    this.#seen.reserve(groupCount);
    return fixedArrayAt(this.#seen.pointer, 'u8', groupCount) as Uint8Array;
  }

  override finish(groupCount: number): Column {
    const nulls = this.scratch.u8(groupCount);
    kernelRuntime().kernels.maskNot(this.#seenOf(groupCount).byteOffset, groupCount, nulls.byteOffset);
    return withNulls(this.inner.finish(groupCount), nulls);
  }

  override partial(groupCount: number): readonly Column[] {
    return [...super.partial(groupCount), fixedColumn(uint8, this.#seenOf(groupCount), groupCount)];
  }

  override merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void {
    super.merge(partial.slice(0, -1), groups, groupCount);
    const theirs = fixed(partial.at(-1)!).values;
    const seen = this.#seenOf(groupCount);
    for (let group = 0; group < groups.length; group++) if (theirs[group] === 1) seen[groups[group]!] = 1;
  }

  override sizeBytes(): number {
    return this.inner.sizeBytes();
  }
}
