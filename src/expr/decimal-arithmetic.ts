// decimal-arithmetic.ts — exact arithmetic of decimals with decimals and integers.
//
// As in ClickHouse: the result has the wider storage with all its digits, beside an integer the decimal's own precision; + and - take the larger scale,
// * adds the scales, / keeps the dividend's. Not fitting the storage is DECIMAL_OVERFLOW. With a float, all is Float64.

import type { DataType } from '../types/data-type.ts';
import { castKernel } from './cast.ts';
import { bindNumeric } from './numeric.ts';
import {
  argType,
  callError,
  illegalTypes,
  type BoundFunction,
  type FunctionCall,
} from './scalar-function.ts';
import { anyNumberShape, float64, isFloat, numberType, storageLimit, storedDigits } from './type-classes.ts';
import { columnOfWholes, newWholes, wholesOf } from './vectors.ts';

type DecimalOperator = 'plus' | 'minus' | 'multiply' | 'divide' | 'intDiv';
type Decimal = Extract<DataType, { kind: 'Decimal' }>;
type Operand = { readonly scale: number; readonly precision: number };

/** Binds `operator` if one operand is a decimal; undefined if none is. */
export function bindDecimal(operator: DecimalOperator, call: FunctionCall): BoundFunction | undefined {
  const [a, b] = [argType(call, 0), argType(call, 1)];
  if (a.kind !== 'Decimal' && b.kind !== 'Decimal') return undefined;
  if (isFloat(a) || isFloat(b)) return bindAsFloats(operator, call);
  const [left, right] = [operandOf(a), operandOf(b)];
  if (!left || !right) throw illegalTypes(call, 'decimals and numbers');
  const type = operator === 'intDiv' ? quotientType(a) : resultType(operator, left, right, call);
  const compute = computation(operator, left, right, type, call);
  const limit = type.kind === 'Decimal' ? storageLimit(type.precision) : undefined;
  return {
    type,
    run: ([x, y], rowCount) => {
      const [xs, ys, out] = [wholesOf(x!, rowCount), wholesOf(y!, rowCount), newWholes(type, rowCount)];
      for (let i = 0; i < rowCount; i++) {
        const value = compute(xs[i]!, ys[i]!);
        if (limit && (value >= limit || value < -limit))
          throw callError(call, 'DECIMAL_OVERFLOW', 'decimal overflow');
        out[i] = value;
      }
      return columnOfWholes(type, out, rowCount);
    },
  };
}

function operandOf(type: DataType): Operand | undefined {
  if (type.kind === 'Decimal') return { scale: type.scale, precision: type.precision };
  return anyNumberShape(type)?.float === false ? { scale: 0, precision: 0 } : undefined;
}

function resultType(operator: DecimalOperator, a: Operand, b: Operand, call: FunctionCall): Decimal {
  const widest = Math.max(a.precision, b.precision);
  const precision = a.precision === 0 || b.precision === 0 ? widest : storedDigits(widest);
  const scale =
    operator === 'multiply'
      ? a.scale + b.scale
      : operator === 'divide' && a.precision > 0
        ? a.scale
        : Math.max(a.scale, b.scale);
  if (scale > precision)
    throw callError(
      call,
      'ARGUMENT_OUT_OF_BOUND',
      `the result's scale ${scale} is more than the ${precision} digits it has`,
    );
  if (operator === 'divide' && scale < b.scale) {
    throw callError(
      call,
      'ARGUMENT_OUT_OF_BOUND',
      `the divisor's scale ${b.scale} is more than the dividend's ${a.scale}`,
    );
  }
  return { kind: 'Decimal', precision, scale };
}

function quotientType(a: DataType): DataType {
  return numberType(
    true,
    false,
    a.kind === 'Decimal'
      ? { 9: 4, 18: 8, 38: 16, 76: 32 }[storedDigits(a.precision)]
      : (anyNumberShape(a)?.sizeBytes ?? 8),
  );
}

function computation(
  operator: DecimalOperator,
  a: Operand,
  b: Operand,
  type: DataType,
  call: FunctionCall,
): (x: bigint, y: bigint) => bigint {
  const scale = type.kind === 'Decimal' ? type.scale : 0;
  const [alignA, alignB] = [
    10n ** BigInt(Math.max(0, scale - a.scale)),
    10n ** BigInt(Math.max(0, scale - b.scale)),
  ];
  switch (operator) {
    case 'plus':
      return (x, y) => x * alignA + y * alignB;
    case 'minus':
      return (x, y) => x * alignA - y * alignB;
    case 'multiply':
      return (x, y) => x * y;
    case 'divide':
    case 'intDiv': {
      const [up, down] = [10n ** BigInt(scale + b.scale), 10n ** BigInt(a.scale)];
      return (x, y) => {
        if (y === 0n) throw callError(call, 'ILLEGAL_DIVISION', 'division by zero');
        return (x * up) / (y * down);
      };
    }
  }
}

function bindAsFloats(operator: DecimalOperator, call: FunctionCall): BoundFunction {
  const casts = call.args.map((arg) =>
    isFloat(arg.type) ? undefined : castKernel(arg.type, float64, call.position),
  );
  const floats = {
    plus: (a: number, b: number) => a + b,
    minus: (a: number, b: number) => a - b,
    multiply: (a: number, b: number) => a * b,
    divide: (a: number, b: number) => a / b,
    intDiv: (a: number, b: number) => a / b,
  }[operator];
  const args = call.args.map(() => ({ type: float64, constant: undefined }));
  const type = operator === 'intDiv' ? quotientType(argType(call, 0)) : float64;
  const bound = bindNumeric({ ...call, args }, { result: () => type, floats, bigints: (a) => a });
  return {
    type,
    run: (columns, rowCount) =>
      bound.run(
        columns.map((column, i) => casts[i]?.(column, rowCount) ?? column),
        rowCount,
      ),
  };
}
