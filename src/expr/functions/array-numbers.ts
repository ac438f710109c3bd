// array-numbers.ts — one number of the numbers in an array: sum, average, least, greatest. Nothing of no elements is 0.

import type { Column } from '../../types/column.ts';
import { compareAt } from '../../types/compare.ts';
import { withoutNullable, type DataType } from '../../types/data-type.ts';
import { oneElement } from '../array-kernels.ts';
import type { ScalarKernel } from '../expression.ts';
import { argType, illegalTypes, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { float64, int64, numberShape, sumOfDecimals, uint64 } from '../type-classes.ts';
import { arrays, columnOfWholes, fixedColumn, floatsOf, newWholes, wholesOf } from '../vectors.ts';

function innerType(call: FunctionCall): DataType {
  const type = argType(call, 0);
  if (type.kind !== 'Array' || withoutNullable(type.inner).kind === 'Nothing')
    throw illegalTypes(call, 'an array');
  return type.inner;
}

function numberType(call: FunctionCall): DataType {
  const inner = innerType(call);
  if (inner.kind !== 'Decimal' && !numberShape(inner)) throw illegalTypes(call, 'an array of numbers');
  return inner;
}

/** Of whole numbers in 64 bits, which wrap; of decimals with their scale. */
const arraySum: ScalarFunction = {
  names: ['arraySum'],
  arity: [1, 1],
  bind: (call) => {
    const inner = numberType(call);
    const shape = numberShape(inner);
    if (shape?.float) return { type: float64, run: floatSums((sum) => sum) };
    const type: DataType = inner.kind === 'Decimal' ? sumOfDecimals(inner) : shape?.signed ? int64 : uint64;
    return { type, run: wholeSums(type) };
  },
};

function wholeSums(type: DataType): ScalarKernel {
  return ([column], rowCount) => {
    const { offsets, elements } = arrays(column!);
    const values = wholesOf(elements, elements.rowCount);
    const sums = newWholes(type, rowCount);
    for (let row = 0; row < rowCount; row++) {
      let sum = 0n;
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) sum += values[i]!;
      sums[row] = sum;
    }
    return columnOfWholes(type, sums, rowCount);
  };
}

function floatSums(finish: (sum: number, count: number) => number, divisor = 1): ScalarKernel {
  return ([column], rowCount) => {
    const { offsets, elements } = arrays(column!);
    const values = floatsOf(elements, elements.rowCount);
    const sums = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      let sum = 0;
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) sum += values[i]!;
      sums[row] = finish(sum, offsets[row + 1]! - offsets[row]!) / divisor;
    }
    return fixedColumn(float64, sums, rowCount);
  };
}

const arrayAvg: ScalarFunction = {
  names: ['arrayAvg'],
  arity: [1, 1],
  bind: (call) => {
    const inner = numberType(call);
    const divisor = inner.kind === 'Decimal' ? 10 ** inner.scale : 1;
    return { type: float64, run: floatSums((sum, count) => (count === 0 ? 0 : sum / count), divisor) };
  },
};

/** NULL and NaN only when there is nothing else. */
function extreme(name: string, direction: 1 | -1): ScalarFunction {
  return {
    names: [name],
    arity: [1, 1],
    bind: (call) => ({
      type: innerType(call),
      run: ([column], rowCount): Column => {
        const { offsets, elements } = arrays(column!);
        return oneElement(elements, rowCount, (row) => {
          let best = -1;
          for (let i = offsets[row]!; i < offsets[row + 1]!; i++)
            if (best < 0 || direction * compareAt(elements, i, elements, best, direction) < 0) best = i;
          return best;
        });
      },
    }),
  };
}

export const arrayNumberFunctions: readonly ScalarFunction[] = [
  arraySum,
  arrayAvg,
  extreme('arrayMin', 1),
  extreme('arrayMax', -1),
];
