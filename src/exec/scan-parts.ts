// scan-parts.ts — reads granules of parts into blocks in kernel memory, and the tail's rows behind them.
//
// Keeps true: a block is lent until the next one is asked for, because its memory is used again.
// A morsel is a run of granules of one part, about MORSEL_ROWS rows: what one read brings into the cache.

import type { PartsPath, ShardParts } from '../catalog/access.ts';
import { columnsOfPath } from '../catalog/definitions.ts';
import type { Part } from '../parts/part.ts';
import type { PartContents } from '../parts/part-contents.ts';
import type { LeasedColumns } from '../parts/reader-cache.ts';
import type { RowMask } from '../parts/row-mask.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { AccessPath, PartsAccess } from '../plan/plan.ts';
import { partPruner, type GranuleRange } from '../plan/prune-parts.ts';
import { columnSizeBytes, type Block, type Column } from '../types/column.ts';
import { gatherRows, rowsOfMask } from '../types/gather.ts';
import { lazyList } from '../types/lazy-list.ts';
import { checkpoint, type ExecContext } from './context.ts';

const MORSEL_ROWS = 65_536;

/** Granules [start, end) of one part, without the masked rows. */
export type Morsel<P extends PartContents = Part> = {
  readonly part: P;
  readonly granules: GranuleRange;
  readonly mask: RowMask;
};

export type PartsScan = AccessPath & { readonly parts: PartsAccess; readonly path: PartsPath };

/** What there is to read: granules of parts, and rows of tails. */
export type OpenedScan = { readonly morsels: readonly Morsel[]; readonly tails: readonly Block[] };

export async function openScan(scan: PartsScan, context: ExecContext): Promise<OpenedScan> {
  const { path, scanColumns: columns, appliedOnly, parts } = scan;
  const { shards: wanted, ranges } = parts;
  const shards = await context.view.parts({ path, shards: wanted, ranges, columns, appliedOnly });
  return { morsels: morselsOf(scan, shards, context), tails: shards.flatMap(({ tail }) => tail) };
}

/** Names of the columns of the scan's blocks. */
export function namesOf({ scanColumns, path, table }: PartsScan): string[] {
  const columns = columnsOfPath(path, table);
  return scanColumns.map((column) => columns[column]!.name);
}

/** Blocks of the scan's columns. */
export async function* scanParts(scan: PartsScan, context: ExecContext): AsyncGenerator<Block> {
  const { morsels, tails } = await openScan(scan, context);
  const names = namesOf(scan);
  const arena = new Arena((bytes) => context.memory.add(bytes));
  const lease = context.readers.lease();
  const held = lease.columns();
  const columns: Pick<LeasedColumns, 'read'> = {
    read: (...what) => {
      try {
        return held.read(...what);
      } catch (error) {
        throw context.view.blame(scan.path, error);
      }
    },
  };
  let left = scan.limit ?? Number.POSITIVE_INFINITY;
  try {
    for (const morsel of morsels) {
      if (left <= 0) return;
      checkpoint(context);
      arena.rewind();
      held.release();
      const block = readMorsel(morsel, names, columns, arena);
      countMorsel(morsel, context);
      left -= block.rowCount;
      if (block.rowCount > 0) yield block;
      context.counters.bytesRead += bytesOf(block);
      // Granules are read synchronously: others get their turn between them.
      await context.timers.yield();
    }
    for (const block of tails) if (left > 0) yield block;
  } finally {
    arena.release();
    held.release();
    lease.release();
  }
}

export function countMorsel({ part, granules }: Morsel, { counters }: ExecContext): void {
  counters.granulesRead += granules.end - granules.start;
  counters.entriesRead += part.granuleStarts[granules.end]! - part.granuleStarts[granules.start]!;
}

/** Of the columns that were looked at. */
export function bytesOf({ columns }: Block): number {
  const read = Object.values(Object.getOwnPropertyDescriptors(columns) as Record<string, PropertyDescriptor>);
  return read.reduce((total, { value }) => total + (isColumn(value) ? columnSizeBytes(value) : 0), 0);
}

const isColumn = (value: unknown): value is Column => typeof value === 'object';

/** What has to be read, and counts what the parts are. */
function morselsOf(scan: PartsScan, shards: readonly ShardParts[], { counters }: ExecContext): Morsel[] {
  const pruner = partPruner(scan.path, scan.table, scan.parts.restrictions);
  const morsels: Morsel[] = [];
  const partitions = { all: new Set<string>(), read: new Set<string>() };
  for (const { shard, parts } of shards) {
    for (const { part, mask } of parts) {
      const partition = `${shard}/${part.name.partitionId}`;
      partitions.all.add(partition);
      counters.parts++;
      counters.granules += part.granuleRows.length;
      const ranges = pruner.ranges(part);
      if (ranges.length === 0) continue;
      partitions.read.add(partition);
      counters.partsRead++;
      for (const range of ranges) morsels.push(...cut(part, range, mask));
    }
  }
  counters.partitions += partitions.all.size;
  counters.partitionsRead += partitions.read.size;
  return morsels;
}

function cut(part: Part, { start, end }: GranuleRange, mask: RowMask): Morsel[] {
  const morsels: Morsel[] = [];
  let from = start;
  for (let granule = start + 1; granule <= end; granule++) {
    const isFull =
      granule < end && part.granuleStarts[granule + 1]! - part.granuleStarts[from]! > MORSEL_ROWS;
    if (!isFull && granule < end) continue;
    morsels.push({ part, granules: { start: from, end: granule }, mask });
    from = granule;
  }
  return morsels;
}

/**
 * The morsel's rows that are not masked, in kernel memory. A column is read when it is first looked at: a condition
 * that keeps no row spares the others. Errors, then: CorruptionError naming the file.
 */
export function readMorsel(
  { part, granules, mask }: Morsel<PartContents>,
  names: readonly string[],
  held: Pick<LeasedColumns, 'read'>,
  arena: Arena,
): Block {
  const [start, end] = [part.granuleStarts[granules.start]!, part.granuleStarts[granules.end]!];
  const masked = mask.positionsIn(start, end);
  const rows = masked.length === 0 ? undefined : rowsWithout(masked, start, end, arena);
  const columns = lazyList(names.length, (i) => {
    const column = held.read(part, names[i]!, granules);
    return rows ? gatherRows(column, rows, arena) : column;
  });
  return { rowCount: rows ? rows.length : end - start, columns };
}

/** Positions of the rows [start, end) that are not masked, counted from `start`. */
function rowsWithout(masked: Uint32Array, start: number, end: number, arena: Arena): Uint32Array {
  const keep = arena.u8(end - start).fill(1);
  const { kernels } = kernelRuntime();
  kernels.maskClearAt(keep.byteOffset, arena.take(masked).byteOffset, masked.length, start);
  return rowsOfMask(keep, arena);
}
