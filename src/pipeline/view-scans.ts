// view-scans.ts — reading rows and index tables at a read point: the snapshot's entries with tails laid over them.
//
// Keeps true: a path that answers, answers exactly; one that cannot at this point says so.

import { assert, must } from '../base/assert.ts';
import { byteString } from '../base/byte-string.ts';
import { WinnowError } from '../base/errors.ts';
import type {
  IndexTableMoment,
  PartsRequest,
  ReadCounters,
  ScanRequest,
  ShardParts,
} from '../catalog/access.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Clock } from '../io/ports.ts';
import type { Kv, KvRange, KvSnapshot } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import type { Committer } from '../log/committer.ts';
import { entryShardRange, rowShardRange } from '../log/keyspace.ts';
import { rangeOver, type ShardTail, type TailLayer } from '../log/tail.ts';
import type { HeldParts, PartFolder } from '../parts/part-folder.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { Block } from '../types/column.ts';
import { blame } from './blame.ts';
import type { ShardState } from './columnar-shard.ts';
import { ColumnarStorage } from './columnar-storage.ts';
import type { IndexTable } from './index-table.ts';
import { overlay } from './overlay.ts';
import type { OwnWrites } from './own-writes.ts';
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

/** What is read, taken in one turn. */
export type Moment = {
  readonly services: ReadViewServices;
  readonly snapshot: KvSnapshot;
  readonly sequence: Sequence;
  /** Every index table as it was. */
  readonly indexTables: ReadonlyMap<number, IndexTableAtPoint>;
  /** Index tables in which damage was met since. */
  readonly damaged: Set<number>;
  /** MergeTree tables that were read: their parts of the first read stay. */
  readonly pinned: Map<number, HeldParts>;
};

export type IndexTableAtPoint = IndexTableMoment & {
  readonly index: IndexTable;
  /** Rises with every build. */
  readonly generation: number;
  readonly tails: readonly ShardTail[];
  /** Parts of a columnar index table. */
  readonly states: readonly ShardState[];
};

export type View = Moment & {
  readonly own: { readonly writes: OwnWrites; readonly upTo: Sequence } | undefined;
  readonly counters: ReadCounters;
};

export async function* scanRows(
  view: View,
  request: ScanRequest,
  definition: RowTableDefinition,
): AsyncGenerator<Block> {
  const { layout } = view.services.rowTable(definition.id);
  const own = view.own?.writes.rowTails(definition.id);
  const sources = request.shards.map((shard) => {
    const stored = readShard(
      view.snapshot,
      rangesIn(rowShardRange(definition.id, shard), request),
      request,
      view.counters,
    );
    return laidOver(view, stored, request, ownLayer(view, own, shard));
  });
  for await (const entries of blocksOf(sources, request)) {
    entries.forEach((entry) => layout.check(entry));
    yield layout.decode(entries, request.columns);
  }
}

/** Errors: INDEX_NOT_USABLE, IndexDamage. */
export async function* scanEntries(
  view: View,
  request: ScanRequest,
  definition: IndexTableDefinition,
): AsyncGenerator<Block> {
  try {
    yield* checkedEntries(view, request, definition);
  } catch (error) {
    throw blame(view, definition, error);
  }
}

async function* checkedEntries(
  view: View,
  request: ScanRequest,
  definition: IndexTableDefinition,
): AsyncGenerator<Block> {
  const { layout } = usable(view, view.services.pipeline.indexTable(definition.id), definition);
  const { layers } = readable(view, request, definition);
  const sources = request.shards.map((shard) => {
    const applied = readShard(
      view.snapshot,
      rangesIn(entryShardRange(definition.id, shard), request),
      request,
      view.counters,
    );
    return laidOver(view, applied, request, layers(shard));
  });
  for await (const entries of blocksOf(sources, request)) {
    entries.forEach((entry) => layout.check(entry));
    yield layout.decode(entries, request.columns);
  }
}

/** Errors: INDEX_NOT_USABLE, IndexDamage. */
export function partsOf(view: View, request: PartsRequest): ShardParts[] {
  try {
    return maskedParts(view, request);
  } catch (error) {
    throw blame(view, request.path, error);
  }
}

function maskedParts(view: View, request: PartsRequest): ShardParts[] {
  const { path } = request;
  const { pinned, counters } = view;
  if (path.kind === 'mergeTree') {
    const held = pinned.get(path.id) ?? view.services.partFolder(path.id).hold();
    pinned.set(path.id, held);
    counters.shardsRead++;
    const parts = held.parts.map((part) => ({ part, mask: part.deletedRows }));
    return [{ shard: 0, parts, bitmaps: view.services.partFolder(path.id).bitmaps, tail: [] }];
  }
  const { storage } = usable(view, view.services.pipeline.indexTable(path.id), path);
  assert(storage instanceof ColumnarStorage, 'a columnar path has columnar storage');
  const { states, layers } = readable(view, request, path);
  return readParts({ storage, states, layers, counters }, request);
}

/** The state of an index table at the read point; with own writes that have no entry in it, or damaged, it is of no use. */
export function indexMoment(
  { indexTables, damaged }: Moment,
  own: OwnWrites | undefined,
  indexTableId: number,
): IndexTableMoment | undefined {
  const found = indexTables.get(indexTableId);
  const isUseless = own?.lacksEntriesIn(indexTableId) || damaged.has(indexTableId);
  return found && isUseless ? { ...found, state: 'invalid' } : found;
}

/** False: a row that the transaction wrote has no entry in the index table. */
export function ownEntriesFit({ indexTables, own }: View, indexTableId: number): boolean {
  const found = indexTables.get(indexTableId);
  if (found) own?.writes.indexTails(found.index);
  return !own?.writes.lacksEntriesIn(indexTableId);
}

type Readable = {
  readonly states: readonly ShardState[];
  /** What lies over the applied entries of a shard: the tail, then the transaction's own writes. */
  readonly layers: (shard: number) => readonly TailLayer[];
};

/** The index table, with what lies over it if the request wants that. Errors: INDEX_NOT_USABLE. */
export function readable(
  view: View,
  { appliedOnly }: { readonly appliedOnly: boolean },
  definition: IndexTableDefinition,
): Readable {
  const found = view.indexTables.get(definition.id);
  const isReadable = appliedOnly
    ? !found?.isReplaying && (found?.state === 'live' || found?.state === 'behind')
    : found?.state === 'live';
  const { index, states, tails } = usable(view, isReadable ? found : undefined, definition);
  if (appliedOnly) return { states, layers: () => [] };
  const own = view.own?.writes.indexTails(index);
  const layers = (shard: number): TailLayer[] => [
    { tail: must(tails[shard], 'a shard has a tail'), upTo: view.sequence },
    ...ownLayer(view, own, shard),
  ];
  return { states, layers };
}

export function ownLayer({ own }: View, tails: readonly ShardTail[] | undefined, shard: number): TailLayer[] {
  return own && tails ? [{ tail: must(tails[shard], 'a shard has a tail'), upTo: own.upTo }] : [];
}

function laidOver(
  { counters }: View,
  stored: ShardEntries,
  request: ScanRequest,
  layers: readonly TailLayer[],
): ShardEntries {
  if (layers.length === 0) return stored;
  const operations = request.ranges.flatMap(({ start, end }) =>
    rangeOver(layers, byteString(start), end && byteString(end)),
  );
  return overlay(stored, request.reverse ? operations.reverse() : operations, request.reverse, counters);
}

export function usable<T>(view: View, value: T | undefined, definition: IndexTableDefinition): T {
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
