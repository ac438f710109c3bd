// numeric.ts — binary arithmetic over integers and floats: one pair of loops for every operator and every pair of types.

import type { DataType } from '../types/data-type.ts';
import type { ScalarKernel } from './expression.ts';
import { argType, illegalTypes, type BoundFunction, type FunctionCall } from './scalar-function.ts';
import { numberShape, numberType, type NumberShape } from './type-classes.ts';
import { bigintsOf, columnOfBigints, columnOfFloats, floatsOf, is64 } from './vectors.ts';

export type NumericOperator = {
  /** The result type of two numbers. */
  readonly result: (a: NumberShape, b: NumberShape) => DataType;
  /** Of floats, and of integers up to 32 bits whose result has no more than 32. */
  readonly floats: (a: number, b: number) => number;
  /** Of integers, one of which (or the result) has 64 bits; the result wraps. */
  readonly bigints: (a: bigint, b: bigint) => bigint;
};

export const nextSize = (sizeBytes: number): number => Math.min(8, sizeBytes * 2);
export const eitherSigned = (a: NumberShape, b: NumberShape): boolean => a.signed || b.signed;

/** Twice as wide as the wider operand, as far as 64 bits go. */
export function widened(signed: boolean, a: NumberShape, b: NumberShape): DataType {
  return numberType(signed, a.float || b.float, nextSize(Math.max(a.sizeBytes, b.sizeBytes)));
}

/** Binds `operator` to the call's two numbers. */
export function bindNumeric(call: FunctionCall, operator: NumericOperator): BoundFunction {
  const a = numberShape(argType(call, 0));
  const b = numberShape(argType(call, 1));
  if (!a || !b) throw illegalTypes(call, 'two numbers');
  const type = operator.result(a, b);
  const float = a.float || b.float || (type.kind === 'Float64' && a.sizeBytes < 8 && b.sizeBytes < 8);
  const wide = is64(type) || a.sizeBytes === 8 || b.sizeBytes === 8;
  return { type, run: !float && wide ? bigintKernel(operator, type) : floatKernel(operator, type) };
}

function floatKernel({ floats }: NumericOperator, type: DataType): ScalarKernel {
  return ([left, right], rowCount) => {
    const [a, b, out] = [floatsOf(left!, rowCount), floatsOf(right!, rowCount), new Float64Array(rowCount)];
    for (let i = 0; i < rowCount; i++) out[i] = floats(a[i]!, b[i]!);
    return columnOfFloats(type, out, rowCount);
  };
}

/** As bindNumeric for integers, always in 64 bits. */
export function bigintKernel({ bigints }: Pick<NumericOperator, 'bigints'>, type: DataType): ScalarKernel {
  return ([left, right], rowCount) => {
    const [a, b, out] = [
      bigintsOf(left!, rowCount),
      bigintsOf(right!, rowCount),
      new BigInt64Array(rowCount),
    ];
    for (let i = 0; i < rowCount; i++) out[i] = bigints(a[i]!, b[i]!);
    return columnOfBigints(type, out, rowCount);
  };
}
