// access.ts — what planner and executor may ask of storage: data about access paths, and one read point to read at.
//
// The planner gets `TableStatus` as data; only the executor touches a ReadView. A ReadView is exact at its
// sequence: rows of index tables come with the tail of unapplied changes overlaid (unless freshness is eventual).

import type { Sequence } from '../log/change.ts';
import type { Block } from '../types/column.ts';
import type { KeyRange, RowAddress, RowTableDefinition } from '../rows/definition.ts';
import type { IndexTableDefinition, IndexTableState } from './definitions.ts';

export type IndexTableStatus = {
  readonly definition: IndexTableDefinition;
  readonly state: IndexTableState;
  /** Lowest applied sequence over the shards. */
  readonly appliedSequence: Sequence;
  readonly lagMs: number;
  readonly tailChanges: number;
};

export type TableStatus = {
  readonly definition: RowTableDefinition;
  readonly rowCount: number;
  readonly indexTables: readonly IndexTableStatus[];
};

/** The path a scan reads. */
export type PathDefinition = RowTableDefinition | IndexTableDefinition;

export type ScanRequest = {
  readonly path: PathDefinition;
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
  readonly eventual: boolean;
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
  /** Distinct row-table shards touched by look-ups. */
  lookupShards: Set<number>;
};

export interface ReadView {
  /** The read point: every commit up to it is seen, none after it. */
  readonly sequence: Sequence;
  readonly counters: ReadCounters;
  scan(request: ScanRequest): AsyncIterable<Block>;
  /** The rows of `keys` (shard and encoded primary key), in that order, absent ones left out; columns as in ScanRequest. */
  lookup(table: RowTableDefinition, keys: readonly RowAddress[], columns: readonly number[]): Block;
  release(): void;
}

/** Freshness of one answer. */
export type Freshness = {
  readonly level: 'strong' | 'eventual';
  /** The read point (for eventual: the lowest applied sequence of the index table read). */
  readonly sequence: Sequence;
  readonly accessPath: string;
  readonly tailRowsOverlaid: number;
  /** How old the answer may be: 0 when exact at the head. */
  readonly ageMs: number;
};
