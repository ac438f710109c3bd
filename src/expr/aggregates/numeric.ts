// numeric.ts — count, sum, avg.
//
// Sums of integers are 64 bits wide and wrap. A sum of decimals has 18 digits here (38 in ClickHouse) and fails when
// that is not enough. avg never wraps.

import { WinnowError } from '../../base/errors.ts';
import type { Column } from '../../types/column.ts';
import { typeName, type DataType } from '../../types/data-type.ts';
import { float64, isFloat, numberShape, uint64 } from '../type-classes.ts';
import { columnOfFloats, fixed, fixedColumn, floatsOf, newValues } from '../vectors.ts';
import {
  grown,
  illegalAggregate,
  type AggregateCall,
  type AggregateEntry,
  type AggregateFunction,
  type AggregateState,
} from './aggregate.ts';
import { ExactSum } from './exact-sum.ts';

class CountState implements AggregateState {
  private counts = new Float64Array(1);

  update(
    _args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.counts = grown(this.counts, groupCount);
    const { counts } = this;
    if (!groups) counts[0]! += rowCount;
    else for (let row = 0; row < rowCount; row++) counts[groups[row]!]!++;
  }

  of(group: number): number {
    return this.counts[group] ?? 0;
  }

  finish(groupCount: number): Column {
    return columnOfFloats(uint64, grown(this.counts, groupCount), groupCount);
  }

  sizeBytes(): number {
    return 8 * this.counts.length;
  }
}

class FloatSumState implements AggregateState {
  private sums = new Float64Array(1);

  update(
    [arg]: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.sums = grown(this.sums, groupCount);
    const { sums } = this;
    const values = floatsOf(arg!, rowCount);
    for (let row = 0; row < rowCount; row++) sums[groups ? groups[row]! : 0]! += values[row]!;
  }

  of(group: number): number {
    return this.sums[group] ?? 0;
  }

  finish(groupCount: number): Column {
    return columnOfFloats(float64, grown(this.sums, groupCount).slice(0, groupCount), groupCount);
  }

  sizeBytes(): number {
    return 8 * this.sums.length;
  }
}

class IntegerSumState implements AggregateState {
  private readonly sum = new ExactSum();
  private readonly type: DataType;

  constructor(type: DataType) {
    this.type = type;
  }

  update(
    [arg]: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.sum.add(fixed(arg!).values, groups, groupCount, rowCount);
  }

  of(group: number): number {
    return Number(this.sum.total(group));
  }

  finish(groupCount: number): Column {
    const values = newValues(this.type.kind === 'UInt64' ? 'u64' : 'i64', groupCount) as
      | BigInt64Array
      | BigUint64Array;
    for (let group = 0; group < groupCount; group++) values[group] = this.checked(this.sum.total(group));
    return fixedColumn(this.type, values, groupCount);
  }

  private checked(total: bigint): bigint {
    if (this.type.kind === 'Decimal' && BigInt.asIntN(64, total) !== total) {
      throw new WinnowError('DECIMAL_OVERFLOW', `a sum does not fit ${typeName(this.type)}`);
    }
    return total;
  }

  sizeBytes(): number {
    return this.sum.sizeBytes();
  }
}

/** The sum divided by the count; NaN of no rows. */
class AverageState implements AggregateState {
  private readonly count = new CountState();
  private readonly sum: FloatSumState | IntegerSumState;
  private readonly unit: number;

  constructor(type: DataType) {
    this.sum = isFloat(type) ? new FloatSumState() : new IntegerSumState({ kind: 'Int64' });
    this.unit = type.kind === 'Decimal' ? 10 ** type.scale : 1;
  }

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.count.update(args, groups, groupCount, rowCount);
    this.sum.update(args, groups, groupCount, rowCount);
  }

  finish(groupCount: number): Column {
    const averages = new Float64Array(groupCount);
    for (let group = 0; group < groupCount; group++)
      averages[group] = this.sum.of(group) / this.unit / this.count.of(group);
    return fixedColumn(float64, averages, groupCount);
  }

  sizeBytes(): number {
    return this.count.sizeBytes() + this.sum.sizeBytes();
  }
}

function bindSum(call: AggregateCall): AggregateFunction {
  const [from] = call.argTypes;
  const shape = from && numberShape(from);
  if (from?.kind !== 'Decimal' && !shape) throw illegalAggregate(call, 'a number');
  if (shape?.float) return { type: float64, createState: () => new FloatSumState() };
  const type: DataType =
    from?.kind === 'Decimal' ? { ...from, precision: 18 } : { kind: shape?.signed ? 'Int64' : 'UInt64' };
  return { type, createState: () => new IntegerSumState(type) };
}

function bindAverage(call: AggregateCall): AggregateFunction {
  const [from] = call.argTypes;
  if (!from || (from.kind !== 'Decimal' && !numberShape(from))) throw illegalAggregate(call, 'a number');
  return { type: float64, createState: () => new AverageState(from) };
}

export const numericAggregates: readonly AggregateEntry[] = [
  {
    names: ['count'],
    anyCase: true,
    arity: [0, 1],
    neverNull: true,
    bind: () => ({ type: uint64, createState: () => new CountState() }),
  },
  { names: ['sum'], anyCase: true, arity: [1, 1], bind: bindSum },
  { names: ['avg'], anyCase: true, arity: [1, 1], bind: bindAverage },
];
