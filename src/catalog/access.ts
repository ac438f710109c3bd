// access.ts — what planner and executor may ask of storage: data about access paths, and one read point to read at.
//
// The planner gets `TableStatus` as data; only the executor touches a ReadView. A ReadView is exact at its
// sequence: rows of index tables come with the tail of unapplied changes overlaid, unless the request asks for the
// applied entries only.

import type { Sequence } from '../log/change.ts';
import type { Block } from '../types/column.ts';
import type { PartBitmaps } from '../parts/part-bitmaps.ts';
import type { Part } from '../parts/part.ts';
import type { RowMask } from '../parts/row-mask.ts';
import type { KeyRange, RowAddress, RowTableDefinition } from '../rows/definition.ts';
import type {
  IndexTableDefinition,
  IndexTableState,
  MergeTreeDefinition,
  TableDefinition,
} from './definitions.ts';

/** An active part of a columnar table. */
export type PartStatus = { readonly shard: number; readonly part: Part; readonly deletedRows: number };

/** How far an index table was at one moment. */
export type IndexTableMoment = {
  readonly state: IndexTableState;
  /** Per shard: every commit up to this sequence is applied. */
  readonly positions: readonly Sequence[];
  /** Age of the oldest commit that is not applied; 0 when there is none, Infinity when it is not known. */
  readonly lagMs: number;
  /** After a rewind: some entries are newer than the positions, so what is applied is of no one moment. */
  readonly isReplaying: boolean;
};

/** How an index table was found to be when it was compared with its row table. */
export type IndexComparison = {
  /** Exact at this commit. */
  readonly sequence: Sequence;
  /** Entries that differed. */
  readonly driftRows: number;
  readonly atMs: number;
};

export type IndexTableStatus = IndexTableMoment & {
  readonly definition: IndexTableDefinition;
  readonly tailChanges: number;
  /** Why applying failed, while it does. */
  readonly lastError: string | undefined;
  /** undefined: not compared since it was built, or opened. */
  readonly comparison: IndexComparison | undefined;
  /** Of a columnar index table; empty for the others. */
  readonly parts: readonly PartStatus[];
};

export type TableStatus = {
  readonly definition: TableDefinition;
  readonly rowCount: number;
  readonly indexTables: readonly IndexTableStatus[];
  /** Of a MergeTree table; empty for a row table. */
  readonly parts: readonly PartStatus[];
};

/** The path a scan reads. */
export type PathDefinition = TableDefinition | IndexTableDefinition;

/** A path that is read from parts. */
export type PartsPath = IndexTableDefinition | MergeTreeDefinition;

export const isPartsPath = (path: PathDefinition): path is PartsPath =>
  path.kind === 'mergeTree' || (path.kind === 'indexTable' && path.layout === 'COLUMNAR');

export type PartsRequest = {
  readonly path: PartsPath;
  /** Shards to read, ascending. */
  readonly shards: readonly number[];
  /** Only rows with their key in these ranges matter, as in ScanRequest; undefined = all. Others may be there, as they were. */
  readonly ranges: readonly KeyRange[] | undefined;
  /** Columns that the tail's rows must have, as positions in the table's column list. */
  readonly columns: readonly number[];
  /** Parts as last applied, without the tail. */
  readonly appliedOnly: boolean;
};

/** The rows of one shard of a columnar table at a read point: rows of parts that are not masked, and rows of the tail. */
export type ShardParts = {
  readonly shard: number;
  readonly parts: readonly { readonly part: Part; readonly mask: RowMask }[];
  /** Bitmap indexes of the parts. */
  readonly bitmaps: PartBitmaps;
  /** Blocks with the requested columns. */
  readonly tail: readonly Block[];
};

