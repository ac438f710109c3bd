// division.ts — whole division and remainder, with C's conversions between signed and unsigned as ClickHouse has them.

import type { DataType } from '../../types/data-type.ts';
import { notImplemented, WinnowError } from '../../base/errors.ts';
import { bindDecimal } from '../decimal-arithmetic.ts';
import { bindNumeric, eitherSigned, nextSize, type NumericOperator } from '../numeric.ts';
import {
  argType,
  callError,
  illegalTypes,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { numberShape, numberType, type NumberShape } from '../type-classes.ts';

/** What a whole division by zero gives. */
type AtZero = (call: FunctionCall) => number;

const refuse: AtZero = (call) => {
  throw new WinnowError('ILLEGAL_DIVISION', 'division by zero', {
    position: call.position,
    hint: `nullIf(divisor, 0) gives NULL instead; ${call.name === 'modulo' ? 'moduloOrZero' : 'intDivOrZero'} gives 0`,
  });
};
const giveZero: AtZero = () => 0;

function shapes(call: FunctionCall): [NumberShape, NumberShape] {
  const [a, b] = [numberShape(argType(call, 0)), numberShape(argType(call, 1))];
  if (!a || !b) throw illegalTypes(call, 'two numbers');
  return [a, b];
}

/** C's conversions before an operator: `bits` and sign of the common type of two integers. */
type Conversion = { readonly signed: boolean; readonly bits: 32 | 64 };

function usualConversion(a: NumberShape, b: NumberShape): Conversion {
  const sizeBytes = Math.max(4, a.sizeBytes, b.sizeBytes);
  const unsigned = [a, b].some((shape) => !shape.signed && shape.sizeBytes === sizeBytes);
  return { signed: !unsigned, bits: sizeBytes === 8 ? 64 : 32 };
}

function convertNumber({ signed, bits }: Conversion): (value: number) => number {
  if (bits === 64) return (value) => value;
  return signed ? (value) => value | 0 : (value) => value >>> 0;
}

function convertBigint({ signed, bits }: Conversion): (value: bigint) => bigint {
  return signed ? (value) => BigInt.asIntN(bits, value) : (value) => BigInt.asUintN(bits, value);
}

/** The low bits of a whole number, as a signed one; up to 32 bits. */
function signedNumber(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

/** intDiv: truncates toward 0. Floats are divided as floats, then cut. */
function quotient(name: string, atZero: AtZero, atOverflow: AtZero): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => {
      const decimal = bindDecimal('intDiv', call);
      if (decimal) return decimal;
      const [a, b] = shapes(call);
      const result = (): DataType => numberType(eitherSigned(a, b), false, a.sizeBytes);
      if (a.float || b.float) {
        const floats = (x: number, y: number): number => {
          const value = x / y;
          return Number.isFinite(value) && Math.abs(value) < 2 ** 64 ? value : atOverflow(call);
        };
        return bindNumeric(call, { result, floats, bigints: (x) => x });
      }
      return bindNumeric(call, integerQuotient(call, a, b, atZero, atOverflow));
    },
  };
}

function integerQuotient(
  call: FunctionCall,
  a: NumberShape,
  b: NumberShape,
  atZero: AtZero,
  atOverflow: AtZero,
): NumericOperator {
  // Of operands of different sign both are seen as signed: the dividend in its own width, the divisor in the wider.
  const mixed = a.signed !== b.signed;
  const [bitsA, bitsB] = [a.sizeBytes * 8, Math.max(a.sizeBytes, b.sizeBytes) * 8];
  const smallest = eitherSigned(a, b) ? -(2n ** BigInt(a.sizeBytes * 8 - 1)) : undefined;
  const divide = (x: bigint, y: bigint): bigint => {
    if (y === 0n) return BigInt(atZero(call));
    if (y === -1n && x === smallest) return BigInt(atOverflow(call));
    return x / y;
  };
  return {
    result: () => numberType(eitherSigned(a, b), false, a.sizeBytes),
    floats: (x, y) => {
      if (y === 0) return atZero(call);
      const [dividend, divisor] = mixed ? [signedNumber(x, bitsA), signedNumber(y, bitsB)] : [x, y];
      return divisor === -1 && dividend === Number(smallest) ? atOverflow(call) : dividend / divisor;
    },
    bigints: mixed ? (x, y) => divide(BigInt.asIntN(bitsA, x), BigInt.asIntN(bitsB, y)) : divide,
  };
}

const refuseOverflow: AtZero = (call) => {
  throw callError(call, 'ILLEGAL_DIVISION', 'the quotient does not fit its type, or is not finite');
};

/** The remainder with the dividend's sign; between floats, NaN at a divisor of 0. */
function remainder(names: readonly string[], anyCase: boolean, atZero: AtZero): ScalarFunction {
  return {
    names,
    ...(anyCase && { anyCase }),
    arity: [2, 2],
    bind: (call) => {
      if (call.args.some((arg) => arg.type.kind === 'Decimal'))
        throw notImplemented('the remainder of decimals', call.position);
      const [a, b] = shapes(call);
      if (a.float || b.float) {
        return bindNumeric(call, {
          result: () => ({ kind: 'Float64' }),
          floats: (x, y) => x % y,
          bigints: (x) => x,
        });
      }
      const conversion = usualConversion(a, b);
      const [number, bigint] = [convertNumber(conversion), convertBigint(conversion)];
      const smallest = a.signed && b.signed ? -(2n ** BigInt(a.sizeBytes * 8 - 1)) : undefined;
      return bindNumeric(call, {
        // A negative remainder may need one bit more than the divisor has.
        result: () => numberType(a.signed, false, a.signed ? nextSize(b.sizeBytes) : b.sizeBytes),
        floats: (x, y) => {
          if (y === 0) return atZero(call);
          return y === -1 && x === Number(smallest) ? refuseOverflow(call) : number(x) % number(y);
        },
        bigints: (x, y) => {
          if (y === 0n) return BigInt(atZero(call));
          return y === -1n && x === smallest ? BigInt(refuseOverflow(call)) : bigint(x) % bigint(y);
        },
      });
    },
  };
}

export const divisionFunctions: readonly ScalarFunction[] = [
  quotient('intDiv', refuse, refuseOverflow),
  quotient('intDivOrZero', giveZero, giveZero),
  remainder(['modulo', 'mod'], true, refuse),
  remainder(['moduloOrZero'], false, giveZero),
];
