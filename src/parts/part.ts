// part.ts — a part of a table: what its small files say. Reading columns is for PartReader.
//
// Keeps true: an opened part has all files with the sizes that checksums.txt says, the key's columns of the schema, an entry
// of the primary index for each granule and one for the last row, and the partition that its name says.

import { CorruptionError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { concatColumns, expandDictionary, takeRows } from '../types/block.ts';
import type { Column, NamedType } from '../types/column.ts';
import { type AdaptedColumn, adaptedColumns } from './adapted-columns.ts';
import { ByteReader } from './byte-reader.ts';
import type { Checksums } from './checksums-file.ts';
import { readDeletedRows } from './deleted-rows.ts';
import { boundsFileName } from './file-name.ts';
import { type PartContents, readPartContents } from './part-contents.ts';
import {
  COLUMNS_FILE,
  COMPRESSED_PRIMARY_FILE,
  isProjection,
  PARTITION_FILE,
  PartFiles,
  PRIMARY_FILE,
} from './part-files.ts';
import type { MarksFormat } from './marks-file.ts';
import { PartReader } from './part-reader.ts';
import type { PartStorage } from './serialization-file.ts';
import { parsePartName, type PartName } from './part-name.ts';
import { partitionIdOf } from './partition-id.ts';
import type { RowMask } from './row-mask.ts';
import type { PartSchema } from './schema.ts';
import { readRows } from './single-value.ts';

export class Part implements PartContents {
  readonly name: PartName;
  readonly folder: string;
  readonly checksums: Checksums;
  readonly columns: readonly NamedType[];
  readonly rowCount: number;
  readonly granuleRows: Uint32Array;
  readonly granuleStarts: Uint32Array;
  readonly hasFinalMark: boolean;
  readonly marks: MarksFormat;
  readonly storage: PartStorage;
  readonly indexGranularity: number;
  readonly adapted: ReadonlyMap<string, AdaptedColumn>;
  /** Per column of the primary key; a row for each granule's first row, and one for the part's last. */
  readonly index: readonly Column[];
  /** Per element of the partition key, of one row. */
  readonly partitionValues: readonly Column[];
  /** By position in the schema's columns: smallest and largest value of those that the partition key reads. */
  readonly minmax: ReadonlyMap<number, Column>;
  /** By a lightweight DELETE of ClickHouse. */
  readonly deletedRows: RowMask;
  /** Of all files that checksums.txt lists. */
  readonly sizeBytes: number;
  readonly uncompressedBytes: number;

  private constructor(name: PartName, contents: PartContents, files: PartFiles, schema: PartSchema) {
    this.name = name;
    this.folder = contents.folder;
    this.checksums = contents.checksums;
    this.columns = contents.columns;
    this.rowCount = contents.rowCount;
    this.granuleRows = contents.granuleRows;
    this.granuleStarts = contents.granuleStarts;
    this.hasFinalMark = contents.hasFinalMark;
    this.marks = contents.marks;
    this.storage = contents.storage;
    this.indexGranularity = contents.indexGranularity;
    this.adapted = contents.adapted ?? new Map();
    this.index = readIndex(contents, files, schema);
    this.partitionValues = readPartition(name, files, schema);
    this.minmax = readBounds(contents, files, schema);
    this.deletedRows = readDeletedRows(contents, files);
    const checksums = [...contents.checksums.values()];
    this.sizeBytes = checksums.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
    this.uncompressedBytes = checksums.reduce(
      (total, { decompressed }) => total + (decompressed?.sizeBytes ?? 0),
      0,
    );
  }

  /** Whether rows lie in it a second time, in another order: Winnow reads and writes no projections. */
  get hasProjections(): boolean {
    return [...this.checksums.keys()].some(isProjection);
  }

  /** Errors: CorruptionError naming the file; NOT_IMPLEMENTED naming the file and what is not supported. */
  static async open(files: Files, folder: string, schema: PartSchema): Promise<Part> {
    return Part.openSync(files, folder, schema);
  }

  /** As `open`, for worker threads. */
  static openSync(files: Files, folder: string, schema: PartSchema): Part {
    const folderName = folder.slice(folder.lastIndexOf('/') + 1);
    const name = parsePartName(folderName);
    if (!name) throw new CorruptionError(folder, 'the name of a part', `'${folderName}'`);
    const contents = readPartContents(files, folder, schema.indexGranularity);
    const partFiles = PartFiles.of(files, folder, contents.checksums);
    const adapted = adaptedColumns(contents.columns, schema, partFiles.path(COLUMNS_FILE));
    return new Part(name, { ...contents, adapted }, partFiles, schema);
  }
}

function readIndex(contents: PartContents, files: PartFiles, schema: PartSchema): Column[] {
  const { granuleRows, hasFinalMark } = contents;
  const key = schema.sortingKey.slice(0, schema.primaryKeyLength).map((column) => schema.columns[column]!);
  if (key.length === 0) return [];
  const isCompressed = files.has(COMPRESSED_PRIMARY_FILE);
  const file = isCompressed ? COMPRESSED_PRIMARY_FILE : PRIMARY_FILE;
  const reader = new ByteReader(
    isCompressed ? files.readDecompressed(file) : files.read(file),
    files.path(file),
  );
  const types = key.map(({ type }) => type);
  const granuleCount = granuleRows.length;
  const hasLast = granuleCount > 0 && hasFinalMark;
  const columns = readRows(reader, types, hasLast ? granuleCount + 1 : granuleCount);
  reader.end();
  return granuleCount === 0 || hasLast ? columns : withLastKey(columns, key, contents, files);
}

/** The index with the key of the part's last row, which ClickHouse writes only together with a final mark. */
function withLastKey(
  index: readonly Column[],
  key: readonly NamedType[],
  contents: PartContents,
  files: PartFiles,
): Column[] {
  const reader = new PartReader(files, contents);
  const arena = new Arena();
  const end = contents.granuleRows.length;
  const last = Uint32Array.of(contents.granuleRows[end - 1]! - 1);
  try {
    return key.map(({ name }, i) => {
      const granule = expandDictionary(reader.read(name, { start: end - 1, end }, arena));
      return concatColumns([index[i]!, takeRows(granule, last)]);
    });
  } finally {
    arena.release();
    reader.close();
  }
}

function readPartition(name: PartName, files: PartFiles, { partitionBy }: PartSchema): Column[] {
  const values: Column[] = [];
  if (partitionBy) {
    const reader = new ByteReader(files.read(PARTITION_FILE), files.path(PARTITION_FILE));
    values.push(
      ...readRows(
        reader,
        partitionBy.expressions.map(({ type }) => type),
        1,
      ),
    );
    reader.end();
  }
  const id = partitionIdOf(values, 0);
  if (id === name.partitionId) return values;
  throw new CorruptionError(files.path(PARTITION_FILE), `the values of partition ${name.partitionId}`, id);
}

function readBounds({ rowCount }: PartContents, files: PartFiles, schema: PartSchema): Map<number, Column> {
  const bounds = new Map<number, Column>();
  // A part without rows has no smallest row.
  if (rowCount === 0) return bounds;
  for (const column of schema.partitionBy?.sourceColumns ?? []) {
    const { name, type } = schema.columns[column]!;
    const file = boundsFileName(name);
    const reader = new ByteReader(files.read(file), files.path(file));
    bounds.set(column, readRows(reader, [type], 2)[0]!);
    reader.end();
  }
  return bounds;
}
