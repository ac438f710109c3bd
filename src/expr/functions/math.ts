// math.ts — functions of floats. All results are Float64.

import { castKernel } from '../cast.ts';
import { argType, illegalTypes, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { anyNumberShape, float64 } from '../type-classes.ts';
import { columnOfFloats, floatsOf } from '../vectors.ts';

/** Casts of each argument to Float64. */
function asFloats(call: FunctionCall): ReturnType<typeof castKernel>[] {
  return call.args.map((_, i) => {
    const type = argType(call, i);
    if (!anyNumberShape(type) && type.kind !== 'Decimal') throw illegalTypes(call, 'numbers');
    return castKernel(type, float64);
  });
}

function ofOne(names: readonly string[], compute: (value: number) => number): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [1, 1],
    bind: (call) => {
      const [cast] = asFloats(call);
      return {
        type: float64,
        run: ([arg], rowCount) =>
          columnOfFloats(float64, floatsOf(cast!(arg!, rowCount), rowCount).map(compute), rowCount),
      };
    },
  };
}

function ofTwo(names: readonly string[], compute: (a: number, b: number) => number): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [2, 2],
    bind: (call) => {
      const casts = asFloats(call);
      return {
        type: float64,
        run: (args, rowCount) => {
          const [a, b] = args.map((arg, i) => floatsOf(casts[i]!(arg, rowCount), rowCount));
          const out = new Float64Array(rowCount);
          for (let row = 0; row < rowCount; row++) out[row] = compute(a![row]!, b![row]!);
          return columnOfFloats(float64, out, rowCount);
        },
      };
    },
  };
}

function constant(names: readonly string[], value: number): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [0, 0],
    bind: () => ({
      type: float64,
      run: (_, rowCount) => columnOfFloats(float64, new Float64Array(rowCount).fill(value), rowCount),
    }),
  };
}

export const mathFunctions: readonly ScalarFunction[] = [
  constant(['pi'], Math.PI),
  constant(['e'], Math.E),
  ofOne(['sqrt'], Math.sqrt),
  ofOne(['cbrt'], Math.cbrt),
  ofOne(['exp'], Math.exp),
  ofOne(['exp2'], (value) => 2 ** value),
  ofOne(['exp10'], (value) => 10 ** value),
  ofOne(['log', 'ln'], Math.log),
  ofOne(['log2'], Math.log2),
  ofOne(['log10'], Math.log10),
  ofOne(['sin'], Math.sin),
  ofOne(['cos'], Math.cos),
  ofOne(['tan'], Math.tan),
  ofOne(['asin'], Math.asin),
  ofOne(['acos'], Math.acos),
  ofOne(['atan'], Math.atan),
  ofOne(['degrees'], (value) => value * (180 / Math.PI)),
  ofOne(['radians'], (value) => value * (Math.PI / 180)),
  ofTwo(['pow', 'power'], (a, b) => a ** b),
  ofTwo(['atan2'], Math.atan2),
];
