// composite.ts — making arrays, tuples and maps, and reaching into them.

import { concatColumns, repeatRow, takeRows } from '../../types/block.ts';
import { defaultRow } from '../../types/column-builder.ts';
import type { Column } from '../../types/column.ts';
import { compareAt } from '../../types/compare.ts';
import {
  arrayOf,
  elementType,
  isNullable,
  tupleOf,
  typeName,
  type DataType,
  type MapType,
} from '../../types/data-type.ts';
import { arrayColumn, oneElement } from '../array-kernels.ts';
import { textAt } from '../../types/text.ts';
import { castKernel, coerceKernel } from '../cast.ts';
import { commonType, commonTypeOf } from '../common-type.ts';
import type { ScalarKernel } from '../expression.ts';
import {
  argType,
  callError,
  constantValue,
  illegalTypes,
  type BoundFunction,
  type FunctionCall,
  type ScalarFunction,
} from '../scalar-function.ts';
import { isInteger, nothing } from '../type-classes.ts';
import { arrays, fixed, tuples } from '../vectors.ts';

/** The columns' values as elements of one type, row by row: column 0's, column 1's, … */
function interleave(inner: DataType, call: FunctionCall, from: readonly DataType[]): ScalarKernel {
  const coerce = from.map((type) => coerceKernel(type, inner, call.position));
  return (columns, rowCount) => {
    const order = new Uint32Array(columns.length * rowCount);
    for (let i = 0; i < order.length; i++)
      order[i] = (i % columns.length) * rowCount + Math.floor(i / columns.length);
    return takeRows(concatColumns(columns.map((column, i) => coerce[i]!(column, rowCount))), order);
  };
}

function evenOffsets(length: number, rowCount: number): Uint32Array {
  return Uint32Array.from({ length: rowCount + 1 }, (_, row) => row * length);
}

/** A value without elements in every row. */
function empty(type: DataType): BoundFunction {
  const row = defaultRow(type);
  return { type, run: (_, rowCount) => repeatRow(row, 0, rowCount) };
}

function bindArray(call: FunctionCall): BoundFunction {
  const types = call.args.map((arg) => arg.type);
  if (types.length === 0) return empty(arrayOf(nothing));
  const inner = commonTypeOf(types, call.position);
  const type = arrayOf(inner);
  const elements = interleave(inner, call, types);
  return {
    type,
    run: (args, rowCount) => arrayColumn(type, evenOffsets(args.length, rowCount), elements(args, rowCount)),
  };
}

/** map(key, value, …) */
function bindMap(call: FunctionCall): BoundFunction {
  const types = call.args.map((arg) => arg.type);
  if (types.length % 2 === 1)
    throw callError(call, 'NUMBER_OF_ARGUMENTS_DOESNT_MATCH', 'every key of a map needs a value');
  if (types.length === 0) return empty({ kind: 'Map', key: nothing, value: nothing });
  const [keyTypes, valueTypes] = [types.filter((_, i) => i % 2 === 0), types.filter((_, i) => i % 2 === 1)];
  const [key, value] = [commonTypeOf(keyTypes, call.position), commonTypeOf(valueTypes, call.position)];
  if (isNullable(key))
    throw callError(call, 'BAD_ARGUMENTS', `a map cannot have keys of type ${typeName(key)}`);
  const type: MapType = { kind: 'Map', key, value };
  const [keys, values] = [interleave(key, call, keyTypes), interleave(value, call, valueTypes)];
  return {
    type,
    run: (args, rowCount) => {
      const fields = [
        keys(
          args.filter((_, i) => i % 2 === 0),
          rowCount,
        ),
        values(
          args.filter((_, i) => i % 2 === 1),
          rowCount,
        ),
      ];
      const pairs: Column = {
        layout: 'tuple',
        type: elementType(type),
        rowCount: fields[0]!.rowCount,
        fields,
        nulls: undefined,
      };
      return arrayColumn(type, evenOffsets(args.length / 2, rowCount), pairs);
    },
  };
}

function bindTuple(call: FunctionCall): BoundFunction {
  const type = tupleOf(call.args.map((arg) => ({ name: undefined, type: arg.type })));
  return {
    type,
    run: (fields, rowCount) => ({ layout: 'tuple', type, rowCount, fields, nulls: undefined }),
  };
}