export type ScanRequest = {
  readonly path: RowTableDefinition | IndexTableDefinition;
  /** Shards to read, ascending; the others are not touched. */
  readonly shards: readonly number[];
  /** Ranges of encoded keys, disjoint and ascending, read in every shard of `shards`. */
  readonly ranges: readonly KeyRange[];
  /** Columns to return, as positions in the row table's column list; an index path has only `entryColumns`. */
  readonly columns: readonly number[];
  readonly reverse: boolean;
  /** Stop early after this many rows (over all shards, before any filter); undefined = all. */
  readonly limit: number | undefined;
  /** true: rows come in key order over all shards (merged); false: shard after shard. */
  readonly ordered: boolean;
  /** Read the applied index entries only, without the tail. */
  readonly appliedOnly: boolean;
};

/** Details of entries of an index table with LAYOUT SPLIT. */
export type DetailsRequest = {
  readonly path: IndexTableDefinition;
  /** Blocks of `entryColumns`, which hold the whole entry key. */
  readonly entries: Block;
  readonly entryColumns: readonly number[];
  /** Columns to return: of those in the details. */
  readonly columns: readonly number[];
  readonly appliedOnly: boolean;
};

/** What storage counted while a view was read. */
export type ReadCounters = {
  shardsRead: number;
  /** Entries read from the store, before overlay and filter. */
  entriesRead: number;
  bytesRead: number;
  /** Tail operations that changed the result of an index read. */
  tailRowsOverlaid: number;
  /** Rows fetched by primary key from the row table (the second hop). */
  rowsLookedUp: number;
  /** Details of entries fetched from an index table that keeps them apart. */
  detailsFetched: number;
  /** Distinct row-table shards touched by look-ups. */
  lookupShards: Set<number>;
};

export interface ReadView {
  /** The read point: every commit up to it is seen, none after it. */
  readonly sequence: Sequence;
  readonly counters: ReadCounters;
  /** An index table as it was when the view was opened; undefined when it is younger. */
  moment(indexTableId: number): IndexTableMoment | undefined;
  /** Asked before an index table is read: false when a transaction's own writes do not fit it, which `moment` then tells. */
  canRead(indexTableId: number): boolean;
  scan(request: ScanRequest): AsyncIterable<Block>;
  /** What there is to read of a columnar table; its parts stay on disk until the view is released. */
  parts(request: PartsRequest): Promise<readonly ShardParts[]>;
  /** The rows of `keys` (shard and encoded primary key), in that order, absent ones left out; columns as in ScanRequest. */
  lookup(table: RowTableDefinition, keys: readonly RowAddress[], columns: readonly number[]): Block;
  /** The details of entries that a scan of this view gave, in their order. Errors: CorruptionError of a damaged or absent one. */
  details(request: DetailsRequest): Block;
  /**
   * Reading `path` failed outside of this view's own methods; gives the error to throw. Damage of an index table starts
   * its rebuild, and `moment` says so from here on. The view's methods do this by themselves: they throw `IndexDamage`.
   */
  blame(path: PathDefinition, error: unknown): unknown;
  release(): void;
}

/** How far one shard that was read had come in the store; of a row table, the read point. */
export type ShardPosition = {
  /** `shop.orders_by_buyer` */
  readonly path: string;
  readonly shard: number;
  readonly sequence: Sequence;
};

/** How fresh an answer is. */
export type Freshness = {
  /** What was asked for. */
  readonly level: FreshnessLevel;
  /** Every commit up to here is in the answer: the read point, or the lowest position when a tail was left out. */
  readonly sequence: Sequence;
  /** What was read, the outermost query's first: `shop.orders_by_buyer`. */
  readonly accessPath: string;
  /** Of the shards that were read. */
  readonly positions: readonly ShardPosition[];
  readonly tailRowsOverlaid: number;
  /** How old the answer may be, by the time of its read point: 0 when exact. */
  readonly ageMs: number;
};

export type FreshnessLevel = 'strong' | 'session' | `bounded:${number}` | 'eventual';

/** The lowest of the positions. */
export function lowestOf(positions: readonly Sequence[]): Sequence {
  return positions.reduce((low, position) => Math.min(low, position));
}
