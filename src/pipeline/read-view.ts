// read-view.ts — one read point over rows and index tables.
//
// Keeps true: everything is read from one snapshot of the store and from the tails as they were when the view was
// opened, so every answer is exact at `sequence`, whatever lanes and writers do meanwhile. The snapshot and the
// tails are taken in the same turn, and the registry keeps lanes from dropping what the snapshot may lack.

import { assert } from '../base/assert.ts';
import { byteString } from '../base/byte-string.ts';
import { WinnowError } from '../base/errors.ts';
import type {
  IndexTableMoment,
  PartsRequest,
  ReadCounters,
  ReadView,
  ScanRequest,
  ShardParts,
} from '../catalog/access.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Clock } from '../io/ports.ts';
import type { Kv, KvEntry, KvRange, KvSnapshot } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import type { Committer } from '../log/committer.ts';
import { entryShardRange, headIn, rowShardRange } from '../log/keyspace.ts';
import type { ShardTail, TailOperation } from '../log/tail.ts';
import { RowMask } from '../parts/row-mask.ts';
import type { HeldParts, PartFolder } from '../parts/part-folder.ts';
import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { Block } from '../types/column.ts';
import type { ShardState } from './columnar-shard.ts';
import { ColumnarStorage } from './columnar-storage.ts';
import type { IndexTable } from './index-table.ts';
import { overlay } from './overlay.ts';
import type { Pipeline } from './pipeline.ts';
import { readParts } from './read-parts.ts';
import { mergeShards, readShard, type ShardEntries, type StoredEntry } from './shard-reader.ts';

export type ReadViewServices = {
  readonly kv: Kv;
  readonly clock: Clock;
  readonly committer: Committer;
  readonly pipeline: Pipeline;
  readonly rowTable: (id: number) => RowTable;
  readonly partFolder: (id: number) => PartFolder;
};

const BLOCK_ROWS = 4096;

type View = {
  readonly services: ReadViewServices;
  readonly snapshot: KvSnapshot;
  readonly sequence: Sequence;
  /** Every index table as it was when the view was opened. */
  readonly indexTables: ReadonlyMap<number, IndexTableView>;
  readonly counters: ReadCounters;
};

type IndexTableView = IndexTableMoment & {
  readonly tails: readonly ShardTail[];
  /** Parts of a columnar index table, taken in the same turn as the tails. */
  readonly states: readonly ShardState[];
};

export function openReadView(services: ReadViewServices): ReadView {
  const { kv, committer, pipeline, clock } = services;
  const viewId = pipeline.views.open();
  const snapshot = kv.snapshot();
  const nowMs = clock.nowMs();
  const view: View = {
    services,
    snapshot,
    sequence: committer.writeInFlight ? headIn(snapshot) : committer.head,
    indexTables: new Map(pipeline.indexTables().map((index) => [index.definition.id, viewOf(index, nowMs)])),
    counters: {
      shardsRead: 0,
      entriesRead: 0,
      bytesRead: 0,
      tailRowsOverlaid: 0,
      rowsLookedUp: 0,
      lookupShards: new Set(),
    },
  };
  let open = true;
  /** MergeTree tables that were read: their parts of the first read stay. */
  const pinned = new Map<number, HeldParts>();
  return {
    sequence: view.sequence,
    counters: view.counters,
    moment: (indexTableId) => view.indexTables.get(indexTableId),
    scan: (request) =>
      request.path.kind === 'rowTable'
        ? scanRows(view, request, request.path)
        : scanEntries(view, request, request.path),
    parts: async (request) => partsOf(view, request, pinned),
    lookup: (table, keys, columns) => lookup(view, table, keys, columns),
    release: () => {
      if (!open) return;
      open = false;
      snapshot.release();
      for (const held of pinned.values()) held.release();
      pipeline.views.close(viewId);
    },
  };
}

function viewOf(index: IndexTable, nowMs: number): IndexTableView {
  const { storage, tails } = index;
  const states = storage instanceof ColumnarStorage ? storage.shards.map((shard) => shard.state) : [];
  return { ...index.moment(nowMs), tails, states };
}

async function* scanRows(
  view: View,
  request: ScanRequest,
  definition: RowTableDefinition,
): AsyncGenerator<Block> {
  const { layout } = view.services.rowTable(definition.id);
  const sources = request.shards.map((shard) =>
    readShard(view.snapshot, rangesIn(rowShardRange(definition.id, shard), request), request, view.counters),
  );
  for await (const entries of blocksOf(sources, request)) {
    entries.forEach((entry) => layout.check(entry));
    yield layout.decode(entries, request.columns);
  }
}

