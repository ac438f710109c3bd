// low-cardinality.ts — functions over LowCardinality: they see the types inside it, and compute each value of a
// dictionary once.

import { WinnowError } from '../base/errors.ts';
import { expandDictionary, retyped, takeRows } from '../types/block.ts';
import type { BytesColumn, Column, DictionaryColumn } from '../types/column.ts';
import {
  fitsLowCardinality,
  withoutLowCardinality,
  withoutNullable,
  type DataType,
} from '../types/data-type.ts';
import type { Expression } from './expression.ts';
import type { Argument, BoundFunction } from './scalar-function.ts';

/** Binds without LowCardinality; the result has it if one argument does and all others are constants. */
export function bindLowCardinality(
  args: readonly Argument[],
  bind: (args: readonly Argument[]) => BoundFunction,
  plainResult = false,
): BoundFunction {
  const { type, run } = bind(args.map(plainArgument));
  const varying = args.filter((arg) => !arg.constant);
  const keeps =
    !plainResult &&
    args.some((arg) => arg.type.kind === 'LowCardinality') &&
    varying.length <= 1 &&
    varying.every((arg) => arg.type.kind === 'LowCardinality') &&
    // A function's result of another type loses it.
    fitsLowCardinality(withoutNullable(type));
  const result: DataType = keeps ? { kind: 'LowCardinality', inner: type } : type;
  return {
    type: result,
    run: (columns, rowCount) => retyped(run(columns.map(plainColumn), rowCount), result),
  };
}

function plainArgument({ type, constant }: Argument): Argument {
  return { type: withoutLowCardinality(type), constant: constant && plainColumn(constant) };
}

function plainColumn(column: Column): Column {
  return retyped(column, withoutLowCardinality(column.type));
}

type Computation = Extract<Expression, { kind: 'call' | 'in' }>;

/** What each computation gave for the values of each dictionary; undefined where it failed. */
const computed = new WeakMap<Computation, WeakMap<BytesColumn, Column | undefined>>();

/**
 * The result of an expression whose one argument that varies is `argument`, by computing it for the values of the
 * dictionary; undefined when computing it row by row is better. A value that no row has may fail: then rows decide.
 */
export function overDictionary(
  expression: Computation,
  argument: DictionaryColumn,
  compute: (values: Column) => Column,
): Column | undefined {
  const { dictionary, rowCount } = argument;
  let known = computed.get(expression);
  if (!known) computed.set(expression, (known = new WeakMap()));
  if (!known.has(dictionary)) {
    if (dictionary.rowCount > rowCount) return undefined;
    known.set(
      dictionary,
      attempt(expression.type, () => compute({ ...dictionary, type: argument.type })),
    );
  }
  const values = known.get(dictionary);
  return values && spreadByCodes(values, argument, expression.type);
}

function attempt(type: DataType, compute: () => Column): Column | undefined {
  try {
    const values = expandDictionary(compute());
    return isDictionary(values, type) ? { ...values, type: type.inner } : values;
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

/** Whether the values can be a dictionary as column.ts has it: NULL is row 0 and no other. */
function isDictionary(values: Column, type: DataType): type is Extract<DataType, { kind: 'LowCardinality' }> {
  if (values.layout !== 'bytes' || type.kind !== 'LowCardinality') return false;
  return !values.nulls || (values.nulls[0] === 1 && values.nulls.indexOf(1, 1) < 0);
}

function spreadByCodes(values: Column, { codes, rowCount }: DictionaryColumn, type: DataType): Column {
  if (values.layout === 'bytes' && isDictionary(values, type))
    return { layout: 'dictionary', type, rowCount, codes, dictionary: values, nulls: undefined };
  return takeRows(values, new Uint32Array(codes.subarray(0, rowCount)));
}
