// array-kernels.ts — what functions over arrays share. Elements are chosen by their place and taken all at once.

import { concatColumns, takeRows } from '../types/block.ts';
import type { ArrayColumn, Column } from '../types/column.ts';
import { defaultRow } from '../types/column-builder.ts';
import type { ArrayType, DataType, MapType } from '../types/data-type.ts';
import { keyReader, type Key } from './value-set.ts';
import { arrays, tuples } from './vectors.ts';

export function isList(type: DataType): type is ArrayType | MapType {
  return type.kind === 'Array' || type.kind === 'Map';
}

export function arrayColumn(type: DataType, offsets: Uint32Array, elements: Column): ArrayColumn {
  return { layout: 'array', type, rowCount: offsets.length - 1, offsets, elements, nulls: undefined };
}

/** Arrays of the elements for which each row's `choose` called `take`; the row's own are [start, end). */
export function chooseElements(
  { type, offsets, elements }: ArrayColumn,
  choose: (start: number, end: number, take: (element: number) => void, row: number) => void,
): ArrayColumn {
  const chosen: number[] = [];
  const take = (element: number): void => void chosen.push(element);
  const ends = new Uint32Array(offsets.length);
  for (let row = 0; row + 1 < offsets.length; row++) {
    choose(offsets[row]!, offsets[row + 1]!, take, row);
    ends[row + 1] = chosen.length;
  }
  return arrayColumn(type, ends, takeRows(elements, Uint32Array.from(chosen)));
}

/** One element per row; where `choose` answers with -1, the default of the elements' type. */
export function oneElement(elements: Column, rowCount: number, choose: (row: number) => number): Column {
  const rows = new Uint32Array(rowCount);
  let complete = true;
  for (let row = 0; row < rowCount; row++) {
    const element = choose(row);
    complete &&= element >= 0;
    rows[row] = element < 0 ? elements.rowCount : element;
  }
  return takeRows(complete ? elements : concatColumns([elements, defaultRow(elements.type)]), rows);
}

/** What functions search in: the elements of an array, the keys of a map. */
export function searchedElements(column: Column): Column {
  const { type, elements } = arrays(column);
  return type.kind === 'Map' ? tuples(elements).fields[0]! : elements;
}

export function searchedType(type: ArrayType | MapType): DataType {
  return type.kind === 'Map' ? type.key : type.inner;
}

/** What equal values share, and only they; NULL for NULL. */
export function keysWithNull(column: Column): (row: number) => Key | null {
  const { nulls } = column;
  const keyOf = keyReader([column]);
  return nulls ? (row) => (nulls[row] === 1 ? null : keyOf(row)) : keyOf;
}
