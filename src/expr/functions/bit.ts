// bit.ts — bits of integers.

import type { DataType } from '../../types/data-type.ts';
import { bigintKernel, eitherSigned } from '../numeric.ts';
import {
  argType,
  callError,
  illegalTypes,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isInteger, numberShape, numberType, type NumberShape } from '../type-classes.ts';
import { bigintsOf, columnOfBigints } from '../vectors.ts';

function integerShapes(call: FunctionCall): NumberShape[] {
  return call.args.map((arg) => {
    const shape = numberShape(arg.type);
    if (!shape || !isInteger(arg.type)) throw illegalTypes(call, 'integers');
    return shape;
  });
}

/** Signed if either is, as wide as the wider. */
function widerOf(a: NumberShape, b: NumberShape): DataType {
  return numberType(eitherSigned(a, b), false, Math.max(a.sizeBytes, b.sizeBytes));
}

function bitwise(name: string, combine: (a: bigint, b: bigint) => bigint): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => {
      const [a, b] = integerShapes(call) as [NumberShape, NumberShape];
      const type = widerOf(a, b);
      return { type, run: bigintKernel({ bigints: combine }, type) };
    },
  };
}

/** Shifts within the value's own width: bits shifted beyond it are lost. */
function shift(name: string, move: (value: bigint, by: bigint) => bigint): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => {
      const [a, b] = integerShapes(call) as [NumberShape, NumberShape];
      const type = widerOf(a, b);
      const bits = BigInt(a.sizeBytes * 8);
      const bigints = (value: bigint, by: bigint): bigint => {
        if (by < 0n) throw callError(call, 'ARGUMENT_OUT_OF_BOUND', `cannot shift by ${by} places`);
        const moved = move(value, by < bits ? by : bits);
        return a.signed ? BigInt.asIntN(Number(bits), moved) : BigInt.asUintN(Number(bits), moved);
      };
      return { type, run: bigintKernel({ bigints }, type) };
    },
  };
}

const bitNot: ScalarFunction = {
  names: ['bitNot'],
  arity: [1, 1],
  bind: (call) => {
    const [shape] = integerShapes(call);
    const type =
      argType(call, 0).kind === 'Bool'
        ? numberType(false, false, 1)
        : numberType(shape!.signed, false, shape!.sizeBytes);
    return {
      type,
      run: ([arg], rowCount) =>
        columnOfBigints(
          type,
          BigInt64Array.from(bigintsOf(arg!, rowCount).subarray(0, rowCount), (value) => ~value),
          rowCount,
        ),
    };
  },
};

export const bitFunctions: readonly ScalarFunction[] = [
  bitwise('bitAnd', (a, b) => a & b),
  bitwise('bitOr', (a, b) => a | b),
  bitwise('bitXor', (a, b) => a ^ b),
  shift('bitShiftLeft', (value, by) => value << by),
  shift('bitShiftRight', (value, by) => value >> by),
  bitNot,
];
