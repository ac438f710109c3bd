// quantile.ts — quantile and median (from a sample of up to 8192 values), quantileExact, and several levels at once.

import type { Column } from '../../types/column.ts';
import { arrayOf, physicalOf, type DataType, type FixedPhysical } from '../../types/data-type.ts';
import { wideShape } from '../../types/wide-number.ts';
import { arrayColumn } from '../array-kernels.ts';
import { float64, isFloat, isTemporal, numberShape } from '../type-classes.ts';
import { arrays, columnOfFloats, fixed, fixedColumn, floatsOf, newValues } from '../vectors.ts';
import {
  checkedParameter,
  illegalAggregate,
  type AggregateCall,
  type AggregateEntry,
  type AggregateState,
} from './aggregate.ts';
import { CollectedValues } from './collect.ts';
import { interpolated, Reservoir } from './reservoir.ts';

const DEFAULT_LEVEL = 0.5;

/** The levels, each within 0 … 1. */
function levelsOf(call: AggregateCall): number[] {
  const isLevel = (value: number): boolean => value >= 0 && value <= 1;
  return call.parameters.map((_, i) => checkedParameter(call, i, isLevel, 'a level from 0 to 1'));
}

function checkArgument(call: AggregateCall): DataType {
  const type = call.argTypes[0]!;
  if (
    numberShape(type) ||
    (isTemporal(type) && type.kind !== 'Date32') ||
    (type.kind === 'Decimal' && !wideShape(type))
  )
    return type;
  throw illegalAggregate(call, 'numbers, decimals, dates or times');
}

/** What a quantile is computed from. */
interface Samples extends Omit<AggregateState, 'finish' | 'partial' | 'merge'> {
  /** The values at the levels: those of the first group, those of the second, … */
  quantiles(levels: readonly number[], groupCount: number): Column;
  partial(groupCount: number): Column[];
  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void;
}

/** A sample per group. */
class Sampled implements Samples {
  readonly #type: DataType;
  readonly #reservoirs: Reservoir[] = [];
  #sampleCount = 0;

  constructor(type: DataType) {
    this.#type = type;
  }

  update(
    [arg]: readonly Column[],
    groups: Uint32Array | undefined,
    _groupCount: number,
    rowCount: number,
  ): void {
    const values = floatsOf(arg!, rowCount);
    for (let row = 0; row < rowCount; row++) {
      const reservoir = this.#of(groups ? groups[row]! : 0);
      const before = reservoir.samples.length;
      reservoir.add(values[row]!);
      this.#sampleCount += reservoir.samples.length - before;
    }
  }

  #of(group: number): Reservoir {
    return (this.#reservoirs[group] ??= new Reservoir());
  }

