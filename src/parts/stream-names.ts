// stream-names.ts — which streams a column has, and how they are called.
//
//   Nullable: <base>.null, then the type inside · Array: <base>.size<depth>, then the elements one deeper · Map: an array
//   of tuples `keys`, `values` · Tuple: <base>%2E<element> each, by number where they have no name ·
//   LowCardinality: <base>.dict and <base> · all others: <base>

import { notImplemented } from '../base/errors.ts';
import { storedStatesOf } from '../expr/aggregates.ts';
import type { NamedType } from '../types/column.ts';
import { type DataType, elementType, typeName, type TupleElement } from '../types/data-type.ts';
import { escapeFileName } from './file-name.ts';

/** Where the streams of a type lie: their common base, and how many arrays are around it. */
export type StreamPath = { readonly base: string; readonly depth: number };

export const columnPath = (name: string): StreamPath => ({ base: escapeFileName(name), depth: 0 });

export const nullStream = ({ base }: StreamPath): string => `${base}.null`;

export const sizeStream = ({ base, depth }: StreamPath): string => `${base}.size${depth}`;

export const dictionaryStream = ({ base }: StreamPath): string => `${base}.dict`;

export const elementsPath = ({ base, depth }: StreamPath): StreamPath => ({ base, depth: depth + 1 });

export const fieldPath = (
  { base, depth }: StreamPath,
  { name }: TupleElement,
  index: number,
): StreamPath => ({
  base: `${base}%2E${escapeFileName(name ?? String(index + 1))}`,
  depth,
});

/** The names of all streams of a column, in the order in which they are written. */
export function streamsOf({ name, type }: NamedType): string[] {
  return streamsAt(type, columnPath(name));
}

function streamsAt(type: DataType, path: StreamPath): string[] {
  switch (type.kind) {
    case 'Nullable':
      return [nullStream(path), ...streamsAt(type.inner, path)];
    case 'Array':
    case 'Map':
      return [sizeStream(path), ...streamsAt(elementType(type), elementsPath(path))];
    case 'Tuple':
      return type.elements.flatMap((element, i) => streamsAt(element.type, fieldPath(path, element, i)));
    case 'LowCardinality':
      return [dictionaryStream(path), path.base];
    default:
      return [path.base];
  }
}

/** Refuses columns that cannot be stored, or not as ClickHouse would look for them. */
export function requireStorable({ name, type }: NamedType): void {
  if (type.kind === 'Array' && name.includes('.'))
    throw notImplemented(
      `column ${name} of type ${typeName(type)}: arrays of Nested, which share their sizes,`,
    );
  if (!isStorable(type)) throw notImplemented(`column ${name} of type ${typeName(type)} in a part`);
}

function isStorable(type: DataType): boolean {
  switch (type.kind) {
    case 'Nothing':
      return false;
    case 'AggregateFunction':
      // Refuses functions without states by their names.
      return storedStatesOf(type).steps.length > 0;
    case 'Nullable':
    case 'Array':
      return isStorable(type.inner);
    case 'Map':
      return isStorable(type.key) && isStorable(type.value);
    case 'Tuple':
      return type.elements.length > 0 && type.elements.every((element) => isStorable(element.type));
    case 'LowCardinality':
      return (
        type.inner.kind === 'String' || (type.inner.kind === 'Nullable' && type.inner.inner.kind === 'String')
      );
    default:
      return true;
  }
}
