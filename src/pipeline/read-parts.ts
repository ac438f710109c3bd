// read-parts.ts — a columnar index table at a read point: its parts, without rows that the tail changes, and the tail's rows.
//
// Keeps true: the parts and the tail were taken in one turn, so every operation above a state's position is in the tail;
// a key named by such an operation is hidden in the parts, and its last operation stands for it.

import { byteString } from '../base/byte-string.ts';
import type { PartsRequest, ReadCounters, ShardParts } from '../catalog/access.ts';
import type { Sequence } from '../log/change.ts';
import type { TailLayer, TailOperation } from '../log/tail.ts';
import { rowsByPart, type ShardState } from './columnar-shard.ts';
import type { ColumnarStorage } from './columnar-storage.ts';

/** Puts that become one block of the tail. */
const TAIL_BLOCK_ROWS = 65_536;

export type PartsMoment = {
  readonly storage: ColumnarStorage;
  /** Per shard, as the view found them. */
  readonly states: readonly ShardState[];
  /** What lies over the parts of a shard, later operations in later layers; nothing: they are read as applied. */
  readonly layers: (shard: number) => readonly TailLayer[];
  readonly counters: ReadCounters;
};

export function readParts(moment: PartsMoment, request: PartsRequest): ShardParts[] {
  return request.shards.map((shard) => {
    moment.counters.shardsRead++;
    const state = moment.states[shard]!;
    const operations = moment.layers(shard).flatMap((layer) => operationsOf(layer, state.position, request));
    return operations.length > 0
      ? overlaid(moment, shard, operations, request.columns)
      : { shard, parts: state.parts, bitmaps: moment.storage.bitmaps[shard]!, tail: [] };
  });
}

function operationsOf(
  { tail, upTo }: TailLayer,
  position: Sequence,
  { ranges }: PartsRequest,
): readonly TailOperation[] {
  if (!ranges) return tail.between(position, upTo);
  return ranges.flatMap(({ start, end }) =>
    tail.within(byteString(start), end && byteString(end), position, upTo),
  );
}

function overlaid(
  moment: PartsMoment,
  shard: number,
  operations: readonly TailOperation[],
  columns: readonly number[],
): ShardParts {
  const { storage, counters } = moment;
  const state = moment.states[shard]!;
  const columnar = storage.shards[shard]!;
  const { last, mayExist } = columnar.pending(operations, state);
  counters.tailRowsOverlaid += last.size;
  const hidden = rowsByPart(columnar.locate(state.parts, mayExist).values());
  const parts = state.parts.map(({ part, mask }) => {
    const rows = hidden.get(part);
    return { part, mask: rows ? mask.with(rows) : mask };
  });
  const puts = [...last.values()].filter(({ value }) => value !== undefined);
  const blocks = [];
  for (let start = 0; start < puts.length; start += TAIL_BLOCK_ROWS)
    blocks.push(storage.decode(puts.slice(start, start + TAIL_BLOCK_ROWS), columns));
  return { shard, parts, bitmaps: storage.bitmaps[shard]!, tail: blocks };
}
