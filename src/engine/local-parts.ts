// local-parts.ts — a folder of parts as a table, without the table that they are of: columns.txt says which columns there are.

import { CorruptionError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { type PartContents, readPartContents } from '../parts/part-contents.ts';
import { readDeletedRows } from '../parts/deleted-rows.ts';
import { COLUMNS_FILE, PartFiles } from '../parts/part-files.ts';
import { PartReader } from '../parts/part-reader.ts';
import type { RowMask } from '../parts/row-mask.ts';
import { defaultPartSettings } from '../parts/schema.ts';
import type { VirtualTable } from '../plan/plan.ts';
import { expandDictionary, takeBlock } from '../types/block.ts';
import type { Block, NamedType } from '../types/column.ts';
import { sameType, typeName } from '../types/data-type.ts';
import { ownBlock } from '../types/own-block.ts';

/** Granules that are read at once. */
const RUN_GRANULES = 8;
/** Rows of a part that a lightweight DELETE took away. */
const ROW_EXISTS = '_row_exists';

/** Rows come part by part, in the order of the parts. Errors: NOT_IMPLEMENTED and CorruptionError of the parts, which name the file. */
export function partsTable(files: Files, path: string, folders: readonly string[]): VirtualTable {
  const parts = folders.map((folder) =>
    readPartContents(files, folder, defaultPartSettings.indexGranularity),
  );
  const columns = parts[0]!.columns.filter(({ name }) => name !== ROW_EXISTS);
  for (const part of parts) requireColumns(part, columns);
  const read = (wanted: readonly number[]): AsyncIterable<Block> =>
    blocksOf(
      files,
      parts,
      wanted.map((column) => columns[column]!),
    );
  return { kind: 'virtual', name: path, columns, read };
}

function requireColumns(part: PartContents, columns: readonly NamedType[]): void {
  const own = part.columns.filter(({ name }) => name !== ROW_EXISTS);
  const isSame = ({ name, type }: NamedType): boolean =>
    own.some((column) => column.name === name && sameType(column.type, type));
  if (own.length === columns.length && columns.every(isSame)) return;
  const listed = (list: readonly NamedType[]): string =>
    list.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ');
  throw new CorruptionError(`${part.folder}/${COLUMNS_FILE}`, `the columns ${listed(columns)}`, listed(own));
}

async function* blocksOf(
  files: Files,
  parts: readonly PartContents[],
  columns: readonly NamedType[],
): AsyncGenerator<Block> {
  for (const part of parts) {
    const deleted = readDeletedRows(part, PartFiles.of(files, part.folder, part.checksums));
    const reader = new PartReader(files, part);
    const arena = new Arena();
    try {
      for (let start = 0; start < part.granuleRows.length; start += RUN_GRANULES) {
        const end = Math.min(part.granuleRows.length, start + RUN_GRANULES);
        arena.rewind();
        const [firstRow, endRow] = [part.granuleStarts[start]!, part.granuleStarts[end]!];
        const rowCount = endRow - firstRow;
        const read = columns.map(({ name }) => expandDictionary(reader.read(name, { start, end }, arena)));
        const block = { rowCount, columns: read };
        yield ownBlock(
          deleted.count === 0 ? block : takeBlock(block, visibleRows(deleted, firstRow, endRow)),
        );
      }
    } finally {
      arena.release();
      reader.close();
    }
  }
}

/** Of rows [start, end), counted from `start`. */
function visibleRows(deleted: RowMask, start: number, end: number): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, row) => row).filter(
    (row) => !deleted.has(start + row),
  );
}
