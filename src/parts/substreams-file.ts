// substreams-file.ts — columns_substreams.txt: the streams of each column of a Compact part, in the order in which they
// follow each other in every granule of data.bin; marks of `.mrk4` have a position for each.
//
//   columns substreams version: 1 ⏎ N columns: ⏎ then for each column
//   K substreams for column `name`: ⏎ and K times  ⇥ stream ⏎
//
// The version of each LowCardinality comes first, as the stream <base>.dict_prefix; its .dict is empty.

import { CorruptionError } from '../base/errors.ts';
import type { NamedType } from '../types/column.ts';
import { type DataType, elementType } from '../types/data-type.ts';
import { quoteName } from './columns-file.ts';
import type { MarksFormat } from './marks-file.ts';
import type { PartFiles } from './part-files.ts';
import type { PartStorage } from './serialization-file.ts';
import {
  columnPath,
  elementsPath,
  fieldPath,
  storageOf,
  streamsOf,
  type StreamPath,
} from './stream-names.ts';

const SUBSTREAMS_FILE = 'columns_substreams.txt';

/** Where a Compact part's columns begin among the positions of each mark. */
export type CompactPositions = { readonly ofColumn: ReadonlyMap<string, number>; readonly total: number };

type Columns = {
  readonly columns: readonly NamedType[];
  readonly storage: PartStorage;
  readonly marks: MarksFormat;
};

export function compactPositions({ columns, storage, marks }: Columns): CompactPositions {
  const ofColumn = new Map<string, number>();
  let total = 0;
  for (const column of columns) {
    ofColumn.set(column.name, total);
    total += marks.hasStreams ? substreamsOf(column, storage).length : 1;
  }
  return { ofColumn, total };
}

/** That the file says what the types do. Errors: CorruptionError. */
export function requireSubstreams(files: PartFiles, { columns, storage }: Columns): void {
  const lines = columns.flatMap((column) => {
    const streams = substreamsOf(column, storage);
    return [
      `${streams.length} substreams for column ${quoteName(column.name)}:`,
      ...streams.map((stream) => `\t${stream}`),
    ];
  });
  const text = `columns substreams version: 1\n${columns.length} columns:\n${lines.join('\n')}\n`;
  if (!files.readUnlisted(SUBSTREAMS_FILE).equals(Buffer.from(text)))
    throw new CorruptionError(files.path(SUBSTREAMS_FILE), 'the streams of the columns', 'others');
}

function substreamsOf(column: NamedType, storage: PartStorage): string[] {
  const own = storageOf(storage, column.name);
  const prefixes = codedPaths(column.type, columnPath(column.name, own));
  return [...prefixes.map(({ base }) => `${base}.dict_prefix`), ...streamsOf(column, own)];
}

/** Of every LowCardinality in a type. */
export function codedPaths(type: DataType, path: StreamPath): StreamPath[] {
  switch (type.kind) {
    case 'LowCardinality':
      return [path];
    case 'Array':
    case 'Map':
      return codedPaths(elementType(type), elementsPath(path));
    case 'Tuple':
      return type.elements.flatMap((element, i) => codedPaths(element.type, fieldPath(path, element, i)));
    default:
      return [];
  }
}
