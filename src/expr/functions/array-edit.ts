// array-edit.ts — arrays from arrays: joined, sorted, reversed, without repetitions; and ranges of numbers.

import type { WinnowError } from '../../base/errors.ts';
import { concatColumns, retyped } from '../../types/block.ts';
import type { ArrayColumn, Column } from '../../types/column.ts';
import { compareAt } from '../../types/compare.ts';
import { arrayOf, withoutNullable, type ArrayType, type DataType } from '../../types/data-type.ts';
import { arrayColumn, chooseElements, keysWithNull } from '../array-kernels.ts';
import { castKernel } from '../cast.ts';
import { commonTypeOf } from '../common-type.ts';
import {
  argType,
  callError,
  illegalTypes,
  type BoundFunction,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { withoutNulls } from '../null-propagation.ts';
import { isInteger } from '../type-classes.ts';
import { arrays, bigintsOf, columnOfBigints } from '../vectors.ts';

function arrayType(call: FunctionCall, index: number): ArrayType {
  const type = argType(call, index);
  if (type.kind !== 'Array') throw illegalTypes(call, 'arrays');
  return type;
}

/** arrayConcat, and concat of arrays. */
export function bindArrayConcat(call: FunctionCall): BoundFunction {
  const types = call.args.map((_, i) => arrayType(call, i));
  const type = commonTypeOf(types, call.position);
  const casts = types.map((from) => castKernel(from, type, call.position));
  return {
    type,
    run: (args, rowCount) =>
      joined(
        args.map((arg, i) => arrays(casts[i]!(arg, rowCount))),
        type,
        rowCount,
      ),
  };
}

/** The elements of all columns, row by row. */
function joined(columns: readonly ArrayColumn[], type: DataType, rowCount: number): Column {
  let base = 0;
  const bases = columns.map(({ elements }) => (base += elements.rowCount) - elements.rowCount);
  const all = concatColumns(columns.map((column) => column.elements));
  return chooseElements(arrayColumn(type, new Uint32Array(rowCount + 1), all), (_start, _end, take, row) => {
    for (const [i, { offsets }] of columns.entries())
      for (let at = offsets[row]!; at < offsets[row + 1]!; at++) take(bases[i]! + at);
  });
}

/** A function of one array that keeps its type, or what `result` makes of it. */
function editing(
  name: string,
  edit: (column: ArrayColumn) => ArrayColumn,
  result = (type: ArrayType): ArrayType => type,
): ScalarFunction {
  return {
    names: [name],
    arity: [1, 1],
    bind: (call) => {
      const type = result(arrayType(call, 0));
      return { type, run: ([column]) => retyped(edit(arrays(column!)), type) };
    },
  };
}

/** NaN and then NULL come last, in both directions. */
function sorted(column: ArrayColumn, direction: 1 | -1): ArrayColumn {
  const { elements } = column;
  const compare = (a: number, b: number): number =>
    direction * compareAt(elements, a, elements, b, direction);
  return chooseElements(column, (start, end, take) => {
    const order = Array.from({ length: end - start }, (_, i) => start + i);
    order.sort(compare).forEach(take);
  });
}

export function reversedArrays(column: ArrayColumn): ArrayColumn {
  return chooseElements(column, (start, end, take) => {
    for (let element = end - 1; element >= start; element--) take(element);
  });
}

/** The first of equal elements stays; NULL does not. */
function distinct(column: ArrayColumn): ArrayColumn {
  const keyOf = keysWithNull(column.elements);
  const chosen = chooseElements(column, (start, end, take) => {
    const known = new Set<unknown>([null]);
    for (let element = start; element < end; element++) {
      const { size } = known;
      if (known.add(keyOf(element)).size > size) take(element);
    }
  });
  return { ...chosen, elements: withoutNulls(chosen.elements) };
}

/** ClickHouse takes 500 million; a block of them would not fit here. */
const MAX_RANGE_ELEMENTS = 50_000_000;

/** range(end), range(start, end), range(start, end, step): `end` is not part of it. */
function bindRange(call: FunctionCall): BoundFunction {
  const types = call.args.map((arg) => arg.type);
  if (!types.every(isInteger)) throw illegalTypes(call, 'whole numbers');
  const inner = types.length === 1 ? types[0]! : commonTypeOf(types, call.position);
  const type = arrayOf(inner);
  return {
    type,
    run: (args, rowCount) => {
      const numbers = args.map((arg) => bigintsOf(arg, rowCount));
      const [starts, ends] = numbers.length === 1 ? [undefined, numbers[0]!] : [numbers[0], numbers[1]!];
      const offsets = new Uint32Array(rowCount + 1);
      for (let row = 0; row < rowCount; row++) {
        const length = rangeLength(call, starts?.[row] ?? 0n, ends[row]!, numbers[2]?.[row] ?? 1n);
        offsets[row + 1] = offsets[row]! + length;
        if (offsets[row + 1]! > MAX_RANGE_ELEMENTS) throw tooLong(call);
      }
      const values = new BigInt64Array(offsets[rowCount]!);
      for (let row = 0; row < rowCount; row++) {
        let value = starts?.[row] ?? 0n;
        for (let i = offsets[row]!; i < offsets[row + 1]!; i++, value += numbers[2]?.[row] ?? 1n)
          values[i] = value;
      }
      return arrayColumn(type, offsets, columnOfBigints(inner, values, values.length));
    },
  };
}

function rangeLength(call: FunctionCall, start: bigint, end: bigint, step: bigint): number {
  if (step === 0n) throw callError(call, 'ARGUMENT_OUT_OF_BOUND', 'the step must not be 0');
  if (call.args.length === 1 && end < 0n)
    throw callError(call, 'ARGUMENT_OUT_OF_BOUND', `the end ${end} lies before the start 0`);
  const distance = step > 0n ? end - start : start - end;
  const size = step > 0n ? step : -step;
  const length = distance > 0n ? (distance + size - 1n) / size : 0n;
  if (length > MAX_RANGE_ELEMENTS) throw tooLong(call);
  return Number(length);
}

function tooLong(call: FunctionCall): WinnowError {
  const message = `more than ${MAX_RANGE_ELEMENTS} numbers at once`;
  return callError(call, 'ARGUMENT_OUT_OF_BOUND', message);
}

export const arrayEditFunctions: readonly ScalarFunction[] = [
  { names: ['arrayConcat'], arity: [1, Infinity], bind: bindArrayConcat },
  editing('arraySort', (column) => sorted(column, 1)),
  editing('arrayReverseSort', (column) => sorted(column, -1)),
  editing('arrayReverse', reversedArrays),
  editing('arrayDistinct', distinct, ({ inner }) => arrayOf(withoutNullable(inner))),
  { names: ['range'], arity: [1, 3], bind: bindRange },
];
