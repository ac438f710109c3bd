// array-search.ts — is a value in an array, and where. NULL equals NULL here, and NaN equals nothing, as in ClickHouse.

import type { Column } from '../../types/column.ts';
import type { ArrayType, DataType, MapType } from '../../types/data-type.ts';
import { isList, keysWithNull, searchedElements, searchedType } from '../array-kernels.ts';
import { castKernel } from '../cast.ts';
import { commonType } from '../common-type.ts';
import { argType, illegalTypes, type FunctionCall, type ScalarFunction } from '../scalar-function.ts';
import { uint64, uint8 } from '../type-classes.ts';
import { arrays, columnOfFloats, maskColumn, tuples } from '../vectors.ts';

type Keys = ReturnType<typeof keysWithNull>;

/** Reads columns of two types as keys of their common type. */
function commonKeys(
  call: FunctionCall,
  a: DataType,
  b: DataType,
): [(column: Column) => Keys, (column: Column) => Keys] {
  const common = commonType(a, b, call.position);
  const [castA, castB] = [castKernel(a, common), castKernel(b, common)];
  return [
    (column) => keysWithNull(castA(column, column.rowCount)),
    (column) => keysWithNull(castB(column, column.rowCount)),
  ];
}

/** What a function searches in. */
type Searched = (type: DataType) => type is ArrayType | MapType;

const isArray: Searched = (type): type is ArrayType => type.kind === 'Array';
const isMap: Searched = (type): type is MapType => type.kind === 'Map';

function listType(call: FunctionCall, index: number, isSearched: Searched): ArrayType | MapType {
  const type = argType(call, index);
  if (!isSearched(type))
    throw illegalTypes(call, isSearched === isMap ? 'a map and a key' : 'arrays to search in');
  return type;
}

/** Elements of arrays and keys of maps; or values of maps. */
type Place = {
  readonly type: (type: ArrayType | MapType) => DataType;
  readonly elements: (column: Column) => Column;
};

const elementsAndKeys: Place = { type: searchedType, elements: searchedElements };
const mapValues: Place = {
  type: (type) => (type.kind === 'Map' ? type.value : type.inner),
  elements: (column) => tuples(arrays(column).elements).fields[1]!,
};

/** A number per row, from the elements that equal the wanted value. */
function searching(
  names: readonly string[],
  type: DataType,
  isSearched: Searched,
  seek: (start: number, end: number, matches: (element: number) => boolean) => number,
  place = elementsAndKeys,
): ScalarFunction {
  return {
    names,
    arity: [2, 2],
    nulls: 'own',
    lowCardinality: 'plain',
    bind: (call) => {
      const list = listType(call, 0, isSearched);
      const [readElements, readWanted] = commonKeys(call, place.type(list), argType(call, 1));
      return {
        type,
        run: ([column, value], rowCount) => {
          const { offsets } = arrays(column!);
          const elements = readElements(place.elements(column!));
          const wanted = readWanted(value!);
          const found = new Float64Array(rowCount);
          for (let row = 0; row < rowCount; row++) {
            const key = wanted(row);
            found[row] = seek(offsets[row]!, offsets[row + 1]!, (element) => elements(element) === key);
          }
          return columnOfFloats(type, found, rowCount);
        },
      };
    },
  };
}

function has(start: number, end: number, matches: (element: number) => boolean): number {
  for (let element = start; element < end; element++) if (matches(element)) return 1;
  return 0;
}

/** The place counted from 1; 0 when there is none. */
function indexOf(start: number, end: number, matches: (element: number) => boolean): number {
  for (let element = start; element < end; element++) if (matches(element)) return element - start + 1;
  return 0;
}

function countEqual(start: number, end: number, matches: (element: number) => boolean): number {
  let count = 0;
  for (let element = start; element < end; element++) if (matches(element)) count++;
  return count;
}

/** hasAny and hasAll: `decides` says what one element of the second array being there, or not, decides. */
function comparing(name: string, decides: 0 | 1): ScalarFunction {
  return {
    names: [name],
    arity: [2, 2],
    bind: (call) => {
      const [readFirst, readSecond] = commonKeys(
        call,
        searchedType(listType(call, 0, isArray)),
        searchedType(listType(call, 1, isArray)),
      );
      return {
        type: uint8,
        run: ([a, b], rowCount) => {
          const [first, second] = [readFirst(searchedElements(a!)), readSecond(searchedElements(b!))];
          const [inFirst, inSecond] = [arrays(a!).offsets, arrays(b!).offsets];
          const mask = new Uint8Array(rowCount).fill(1 - decides);
          for (let row = 0; row < rowCount; row++) {
            const known = new Set<unknown>();
            for (let i = inFirst[row]!; i < inFirst[row + 1]!; i++) known.add(first(i));
            known.delete(NaN);
            for (let i = inSecond[row]!; i < inSecond[row + 1]!; i++)
              if (known.has(second(i)) === (decides === 1)) mask[row] = decides;
          }
          return maskColumn(uint8, mask, rowCount);
        },
      };
    },
  };
}

export const arraySearchFunctions: readonly ScalarFunction[] = [
  searching(['has'], uint8, isList, has),
  searching(['mapContains', 'mapContainsKey'], uint8, isMap, has),
  searching(['mapContainsValue'], uint8, isMap, has, mapValues),
  searching(['indexOf'], uint64, isArray, indexOf),
  searching(['countEqual'], uint64, isArray, countEqual),
  comparing('hasAny', 1),
  comparing('hasAll', 0),
];
