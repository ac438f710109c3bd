// scalar-function.ts — what an entry of the function registry is, and the argument checks all entries share.
//
// Keeps true: a function without `nulls: 'own'` never sees Nullable types or NULLs; null-propagation.ts stands before it.

import type { ErrorCode } from '../base/errors.ts';
import { notImplemented, WinnowError, type SourcePosition } from '../base/errors.ts';
import { must } from '../base/assert.ts';
import { valueAt } from '../types/value.ts';
import type { Column, Value } from '../types/column.ts';
import { typeName, type DataType } from '../types/data-type.ts';
import { wideShape } from '../types/wide-number.ts';
import type { Expression, ScalarKernel } from './expression.ts';

export type Argument = {
  readonly type: DataType;
  /** One row, when the argument is the same in every row. */
  readonly constant: Column | undefined;
};

export type FunctionCall = {
  /** As the user wrote it, for errors. */
  readonly name: string;
  readonly args: readonly Argument[];
  readonly position: SourcePosition;
  readonly nowMs: number;
  readonly currentDatabase: string;
};

export type BoundFunction = { readonly type: DataType; readonly run: ScalarKernel };

export type ScalarFunction = {
  /** The first is the name in ClickHouse's own list; the others are its aliases. */
  readonly names: readonly string[];
  readonly anyCase?: true;
  /** Smallest and largest number of arguments. */
  readonly arity: readonly [min: number, max: number];
  /** 'own': decides about NULL itself. Otherwise a NULL argument makes the result NULL. */
  readonly nulls?: 'own';
  /** 'own': sees LowCardinality among its types. 'plain': its result is never LowCardinality. */
  readonly lowCardinality?: 'own' | 'plain';
  /** Never folded into a constant, even of constant arguments. */
  readonly keepCall?: true;
  /** Checks the argument types and chooses the kernel; the arguments' number is already checked. */
  bind(call: FunctionCall): BoundFunction;
};

export function argumentOf(expression: Expression): Argument {
  return { type: expression.type, constant: expression.kind === 'literal' ? expression.value : undefined };
}

/** The type of argument `index`, which the arity promises. */
export function argType(call: FunctionCall, index: number): DataType {
  return must(call.args[index], 'the arity is checked before bind').type;
}

/** ILLEGAL_TYPE_OF_ARGUMENT with the function's name and all its argument types; NOT_IMPLEMENTED for wide numbers. */
export function illegalTypes(call: FunctionCall, expected?: string): WinnowError {
  const types = call.args.map((arg) => typeName(arg.type)).join(', ');
  const plural = call.args.length === 1 ? 'type' : 'types';
  if (call.args.some((arg) => wideShape(arg.type)))
    return notImplemented(`function ${call.name} of arguments of ${plural} (${types})`, call.position);
  return new WinnowError(
    'ILLEGAL_TYPE_OF_ARGUMENT',
    `function ${call.name} does not take arguments of ${plural} (${types})`,
    {
      position: call.position,
      hint: expected && `it takes ${expected}`,
    },
  );
}

/** An error of `call`, at its place in the statement. */
export function callError(call: FunctionCall, code: ErrorCode, message: string): WinnowError {
  return new WinnowError(code, `${message} (in function ${call.name})`, { position: call.position });
}

/** The value of an argument that must be constant. */
export function constantValue(call: FunctionCall, index: number): Value {
  const constant = call.args[index]?.constant;
  if (!constant) throw callError(call, 'ILLEGAL_COLUMN', `argument ${index + 1} must be a constant`);
  return valueAt(constant, 0);
}

/** A constant whole number within [min, max]. */
export function constantInteger(call: FunctionCall, index: number, min: number, max: number): number {
  const value = constantValue(call, index);
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number))
    throw illegalTypes(call, `a whole number as argument ${index + 1}`);
  if (number < min || number > max) {
    throw callError(
      call,
      'ARGUMENT_OUT_OF_BOUND',
      `argument ${index + 1} is ${number}, not within ${min} … ${max}`,
    );
  }
  return number;
}

/** A constant string. */
export function constantString(call: FunctionCall, index: number): string {
  const value = constantValue(call, index);
  if (typeof value !== 'string') throw illegalTypes(call, `a constant string as argument ${index + 1}`);
  return value;
}
