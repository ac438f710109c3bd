// plain-expression.ts — bound expressions as plain data, which can be sent to another thread and bound again there.
//
// What computes a call is left out: it is found again by the function's name and the types and constants of the arguments.

import { must } from '../base/assert.ts';
import type { Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { plainColumn, receivedColumn } from '../types/plain-column.ts';
import { inSet, tupleInSet } from './bind-in.ts';
import { castKernel } from './cast.ts';
import type { Expression } from './expression.ts';
import { bindFunction, requireFunction } from './registry.ts';
import { argumentOf } from './scalar-function.ts';

export type PlainExpression =
  | { readonly kind: 'column'; readonly index: number; readonly name: string; readonly type: DataType }
  | { readonly kind: 'literal'; readonly value: Column; readonly type: DataType }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly PlainExpression[] }
  | { readonly kind: 'cast'; readonly operand: PlainExpression; readonly type: DataType }
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly operand: PlainExpression;
      readonly set: Column;
    }
  | {
      readonly kind: 'tupleIn';
      readonly negated: boolean;
      readonly args: readonly PlainExpression[];
      readonly set: readonly Column[];
    };

export function plainExpression(e: Expression): PlainExpression {
  switch (e.kind) {
    case 'column':
      return e;
    case 'literal':
      return { ...e, value: plainColumn(e.value) };
    case 'in': {
      const { negated, operand, set } = e;
      return { kind: 'in', negated, operand: plainExpression(operand), set: plainColumn(set) };
    }
    case 'call':
      return plainCall(e);
  }
}

function plainCall({ name, args, type, set }: Extract<Expression, { kind: 'call' }>): PlainExpression {
  const plain = args.map(plainExpression);
  if (set) return { kind: 'tupleIn', negated: name === 'notIn', args: plain, set: set.map(plainColumn) };
  if (name === 'CAST') return { kind: 'cast', operand: must(plain[0], 'CAST has an operand'), type };
  return { kind: 'call', name, args: plain };
}

/** What `plainExpression` made, having been sent, bound again. */
export function boundExpression(plain: PlainExpression): Expression {
  switch (plain.kind) {
    case 'column':
      return plain;
    case 'literal':
      return { ...plain, value: receivedColumn(plain.value) };
    case 'call':
      return boundCall(plain.name, plain.args.map(boundExpression));
    case 'cast':
      return boundCast(boundExpression(plain.operand), plain.type);
    case 'in':
      return inSet(boundExpression(plain.operand), receivedColumn(plain.set), plain.negated);
    case 'tupleIn':
      return tupleInSet(plain.args.map(boundExpression), plain.set.map(receivedColumn), plain.negated);
  }
}

function boundCall(name: string, args: readonly Expression[]): Expression {
  const position = { offset: 0, line: 1, column: 1 };
  // Calls that depend on the time or the database are constants by now.
  const call = { name, args: args.map(argumentOf), position, nowMs: 0, currentDatabase: '' };
  const { type, run } = bindFunction(requireFunction(name, position), call);
  return { kind: 'call', name, run, args, type };
}

function boundCast(operand: Expression, type: DataType): Expression {
  const kernel = castKernel(operand.type, type);
  return {
    kind: 'call',
    name: 'CAST',
    run: ([column], rowCount) => kernel(must(column, 'CAST has an operand'), rowCount),
    args: [operand],
    type,
  };
}
