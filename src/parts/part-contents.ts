// part-contents.ts — what a part's folder says by itself, without the table: columns, rows, granules, files.
//
// A worker thread opens a part from its folder this way and reads columns of it.
// Parts that hold what Winnow does not read are refused by the name of the file and of the feature.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';
import type { NamedType } from '../types/column.ts';
import { physicalOf } from '../types/data-type.ts';
import { fixedArrays } from '../types/column.ts';
import type { Checksums } from './checksums-file.ts';
import { parseColumns } from './columns-file.ts';
import { streamFileName } from './file-name.ts';
import { decodeMarks } from './marks-file.ts';
import { COLUMNS_FILE, COUNT_FILE, DATA_EXTENSION, MARKS_EXTENSION, PartFiles } from './part-files.ts';
import { unreadableSerialization } from './serialization-file.ts';
import { requireStorable, streamsOf } from './stream-names.ts';

export type PartContents = {
  readonly folder: string;
  readonly checksums: Checksums;
  readonly columns: readonly NamedType[];
  readonly rowCount: number;
  readonly granuleRows: Uint32Array;
  /** Where each granule begins, and the end. */
  readonly granuleStarts: Uint32Array;
};

/** Rows are counted by 32 bits. */
const MAX_ROWS = 0xffff_ffff;

const SERIALIZATION_FILE = 'serialization.json';

/** Files by which what Winnow does not read shows. */
const refused: readonly (readonly [RegExp, string])[] = [
  [/^data\.bin$|\.c?mrk[34]$/, 'Compact parts'],
  [/\.cmrk2?$/, 'compressed marks'],
  [/\.mrk$/, 'marks of fixed granules'],
  [/^primary\.cidx$/, 'a compressed primary index'],
  [/\.sparse\.idx\.bin$/, 'sparse columns'],
  [/\.size\.bin$/, 'sizes of strings in a stream of their own'],
  [/\.proj$/, 'projections'],
  [/^data\.packed$/, 'packed parts'],
];

/** Errors: CorruptionError, NOT_IMPLEMENTED; both name the file. */
export function readPartContents(files: Files, folder: string): PartContents {
  const partFiles = PartFiles.of(files, folder);
  for (const name of partFiles.checksums.keys()) requireReadable(name, partFiles);
  requirePlainSerialization(partFiles);
  const columns = parseColumns(partFiles.readUnlisted(COLUMNS_FILE), partFiles.path(COLUMNS_FILE));
  requireReadableColumns(columns, partFiles);
  partFiles.requireSizes();
  const rowCount = readCount(partFiles);
  const granuleRows = readGranules(columns, partFiles, rowCount);
  requireStreams(columns, partFiles, rowCount);
  const { checksums } = partFiles;
  return { folder, checksums, columns, rowCount, granuleRows, granuleStarts: startsOf(granuleRows) };
}

function requireReadable(name: string, files: PartFiles): void {
  const feature = refused.find(([pattern]) => pattern.test(name))?.[1];
  if (feature !== undefined) throw notReadable(files.path(name), feature);
}

function notReadable(path: string, feature: string): WinnowError {
  return new WinnowError('NOT_IMPLEMENTED', `${path}: ${feature} are not supported yet`);
}

/** Without serialization.json, or with one that changes nothing, columns lie as their types say. */
function requirePlainSerialization(files: PartFiles): void {
  if (!files.has(SERIALIZATION_FILE)) return;
  const path = files.path(SERIALIZATION_FILE);
  const feature = unreadableSerialization(files.read(SERIALIZATION_FILE), path);
  if (feature !== undefined) throw notReadable(path, feature);
}

function requireReadableColumns(columns: readonly NamedType[], files: PartFiles): void {
  if (columns.some(({ name }) => name === '_row_exists'))
    throw notReadable(files.path(COLUMNS_FILE), 'lightweight deletes (_row_exists)');
  if (columns.length === 0) throw new CorruptionError(files.path(COLUMNS_FILE), 'columns', 'none');
  try {
    columns.forEach(requireStorable);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    throw new WinnowError(error.code, `${files.path(COLUMNS_FILE)}: ${error.message}`);
  }
}

function readCount(files: PartFiles): number {
  const text = files.read(COUNT_FILE).toString('latin1');
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_ROWS) return Number(text);
  throw new CorruptionError(files.path(COUNT_FILE), 'a number of rows below 2^32', `'${text.slice(0, 20)}'`);
}

/** Rows of each granule, by the marks of the first stream. */
function readGranules(columns: readonly NamedType[], files: PartFiles, rowCount: number): Uint32Array {
  const stream = streamFileName(streamsOf(columns[0]!)[0]!);
  const file = `${stream}${MARKS_EXTENSION}`;
  const dataBytes = files.checksum(`${stream}${DATA_EXTENSION}`).sizeBytes;
  const { rows } = decodeMarks(files.read(file), files.path(file), dataBytes);
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (total !== rowCount)
    throw new CorruptionError(files.path(file), `granules of ${rowCount} rows`, `${total}`);
  return rows;
}

/** That every stream is there, and as large as its rows say where that is certain. */
function requireStreams(columns: readonly NamedType[], files: PartFiles, rowCount: number): void {
  for (const column of columns) {
    for (const stream of streamsOf(column).map(streamFileName)) {
      files.checksum(`${stream}${MARKS_EXTENSION}`);
      if (!files.checksum(`${stream}${DATA_EXTENSION}`).decompressed)
        throw new CorruptionError(files.path(`${stream}${DATA_EXTENSION}`), 'a compressed file', 'another');
    }
    const physical = physicalOf(column.type);
    if (physical === 'bytes' || physical === 'array' || physical === 'tuple') continue;
    const data = `${streamFileName(streamsOf(column).at(-1)!)}${DATA_EXTENSION}`;
    const expected = rowCount * fixedArrays[physical].BYTES_PER_ELEMENT;
    const found = files.checksum(data).decompressed?.sizeBytes;
    if (found !== expected)
      throw new CorruptionError(files.path(data), `${expected} bytes of values`, `${found}`);
  }
}

function startsOf(granuleRows: Uint32Array): Uint32Array {
  const starts = new Uint32Array(granuleRows.length + 1);
  for (const [i, rows] of granuleRows.entries()) starts[i + 1] = starts[i]! + rows;
  return starts;
}
