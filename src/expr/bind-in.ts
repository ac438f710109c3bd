// bind-in.ts — IN over a list of constants.
//
// The list becomes a column of the operand's type without Nullable. A constant that this type cannot hold equals no
// row and is left out; so is NULL (transform_null_in = 0). A NULL operand gives NULL.

import { notImplemented, WinnowError, type SourcePosition } from '../base/errors.ts';
import { must } from '../base/assert.ts';
import type * as sql from '../sql/ast.ts';
import { concatColumns, sliceColumn } from '../types/block.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { Column } from '../types/column.ts';
import {
  nullable,
  sameType,
  typeName,
  withoutLowCardinality,
  withoutNullable,
  type DataType,
} from '../types/data-type.ts';
import type { Binder } from './bind.ts';
import { allNullKernel, castColumn } from './cast.ts';
import type { Expression, ScalarKernel } from './expression.ts';
import { foldConstants, isConstant } from './fold.ts';
import { compareKernel } from './functions/comparison.ts';
import { literal } from './literals.ts';
import { bindLowCardinality } from './low-cardinality.ts';
import { propagateNulls } from './null-propagation.ts';
import { argumentOf } from './scalar-function.ts';
import { createSet } from './value-set.ts';
import { isBareNull, isText, nothing, uint8 } from './type-classes.ts';
import { arrays, fixed, maskColumn } from './vectors.ts';

type InNode = Extract<sql.Expression, { kind: 'in' }>;

export function bindIn(ast: InNode, binder: Binder): Expression {
  if (!Array.isArray(ast.list)) throw notImplemented('IN over a query here', ast.position);
  const list = ast.list as readonly sql.Expression[];
  if (ast.operand.kind === 'tuple') return bindTupleIn(ast, ast.operand.elements, list, binder);
  const operand = binder.bind(ast.operand);
  const ofTuples = withoutNullable(operand.type).kind === 'Tuple';
  const elements = list.flatMap((element) =>
    element.kind === 'tuple' && !ofTuples ? element.elements : [element],
  );
  if (isBareNull(operand.type))
    return foldConstants({
      kind: 'call',
      name: 'in',
      run: allNullKernel(operand.type),
      args: [],
      type: nullable(nothing),
    });
  const type = withoutNullable(withoutLowCardinality(operand.type));
  const values = constantsOf(elements, type, binder).flatMap(
    ([element, position]) => elementOf(element, type, position) ?? [],
  );
  const set = concatColumns([createColumnBuilder(type, 1).finish(), ...values]);
  return foldConstants(inSet(operand, set, ast.negated));
}

/** The bound elements of the list; those of an array, if the list is one whose elements are like the operand. */
function constantsOf(
  list: readonly sql.Expression[],
  type: DataType,
  binder: Binder,
): (readonly [Expression, SourcePosition])[] {
  const bound = list.map((element) => [binder.bind(element), element.position] as const);
  const [only] = bound;
  if (!only || bound.length > 1 || !isConstant(only[0]) || arrayDepth(only[0].type) !== arrayDepth(type) + 1)
    return bound;
  const { elements } = arrays(only[0].value);
  return Array.from({ length: elements.rowCount }, (_, row) => [
    literal(sliceColumn(elements, row, row + 1)),
    only[1],
  ]);
}

function arrayDepth(type: DataType): number {
  return type.kind === 'Array' ? 1 + arrayDepth(type.inner) : 0;
}

/** `operand IN set`, the set being a column of the operand's type without NULLs. */
export function inSet(operand: Expression, set: Column, negated: boolean): Expression {
  const plain = membership([set], negated);
  const { type, run } = bindLowCardinality([argumentOf(operand)], ([arg]) =>
    arg!.type.kind === 'Nullable'
      ? { type: nullable(uint8), run: propagateNulls(plain) }
      : { type: uint8, run: plain },
  );
  return { kind: 'in', negated, operand, set, run, type };
}

/** `(a, b) IN ((1, 2), (3, 4))`: a row with a NULL equals no tuple. */
function bindTupleIn(
  ast: InNode,
  parts: readonly sql.Expression[],
  list: readonly sql.Expression[],
  binder: Binder,
): Expression {
  const operands = parts.map((part) => binder.bind(part));
  const types = operands.map((operand) => withoutNullable(withoutLowCardinality(operand.type)));
  const rows = list.every((element) => element.kind === 'tuple')
    ? list
    : [{ kind: 'tuple', position: ast.position, elements: list } as sql.Expression];
  const set: Column[][] = types.map((type) => [createColumnBuilder(type, 1).finish()]);
  for (const row of rows) {
    const elements = row.kind === 'tuple' ? row.elements : [];
    if (elements.length !== types.length) {
      throw new WinnowError(
        'TYPE_MISMATCH',
        `a tuple of ${elements.length} stands in a list of tuples of ${types.length}`,
        { position: row.position },
      );
    }
    const values = elements.map((element, i) =>
      elementOf(binder.bind(element), must(types[i], 'equal lengths'), element.position),
    );
    if (values.every((value) => value !== undefined)) values.forEach((value, i) => set[i]!.push(value));
  }
  return foldConstants(tupleInSet(operands, set.map(concatColumns), ast.negated));
}

/** `(a, b) IN set`, the set being a column for each operand, as in `inSet`. */
export function tupleInSet(
  args: readonly Expression[],
  set: readonly Column[],
  negated: boolean,
): Expression {
  const name = negated ? 'notIn' : 'in';
  return { kind: 'call', name, run: membership(set, negated), args, type: uint8, set };
}

/** The constant as one row of `type`, or undefined when it can equal no value of that type. */
function elementOf(element: Expression, type: DataType, position: SourcePosition): Column | undefined {
  if (!isConstant(element)) throw notImplemented('IN over a list that is not constant', position);
  if (isBareNull(element.type) || element.value.nulls?.[0] === 1) return undefined;
  const value: Column = { ...element.value, type: withoutNullable(element.type), nulls: undefined };
  if (sameType(value.type, type)) return value;
  if (isText(value.type) && !isText(type)) return parsed(value, type, position);
  return exactly(value, type, position);
}

function parsed(value: Column, type: DataType, position: SourcePosition): Column {
  try {
    return castColumn(value, type);
  } catch (cause) {
    if (!(cause instanceof WinnowError)) throw cause;
    throw new WinnowError(
      'TYPE_MISMATCH',
      `a string in the list is not a value of ${typeName(type)}: ${cause.message}`,
      { cause, position },
    );
  }
}

/** The value converted, if converting changes nothing. */
function exactly(value: Column, type: DataType, position: SourcePosition): Column | undefined {
  const args = [value, { type } as Column].map((column) => ({ type: column.type, constant: undefined }));
  const equals = compareKernel('equals', { name: 'in', args, position, nowMs: 0, currentDatabase: '' });
  try {
    const converted = castColumn(value, type);
    return fixed(equals([value, converted], 1)).values[0] === 1 ? converted : undefined;
  } catch (error) {
    if (error instanceof WinnowError) return undefined;
    throw error;
  }
}

/** UInt8: is the row of arguments among the rows of `set`? Arguments may have NULLs, which are in no set. */
function membership(set: readonly Column[], negated: boolean): ScalarKernel {
  const contains = createSet(set);
  return (args, rowCount) => {
    const found = contains(args, rowCount);
    return maskColumn(uint8, negated ? found.map((is) => 1 - is) : found, rowCount);
  };
}
