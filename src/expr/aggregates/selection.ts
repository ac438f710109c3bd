// selection.ts — min, max, any, anyLast, argMin, argMax: aggregates that keep one of the values they saw.
//
// NaN is kept only when there is nothing else. Of equal values the first seen stays.

import { expandDictionary, takeRows } from '../../types/block.ts';
import { columnSizeBytes, fixedArrays, type Column, type FixedValues } from '../../types/column.ts';
import { createColumnBuilder } from '../../types/column-builder.ts';
import { compareAt } from '../../types/compare.ts';
import { physicalOf, type DataType, type FixedPhysical } from '../../types/data-type.ts';
import { rowsWhere } from '../null-propagation.ts';
import { uint8 } from '../type-classes.ts';
import { fixed, fixedColumn, newValues } from '../vectors.ts';
import {
  grown,
  type AggregateCall,
  type AggregateEntry,
  type AggregateFunction,
  type AggregateState,
} from './aggregate.ts';
import { ExtremeState } from './extreme.ts';

/** One kept value per group. */
interface Slots {
  reserve(groupCount: number): void;
  put(group: number, column: Column, row: number): void;
  /** Is the row's value less than the kept one? */
  less(group: number, column: Column, row: number): boolean;
  greater(group: number, column: Column, row: number): boolean;
  /** Kept values in order of group; `seen` is 0 where there is none. */
  finish(seen: Uint8Array, groupCount: number): Column;
  sizeBytes(): number;
}

/** Less than the kept value, or a number where NaN is kept. */
const isLess = (value: number | bigint, kept: number | bigint): boolean =>
  value < kept || (kept !== kept && value === value);
const isGreater = (value: number | bigint, kept: number | bigint): boolean =>
  value > kept || (kept !== kept && value === value);

class FixedSlots implements Slots {
  private values: FixedValues;
  private readonly type: DataType;

  constructor(type: DataType) {
    this.type = type;
    this.values = newValues(physicalOf(type) as FixedPhysical, 1);
  }

  reserve(groupCount: number): void {
    this.values = grown(this.values, groupCount);
  }

  put(group: number, column: Column, row: number): void {
    this.values[group] = fixed(column).values[row]!;
  }

  less(group: number, column: Column, row: number): boolean {
    return isLess(fixed(column).values[row]!, this.values[group]!);
  }

  greater(group: number, column: Column, row: number): boolean {
    return isGreater(fixed(column).values[row]!, this.values[group]!);
  }

  finish(seen: Uint8Array, groupCount: number): Column {
    const builder = createColumnBuilder(this.type, groupCount);
    for (let group = 0; group < groupCount; group++) {
      const value = this.values[group];
      if (!seen[group] || value === undefined) builder.appendDefault();
      else if (typeof value === 'bigint') builder.appendBigint(value);
      else builder.appendNumber(value);
    }
    return builder.finish();
  }

  sizeBytes(): number {
    return this.values.byteLength;
  }
}

/** Values of any size: each that is kept is a column of one row. */
class RowSlots implements Slots {
  private readonly kept: Column[] = [];
  private keptBytes = 0;
  private readonly type: DataType;

  constructor(type: DataType) {
    this.type = type;
  }

  reserve(): void {}

  put(group: number, column: Column, row: number): void {
    const before = this.kept[group];
    const value = expandDictionary(takeRows(column, Uint32Array.of(row)));
    this.keptBytes += columnSizeBytes(value) - (before ? columnSizeBytes(before) : -64);
    this.kept[group] = value;
  }

  less(group: number, column: Column, row: number): boolean {
    return compareAt(column, row, this.kept[group]!, 0) < 0;
  }

  greater(group: number, column: Column, row: number): boolean {
    return compareAt(column, row, this.kept[group]!, 0) > 0;
  }

