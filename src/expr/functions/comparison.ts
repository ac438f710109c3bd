// comparison.ts — = != < <= > >=, over any two types that can be compared.
//
// Numbers compare by value, whatever their types. A constant string is read as a value of the other side's type.

import { WinnowError } from '../../base/errors.ts';
import { repeatRow } from '../../types/block.ts';
import type { Column } from '../../types/column.ts';
import { isComposite, isEnum, sameType, typeName, type DataType } from '../../types/data-type.ts';
import { wideShape } from '../../types/wide-number.ts';
import { textAt } from '../../types/text.ts';
import { bindBesideNulls } from '../bind-nulls.ts';
import { castColumn, castKernel, type CastKernel } from '../cast.ts';
import { bindTupleComparison } from '../compare-tuples.ts';
import { commonType } from '../common-type.ts';
import {
  numberLoops,
  scaledLoops,
  paddedLoops,
  sameTypeLoops,
  stringLoops,
  type CompareLoop,
  type CompareLoops,
} from '../compare-loops.ts';
import type { ScalarKernel } from '../expression.ts';
import {
  illegalTypes,
  type Argument,
  type BoundFunction,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import {
  anyNumberShape,
  isAddress,
  isDay,
  isFloat,
  isInteger,
  isTemporal,
  isText,
  uint8,
} from '../type-classes.ts';
import { maskColumn } from '../vectors.ts';

export type Comparison = 'equals' | 'notEquals' | 'less' | 'lessOrEquals' | 'greater' | 'greaterOrEquals';

/** How two sides become comparable, and what compares them. */
type Plan = { readonly left: CastKernel; readonly right: CastKernel; readonly loops: CompareLoops };

/** The kernel of a comparison of two arguments without NULLs; its result is UInt8. */
export function compareKernel(comparison: Comparison, call: FunctionCall): ScalarKernel {
  const [a, b] = call.args as [Argument, Argument];
  // Sides are exchanged before the plan, because a plan may treat each side in its own way.
  const exchanged = comparison === 'greater' || comparison === 'greaterOrEquals';
  const { left, right, loops } = exchanged ? planOf(comparison, b, a, call) : planOf(comparison, a, b, call);
  const run = loopOf(comparison, loops);
  return ([x, y], rowCount) => {
    const [first, second] = exchanged ? [y!, x!] : [x!, y!];
    return maskColumn(uint8, run(left(first, rowCount), right(second, rowCount), rowCount), rowCount);
  };
}

function loopOf(comparison: Comparison, loops: CompareLoops): CompareLoop {
  switch (comparison) {
    case 'equals':
      return loops.equals;
    case 'notEquals':
      return (a, b, rowCount) => loops.equals(a, b, rowCount).map((equal) => 1 - equal);
    case 'less':
    case 'greater':
      return loops.less;
    case 'lessOrEquals':
    case 'greaterOrEquals':
      return loops.lessOrEquals;
  }
}

const asIs: CastKernel = (column) => column;

function planOf(comparison: Comparison, a: Argument, b: Argument, call: FunctionCall): Plan {
  if (isText(a.type) && isText(b.type)) {
    return {
      left: asIs,
      right: asIs,
      loops: a.type.kind === b.type.kind && a.type.kind === 'String' ? stringLoops : paddedLoops,
    };
  }
  if (isText(b.type)) return planText(comparison, a.type, b, call);
  if (isText(a.type)) {
    const { left, right, loops } = planText(comparison, b.type, a, call);
    return { left: right, right: left, loops };
  }
  if (a.type.kind === b.type.kind && (a.type.kind === 'UUID' || a.type.kind === 'IPv6'))
    return { left: asIs, right: asIs, loops: sameTypeLoops };
  if (isAddress(a.type) || isAddress(b.type)) return planAddresses(a.type, b.type, call);
  if (isComposite(a.type) || isComposite(b.type)) return planComposites(a.type, b.type, call);
  if (comparesRaw(a.type, b.type)) return { left: asIs, right: asIs, loops: numberLoops(a.type, b.type) };
  if (sameType(a.type, b.type) && wideShape(a.type)) return { left: asIs, right: asIs, loops: sameTypeLoops };
  const scaled = scaledLoopsOf(a.type, b.type);
  if (scaled) return { left: asIs, right: asIs, loops: scaled };
  const target = meetingType(a.type, b.type);
  if (!target) throw illegalTypes(call, 'two values that can be compared');
  return {
    left: castKernel(a.type, target),
    right: castKernel(b.type, target),
    loops: numberLoops(target, target),
  };
}

/** Two addresses, or IPv4 and the number that stands for one. */
function planAddresses(a: DataType, b: DataType, call: FunctionCall): Plan {
  if (isAddress(a) && isAddress(b)) {
    const target: DataType = a.kind === b.kind ? a : { kind: 'IPv6' };
    return { left: castKernel(a, target), right: castKernel(b, target), loops: sameTypeLoops };
  }
  const number = isAddress(a) ? b : a;
  const shape = anyNumberShape(number);
  if (a.kind === 'IPv6' || b.kind === 'IPv6' || !shape || shape.signed)
    throw illegalTypes(call, 'two values that can be compared');
  return { left: asIs, right: asIs, loops: numberLoops(a, b) };
}

/** As values of the type that holds both, in its order: NULL inside is a value like others, greater than all. */
function planComposites(a: DataType, b: DataType, call: FunctionCall): Plan {
  const type = withoutThrowing(() => commonType(a, b));
  if (!type) throw illegalTypes(call, 'two values that can be compared');
  return { left: castKernel(a, type), right: castKernel(b, type), loops: sameTypeLoops };
}

function withoutThrowing<T>(compute: () => T): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

const isNumberLike = (type: DataType): boolean => anyNumberShape(type) !== undefined || isEnum(type);

/** Do the stored numbers compare as they are? */
function comparesRaw(a: DataType, b: DataType): boolean {
  if (isNumberLike(a) && isNumberLike(b)) return true;
  if ((isDay(a) && isDay(b)) || (a.kind === 'DateTime' && b.kind === 'DateTime')) return true;
  return (a.kind === 'DateTime' && isInteger(b)) || (b.kind === 'DateTime' && isInteger(a));
}

const wholeSeconds: DataType = { kind: 'DateTime64', scale: 0, timezone: undefined };

/** The type to which both sides are cast; undefined when they cannot be compared. */
function meetingType(a: DataType, b: DataType): DataType | undefined {
  // A Date reaches further than a DateTime: they meet in whole seconds of 64 bits.
  if (isTemporal(a) && isTemporal(b))
    return a.kind === 'DateTime64' || b.kind === 'DateTime64' ? commonType(a, b) : wholeSeconds;
  const [scaleA, scaleB] = [scaleOf(a), scaleOf(b)];
  const oneScaled = scaleA !== undefined || scaleB !== undefined;
  return oneScaled && (isFloat(a) || isFloat(b)) ? { kind: 'Float64' } : undefined;
}

/** For decimals and integers, of which at least one has a scale: both are raised to the larger scale, without overflow. */
function scaledLoopsOf(a: DataType, b: DataType): CompareLoops | undefined {
  const scales = [a, b].map(
    (type) => scaleOf(type) ?? (anyNumberShape(type)?.float === false ? 0 : undefined),
  );
  const [scaleA, scaleB] = scales;
  if (scaleA === undefined || scaleB === undefined || (isTemporal(a) && isTemporal(b))) return undefined;
  const scale = Math.max(scaleA, scaleB);
  return scaledLoops(10n ** BigInt(scale - scaleA), 10n ** BigInt(scale - scaleB));
}

function scaleOf(type: DataType): number | undefined {
  return type.kind === 'Decimal' || type.kind === 'DateTime64' ? type.scale : undefined;
}

/** `type` beside text: a constant is read as that type; otherwise only an enum compares, by its names. */
function planText(comparison: Comparison, type: DataType, text: Argument, call: FunctionCall): Plan {
  if (!text.constant) {
    if (isEnum(type)) return { left: castKernel(type, text.type), right: asIs, loops: stringLoops };
    throw illegalTypes(call, `a constant string beside ${typeName(type)}`);
  }
  const constant = readConstant(text.constant, type, comparison, call);
  if (!constant) return { left: asIs, right: asIs, loops: neverEqual };
  const loops =
    type.kind === 'UUID' || type.kind === 'IPv6' || isComposite(type)
      ? sameTypeLoops
      : numberLoops(type, type);
  return { left: asIs, right: (_, rowCount) => repeatRow(constant, 0, rowCount), loops };
}

/** Equality with a name that the enum does not have. */
const never: CompareLoop = (_a, _b, rowCount) => new Uint8Array(rowCount);
const neverEqual: CompareLoops = { equals: never, less: never, lessOrEquals: never };

/** The text as a value of `type`; TYPE_MISMATCH when it is none; undefined for a name equal to no value of an enum. */
function readConstant(
  text: Column,
  type: DataType,
  comparison: Comparison,
  call: FunctionCall,
): Column | undefined {
  try {
    return castColumn(text, type);
  } catch (cause) {
    if (!(cause instanceof WinnowError)) throw cause;
    if (isEnum(type) && (comparison === 'equals' || comparison === 'notEquals')) return undefined;
    const message = `'${textAt(text, 0)}' is not a value of ${typeName(type)}`;
    throw new WinnowError('TYPE_MISMATCH', message, {
      cause,
      position: call.position,
      detail: cause.message,
    });
  }
}

/** As SQL compares: tuples by their elements. */
function bindComparison(name: Comparison, call: FunctionCall): BoundFunction {
  if (call.args.every((arg) => arg.type.kind === 'Tuple')) {
    return bindTupleComparison(name, call, (inner, elements) =>
      bindBesideNulls(elements, (plain) => bindComparison(inner, plain)),
    );
  }
  return { type: uint8, run: compareKernel(name, call) };
}

const comparison = (name: Comparison): ScalarFunction => ({
  names: [name],
  arity: [2, 2],
  bind: (call) => bindComparison(name, call),
});

export const comparisonFunctions: readonly ScalarFunction[] = [
  comparison('equals'),
  comparison('notEquals'),
  comparison('less'),
  comparison('lessOrEquals'),
  comparison('greater'),
  comparison('greaterOrEquals'),
];
