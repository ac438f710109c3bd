// stream-names.ts — which streams a column has, and how they are called.
//
//   Nullable: <base>.null, then the type inside · Array: <base>.size<depth>, then the elements one deeper · Map: an array
//   of tuples `keys`, `values`; arrays of one Nested, n.a and n.b, share n.size0 · Tuple: <base>%2E<element> each, by number where they have no name ·
//   LowCardinality: <base>.dict and <base> · String: <base>, or <base>.size and <base> · all others: <base> ·
//   sparse: <base>.sparse.idx, then the streams of the values that are not the default, without those of NULL

import { notImplemented } from '../base/errors.ts';
import { storedStatesOf } from '../expr/aggregates.ts';
import type { NamedType } from '../types/column.ts';
import {
  type DataType,
  elementType,
  isComposite,
  typeName,
  type TupleElement,
  withoutNullable,
} from '../types/data-type.ts';
import { nestedName } from '../types/nested.ts';
import { escapeFileName } from './file-name.ts';
import { type PartStorage, plainStorage, type Storage } from './serialization-file.ts';

/** Where the streams of a type lie: their common base, how many arrays are around it, and how they are stored. */
export type StreamPath = {
  readonly base: string;
  /** Of sizes outside of all arrays: columns of one Nested share them. */
  readonly sizesBase: string;
  readonly depth: number;
  readonly storage: Storage;
};

export const columnPath = (name: string, storage = plainStorage): StreamPath => ({
  base: escapeFileName(name),
  sizesBase: escapeFileName(nestedName(name) ?? name),
  depth: 0,
  storage,
});

/** How one column of a part is stored. */
export const storageOf = ({ sparsities, ...storage }: PartStorage, name: string): Storage => ({
  ...storage,
  sparsity: sparsities.get(name),
});

export const nullStream = ({ base }: StreamPath): string => `${base}.null`;

export const sizeStream = ({ base, sizesBase, depth }: StreamPath): string =>
  `${depth === 0 ? sizesBase : base}.size${depth}`;

export const lengthStream = ({ base }: StreamPath): string => `${base}.size`;

export const sparseStream = ({ base }: StreamPath): string => `${base}.sparse.idx`;

export const dictionaryStream = ({ base }: StreamPath): string => `${base}.dict`;

export const elementsPath = (path: StreamPath): StreamPath => ({
  ...path,
  depth: path.depth + 1,
  storage: nestedStorage(path.storage),
});

/** Of the type inside Nullable. */
export const innerPath = (path: StreamPath): StreamPath => ({
  ...path,
  storage: nestedStorage(path.storage),
});

/** Of the values of a sparse column. */
export const valuesPath = (type: DataType, path: StreamPath): StreamPath =>
  type.kind === 'Nullable' ? innerPath(path) : { ...path, storage: { ...path.storage, sparsity: undefined } };

export function fieldPath(
  { base, sizesBase, depth, storage }: StreamPath,
  { name }: TupleElement,
  index: number,
): StreamPath {
  const field = `%2E${escapeFileName(name ?? String(index + 1))}`;
  return {
    base: base + field,
    sizesBase: sizesBase + field,
    depth,
    storage: { ...storage, sparsity: storage.sparsity?.elements[index] },
  };
}

const nestedStorage = (storage: Storage): Storage => ({
  ...storage,
  hasLengths: storage.hasLengths && storage.propagates,
  sparsity: undefined,
});

/** Of a column that is stored sparsely, the type of its values; undefined of any other. */
export function sparseValueType(type: DataType, { storage }: StreamPath): DataType | undefined {
  if (!storage.sparsity?.isSparse || isComposite(type)) return undefined;
  if (type.kind === 'LowCardinality' || type.kind === 'AggregateFunction') return undefined;
  if (type.kind !== 'Nullable') return type;
  return storage.hasSparseNullable ? type.inner : undefined;
}

export type NamedStream = {
  readonly name: string;
  /** The type of its values; undefined of sizes, NULLs and codes. */
  readonly values: DataType | undefined;
  /** The same, and that of sizes. */
  readonly numbers: DataType | undefined;
};

/** The names of all streams of a column, in the order in which they are written. */
export const streamsOf = (column: NamedType, storage = plainStorage): string[] =>
  typedStreamsOf(column, storage).map(({ name }) => name);

export function typedStreamsOf({ name, type }: NamedType, storage = plainStorage): NamedStream[] {
  return streamsAt(type, columnPath(name, storage));
}

const valuesIn = (name: string, type: DataType): NamedStream => ({ name, values: type, numbers: type });
const sizesIn = (name: string): NamedStream => ({ name, values: undefined, numbers: { kind: 'UInt64' } });
const othersIn = (name: string): NamedStream => ({ name, values: undefined, numbers: undefined });

function streamsAt(type: DataType, path: StreamPath): NamedStream[] {
  const sparse = sparseValueType(type, path);
  if (sparse) return [othersIn(sparseStream(path)), ...streamsAt(sparse, valuesPath(type, path))];
  switch (type.kind) {
    case 'Nullable':
      return [othersIn(nullStream(path)), ...streamsAt(type.inner, innerPath(path))];
    case 'Array':
    case 'Map':
      return [sizesIn(sizeStream(path)), ...streamsAt(elementType(type), elementsPath(path))];
    case 'Tuple':
      return type.elements.flatMap((element, i) => streamsAt(element.type, fieldPath(path, element, i)));
    case 'LowCardinality':
      return [valuesIn(dictionaryStream(path), withoutNullable(type.inner)), othersIn(path.base)];
    case 'String':
      return path.storage.hasLengths
        ? [sizesIn(lengthStream(path)), valuesIn(path.base, type)]
        : [valuesIn(path.base, type)];
    default:
      return [valuesIn(path.base, type)];
  }
}
/** Refuses columns that cannot be stored, or not as ClickHouse would look for them. */
export function requireStorable(columns: readonly NamedType[]): void {
  for (const { name, type } of columns)
    if (!isStorable(type)) throw notImplemented(`column ${name} of type ${typeName(type)} in a part`);
  const owners = new Map<string, NamedType>();
  for (const column of columns) {
    for (const stream of streamsOf(column)) {
      const owner = owners.get(stream);
      owners.set(stream, column);
      if (owner === undefined || (owner.type.kind === 'Array' && column.type.kind === 'Array')) continue;
      throw notImplemented(
        `columns ${owner.name} and ${column.name}, which would share the stream ${stream},`,
      );
    }
  }
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
    default:
      return true;
  }
}
