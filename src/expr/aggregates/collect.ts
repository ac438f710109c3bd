// collect.ts — the values of each group as an array: groupArray and groupUniqArray.

import type { Workspace } from '../../kernels/workspace.ts';
import { concatColumns, expandDictionary, retyped, takeRows } from '../../types/block.ts';
import { columnSizeBytes, type ArrayColumn, type Column } from '../../types/column.ts';
import { createColumnBuilder } from '../../types/column-builder.ts';
import { arrayOf, type DataType } from '../../types/data-type.ts';
import { arrayColumn } from '../array-kernels.ts';
import { arrays } from '../vectors.ts';
import {
  checkedParameter,
  grown,
  type AggregateCall,
  type AggregateEntry,
  type AggregateFunction,
  type AggregateState,
} from './aggregate.ts';
import { DistinctRows, type Rows } from './unique.ts';

/** Groups of rows without groups. */
const allInOne = (rowCount: number): Uint32Array => new Uint32Array(rowCount);

/** The values as one array per group, in their order, at most `limit` each. */
function groupedArrays(
  type: DataType,
  values: Column,
  groups: Uint32Array,
  groupCount: number,
  limit = Infinity,
): ArrayColumn {
  const offsets = new Uint32Array(groupCount + 1);
  for (const group of groups) if (offsets[group + 1]! < limit) offsets[group + 1]!++;
  for (let group = 0; group < groupCount; group++) offsets[group + 1]! += offsets[group]!;
  const order = new Uint32Array(offsets[groupCount]!);
  const next = offsets.slice();
  for (let row = 0; row < groups.length; row++) {
    const group = groups[row]!;
    if (next[group]! < offsets[group + 1]!) order[next[group]!++] = row;
  }
  return arrayColumn(arrayOf(type), offsets, takeRows(values, order));
}

/** Keeps all values, or of each group the first `limit`. */
export class CollectedValues {
  readonly #type: DataType;
  readonly #limit: number;
  #counts = new Uint32Array(1);
  readonly #values: Column[] = [];
  readonly #groups: Uint32Array[] = [];
  #sizeBytes = 0;

  constructor(type: DataType, limit = Infinity) {
    this.#type = type;
    this.#limit = limit;
  }

  add(column: Column, groups: Uint32Array | undefined, groupCount: number, rowCount: number): void {
    const rows = this.#rowsToKeep(groups, groupCount, rowCount);
    if (rows.length === 0) return;
    // Columns are only lent: taking rows copies them.
    const kept = retyped(expandDictionary(takeRows(column, rows)), this.#type);
    this.#values.push(kept);
    this.#groups.push(groups ? rows.map((row) => groups[row]!) : allInOne(rows.length));
    this.#sizeBytes += columnSizeBytes(kept) + 4 * rows.length;
  }

  #rowsToKeep(groups: Uint32Array | undefined, groupCount: number, rowCount: number): Uint32Array {
    const rows = Uint32Array.from({ length: rowCount }, (_, row) => row);
    if (this.#limit === Infinity) return rows;
    this.#counts = grown(this.#counts, groupCount);
    return rows.filter((row) => this.#counts[groups ? groups[row]! : 0]!++ < this.#limit);
  }

  /** Adds what `finish` gave elsewhere; the group g there is `groups[g]` here. */
  merge(partial: Column, groups: Uint32Array, groupCount: number): void {
    const rows = rowsOfArrays(partial, groups);
    this.add(rows.values, rows.groups, groupCount, rows.groups.length);
  }

  finish(groupCount: number): ArrayColumn {
    const none = createColumnBuilder(this.#type, 1).finish();
    const groups = new Uint32Array(this.#groups.reduce((total, piece) => total + piece.length, 0));
    let at = 0;
    for (const piece of this.#groups) {
      groups.set(piece, at);
      at += piece.length;
    }
    return groupedArrays(this.#type, concatColumns([none, ...this.#values]), groups, groupCount);
  }

  sizeBytes(): number {
    return this.#sizeBytes + 4 * this.#counts.length;
  }
}

/** Each array's elements as rows of the group that it becomes part of. */
export function rowsOfArrays(partial: Column, groups: Uint32Array): { values: Column; groups: Uint32Array } {
  const { elements, offsets } = arrays(partial);
  const elementGroups = new Uint32Array(elements.rowCount);
  for (let row = 0; row < groups.length; row++)
    elementGroups.fill(groups[row]!, offsets[row], offsets[row + 1]);
  return { values: elements, groups: elementGroups };
}

class CollectState implements AggregateState {
  readonly #collected: CollectedValues;

  constructor(type: DataType, limit: number) {
    this.#collected = new CollectedValues(type, limit);
  }

  update(
    [arg]: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.#collected.add(arg!, groups, groupCount, rowCount);
  }

  finish(groupCount: number): Column {
    return this.#collected.finish(groupCount);
  }

  partial(groupCount: number): Column[] {
    return [this.finish(groupCount)];
  }

  merge([partial]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.#collected.merge(partial!, groups, groupCount);
  }

  sizeBytes(): number {
    return this.#collected.sizeBytes();
  }
}

/** In the order of first sight. */
class UniqueValuesState implements AggregateState {
  readonly #type: DataType;
  readonly #limit: number;
  readonly #distinct: DistinctRows;

  constructor(type: DataType, limit: number, workspace: Workspace) {
    this.#type = type;
    this.#limit = limit;
    this.#distinct = new DistinctRows([type], workspace);
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
    const own = Uint32Array.from({ length: groupCount }, (_, group) => group);
    const { args, groups, rowCount }: Rows = this.#distinct.rowsOf(this.#distinct.columns(), own);
    const values = retyped(expandDictionary(args[0]!), this.#type);
    return groupedArrays(this.#type, values, groups ?? allInOne(rowCount), groupCount, this.#limit);
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

/** `createState` gets the type of the values and the most that a group has. */
function collecting(
  names: readonly string[],
  createState: (type: DataType, limit: number, workspace: Workspace) => AggregateState,
): AggregateEntry {
  return {
    names,
    arity: [1, 1],
    parameters: [0, 1],
    neverNull: true,
    bind: (call: AggregateCall): AggregateFunction => {
      const type = call.argTypes[0]!;
      const limit = call.parameters.length > 0 ? mostValues(call) : Infinity;
      return {
        type: arrayOf(type),
        merges: true,
        createState: (workspace) => createState(type, limit, workspace),
      };
    },
  };
}

function mostValues(call: AggregateCall): number {
  const isCount = (value: number): boolean => Number.isInteger(value) && value > 0;
  return checkedParameter(call, 0, isCount, 'a positive whole number');
}

export const collectingAggregates: readonly AggregateEntry[] = [
  collecting(['groupArray', 'array_agg'], (type, limit) => new CollectState(type, limit)),
  collecting(['groupUniqArray'], (type, limit, workspace) => new UniqueValuesState(type, limit, workspace)),
];
