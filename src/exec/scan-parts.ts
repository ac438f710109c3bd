// scan-parts.ts — reads granules of parts into blocks in kernel memory, and the tail's rows behind them.
//
// Keeps true: a block is lent until the next one is asked for, because its memory is used again; all conditions that bitmaps
// may decide are true for its rows.
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
import { BitmapSelector } from './bitmap-selection.ts';
import { checkpoint, type ExecContext } from './context.ts';
import { Filter } from './filter.ts';
import { withoutSkipped } from './skip-granules.ts';

const MORSEL_ROWS = 65_536;

/** Granules [start, end) of one part, without the masked rows. */
export type Morsel<P extends PartContents = Part> = {
  readonly part: P;
  readonly granules: GranuleRange;
  readonly mask: RowMask;
  /** Set when bitmaps have chosen among the rows. */
  readonly selected: Selected | undefined;
  /** No condition that bitmaps may decide is left to ask. */
  readonly isDecided: boolean;
};

/** A bit per row, low bit first, from bit `first` on. */
export type Selected = { readonly bits: Uint8Array; readonly first: number };

export type PartsScan = AccessPath & { readonly parts: PartsAccess; readonly path: PartsPath };

/** What there is to read, until `release`: granules of parts, and rows of tails. */
export type OpenedScan = {
  readonly morsels: readonly Morsel[];
  readonly tails: readonly Block[];
  readonly release: () => void;
};

export async function openScan(scan: PartsScan, context: ExecContext): Promise<OpenedScan> {
  const { path, scanColumns: columns, appliedOnly, parts } = scan;
  const { shards: wanted, ranges } = parts;
  const shards = await context.view.parts({ path, shards: wanted, ranges, columns, appliedOnly });
  const selector = new BitmapSelector(parts.bitmaps, (bytes) => context.memory.add(bytes));
  const release = (): void => selector.release();
  try {
    const morsels = await morselsOf(scan, shards, selector, context);
    return { morsels, tails: shards.flatMap(({ tail }) => tail), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Names of the columns of the scan's blocks. */
export function namesOf({ scanColumns, path, table }: PartsScan): string[] {
  const columns = columnsOfPath(path, table);
  return scanColumns.map((column) => columns[column]!.name);
}

/** Blocks of the scan's columns. */
export async function* scanParts(scan: PartsScan, context: ExecContext): AsyncGenerator<Block> {
  const { morsels, tails, release } = await openScan(scan, context);
  const account = (bytes: number): void => context.memory.add(bytes);
  const undecided = new Filter(scan.parts.bitmaps?.undecided ?? [], account);
  const names = namesOf(scan);
  const arena = new Arena(account);
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
      const rows = morsel.isDecided ? block : undecided.apply(block);
      left -= rows.rowCount;
      if (rows.rowCount > 0) yield rows;
      context.counters.bytesRead += bytesOf(block);
      // Granules are read synchronously: others get their turn between them.
      await context.timers.yield();
    }
    for (const block of tails) if (left > 0) yield undecided.apply(block);
  } finally {
    release();
    undecided.close();
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
async function morselsOf(
  scan: PartsScan,
  shards: readonly ShardParts[],
  selector: BitmapSelector,
  context: ExecContext,
): Promise<Morsel[]> {
  const { counters, timers } = context;
  const { skipIndexes, bitmaps: byBitmaps } = scan.parts;
  const pruner = partPruner(scan.path, scan.table, scan.parts.restrictions);
  const morsels: Morsel[] = [];
  const partitions = { all: new Set<string>(), read: new Set<string>() };
  for (const { shard, parts, bitmaps } of shards) {
    for (const { part, mask } of parts) {
      const partition = `${shard}/${part.name.partitionId}`;
      partitions.all.add(partition);
      counters.parts++;
      counters.granules += part.granuleRows.length;
      const left = withoutSkipped(part, pruner.ranges(part), scan, context);
      // Indexes are read synchronously: others get their turn between parts.
      if (skipIndexes.length > 0 || byBitmaps) {
        await timers.yield();
        checkpoint(context);
      }
      const { ranges, bits, isDecided } = selector.narrow(part, left, bitmaps, counters);
      if (ranges.length === 0) continue;
      partitions.read.add(partition);
      counters.partsRead++;
      for (const range of ranges)
        for (const granules of cut(part, range))
          morsels.push({ part, granules, mask, selected: selectedOf(part, granules, bits), isDecided });
    }
  }
  counters.partitions += partitions.all.size;
  counters.partitionsRead += partitions.read.size;
  return morsels;
}

function cut(part: Part, { start, end }: GranuleRange): GranuleRange[] {
  const pieces: GranuleRange[] = [];
  let from = start;
  for (let granule = start + 1; granule <= end; granule++) {
    const isFull =
      granule < end && part.granuleStarts[granule + 1]! - part.granuleStarts[from]! > MORSEL_ROWS;
    if (!isFull && granule < end) continue;
    pieces.push({ start: from, end: granule });
    from = granule;
  }
  return pieces;
}

/** The bits of the granules, of those of the part. */
function selectedOf(part: Part, granules: GranuleRange, bits: Uint8Array | undefined): Selected | undefined {
  if (!bits) return undefined;
  const [start, end] = [part.granuleStarts[granules.start]!, part.granuleStarts[granules.end]!];
  return { bits: bits.subarray(start >> 3, Math.ceil(end / 8)), first: start & 7 };
}

/** Rows that a morsel has, masked ones included. */
export function selectedRows({ part, granules, selected }: Morsel): number {
  const rowCount = part.granuleStarts[granules.end]! - part.granuleStarts[granules.start]!;
  if (!selected) return rowCount;
  const { bits, first } = selected;
  return kernelRuntime().kernels.countBits(bits.byteOffset, first, first + rowCount);
}

/**
 * The morsel's rows that are selected and not masked, in kernel memory. A column is read when it is first looked at: a condition
 * that keeps no row spares the others. Errors, then: CorruptionError naming the file.
 */
export function readMorsel(
  { part, granules, mask, selected }: Morsel<PartContents>,
  names: readonly string[],
  held: Pick<LeasedColumns, 'read'>,
  arena: Arena,
): Block {
  const [start, end] = [part.granuleStarts[granules.start]!, part.granuleStarts[granules.end]!];
  const masked = mask.positionsIn(start, end);
  const rows = masked.length > 0 || selected ? keptRows(masked, selected, { start, end }, arena) : undefined;
  const columns = lazyList(names.length, (i) => {
    const column = held.read(part, names[i]!, granules);
    return rows ? gatherRows(column, rows, arena) : column;
  });
  return { rowCount: rows ? rows.length : end - start, columns };
}

/** Positions of the rows [start, end) that are selected and not masked, counted from `start`; undefined when all are. */
function keptRows(
  masked: Uint32Array,
  selected: Selected | undefined,
  { start, end }: GranuleRange,
  arena: Arena,
): Uint32Array | undefined {
  const rowCount = end - start;
  const keep = arena.u8(rowCount);
  const { kernels } = kernelRuntime();
  if (selected)
    kernels.bitsToMask(arena.take(selected.bits).byteOffset, selected.first, rowCount, keep.byteOffset);
  else keep.fill(1);
  kernels.maskClearAt(keep.byteOffset, arena.take(masked).byteOffset, masked.length, start);
  return kernels.maskCount(keep.byteOffset, rowCount) === rowCount ? undefined : rowsOfMask(keep, arena);
}
