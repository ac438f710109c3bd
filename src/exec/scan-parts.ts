// scan-parts.ts — reads granules of parts into blocks in kernel memory, and the tail's rows behind them.
//
// Keeps true: a block is lent until the next one is asked for, because its memory is used again.
// A morsel is a run of granules of one part, about MORSEL_ROWS rows: what one read brings into the cache.

import type { PartsPath, ShardParts } from '../catalog/access.ts';
import type { Part } from '../parts/part.ts';
import type { ReaderLease } from '../parts/reader-cache.ts';
import type { RowMask } from '../parts/row-mask.ts';
import { Arena } from '../kernels/arena.ts';
import type { AccessPath, PartsAccess } from '../plan/plan.ts';
import { partPruner, type GranuleRange } from '../plan/prune-parts.ts';
import { blockSizeBytes, type Block } from '../types/column.ts';
import { gatherRows, rowsOfMask } from '../types/gather.ts';
import { checkpoint, type ExecContext } from './context.ts';

const MORSEL_ROWS = 65_536;

/** Granules [start, end) of one part, without the masked rows. */
export type Morsel = { readonly part: Part; readonly granules: GranuleRange; readonly mask: RowMask };

export type PartsScan = AccessPath & { readonly parts: PartsAccess; readonly path: PartsPath };

/** Blocks of the scan's columns. */
export async function* scanParts(scan: PartsScan, context: ExecContext): AsyncGenerator<Block> {
  const { path, scanColumns: columns, eventual, parts, limit } = scan;
  const shards = await context.view.parts({ path, shards: parts.shards, columns, eventual });
  const names = columns.map((column) => scan.table.columns[column]!.name);
  const arena = new Arena((bytes) => context.memory.add(bytes));
  const lease = context.readers.lease();
  let left = limit ?? Number.POSITIVE_INFINITY;
  try {
    for (const morsel of morselsOf(scan, shards, context)) {
      if (left <= 0) return;
      checkpoint(context);
      arena.rewind();
      const block = readMorsel(morsel, names, lease, arena);
      countMorsel(morsel, block, context);
      left -= block.rowCount;
      if (block.rowCount > 0) yield block;
      // Granules are read synchronously: others get their turn between them.
      await context.timers.yield();
    }
    for (const { tail } of shards) for (const block of tail) if (left > 0) yield block;
  } finally {
    arena.release();
    lease.release();
  }
}

function countMorsel({ part, granules }: Morsel, block: Block, { counters }: ExecContext): void {
  counters.granulesRead += granules.end - granules.start;
  counters.entriesRead += part.granuleStarts[granules.end]! - part.granuleStarts[granules.start]!;
  counters.bytesRead += blockSizeBytes(block);
}

/** What has to be read, and counts what the parts are. */
export function morselsOf(
  scan: PartsScan,
  shards: readonly ShardParts[],
  { counters }: ExecContext,
): Morsel[] {
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

/** The morsel's rows that are not masked, in the arena. Errors: CorruptionError naming the file. */
export function readMorsel(
  { part, granules, mask }: Morsel,
  names: readonly string[],
  readers: ReaderLease,
  arena: Arena,
): Block {
  const [start, end] = [part.granuleStarts[granules.start]!, part.granuleStarts[granules.end]!];
  const reader = readers.of(part);
  const block: Block = {
    rowCount: end - start,
    columns: names.map((name) => reader.read(name, granules, arena)),
  };
  const masked = mask.positionsIn(start, end);
  if (masked.length === 0) return block;
  const keep = arena.bytes(block.rowCount).fill(1);
  for (const row of masked) keep[row - start] = 0;
  const rows = rowsOfMask(keep, arena);
  return { rowCount: rows.length, columns: block.columns.map((column) => gatherRows(column, rows, arena)) };
}