  quantiles(levels: readonly number[], groupCount: number): Column {
    const values = new Float64Array(groupCount * levels.length);
    for (let group = 0; group < groupCount; group++) {
      const sorted = Float64Array.from(this.#reservoirs[group]?.samples ?? []).sort();
      levels.forEach((level, i) => (values[group * levels.length + i] = interpolated(sorted, level)));
    }
    return columnOfFloats(this.#type, values, values.length);
  }

  partial(groupCount: number): Column[] {
    const samples = Array.from({ length: groupCount }, (_, group) => this.#reservoirs[group]?.samples ?? []);
    const totals = Float64Array.from(
      { length: groupCount },
      (_, group) => this.#reservoirs[group]?.total ?? 0,
    );
    const offsets = new Uint32Array(groupCount + 1);
    samples.forEach((list, group) => (offsets[group + 1] = offsets[group]! + list.length));
    const all = Float64Array.from(samples.flat());
    return [
      arrayColumn(arrayOf(float64), offsets, fixedColumn(float64, all, all.length)),
      fixedColumn(float64, totals, groupCount),
    ];
  }

  merge([samples, totals]: readonly Column[], groups: Uint32Array): void {
    const { offsets, elements } = arrays(samples!);
    const values = fixed(elements).values as Float64Array;
    groups.forEach((group, row) => {
      const sample = values.subarray(offsets[row], offsets[row + 1]);
      this.#of(group).merge(sample, fixed(totals!).values[row] as number);
    });
    this.#sampleCount = this.#reservoirs.reduce((total, each) => total + each.samples.length, 0);
  }

  sizeBytes(): number {
    return 8 * this.#sampleCount + 64 * this.#reservoirs.length;
  }
}

/** All values. */
class Complete implements Samples {
  readonly #values: CollectedValues;

  constructor(type: DataType) {
    this.#values = new CollectedValues(type);
  }

  update(
    [arg]: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.#values.add(arg!, groups, groupCount, rowCount);
  }

  quantiles(levels: readonly number[], groupCount: number): Column {
    const { offsets, elements } = this.#values.finish(groupCount);
    const { type, values } = fixed(elements);
    const chosen = newValues(physicalOf(type) as FixedPhysical, groupCount * levels.length);
    if (isFloat(type)) chosen.fill(NaN as never);
    for (let group = 0; group < groupCount; group++) {
      const sorted = values.slice(offsets[group], offsets[group + 1]).sort();
      const size = numberCount(sorted);
      if (size === 0) continue;
      levels.forEach((level, i) => {
        chosen[group * levels.length + i] = sorted[level < 1 ? Math.floor(level * size) : size - 1]!;
      });
    }
    return fixedColumn(type, chosen, chosen.length);
  }

  partial(groupCount: number): Column[] {
    return [this.#values.finish(groupCount)];
  }

  merge([partial]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.#values.merge(partial!, groups, groupCount);
  }

  sizeBytes(): number {
    return this.#values.sizeBytes();
  }
}

/** How many are no NaN, which is sorted to the end. */
function numberCount(sorted: ArrayLike<number | bigint>): number {
  let size = sorted.length;
  while (size > 0 && Number.isNaN(sorted[size - 1])) size--;
  return size;
}

/** One value per group, or with `many` levels an array. */
class QuantileState implements AggregateState {
  readonly #samples: Samples;
  readonly #levels: readonly number[];
  readonly #many: boolean;

  constructor(samples: Samples, levels: readonly number[], many: boolean) {
    this.#samples = samples;
    this.#levels = levels;
    this.#many = many;
  }

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.#samples.update(args, groups, groupCount, rowCount);
  }

  finish(groupCount: number): Column {
    const values = this.#samples.quantiles(this.#levels, groupCount);
    if (!this.#many) return values;
    const offsets = Uint32Array.from({ length: groupCount + 1 }, (_, group) => group * this.#levels.length);
    return arrayColumn(arrayOf(values.type), offsets, values);
  }

  partial(groupCount: number): Column[] {
    return this.#samples.partial(groupCount);
  }

  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.#samples.merge(partial, groups, groupCount);
  }

  sizeBytes(): number {
    return this.#samples.sizeBytes();
  }
}

function quantile(names: readonly string[], exact: boolean, many: boolean): AggregateEntry {
  return {
    names,
    arity: [1, 1],
    parameters: many ? [1, Infinity] : [0, 1],
    ...(many && { neverNull: true }),
    bind: (call: AggregateCall) => {
      const argument = checkArgument(call);
      const type = exact || !numberShape(argument) ? argument : float64;
      const levels = call.parameters.length > 0 ? levelsOf(call) : [DEFAULT_LEVEL];
      return {
        type: many ? arrayOf(type) : type,
        merges: true,
        createState: () => new QuantileState(exact ? new Complete(type) : new Sampled(type), levels, many),
      };
    },
  };
}

export const quantileAggregates: readonly AggregateEntry[] = [
  quantile(['quantile', 'median'], false, false),
  quantile(['quantiles'], false, true),
  quantile(['quantileExact', 'medianExact'], true, false),
  quantile(['quantilesExact'], true, true),
];
