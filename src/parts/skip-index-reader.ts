// skip-index-reader.ts — what a skip index says of the granules of a part: `skp_idx_<name>.idx`, of minmax `.idx2`.
//
//   granules one after the other, in compressed blocks; each covers `granularity` granules of the part, the last one perhaps fewer
//   minmax        per expression: smallest value, largest value (single-value.ts); NULL counts as largest.
//                 In the older `.idx`, of Nullable types: 1 when nothing is known, else 0 and both values, which leave NULL out
//   set           number of rows u64, 0 when there were too many; per expression its values (inline-values.ts)
//   bloom_filter  number of hashes as LEB128, of which the size of a filter follows; per expression a filter
//   ngrambf_v1, tokenbf_v1   per expression a filter
//
// Keeps true: a file is read whole, and must hold exactly as many granules as the part asks for. Marks are not needed for
// that, and are not looked at.

import { CorruptionError } from '../base/errors.ts';
import { concatColumns } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { compareAt } from '../types/compare.ts';
import { type DataType, isNullable, withoutNullable } from '../types/data-type.ts';
import { bloomFilterBytes, bloomShapeOf } from './bloom-hash.ts';
import { ByteReader } from './byte-reader.ts';
import { decompressAll } from './compressed-block.ts';
import { skipIndexFileName } from './file-name.ts';
import { readInlineValues } from './inline-values.ts';
import type { PartFiles } from './part-files.ts';
import { readRows } from './single-value.ts';
import type { SkipIndex } from './skip-index.ts';

export type Bounds = {
  /** Per granule. */
  readonly low: Column;
  readonly high: Column;
  /** NULL may be there beside what lies within the bounds. */
  readonly omitsNull: boolean;
};

export type SkipGranules = { readonly count: number } & (
  | {
      readonly kind: 'minmax';
      /** Per expression. */
      readonly bounds: readonly Bounds[];
      /** Per granule: 0 when its bounds say nothing. */
      readonly isKnown: Uint8Array;
    }
  | {
      readonly kind: 'set';
      /** Rows [starts[g], starts[g + 1]) of the columns are those of granule g. */
      readonly starts: Uint32Array;
      /** Per granule: 0 when it had too many rows. */
      readonly isKnown: Uint8Array;
      /** Per expression. */
      readonly columns: readonly Column[];
    }
  | {
      readonly kind: 'bloom';
      /** Per granule, per expression. */
      readonly filters: readonly (readonly Uint8Array[])[];
    }
);

/** The file of the index; undefined when the part does not have it. */
export function skipIndexFile(files: PartFiles, index: SkipIndex): string | undefined {
  const name = skipIndexFileName(index.name);
  return extensionsOf(index)
    .map((extension) => name + extension)
    .find((file) => files.has(file));
}

/** Errors: CorruptionError naming the file, NOT_IMPLEMENTED of codecs. */
export function readSkipGranules(
  files: PartFiles,
  file: string,
  index: SkipIndex,
  granuleCount: number,
): SkipGranules {
  const reader = new ByteReader(contentOf(files, file), files.path(file));
  const count = Math.ceil(granuleCount / index.granularity);
  const isOld = index.type.kind === 'minmax' && file.endsWith(OLD_EXTENSION);
  const granules = readGranules(reader, index, count, isOld);
  reader.end();
  return granules;
}

const OLD_EXTENSION = '.idx';

const extensionsOf = ({ type }: SkipIndex): readonly string[] =>
  type.kind === 'minmax' ? ['.idx2', OLD_EXTENSION] : [OLD_EXTENSION];

function contentOf(files: PartFiles, name: string): Buffer {
  const { decompressed } = files.checksum(name);
  if (!decompressed) throw new CorruptionError(files.path(name), 'a compressed file', 'another');
  const content = decompressAll(files.read(name), files.path(name), decompressed.sizeBytes);
  if (content.length === decompressed.sizeBytes) return content;
  throw new CorruptionError(files.path(name), `${decompressed.sizeBytes} bytes`, `${content.length}`);
}

