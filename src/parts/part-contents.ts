// part-contents.ts — what a part's folder says by itself, without the table: columns, rows, granules, files.
//
// A worker thread opens a part from its folder this way and reads columns of it.
// Parts that hold what Winnow does not read are refused by the name of the file and of the feature.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';
import { fixedArrays, type NamedType } from '../types/column.ts';
import { physicalOf } from '../types/data-type.ts';
import type { AdaptedColumn } from './adapted-columns.ts';
import type { Checksums } from './checksums-file.ts';
import { parseColumns } from './columns-file.ts';
import { streamFileName } from './file-name.ts';
import { type Marks, type MarksFormat, marksFormatOf, readMarks } from './marks-file.ts';
import { COLUMNS_FILE, COMPACT_STREAM, COUNT_FILE, DATA_EXTENSION, PartFiles } from './part-files.ts';
import { parseSerialization, type PartStorage, plainPartStorage } from './serialization-file.ts';
import {
  columnPath,
  requireStorable,
  sparseValueType,
  storageOf,
  streamsOf,
  type StreamPath,
} from './stream-names.ts';
import { compactPositions, requireSubstreams } from './substreams-file.ts';

export type PartContents = {
  readonly folder: string;
  readonly checksums: Checksums;
  readonly columns: readonly NamedType[];
  readonly rowCount: number;
  readonly granuleRows: Uint32Array;
  /** Where each granule begins, and the end. */
  readonly granuleStarts: Uint32Array;
  /** The primary index has an entry for the last row too. */
  readonly hasFinalMark: boolean;
  readonly marks: MarksFormat;
  readonly storage: PartStorage;
  /** By name, columns of the table that the part has otherwise or not at all; undefined when no table is known. */
  readonly adapted?: ReadonlyMap<string, AdaptedColumn>;
  /** Of the table: rows of every granule but the last, in a part whose marks have none. */
  readonly indexGranularity: number;
};

/** What the other files are read by. */
type Layout = Pick<PartContents, 'columns' | 'rowCount' | 'marks' | 'storage' | 'indexGranularity'>;

/** Rows are counted by 32 bits. */
const MAX_ROWS = 0xffff_ffff;

const SERIALIZATION_FILE = 'serialization.json';

/** `indexGranularity` is the table's. Errors: CorruptionError, NOT_IMPLEMENTED; both name the file. */
export function readPartContents(files: Files, folder: string, indexGranularity: number): PartContents {
  const partFiles = PartFiles.of(files, folder);
  if (partFiles.has('data.packed'))
    throw new WinnowError(
      'NOT_IMPLEMENTED',
      `${partFiles.path('data.packed')}: packed parts are not supported yet`,
    );
  const columns = parseColumns(partFiles.readUnlisted(COLUMNS_FILE), partFiles.path(COLUMNS_FILE));
  requireReadableColumns(columns, partFiles);
  partFiles.requireSizes();
  const layout = {
    columns,
    rowCount: readCount(partFiles),
    marks: readMarksFormat(partFiles),
    storage: readStorage(partFiles),
    indexGranularity,
  };
  if (layout.marks.hasStreams) requireSubstreams(partFiles, layout);
  const { rows: granuleRows, hasFinalMark } = readGranules(layout, partFiles);
  if (!layout.marks.isCompact) requireStreams(layout, partFiles);
  const { checksums } = partFiles;
  return { folder, checksums, ...layout, granuleRows, granuleStarts: startsOf(granuleRows), hasFinalMark };
}

/** By the files there are; all marks of a part have one format. */
function readMarksFormat(files: PartFiles): MarksFormat {
  const formats = new Map<string, MarksFormat>();
  for (const name of files.checksums.keys()) {
    const format = marksFormatOf(name);
    if (format) formats.set(format.extension, format);
  }
  const [format] = formats.values();
  if (format && formats.size === 1) return format;
  throw new CorruptionError(files.folder, 'marks of one kind', [...formats.keys()].join(' and ') || 'none');
}

/** Without serialization.json, columns lie as their types say. */
function readStorage(files: PartFiles): PartStorage {
  if (!files.has(SERIALIZATION_FILE)) return plainPartStorage;
  return parseSerialization(files.read(SERIALIZATION_FILE), files.path(SERIALIZATION_FILE));
}

function requireReadableColumns(columns: readonly NamedType[], files: PartFiles): void {
  if (columns.length === 0) throw new CorruptionError(files.path(COLUMNS_FILE), 'columns', 'none');
  try {
    requireStorable(columns);
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

/** The marks of the first stream. */
function readGranules(layout: Layout, files: PartFiles): Marks {
  const { columns, storage, marks, rowCount } = layout;
  const [first] = columns as [NamedType];
  const stream = marks.isCompact
    ? COMPACT_STREAM
    : streamFileName(streamsOf(first, storageOf(storage, first.name))[0]!);
  const file = `${stream}${marks.extension}`;
  const dataBytes = files.checksum(`${stream}${DATA_EXTENSION}`).sizeBytes;
  const positionCount = marks.isCompact ? compactPositions(layout).total : 1;
  const found = readMarks(files, file, { ...layout, format: marks, dataBytes, positionCount });
  const total = found.rows.reduce((sum, count) => sum + count, 0);
  if (total !== rowCount)
    throw new CorruptionError(files.path(file), `granules of ${rowCount} rows`, `${total}`);
  return found;
}

/** That every stream of a Wide part is there, and as large as its rows say where that is certain. */
function requireStreams({ columns, storage, marks, rowCount }: Layout, files: PartFiles): void {
  for (const column of columns) {
    const path = columnPath(column.name, storageOf(storage, column.name));
    for (const stream of streamsOf(column, path.storage).map(streamFileName)) {
      files.checksum(`${stream}${marks.extension}`);
      if (!files.checksum(`${stream}${DATA_EXTENSION}`).decompressed)
        throw new CorruptionError(files.path(`${stream}${DATA_EXTENSION}`), 'a compressed file', 'another');
    }
    requireValues(column, path, rowCount, files);
  }
}

function requireValues({ type }: NamedType, path: StreamPath, rowCount: number, files: PartFiles): void {
  const physical = physicalOf(type);
  const isCertain = type.kind !== 'LowCardinality' && !sparseValueType(type, path);
  if (!isCertain || physical === 'bytes' || physical === 'array' || physical === 'tuple') return;
  const data = `${streamFileName(path.base)}${DATA_EXTENSION}`;
  const expected = rowCount * fixedArrays[physical].BYTES_PER_ELEMENT;
  const found = files.checksum(data).decompressed?.sizeBytes;
  if (found !== expected)
    throw new CorruptionError(files.path(data), `${expected} bytes of values`, `${found}`);
}

function startsOf(granuleRows: Uint32Array): Uint32Array {
  const starts = new Uint32Array(granuleRows.length + 1);
  for (const [i, rows] of granuleRows.entries()) starts[i + 1] = starts[i]! + rows;
  return starts;
}
