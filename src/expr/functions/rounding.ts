// rounding.ts — round, floor, ceil and trunc to a number of digits.
//
// Floats round halves to even; integers (with negative digits) and decimals round halves away from zero, as in ClickHouse.

import { physicalOf, type DataType } from '../../types/data-type.ts';
import { wideShape } from '../../types/wide-number.ts';
import {
  argType,
  constantInteger,
  illegalTypes,
  type BoundFunction,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isInteger, isWideInteger, numberShape } from '../type-classes.ts';
import { columnOfFloats, columnOfWholes, floatsOf, newWholes, wholesOf } from '../vectors.ts';

type Rounding = {
  /** To a whole number. */
  readonly float: (value: number) => number;
  /** What to add to a stored whole number, in its own width, before the digits below `step` are cut off. */
  readonly nudge: (value: bigint, step: bigint) => bigint;
  /** Does half a step come on top, with 32 bits at least? */
  readonly half: boolean;
};

function halfToEven(value: number): number {
  const rounded = Math.round(value);
  // Math.round takes halves up.
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

const roundings = {
  round: {
    float: halfToEven,
    nudge: (value, step) => (value < 0n ? -step : 0n),
    half: true,
  },
  floor: { float: Math.floor, nudge: (value, step) => (value < 0n ? 1n - step : 0n), half: false },
  ceil: { float: Math.ceil, nudge: (value, step) => (value > 0n ? step - 1n : 0n), half: false },
  trunc: { float: Math.trunc, nudge: () => 0n, half: false },
} as const satisfies Record<string, Rounding>;

function rounding(names: readonly string[], rules: Rounding): ScalarFunction {
  return {
    names,
    anyCase: true,
    arity: [1, 2],
    bind: (call) => {
      const digits = call.args.length > 1 ? constantInteger(call, 1, -1000, 1000) : 0;
      const type = argType(call, 0);
      if (type.kind === 'Decimal') return roundWhole(type, rules, type.scale - digits);
      if (isInteger(type) || isWideInteger(type)) return roundWhole(type, rules, -digits);
      if (numberShape(type)) return roundFloat(type, rules, digits);
      throw illegalTypes(call, 'a number and a number of digits');
    },
  };
}

/** Clears the last `places` digits of a stored whole number. Near the ends of its type it wraps, where ClickHouse does. */
function roundWhole(type: DataType, rules: Rounding, places: number): BoundFunction {
  if (places <= 0) return { type, run: ([arg]) => arg! };
  const { signed, bits } = storageOf(type);
  // A power of ten beyond the type's bits: every value rounds to 0 (or to what wraps).
  const step = 10n ** BigInt(Math.min(places, bits <= 64 ? 20 : 78));
  const half = rules.half ? step / 2n : 0n;
  const wrapOwn = (value: bigint): bigint =>
    signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  // Narrower numbers are promoted to a signed 32-bit one.
  const wrap = bits < 32 ? (value: bigint) => value : wrapOwn;
  return {
    type,
    run: ([arg], rowCount) => {
      const source = wholesOf(arg!, rowCount);
      const out = newWholes(type, rowCount);
      for (let row = 0; row < rowCount; row++) {
        const nudged = wrap(wrapOwn(source[row]! + rules.nudge(source[row]!, step)) + half);
        out[row] = nudged - (nudged % step);
      }
      return columnOfWholes(type, out, rowCount);
    },
  };
}

/** How the whole numbers of a type lie in memory. */
function storageOf(type: DataType): { signed: boolean; bits: number } {
  const wide = wideShape(type);
  if (wide) return { signed: wide.signed, bits: 8 * wide.sizeBytes };
  const physical = physicalOf(type);
  return { signed: !physical.startsWith('u'), bits: Number(physical.slice(1)) };
}

function roundFloat(type: DataType, { float }: Rounding, digits: number): BoundFunction {
  const scale = 10 ** Math.abs(digits);
  // A Float32 is scaled in its own precision.
  const own = type.kind === 'Float32' ? Math.fround : (value: number) => value;
  const round = (value: number): number => {
    if (digits === 0) return float(value);
    return digits > 0
      ? keepHuge(value, float(own(value * scale)) / scale)
      : float(own(value / scale)) * scale;
  };
  return {
    type,
    run: ([arg], rowCount) => columnOfFloats(type, floatsOf(arg!, rowCount).map(round), rowCount),
  };
}

/** A value too large to have digits after the point is round already. */
function keepHuge(value: number, rounded: number): number {
  return Number.isFinite(rounded) ? rounded : value;
}

export const roundingFunctions: readonly ScalarFunction[] = [
  rounding(['round'], roundings.round),
  rounding(['floor'], roundings.floor),
  rounding(['ceil', 'ceiling'], roundings.ceil),
  rounding(['trunc', 'truncate'], roundings.trunc),
];
