// arithmetic.ts — + - * / over numbers, decimals and dates, and functions of one number, with ClickHouse's result types.
//
// Integers wrap in the result type, which has room for one + - or * of operands up to 32 bits.

import type { DataType } from '../../types/data-type.ts';
import { wideShape } from '../../types/wide-number.ts';
import { bindDecimal } from '../decimal-arithmetic.ts';
import {
  bigintKernel,
  bindNumeric,
  eitherSigned,
  nextSize,
  widened,
  type NumericOperator,
} from '../numeric.ts';
import { argType, callError, illegalTypes, type ScalarFunction } from '../scalar-function.ts';
import { bindTemporal } from '../temporal-arithmetic.ts';
import { anyNumberShape, isInteger, isWideInteger, numberType } from '../type-classes.ts';
import { bindWide } from '../wide-arithmetic.ts';
import { columnOfFloats, columnOfWholes, floatsOf, is64, newWholes, wholesOf } from '../vectors.ts';

const plus: NumericOperator = {
  result: (a, b) => widened(eitherSigned(a, b), a, b),
  floats: (a, b) => a + b,
  bigints: (a, b) => a + b,
};
const minus: NumericOperator = {
  result: (a, b) => widened(true, a, b),
  floats: (a, b) => a - b,
  bigints: (a, b) => a - b,
};
const multiply: NumericOperator = {
  result: plus.result,
  floats: (a, b) => a * b,
  bigints: (a, b) => a * b,
};

function additive(name: 'plus' | 'minus', operator: NumericOperator): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) =>
      bindTemporal(name, call) ??
      bindDecimal(name, call) ??
      bindWide(name, call) ??
      bindNumeric(call, operator),
  };
}

const multiplication: ScalarFunction = {
  names: ['multiply'],
  arity: [2, 2],
  bind: (call) => bindDecimal('multiply', call) ?? bindWide('multiply', call) ?? bindNumeric(call, multiply),
};

/** Always a float: x / 0 is infinite or NaN. */
const division: ScalarFunction = {
  names: ['divide'],
  arity: [2, 2],
  bind: (call) => {
    const decimal = bindDecimal('divide', call);
    if (decimal) return decimal;
    if (call.args.some((arg) => !anyNumberShape(arg.type))) throw illegalTypes(call, 'two numbers');
    const type: DataType = { kind: 'Float64' };
    return {
      type,
      run: ([left, right], rowCount) => {
        const [a, b, out] = [
          floatsOf(left!, rowCount),
          floatsOf(right!, rowCount),
          new Float64Array(rowCount),
        ];
        for (let i = 0; i < rowCount; i++) out[i] = a[i]! / b[i]!;
        return columnOfFloats(type, out, rowCount);
      },
    };
  },
};

/** A function of one number or decimal that keeps its scale: `type` is the result's. */
function unary(
  names: readonly string[],
  type: (type: DataType) => DataType | undefined,
  floats: (value: number) => number,
  bigints: (value: bigint) => bigint,
): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [1, 1],
    bind: (call) => {
      const from = argType(call, 0);
      const to = type(from);
      if (!to) throw illegalTypes(call, 'a number');
      if (is64(from) || wideShape(from)) {
        return {
          type: to,
          run: ([arg], rowCount) => {
            const [values, out] = [wholesOf(arg!, rowCount), newWholes(to, rowCount)];
            for (let row = 0; row < rowCount; row++) out[row] = bigints(values[row]!);
            return columnOfWholes(to, out, rowCount);
          },
        };
      }
      return {
        type: to,
        run: ([arg], rowCount) => columnOfFloats(to, floatsOf(arg!, rowCount).map(floats), rowCount),
      };
    },
  };
}

function negatedType(type: DataType): DataType | undefined {
  const shape = anyNumberShape(type);
  if (type.kind === 'Decimal') return type;
  const sameSize = shape?.signed || isWideInteger(type);
  return shape && numberType(true, shape.float, sameSize ? shape.sizeBytes : nextSize(shape.sizeBytes));
}

function absoluteType(type: DataType): DataType | undefined {
  const shape = anyNumberShape(type);
  if (type.kind === 'Decimal') return type;
  return shape && numberType(false, shape.float, shape.sizeBytes);
}

function signType(type: DataType): DataType | undefined {
  return type.kind === 'Decimal' || anyNumberShape(type) ? { kind: 'Int8' } : undefined;
}

/** gcd and lcm. ClickHouse refuses 0 for both. */
function ofDivisors(name: string, combine: (a: bigint, b: bigint) => bigint): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => {
      if (call.args.some((arg) => !isInteger(arg.type))) throw illegalTypes(call, 'two integers');
      const { type } = bindNumeric(call, plus);
      const bigints = (a: bigint, b: bigint): bigint => {
        if (a === 0n || b === 0n) throw callError(call, 'ILLEGAL_DIVISION', 'division by zero');
        return combine(a < 0n ? -a : a, b < 0n ? -b : b);
      };
      return { type, run: bigintKernel({ bigints }, type) };
    },
  };
}

/** Of two positive numbers. */
function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

export const arithmeticFunctions: readonly ScalarFunction[] = [
  additive('plus', plus),
  additive('minus', minus),
  multiplication,
  division,
  unary(
    ['negate'],
    negatedType,
    (value) => -value,
    (value) => -value,
  ),
  unary(['abs'], absoluteType, Math.abs, (value) => (value < 0n ? -value : value)),
  unary(
    ['sign'],
    signType,
    (value) => (value < 0 ? -1 : value === 0 ? 0 : 1),
    (value) => (value > 0n ? 1n : value < 0n ? -1n : 0n),
  ),
  ofDivisors('gcd', greatestCommonDivisor),
  ofDivisors('lcm', (a, b) => (a / greatestCommonDivisor(a, b)) * b),
];
