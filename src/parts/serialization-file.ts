// serialization.json: how columns of a part are stored that are not stored as their types say. Winnow writes none.
//
//   {"columns": [{"name", "kind": "Default" or "Sparse", "subcolumns": the same per element of a Tuple}],
//    "types_serialization_versions": {"string": 1 = lengths in a stream of their own, "nullable": 1 = may be sparse},
//    "propagate_types_serialization_versions_to_nested_types": also within arrays, maps and Nullable, "version": 0 or 1}

import { CorruptionError, WinnowError } from '../base/errors.ts';

/** What is sparse of a column, or of an element of a tuple. */
export type Sparsity = { readonly isSparse: boolean; readonly elements: readonly Sparsity[] };

/** How values lie in the streams of a column, or of what it consists of. */
export type Storage = {
  /** The lengths of texts stand in a stream of their own. */
  readonly hasLengths: boolean;
  /** Also those of texts in arrays, maps and Nullable. */
  readonly propagates: boolean;
  /** Values that are not NULL can be stored sparsely. */
  readonly hasSparseNullable: boolean;
  readonly sparsity: Sparsity | undefined;
};

export const plainStorage: Storage = {
  hasLengths: false,
  propagates: false,
  hasSparseNullable: false,
  sparsity: undefined,
};

/** By column; the others have no sparse values. */
export type PartStorage = Omit<Storage, 'sparsity'> & { readonly sparsities: ReadonlyMap<string, Sparsity> };

const KNOWN_TYPES: readonly string[] = ['string', 'nullable'];

export const plainPartStorage: PartStorage = { ...plainStorage, sparsities: new Map() };

/** Errors: CorruptionError; NOT_IMPLEMENTED naming what Winnow does not read. */
export function parseSerialization(bytes: Buffer, file: string): PartStorage {
  const info = parse(bytes, file);
  const version = fieldOf(info, 'version');
  if (version !== 0 && version !== 1) throw notReadable(file, `version ${String(version)}`);
  const types = fieldOf(info, 'types_serialization_versions') ?? {};
  for (const [type, of] of Object.entries(types)) {
    const isKnown = of === 0 || (of === 1 && KNOWN_TYPES.includes(type));
    if (!isKnown) throw notReadable(file, `version ${String(of)} of type ${type}`);
  }
  return {
    hasLengths: fieldOf(types, 'string') === 1,
    propagates: fieldOf(info, 'propagate_types_serialization_versions_to_nested_types') === true,
    hasSparseNullable: fieldOf(types, 'nullable') === 1,
    sparsities: new Map(
      listOf(fieldOf(info, 'columns')).map((column) => [
        String(fieldOf(column, 'name')),
        sparsityOf(column, file),
      ]),
    ),
  };
}

function sparsityOf(column: unknown, file: string): Sparsity {
  const kind = fieldOf(column, 'kind');
  if (kind !== 'Default' && kind !== 'Sparse') throw notReadable(file, `columns of kind ${String(kind)}`);
  const elements = listOf(fieldOf(column, 'subcolumns')).map((element) => sparsityOf(element, file));
  return { isSparse: kind === 'Sparse', elements };
}

function notReadable(file: string, what: string): WinnowError {
  return new WinnowError('NOT_IMPLEMENTED', `${file}: ${what} is not supported yet`);
}

function parse(bytes: Buffer, file: string): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new CorruptionError(file, 'JSON', 'other text');
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
