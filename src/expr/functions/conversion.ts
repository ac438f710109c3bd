// conversion.ts — toT(x), toTOrZero, toTOrNull and their kin.

import { WinnowError } from '../../base/errors.ts';
import { createColumnBuilder, type ColumnBuilder } from '../../types/column-builder.ts';
import type { Column } from '../../types/column.ts';
import { nullable, type DataType, type IntegerKind, type WideIntegerKind } from '../../types/data-type.ts';
import { appendText, textAt } from '../../types/text.ts';
import { castColumn, castKernel } from '../cast.ts';
import {
  argType,
  callError,
  constantInteger,
  constantString,
  illegalTypes,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { bool, isText, text } from '../type-classes.ts';
import { bytes, fixedColumn } from '../vectors.ts';

const integers: readonly IntegerKind[] = [
  'Int8',
  'Int16',
  'Int32',
  'Int64',
  'UInt8',
  'UInt16',
  'UInt32',
  'UInt64',
];

const wideIntegers: readonly WideIntegerKind[] = ['Int128', 'Int256', 'UInt128', 'UInt256'];

/** What follows the value decides the type: a scale, a size or a time zone. */
type Target = {
  readonly name: string;
  readonly anyCase?: true;
  /** Number of arguments after the value. */
  readonly extra: readonly [min: number, max: number];
  readonly type: (call: FunctionCall) => DataType;
};

const plain = (name: string, type: DataType): Target => ({ name, extra: [0, 0], type: () => type });

function timezoneAt(call: FunctionCall, index: number): 'UTC' | undefined {
  if (call.args.length <= index) return undefined;
  const name = constantString(call, index);
  if (name !== 'UTC')
    throw callError(call, 'NOT_IMPLEMENTED', `time zone '${name}' is not supported yet; only UTC is`);
  return name;
}

const targets: readonly Target[] = [
  ...[...integers, ...wideIntegers].map((kind) => plain(`to${kind}`, { kind })),
  plain('toFloat32', { kind: 'Float32' }),
  plain('toFloat64', { kind: 'Float64' }),
  plain('toDate', { kind: 'Date' }),
  plain('toDate32', { kind: 'Date32' }),
  plain('toUUID', { kind: 'UUID' }),
  plain('toIPv4', { kind: 'IPv4' }),
  plain('toIPv6', { kind: 'IPv6' }),
  {
    name: 'toDateTime',
    extra: [0, 1],
    type: (call) => ({ kind: 'DateTime', timezone: timezoneAt(call, 1) }),
  },
  {
    name: 'toDateTime64',
    extra: [1, 2],
    type: (call) => ({
      kind: 'DateTime64',
      scale: constantInteger(call, 1, 0, 9),
      timezone: timezoneAt(call, 2),
    }),
  },
  decimalTarget('toDecimal32', 9),
  decimalTarget('toDecimal64', 18),
  decimalTarget('toDecimal128', 38),
  decimalTarget('toDecimal256', 76),
];

function decimalTarget(name: string, precision: number): Target {
  return {
    name,
    extra: [1, 1],
    type: (call) => ({ kind: 'Decimal', precision, scale: constantInteger(call, 1, 0, precision) }),
  };
}

function conversion(target: Target): ScalarFunction {
  return {
    names: [target.name],
    arity: [1 + target.extra[0], 1 + target.extra[1]],
    bind: (call) => {
      const type = target.type(call);
      const cast = castKernel(argType(call, 0), type, call.position);
      return { type, run: ([arg], rowCount) => cast(arg!, rowCount) };
    },
  };
}

/** Parses text, with a value of its own for text that does not parse. */
function lenient(
  target: Target,
  suffix: 'OrZero' | 'OrNull',
  append: (builder: ColumnBuilder) => void,
): ScalarFunction {
  return {
    names: [target.name + suffix],
    arity: [1 + target.extra[0], 1 + target.extra[1]],
    nulls: 'own',
    bind: (call) => {
      const { type: from } = call.args[0]!;
      const inner = from.kind === 'Nullable' ? from.inner : from;
      if (!isText(inner)) throw illegalTypes(call, 'text');
      const type =
        suffix === 'OrNull' || from.kind === 'Nullable' ? nullable(target.type(call)) : target.type(call);
      return { type, run: ([arg], rowCount) => parseLeniently(arg!, type, append, rowCount) };
    },
  };
}

function parseLeniently(
  column: Column,
  type: DataType,
  append: (builder: ColumnBuilder) => void,
  rowCount: number,
): Column {
  const strings = castColumn(column, column.nulls ? nullable(text) : text);
  const builder = createColumnBuilder(type, rowCount);
  for (let row = 0; row < rowCount; row++) {
    if (column.nulls?.[row] === 1) {
      builder.appendNull();
      continue;
    }
    try {
      appendText(builder, textAt(strings, row));
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      append(builder);
    }
  }
  return builder.finish();
}

/** Zero of a type that may be Nullable. */
function appendZero(builder: ColumnBuilder): void {
  const zero = createColumnBuilder(builder.type.kind === 'Nullable' ? builder.type.inner : builder.type, 1);
  zero.appendDefault();
  builder.appendFrom(zero.finish(), 0);
}

/** The only one of the family to which a bare NULL is a NULL of its type. */
const toBool: ScalarFunction = {
  names: ['toBool'],
  arity: [1, 1],
  nulls: 'own',
  bind: (call) => {
    const from = argType(call, 0);
    const type = from.kind === 'Nullable' ? nullable(bool) : bool;
    const cast = castKernel(from, type, call.position);
    return { type, run: ([arg], rowCount) => cast(arg!, rowCount) };
  },
};

const toText: ScalarFunction = {
  names: ['toString'],
  arity: [1, 1],
  bind: (call) => {
    const cast = castKernel(argType(call, 0), text, call.position);
    return { type: text, run: ([arg], rowCount) => cast(arg!, rowCount) };
  },
};

const toFixedString: ScalarFunction = {
  names: ['toFixedString'],
  arity: [2, 2],
  bind: (call) => {
    const type: DataType = { kind: 'FixedString', sizeBytes: constantInteger(call, 1, 1, 0xffffff) };
    if (!isText(argType(call, 0))) throw illegalTypes(call, 'text');
    const cast = castKernel(argType(call, 0), type, call.position);
    return { type, run: ([arg], rowCount) => cast(arg!, rowCount) };
  },
};

/** The first bytes as a little-endian number; missing bytes are zero. */
function reinterpretation(kind: IntegerKind): ScalarFunction {
  const type: DataType = { kind };
  return {
    names: [`reinterpretAs${kind}`],
    arity: [1, 1],
    bind: (call) => {
      if (!isText(argType(call, 0))) throw illegalTypes(call, 'text');
      return {
        type,
        run: ([arg], rowCount) => {
          const { bytes: source, offsets } = bytes(arg!);
          const words = Buffer.alloc(rowCount * 8);
          for (let row = 0; row < rowCount; row++)
            source.copy(words, row * 8, offsets[row], Math.min(offsets[row + 1]!, offsets[row]! + 8));
          const values = new BigUint64Array(rowCount);
          for (let row = 0; row < rowCount; row++) values[row] = words.readBigUInt64LE(row * 8);
          return castKernel({ kind: 'UInt64' }, type)(
            fixedColumn({ kind: 'UInt64' }, values, rowCount),
            rowCount,
          );
        },
      };
    },
  };
}

export const conversionFunctions: readonly ScalarFunction[] = [
  ...targets.map(conversion),
  ...targets.map((target) => lenient(target, 'OrZero', appendZero)),
  ...targets.map((target) => lenient(target, 'OrNull', (builder) => builder.appendNull())),
  toBool,
  toText,
  toFixedString,
  ...integers.map(reinterpretation),
];
