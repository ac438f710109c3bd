// verify-part.ts — everything about a part that can be checked, also what ClickHouse never looks at: the order of the rows,
// what the primary index, the bounds and the skip indexes say about them, and that they belong to their partition.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import { evaluate } from '../expr/evaluate.ts';
import type { Files } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { writeSortKeys } from '../kernels/sort-keys.ts';
import { expandDictionary, takeRows } from '../types/block.ts';
import type { Block, Column } from '../types/column.ts';
import { compareAt } from '../types/compare.ts';
import { sortKeyOf } from '../types/sort-key.ts';
import type { FileChecksum } from './checksums-file.ts';
import { ColumnBounds } from './column-bounds.ts';
import { boundsFileName, streamFileName } from './file-name.ts';
import { Part } from './part.ts';
import {
  CHECKSUMS_FILE,
  COLUMNS_FILE,
  COMPACT_STREAM,
  DATA_EXTENSION,
  isProjection,
  PARTITION_FILE,
  PartFiles,
  PRIMARY_FILE,
} from './part-files.ts';
import { PartReader } from './part-reader.ts';
import { partitionIdOf } from './partition-id.ts';
import type { PartSchema } from './schema.ts';
import { storageOf, streamsOf } from './stream-names.ts';
import { verifyFile } from './verify-file.ts';
import { verifyProjection } from './verify-projection.ts';
import { SkipIndexChecks } from './verify-skip-index.ts';

/** Files that checksums.txt does not list. */
const unlisted = new Set([
  CHECKSUMS_FILE,
  COLUMNS_FILE,
  'columns_substreams.txt',
  'default_compression_codec.txt',
  'metadata_version.txt',
  'txn_version.txt',
]);

/**
 * What is wrong with a part, an error for each thing, which names the file; none when nothing is. `breathe` is awaited
 * between files and granules, so that others get their turn; what it throws ends the check.
 */
export async function verifyPart(
  files: Files,
  folder: string,
  schema: PartSchema,
  breathe: () => Promise<void> = async () => undefined,
): Promise<WinnowError[]> {
  const problems = new Problems();
  const part = await problems.collect(() => Part.open(files, folder, schema));
  if (!part) return problems.found;
  for (const name of await files.list(folder)) {
    if (!part.checksums.has(name) && !unlisted.has(name))
      problems.found.push(new CorruptionError(`${folder}/${name}`, 'an entry in checksums.txt', 'none'));
  }
  problems.found.push(...strangersTo(part));
  for (const [name, checksum] of part.checksums) {
    await problems.collect(() =>
      isProjection(name)
        ? verifyProjection(files, `${folder}/${name}`, checksum)
        : verifyFile(files, `${folder}/${name}`, verifiable(part, name, checksum)),
    );
    await breathe();
  }
  // Rows of damaged files would only repeat what was found.
  if (problems.found.length === 0) await problems.collect(() => verifyRows(files, part, schema, breathe));
  return problems.found;
}

/** Values of columns that columns.txt, which has no checksum, does not name: their rows would be missing unnoticed. */
function strangersTo({ folder, checksums, columns, storage, marks }: Part): CorruptionError[] {
  const streams = columns.flatMap((column) => streamsOf(column, storageOf(storage, column.name)));
  const known = new Set(marks.isCompact ? [COMPACT_STREAM] : streams.map(streamFileName));
  return [...checksums.keys()]
    .filter((name) => name.endsWith(DATA_EXTENSION) && !known.has(name.slice(0, -DATA_EXTENSION.length)))
    .map((name) => new CorruptionError(`${folder}/${name}`, 'a column of it in columns.txt', 'none'));
}

/** The content of a Compact part's data has a hash per codec there, put together in an order that is not known. */
function verifiable({ marks }: Part, name: string, checksum: FileChecksum): FileChecksum {
  const isCompactData = marks.isCompact && name === `${COMPACT_STREAM}${DATA_EXTENSION}`;
  return isCompactData ? { ...checksum, decompressed: undefined } : checksum;
}

class Problems {
  readonly found: WinnowError[] = [];

  /** The result, unless damage was found. */
  async collect<T>(check: () => Promise<T>): Promise<T | undefined> {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
      this.found.push(error);
      return undefined;
    }
  }
}

