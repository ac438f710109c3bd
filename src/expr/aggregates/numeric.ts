// numeric.ts — count, sum, avg.
//
// Sums of integers are 64 bits wide, or as wide as they are, and wrap. A sum of decimals has 38 digits, or 76. avg of numbers of
// up to 64 bits never wraps.

import type { Arena } from '../../kernels/arena.ts';
import { kernelRuntime } from '../../kernels/runtime.ts';
import type { GrowingArray, Workspace } from '../../kernels/workspace.ts';
import type { Column, FixedColumn } from '../../types/column.ts';
import { physicalOf, type DataType, type FixedPhysical } from '../../types/data-type.ts';
import { fixedArrayAt, fixedArrayIn } from '../kernel-arrays.ts';
import {
  anyNumberShape,
  float64,
  int64,
  isFloat,
  isWideInteger,
  numberShape,
  sumOfDecimals,
  uint64,
} from '../type-classes.ts';
import { fixed, fixedColumn } from '../vectors.ts';
import {
  illegalAggregate,
  type AggregateCall,
  type AggregateEntry,
  type AggregateFunction,
  type AggregateState,
} from './aggregate.ts';
import { exactSum, FloatSum, WrappingSum, type Sum } from './sums.ts';

class CountState implements AggregateState {
  readonly leavesOut = true;
  readonly takesDictionaries = true;
  readonly #counts: GrowingArray;
  readonly #scratch: Arena;

  constructor(workspace: Workspace) {
    this.#counts = workspace.array();
    this.#scratch = workspace.scratch;
  }

  update(
    _args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    const counts = this.#countsOf(groupCount);
    if (!groups) counts[0]! += BigInt(rowCount);
    else {
      const pointer = this.#scratch.take(groups).byteOffset;
      kernelRuntime().kernels.countGroups(pointer, rowCount, counts.byteOffset);
    }
  }

  #countsOf(groupCount: number): BigUint64Array {
    this.#counts.reserve(8 * groupCount);
    return fixedArrayAt(this.#counts.pointer, 'u64', groupCount) as BigUint64Array;
  }

  finish(groupCount: number): FixedColumn {
    return fixedColumn(uint64, this.#countsOf(groupCount), groupCount);
  }

  partial(groupCount: number): Column[] {
    return [this.finish(groupCount)];
  }

  merge([counts]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    const values = this.#scratch.take(fixed(counts!).values).byteOffset;
    const pointer = this.#scratch.take(groups).byteOffset;
    const into = this.#countsOf(groupCount).byteOffset;
    kernelRuntime().kernels.sumGroups64(values, pointer, groups.length, into);
  }

  sizeBytes(): number {
    return 0;
  }
}

class SumState implements AggregateState {
  readonly leavesOut = true;
  readonly #type: DataType;
  readonly #sum: Sum;

  constructor(type: DataType, sum: Sum) {
    this.#type = type;
    this.#sum = sum;
  }

  update(
    [arg]: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.#sum.add(arg!, groups, groupCount, rowCount);
  }

  finish(groupCount: number): Column {
    return this.#sum.column(this.#type, groupCount);
  }

  partial(groupCount: number): Column[] {
    return this.#sum.partial(groupCount);
  }

  merge(partial: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.#sum.merge(partial, groups, groupCount);
  }

  sizeBytes(): number {
    return this.#sum.sizeBytes();
  }
}

/** The sum divided by the count; NaN of no rows. */
class AverageState implements AggregateState {
  readonly leavesOut = true;
  readonly #count: CountState;
  readonly #sum: Sum;
  readonly #unit: number;
  readonly #scratch: Arena;

  constructor(type: DataType, sum: Sum, workspace: Workspace) {
    this.#count = new CountState(workspace);
    this.#sum = sum;
    this.#unit = type.kind === 'Decimal' ? 10 ** type.scale : 1;
    this.#scratch = workspace.scratch;
  }

  update(
    args: readonly Column[],
    groups: Uint32Array | undefined,
    groupCount: number,
    rowCount: number,
  ): void {
    this.#count.update(args, groups, groupCount, rowCount);
    this.#sum.add(args[0]!, groups, groupCount, rowCount);
  }

  finish(groupCount: number): Column {
    const averages = fixedArrayIn(this.#scratch, 'f64', groupCount);
    const counts = this.#count.finish(groupCount).values.byteOffset;
    const sums = this.#sum.floats(groupCount);
    kernelRuntime().kernels.averagesOf(sums, counts, this.#unit, groupCount, averages.byteOffset);
    return fixedColumn(float64, averages, groupCount);
  }

  partial(groupCount: number): Column[] {
    return [...this.#count.partial(groupCount), ...this.#sum.partial(groupCount)];
  }

  merge([counts, ...sums]: readonly Column[], groups: Uint32Array, groupCount: number): void {
    this.#count.merge([counts!], groups, groupCount);
    this.#sum.merge(sums, groups, groupCount);
  }

  sizeBytes(): number {
    return this.#sum.sizeBytes();
  }
}

function bindSum(call: AggregateCall): AggregateFunction {
  const [from] = call.argTypes;
  if (from?.kind === 'Decimal')
    return sumFunction(sumOfDecimals(from), (workspace) => exactSum(from, workspace));
  if (from && isWideInteger(from)) return sumFunction(from, (workspace) => exactSum(from, workspace));
  const shape = from && numberShape(from);
  if (!shape) throw illegalAggregate(call, 'a number');
  const physical = physicalOf(from) as FixedPhysical;
  if (shape.float) return sumFunction(float64, (workspace) => new FloatSum(physical, workspace));
  const type = shape.signed ? int64 : uint64;
  return sumFunction(type, (workspace) => new WrappingSum(physical, workspace));
}

function sumFunction(type: DataType, createSum: (workspace: Workspace) => Sum): AggregateFunction {
  return { type, merges: true, createState: (workspace) => new SumState(type, createSum(workspace)) };
}

function bindAverage(call: AggregateCall): AggregateFunction {
  const [from] = call.argTypes;
  if (!from || (from.kind !== 'Decimal' && !anyNumberShape(from))) throw illegalAggregate(call, 'a number');
  return averageFunction(from, (workspace) => exactSum(from, workspace));
}

function averageFunction(from: DataType, sumOf: (workspace: Workspace) => Sum): AggregateFunction {
  const createState = (workspace: Workspace): AggregateState =>
    new AverageState(from, sumOf(workspace), workspace);
  return { type: float64, merges: true, createState };
}

/** avg of numbers, with a sum of 64 bits. */
export const wrappingAverage = (from: DataType): AggregateFunction =>
  averageFunction(from, (workspace) => {
    const physical = physicalOf(from) as FixedPhysical;
    return isFloat(from) ? new FloatSum(physical, workspace) : new WrappingSum(physical, workspace);
  });

export const numericAggregates: readonly AggregateEntry[] = [
  {
    names: ['count'],
    anyCase: true,
    arity: [0, 1],
    neverNull: true,
    bind: () => ({
      type: uint64,
      merges: true,
      createState: (workspace) => new CountState(workspace),
    }),
  },
  { names: ['sum'], anyCase: true, arity: [1, 1], bind: bindSum },
  { names: ['avg'], anyCase: true, arity: [1, 1], bind: bindAverage },
];