async function* scanEntries(
  view: View,
  request: ScanRequest,
  definition: IndexTableDefinition,
): AsyncGenerator<Block> {
  const { layout } = usable(view, view.services.pipeline.indexTable(definition.id), definition);
  const { tails } = readable(view, request, definition);
  const sources = request.shards.map((shard) => {
    const applied = readShard(
      view.snapshot,
      rangesIn(entryShardRange(definition.id, shard), request),
      request,
      view.counters,
    );
    const tail = tails?.[shard];
    return tail
      ? overlay(applied, tailOf(tail, view.sequence, request), request.reverse, view.counters)
      : applied;
  });
  for await (const entries of blocksOf(sources, request)) {
    entries.forEach((entry) => layout.check(entry));
    yield layout.decode(entries, request.columns);
  }
}

function partsOf(view: View, request: PartsRequest, pinned: Map<number, HeldParts>): ShardParts[] {
  const { path } = request;
  if (path.kind === 'mergeTree') {
    const held = pinned.get(path.id) ?? view.services.partFolder(path.id).hold();
    pinned.set(path.id, held);
    view.counters.shardsRead++;
    return [{ shard: 0, parts: held.parts.map((part) => ({ part, mask: RowMask.none })), tail: [] }];
  }
  const { storage } = usable(view, view.services.pipeline.indexTable(path.id), path);
  assert(storage instanceof ColumnarStorage, 'a columnar path has columnar storage');
  const { states, tails } = readable(view, request, path);
  const { sequence, counters } = view;
  return readParts({ storage, states, tails, sequence, counters }, request);
}

/** The index table with its tails, if the request wants them. Errors: INDEX_NOT_USABLE. */
function readable(
  view: View,
  { appliedOnly }: { readonly appliedOnly: boolean },
  definition: IndexTableDefinition,
): { readonly states: readonly ShardState[]; readonly tails: readonly ShardTail[] | undefined } {
  const index = view.indexTables.get(definition.id);
  const isReadable = index?.state === 'live' || (appliedOnly && index?.state === 'behind');
  const { states, tails } = usable(view, isReadable ? index : undefined, definition);
  return { states, tails: appliedOnly ? undefined : tails };
}

function usable<T>(view: View, value: T | undefined, definition: IndexTableDefinition): T {
  if (value !== undefined) return value;
  const { database, name } = definition;
  throw new WinnowError(
    'INDEX_NOT_USABLE',
    `index table ${database}.${name} cannot answer at sequence ${view.sequence}`,
    {
      hint: 'Its state changed while the query was planned; run the query again.',
    },
  );
}

function tailOf(tail: ShardTail, readPoint: Sequence, request: ScanRequest): TailOperation[] {
  const operations = request.ranges.flatMap(({ start, end }) =>
    tail.range(byteString(start), end && byteString(end), readPoint),
  );
  return request.reverse ? operations.reverse() : operations;
}

/** The requested key ranges as ranges of stored keys of one shard. */
function rangesIn(shardRange: KvRange, request: ScanRequest): KvRange[] {
  const prefix = shardRange.start;
  const ranges = request.ranges.map(({ start, end }) => ({
    start: Buffer.concat([prefix, start]),
    end: end ? Buffer.concat([prefix, end]) : shardRange.end,
  }));
  return request.reverse ? ranges.reverse() : ranges;
}

async function* blocksOf(
  sources: readonly ShardEntries[],
  request: ScanRequest,
): AsyncGenerator<StoredEntry[]> {
  let left = request.limit ?? Number.POSITIVE_INFINITY;
  const size = Math.min(BLOCK_ROWS, left);
  const entries =
    request.ordered && sources.length > 1
      ? mergeShards(sources, request.reverse, size)
      : oneAfterTheOther(sources);
  for await (const chunk of entries) {
    if (chunk.length === 0) continue;
    yield chunk.length > left ? chunk.slice(0, left) : chunk;
    left -= chunk.length;
    if (left <= 0) return;
  }
}

async function* oneAfterTheOther(sources: readonly ShardEntries[]): AsyncGenerator<StoredEntry[]> {
  for (const source of sources) yield* source;
}

function lookup(
  view: View,
  definition: RowTableDefinition,
  keys: readonly RowAddress[],
  columns: readonly number[],
): Block {
  const { layout } = view.services.rowTable(definition.id);
  const rows: KvEntry[] = [];
  for (const address of keys) {
    view.counters.lookupShards.add(address.shard);
    const storedKey = layout.storedKey(address);
    const image = view.snapshot.get(storedKey);
    if (!image) continue;
    layout.check([storedKey, image]);
    rows.push([storedKey, image]);
    view.counters.bytesRead += image.length;
  }
  view.counters.rowsLookedUp += keys.length;
  return layout.decode(rows, columns);
}
