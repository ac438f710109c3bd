// wide-arithmetic.ts — + - * of whole numbers, at least one of which has 128 or 256 bits.
//
// As in ClickHouse: the result has the wider width and is signed if an operand is; a difference always is. Results wrap.

import { argType, illegalTypes, type BoundFunction, type FunctionCall } from './scalar-function.ts';
import { anyNumberShape, isWideInteger, numberType } from './type-classes.ts';
import { columnOfWholes, newWholes, wholesOf } from './vectors.ts';

const operators = {
  plus: (x: bigint, y: bigint) => x + y,
  minus: (x: bigint, y: bigint) => x - y,
  multiply: (x: bigint, y: bigint) => x * y,
};

/** Binds the operator if an operand is a wide integer; undefined if none is. */
export function bindWide(name: keyof typeof operators, call: FunctionCall): BoundFunction | undefined {
  const types = [argType(call, 0), argType(call, 1)];
  if (!types.some(isWideInteger)) return undefined;
  const [a, b] = types.map(anyNumberShape);
  if (!a || !b || a.float || b.float) throw illegalTypes(call, 'two whole numbers');
  const signed = name === 'minus' || a.signed || b.signed;
  const type = numberType(signed, false, Math.max(a.sizeBytes, b.sizeBytes));
  const compute = operators[name];
  return {
    type,
    run: ([x, y], rowCount) => {
      const [xs, ys, out] = [wholesOf(x!, rowCount), wholesOf(y!, rowCount), newWholes(type, rowCount)];
      for (let row = 0; row < rowCount; row++) out[row] = compute(xs[row]!, ys[row]!);
      return columnOfWholes(type, out, rowCount);
    },
  };
}
