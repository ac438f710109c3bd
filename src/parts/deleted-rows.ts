// deleted-rows.ts — rows of a part that a lightweight DELETE of ClickHouse marked: the column _row_exists has 0 there.

import { assert } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column } from '../types/column.ts';
import { rowsOfMask } from '../types/gather.ts';
import type { PartContents } from './part-contents.ts';
import { COLUMNS_FILE, type PartFiles } from './part-files.ts';
import { PartReader } from './part-reader.ts';
import { RowMask } from './row-mask.ts';
import { requireFlags } from './stored-values.ts';

const ROW_EXISTS = '_row_exists';

/** Granules that are read at once. */
const CHUNK_GRANULES = 64;

/** Errors: CorruptionError naming the file. */
export function readDeletedRows(part: PartContents, files: PartFiles): RowMask {
  const column = part.columns.find(({ name }) => name === ROW_EXISTS);
  if (!column) return RowMask.none;
  if (column.type.kind !== 'UInt8')
    throw new CorruptionError(files.path(COLUMNS_FILE), `${ROW_EXISTS} of type UInt8`, column.type.kind);
  const reader = new PartReader(files, part);
  const arena = new Arena();
  let deleted = RowMask.none;
  try {
    for (let start = 0; start < part.granuleRows.length; start += CHUNK_GRANULES) {
      const end = Math.min(part.granuleRows.length, start + CHUNK_GRANULES);
      arena.rewind();
      const firstRow = part.granuleStarts[start]!;
      const exists = reader.read(ROW_EXISTS, { start, end }, arena);
      deleted = deleted.with(absentRows(exists, files.path(ROW_EXISTS), arena).map((row) => firstRow + row));
    }
    return deleted;
  } finally {
    arena.release();
    reader.close();
  }
}

function absentRows(exists: Column, path: string, arena: Arena): Uint32Array {
  assert(exists.layout === 'fixed', 'UInt8 is a number');
  const { rowCount, values } = exists;
  requireFlags({ path }, values.byteOffset, rowCount);
  const isAbsent = arena.u8(rowCount);
  kernelRuntime().kernels.maskNot(values.byteOffset, rowCount, isAbsent.byteOffset);
  return rowsOfMask(isAbsent, arena);
}