async function verifyRows(
  files: Files,
  part: Part,
  schema: PartSchema,
  breathe: () => Promise<void>,
): Promise<void> {
  const reader = new PartReader(files, part);
  const arena = new Arena();
  const rows = new RowChecks(part, schema);
  const indexes = new SkipIndexChecks(PartFiles.of(files, part.folder, part.checksums), schema);
  try {
    for (let granule = 0; granule < part.granuleRows.length; granule++) {
      arena.rewind();
      const granules = { start: granule, end: granule + 1 };
      const columns = schema.columns.map(({ name }) => reader.read(name, granules, arena));
      const block = { rowCount: part.granuleRows[granule]!, columns: columns.map(expandDictionary) };
      rows.add(block, granule, arena);
      indexes.add(block);
      await breathe();
    }
    rows.end();
    await indexes.end();
  } finally {
    indexes.release();
    arena.release();
    reader.close();
  }
}

/** What is true of all rows of a part together, granule after granule. */
class RowChecks {
  readonly #part: Part;
  readonly #schema: PartSchema;
  /** The sorting key of the last row so far. */
  #lastKey: readonly Column[] | undefined;
  readonly #bounds: ReadonlyMap<number, ColumnBounds>;

  constructor(part: Part, schema: PartSchema) {
    this.#part = part;
    this.#schema = schema;
    const sources = schema.partitionBy?.sourceColumns ?? [];
    this.#bounds = new Map(sources.map((column) => [column, new ColumnBounds()] as const));
  }

  add(block: Block, granule: number, arena: Arena): void {
    const { sortingKey, primaryKeyLength } = this.#schema;
    const key = sortingKey.map((column) => block.columns[column]!);
    this.#requireOrder(key, block.rowCount, granule, arena);
    this.#requireIndex(key.slice(0, primaryKeyLength), 0, granule);
    this.#requirePartition(block, granule);
    for (const [column, bounds] of this.#bounds) bounds.add(block.columns[column]!);
    this.#lastKey = key.map((column) => takeRows(column, Uint32Array.of(block.rowCount - 1)));
  }

  /** After the last granule. */
  end(): void {
    const { folder, granuleRows, minmax } = this.#part;
    if (this.#lastKey)
      this.#requireIndex(this.#lastKey.slice(0, this.#schema.primaryKeyLength), 0, granuleRows.length);
    for (const [column, { bounds }] of this.#bounds) {
      const stored = minmax.get(column);
      if (!bounds || !stored) continue;
      const isTrue = compareAt(bounds, 0, stored, 0) === 0 && compareAt(bounds, 1, stored, 1) === 0;
      const file = boundsFileName(this.#schema.columns[column]!.name);
      if (!isTrue) throw new CorruptionError(`${folder}/${file}`, 'the smallest and largest value', 'others');
    }
  }

  #requireOrder(key: readonly Column[], rowCount: number, granule: number, arena: Arena): void {
    const keys = writeSortKeys(
      arena,
      key.map((column) => sortKeyOf(column)),
    );
    const first = kernelRuntime().kernels.firstUnsorted(keys, key.length, rowCount);
    const followsLast = !this.#lastKey || compareKeys(this.#lastKey, 0, key, 0) <= 0;
    if (followsLast && first === rowCount) return;
    const row = this.#part.granuleStarts[granule]! + (followsLast ? first : 0);
    throw new CorruptionError(
      this.#part.folder,
      'rows in the order of the sorting key',
      `row ${row} too late`,
    );
  }

  /** That entry `entry` of the primary index is the key of `row`. */
  #requireIndex(key: readonly Column[], row: number, entry: number): void {
    if (compareKeys(key, row, this.#part.index, entry) === 0) return;
    throw new CorruptionError(
      `${this.#part.folder}/${PRIMARY_FILE}`,
      `the key of its row as entry ${entry}`,
      'another',
    );
  }

  #requirePartition(block: Block, granule: number): void {
    const { partitionBy } = this.#schema;
    if (!partitionBy) return;
    const { name, folder } = this.#part;
    const bounds = partitionBy.expressions.map((expression) => {
      const ofValues = new ColumnBounds();
      ofValues.add(evaluate(expression, block));
      return ofValues.bounds!;
    });
    for (const row of [0, 1]) {
      const id = partitionIdOf(bounds, row);
      if (id !== name.partitionId)
        throw new CorruptionError(
          `${folder}/${PARTITION_FILE}`,
          `rows of partition ${name.partitionId}`,
          `one of ${id} in granule ${granule}`,
        );
    }
  }
}

function compareKeys(a: readonly Column[], i: number, b: readonly Column[], j: number): number {
  for (const [k, column] of a.entries()) {
    const order = compareAt(column, i, b[k]!, j);
    if (order !== 0) return order;
  }
  return 0;
}