/** tupleElement(tuple, place or name), `tuple.1`, `tuple.name`; of an array of tuples, the element of each. */
function bindTupleElement(call: FunctionCall): BoundFunction {
  const outer = argType(call, 0);
  const tuple = outer.kind === 'Array' ? outer.inner : outer;
  if (tuple.kind !== 'Tuple') throw illegalTypes(call, 'a tuple and the place or name of an element');
  const wanted = constantValue(call, 1);
  if (typeof wanted === 'object') throw illegalTypes(call, 'a tuple and the place or name of an element');
  const index =
    typeof wanted === 'string'
      ? tuple.elements.findIndex(({ name }) => name === wanted)
      : Number(wanted) - (Number(wanted) > 0 ? 1 : -tuple.elements.length);
  const element = tuple.elements[index];
  if (!element) {
    const code = typeof wanted === 'string' ? 'BAD_ARGUMENTS' : 'ARGUMENT_OUT_OF_BOUND';
    throw callError(call, code, `${typeName(tuple)} has no element ${textAt(call.args[1]!.constant!, 0)}`);
  }
  if (outer.kind !== 'Array')
    return { type: element.type, run: ([column]) => tuples(column!).fields[index]! };
  const type = arrayOf(element.type);
  return {
    type,
    run: ([column]) => {
      const { offsets, elements } = arrays(column!);
      return arrayColumn(type, offsets, tuples(elements).fields[index]!);
    },
  };
}

function bindArrayElement(call: FunctionCall): BoundFunction {
  const type = argType(call, 0);
  if (type.kind === 'Map') return bindMapElement(call, type);
  if (type.kind !== 'Array' || type.inner.kind === 'Nothing' || !isInteger(argType(call, 1)))
    throw illegalTypes(call, 'an array and a whole number, or a map and a key');
  const index = call.args[1]!.constant;
  if (index && Number(fixed(index).values[0]) === 0)
    throw callError(call, 'ARGUMENT_OUT_OF_BOUND', 'elements of arrays are counted from 1');
  return {
    type: type.inner,
    run: ([list, place], rowCount) => {
      const { offsets, elements } = arrays(list!);
      const { values } = fixed(place!);
      return oneElement(elements, rowCount, (row) => {
        const at = Number(values[row]);
        const element = at > 0 ? offsets[row]! + at - 1 : offsets[row + 1]! + at;
        return at !== 0 && element >= offsets[row]! && element < offsets[row + 1]! ? element : -1;
      });
    },
  };
}

/** The value of the first pair with the key. */
function bindMapElement(call: FunctionCall, { key, value }: MapType): BoundFunction {
  const common = commonType(key, argType(call, 1), call.position);
  const [castKeys, castWanted] = [castKernel(key, common), castKernel(argType(call, 1), common)];
  return {
    type: value,
    run: ([map, given], rowCount) => {
      const { offsets, elements } = arrays(map!);
      const [keys, values] = tuples(elements).fields as [Column, Column];
      const known = castKeys(keys, keys.rowCount);
      const wanted = castWanted(given!, rowCount);
      return oneElement(values, rowCount, (row) => {
        for (let i = offsets[row]!; i < offsets[row + 1]!; i++)
          if (compareAt(known, i, wanted, row) === 0) return i;
        return -1;
      });
    },
  };
}

/** mapKeys and mapValues: one side of the pairs. */
function bindSide(call: FunctionCall, side: 0 | 1): BoundFunction {
  const map = argType(call, 0);
  if (map.kind !== 'Map') throw illegalTypes(call, 'a map');
  const type = arrayOf(side === 0 ? map.key : map.value);
  return {
    type,
    run: ([column]) => {
      const { offsets, elements } = arrays(column!);
      return arrayColumn(type, offsets, tuples(elements).fields[side]!);
    },
  };
}

/** Their arguments keep NULL and LowCardinality inside the new value. */
const ownTypes = { nulls: 'own', lowCardinality: 'own' } as const;

export const compositeFunctions: readonly ScalarFunction[] = [
  { names: ['array'], arity: [0, Infinity], ...ownTypes, bind: bindArray },
  { names: ['map'], arity: [0, Infinity], ...ownTypes, bind: bindMap },
  { names: ['tuple'], arity: [0, Infinity], ...ownTypes, bind: bindTuple },
  { names: ['tupleElement'], arity: [2, 2], lowCardinality: 'own', bind: bindTupleElement },
  { names: ['arrayElement'], arity: [2, 2], bind: bindArrayElement },
  { names: ['mapKeys'], arity: [1, 1], bind: (call) => bindSide(call, 0) },
  { names: ['mapValues'], arity: [1, 1], bind: (call) => bindSide(call, 1) },
];