function readGranules(reader: ByteReader, index: SkipIndex, count: number, isOld: boolean): SkipGranules {
  const { type, expressions } = index;
  const types = expressions.map((expression) => expression.type);
  switch (type.kind) {
    case 'minmax':
      return isOld && types.some(isNullable)
        ? readOldBounds(reader, types, count)
        : readBounds(reader, types, count);
    case 'set':
      return readSets(reader, types, count, type.maxRows);
    case 'bloom_filter':
      return readFilters(reader, types.length, count, () => filterBytes(reader, type.falsePositiveRate));
    default:
      return readFilters(reader, types.length, count, () => type.filter.sizeBytes);
  }
}

function readBounds(reader: ByteReader, types: readonly DataType[], count: number): SkipGranules {
  const columns = readRows(
    reader,
    types.flatMap((type) => [type, type]),
    count,
  );
  const bounds = types.map((_, i) => ({ low: columns[2 * i]!, high: columns[2 * i + 1]!, omitsNull: false }));
  for (const each of bounds) requireOrder(reader, each, count);
  return { kind: 'minmax', count, bounds, isKnown: new Uint8Array(count).fill(1) };
}

function requireOrder({ file }: ByteReader, { low, high }: Bounds, count: number): void {
  // ClickHouse leaves NaN out unless there is nothing else, or a granule of the part had nothing else.
  if (withoutNullable(low.type).kind.startsWith('Float')) return;
  for (let granule = 0; granule < count; granule++)
    if (compareAt(low, granule, high, granule) > 0)
      throw new CorruptionError(file, `bounds in order in granule ${granule}`, 'others');
}

function readOldBounds(reader: ByteReader, types: readonly DataType[], count: number): SkipGranules {
  const isKnown = new Uint8Array(count).fill(1);
  const builders = types.map((type) => ({ low: createColumnBuilder(type), high: createColumnBuilder(type) }));
  for (let granule = 0; granule < count; granule++) {
    for (const { low, high } of builders) {
      const { type } = low;
      if (isNullable(type) && readFlag(reader)) {
        isKnown[granule] = 0;
        low.appendNull();
        high.appendNull();
      } else {
        const inner = withoutNullable(type);
        const [least, greatest] = readRows(reader, [inner, inner], 1);
        low.appendFrom(least!, 0);
        high.appendFrom(greatest!, 0);
      }
    }
  }
  const bounds = builders.map(({ low, high }) => ({
    low: low.finish(),
    high: high.finish(),
    omitsNull: isNullable(low.type),
  }));
  for (const each of bounds) requireOrder(reader, each, count);
  return { kind: 'minmax', count, bounds, isKnown };
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.byte();
  if (flag <= 1) return flag === 1;
  throw new CorruptionError(reader.file, `0 or 1 at ${reader.at - 1}`, String(flag));
}

function readSets(
  reader: ByteReader,
  types: readonly DataType[],
  count: number,
  maxRows: number,
): SkipGranules {
  const starts = new Uint32Array(count + 1);
  const isKnown = new Uint8Array(count);
  const pieces: Column[][] = types.map((type) => [createColumnBuilder(type, 1).finish()]);
  for (let granule = 0; granule < count; granule++) {
    const rowCount = reader.count();
    if ((maxRows > 0 && rowCount > maxRows) || rowCount > reader.left)
      throw new CorruptionError(reader.file, `a set of ${maxRows} rows before ${reader.at}`, `${rowCount}`);
    starts[granule + 1] = starts[granule]! + rowCount;
    if (rowCount === 0) continue;
    isKnown[granule] = 1;
    for (const [i, type] of types.entries()) pieces[i]!.push(readInlineValues(reader, type, rowCount));
  }
  return { kind: 'set', count, starts, isKnown, columns: pieces.map(concatColumns) };
}

function readFilters(
  reader: ByteReader,
  expressionCount: number,
  count: number,
  nextBytes: () => number,
): SkipGranules {
  const filters = Array.from({ length: count }, () => {
    const sizeBytes = nextBytes();
    return Array.from({ length: expressionCount }, () => reader.take(sizeBytes));
  });
  return { kind: 'bloom', count, filters };
}

/** Of a filter with as many hashes as stand there. */
function filterBytes(reader: ByteReader, falsePositiveRate: number): number {
  const hashCount = reader.varuint();
  const sizeBytes = bloomFilterBytes(bloomShapeOf(falsePositiveRate), hashCount);
  if (hashCount > 0) return sizeBytes;
  throw new CorruptionError(reader.file, `a number of hashes before ${reader.at}`, '0');
}