  finish(_seen: Uint8Array, groupCount: number): Column {
    const builder = createColumnBuilder(this.type, groupCount);
    for (let group = 0; group < groupCount; group++) {
      const kept = this.kept[group];
      if (kept) builder.appendFrom(kept, 0);
      else builder.appendDefault();
    }
    return builder.finish();
  }

  sizeBytes(): number {
    return this.keptBytes;
  }
}

const isFixed = (type: DataType): boolean => physicalOf(type) in fixedArrays;

const slotsOf = (type: DataType): Slots => (isFixed(type) ? new FixedSlots(type) : new RowSlots(type));

/** Which row of a group is kept: the first, the last, or the one whose last argument is least or greatest. */
type Rule = 'first' | 'last' | 'least' | 'greatest';

class SelectionState implements AggregateState {
  private seen = new Uint8Array(1);
  private readonly kept: Slots;
  /** What decides; the kept value itself unless there is a second argument. */
  private readonly deciding: Slots;
  private readonly rule: Rule;

  constructor(rule: Rule, types: readonly DataType[]) {
    this.rule = rule;
    this.kept = slotsOf(types[0]!);
    this.deciding = types.length > 1 ? slotsOf(types[1]!) : this.kept;
  }

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.seen = grown(this.seen, groupCount);
    this.kept.reserve(groupCount);
    this.deciding.reserve(groupCount);
    const by = args.at(-1)!;
    for (let row = 0; row < rowCount; row++) {
      const group = groups ? groups[row]! : 0;
      if (this.seen[group] === 1 && !this.replaces(group, by, row)) continue;
      this.seen[group] = 1;
      this.deciding.put(group, by, row);
      if (this.kept !== this.deciding) this.kept.put(group, args[0]!, row);
    }
  }

  private replaces(group: number, by: Column, row: number): boolean {
    switch (this.rule) {
      case 'first':
        return false;
      case 'last':
        return true;
      case 'least':
        return this.deciding.less(group, by, row);
      case 'greatest':
        return this.deciding.greater(group, by, row);
    }
  }

  finish(groupCount: number): Column {
    return this.kept.finish(grown(this.seen, groupCount), groupCount);
  }

  partial(groupCount: number): Column[] {
    const seen = grown(this.seen, groupCount);
    const slots = this.deciding === this.kept ? [this.kept] : [this.kept, this.deciding];
    return [...slots.map((each) => each.finish(seen, groupCount)), fixedColumn(uint8, seen, groupCount)];
  }

  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void {
    const seen = fixed(partial.at(-1)!).values as Uint8Array;
    const rows = rowsWhere(seen, 1, groups.length);
    const args = partial.slice(0, -1).map((column) => takeRows(column, rows));
    const here = rows.map((row) => groups[row]!);
    this.update(args, here, groupCount, rows.length);
  }

  sizeBytes(): number {
    const deciding = this.deciding === this.kept ? 0 : this.deciding.sizeBytes();
    return this.seen.length + this.kept.sizeBytes() + deciding;
  }
}

function selection(names: readonly string[], rule: Rule, argCount: 1 | 2, anyCase?: true): AggregateEntry {
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [argCount, argCount],
    bind: ({ argTypes }: AggregateCall): AggregateFunction => ({
      type: argTypes[0]!,
      merges: true,
      createState: (workspace) =>
        (rule === 'least' || rule === 'greatest') && argCount === 1 && isFixed(argTypes[0]!)
          ? new ExtremeState(rule, argTypes[0]!, workspace)
          : new SelectionState(rule, argTypes),
    }),
  };
}

export const selectionAggregates: readonly AggregateEntry[] = [
  selection(['min'], 'least', 1, true),
  selection(['max'], 'greatest', 1, true),
  selection(['any', 'any_value', 'first_value'], 'first', 1, true),
  selection(['anyLast', 'last_value'], 'last', 1, true),
  selection(['argMin'], 'least', 2),
  selection(['argMax'], 'greatest', 2),
];
