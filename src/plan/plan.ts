// plan.ts — the plan of one SELECT as a value. Making it does no I/O; exec/run-select.ts runs it.
//
// Expressions in a plan point into the blocks of the step before them:
//   source → filter → aggregation → having → projection → distinct → sort → limit

import type { IndexLayout, IndexTableDefinition, TableDefinition } from '../catalog/definitions.ts';
import type { PathDefinition, TableStatus } from '../catalog/access.ts';
import type { BoundAggregate } from '../expr/aggregates.ts';
import type { BindContext } from '../expr/bind.ts';
import type { Expression } from '../expr/expression.ts';
import type { KeyRange, RowAddress, Sharding } from '../rows/definition.ts';
import type { TableName } from '../sql/ast.ts';
import type { Block, NamedType, Value } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import type { BitmapAccess } from './bitmap-access.ts';
import type { FreshnessDemand } from './freshness.ts';
import type { PruneCounts, Restricted } from './prune-parts.ts';
import type { SkipSieve } from './skip/skip-sieve.ts';
import type { SkipIndexUse } from './skip/skip-index-use.ts';

/** A table whose rows are made when they are read: `system.…`, `numbers(n)`. */
export type VirtualTable = {
  readonly kind: 'virtual';
  readonly name: string;
  readonly columns: readonly NamedType[];
  /** Blocks of these columns, which are positions in `columns`. */
  read(columns: readonly number[]): AsyncIterable<Block>;
};

/** `indexTable`: FROM names an index table itself, which is then read, and only its columns exist. */
export type StoredTable = {
  readonly kind: 'table';
  readonly status: TableStatus;
  readonly indexTable: IndexTableDefinition | undefined;
};

export type PlanContext = {
  /** Errors: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
  resolveTable(name: TableName): StoredTable | VirtualTable;
  /** Errors: UNKNOWN_FUNCTION, BAD_ARGUMENTS. */
  tableFunction(name: string, args: readonly Value[]): VirtualTable;
  readonly bind: BindContext;
  /** Of the statement, its own SETTINGS included. */
  readonly freshness: FreshnessDemand;
  readonly joinAlgorithm: JoinAlgorithm;
  readonly skipIndexUse: SkipIndexUse;
};

/** default: whichever is guessed to cost less. direct: a lookup join wherever there is a key to look up by. */
export type JoinAlgorithm = 'default' | 'hash' | 'direct';

export type SelectPlan = {
  readonly source: Source;
  /**
   * A row is kept when every conjunct is true (neither 0 nor NULL). Empty also when the source sees to all of them: of a table,
   * `answered` and `parts.bitmaps` are not here.
   */
  readonly filter: readonly Expression[];
  readonly aggregation: Aggregation | undefined;
  readonly having: readonly Expression[];
  /** The first `columns.length` make the answer; the others serve only to sort. */
  readonly projection: readonly Expression[];
  readonly columns: readonly NamedType[];
  readonly distinct: boolean;
  /** Empty also when the source delivers the order asked for. */
  readonly sort: readonly SortKey[];
  readonly limit: Limit;
};

export type Source =
  | TableSource
  | JoinSource
  | { readonly kind: 'subquery'; readonly plan: SelectPlan }
  | { readonly kind: 'virtual'; readonly table: VirtualTable; readonly columns: readonly number[] }
  /** No FROM: one row without columns. */
  | { readonly kind: 'oneRow' }
  /** WHERE is never true. */
  | { readonly kind: 'nothing' };

export type TableSource = {
  readonly kind: 'table';
  readonly status: TableStatus;
  readonly access: AccessPath;
  /** Columns of the source's blocks, as positions in the row table's column list. */
  readonly columns: readonly number[];
  /** Every path looked at, the chosen one first. */
  readonly considered: readonly ConsideredPath[];
  readonly freshness: FreshnessDemand;
};

/**
 * Rows of the left side in their order, each beside every row of the right side that matches it; its blocks have the left
 * side's columns, then the right side's. LEFT: a row without a match stands beside default values.
 */
export type JoinSource = {
  readonly kind: 'join';
  readonly join: 'INNER' | 'LEFT';
  readonly left: SelectPlan;
  readonly right: SelectPlan;
  /** What the query calls the sides; of a left side that is a join itself, its first table. */
  readonly names: { readonly left: string; readonly right: string };
  /** Over the blocks of each side. Rows match when all are equal; NULL equals nothing. Empty: every row matches. */
  readonly keys: readonly JoinKey[];
  /** More conditions of a match, over the join's own blocks. Only LEFT has some: of INNER they are a filter. */
  readonly match: readonly Expression[];
  /** Set when rows of the right side are looked up by the keys of the left rows at hand, instead of read once, all of them. */
  readonly lookup: KeyLookup | undefined;
  /** Without a look-up: both sides are co-located and joined one shard after the other. */
  readonly byShard: boolean;
  readonly estimate: { readonly leftRows: number; readonly rows: number };
};

export type JoinKey = { readonly left: Expression; readonly right: Expression; readonly type: DataType };

/** How keys become key ranges of the right side's path, which is read by nothing else. Places count the join's keys. */
export type KeyLookup = {
  /** What each leading column of the path's key is equal to. */
  readonly prefix: readonly number[];
  /** Among the prefix, the columns that pick the shard; undefined: they are not all there, and every shard is read. */
  readonly shardColumns: readonly number[] | undefined;
  /** The prefix is the whole primary key of a row table. */
  readonly isPoint: boolean;
  /** Set when rows of the left side's table lie in the shard in which their matches do, by construction. */
  readonly colocation: Colocation | undefined;
};

/** How the left side's table picks its shards, from which keys. */
export type Colocation = {
  readonly sharding: Sharding;
  readonly columns: readonly number[];
  /** Set when left rows are not read there, but from this index table. */
  readonly apart: string | undefined;
};

/** One way to the rows of a table. `scanColumns` are positions in the row table's column list. */
export type AccessPath = {
  readonly table: TableDefinition;
  readonly path: PathDefinition;
  /** Set when the primary keys are known: these rows are fetched, and nothing is scanned. */
  readonly points: readonly RowAddress[] | undefined;
  /** Set when the path is read from parts, by granules instead of key ranges. */
  readonly parts: PartsAccess | undefined;
  /** Read one after the other; their shards are disjoint unless there is only one. */
  readonly scans: readonly ShardRanges[];
  /** Columns of the scan's blocks: the source's columns, or what filter and second hop need. */
  readonly scanColumns: readonly number[];
  /** Set when rows are fetched by primary key after the scan. */
  readonly lookup: Lookup | undefined;
  /** Rows come in this order of the path's key; undefined = in any order. */
  readonly order: 'forward' | 'reverse' | undefined;
  /** No more rows than this are needed from the scan. */
  readonly limit: number | undefined;
  /** Read index entries as applied, without the tail. */
  readonly appliedOnly: boolean;
  readonly estimate: Estimate;
  /** Ranges in all, over every scan. */
  readonly rangeCount: number;
  /** Conjuncts that the key ranges answer in full: they are checked nowhere else. Over the columns of the table. */
  readonly answered: readonly Expression[];
};

export type ShardRanges = { readonly shards: readonly number[]; readonly ranges: readonly KeyRange[] };

/** How parts are narrowed: every row that matches lies inside the restrictions, so they only choose granules. */
export type PartsAccess = {
  readonly shards: readonly number[];
  /** Spans per column of the table. */
  readonly restrictions: Restricted;
  /** Of the keys that can match, for the tail; undefined when no restriction narrows the key. */
  readonly ranges: readonly KeyRange[] | undefined;
  /** Over the parts at planning. */
  readonly planned: PruneCounts;
  /** Set when bitmap indexes may decide conjuncts: the scan delivers only rows for which they are true. */
  readonly bitmaps: BitmapAccess | undefined;
  /** Asked one after the other, part by part, for the granules that restrictions leave. */
  readonly skipIndexes: readonly SkipSieve[];
  readonly skipIndexUse: SkipIndexUse;
};

/** The second hop. */
export type Lookup = {
  /** To the rows by primary key, or to the details of the entries. */
  readonly to: 'rows' | 'details';
  /** Over the scan's blocks: decides before anything is fetched. */
  readonly entryFilter: readonly Expression[];
  /** No more than this is needed: every entry that passes the filter is in the answer. */
  readonly limit: number | undefined;
  /** The entries that pass are sorted first, so that those of the limit are the first. */
  readonly sort: EntrySort | undefined;
};

/** `projection` is over the scan's blocks: their columns, then what `keys` sort by. */
export type EntrySort = { readonly projection: readonly Expression[]; readonly keys: readonly SortKey[] };

export type Estimate = {
  readonly entriesRead: number;
  /** true: `entriesRead` is an upper bound known from the keys, not a guess. */
  readonly exact: boolean;
  readonly rowsLookedUp: number;
  readonly detailsFetched: number;
  readonly shardsRead: number;
  /** Abstract: one sequentially read entry costs 1. */
  readonly cost: number;
};

export type ConsideredPath = {
  readonly name: string;
  readonly kind: PathKind;
  readonly chosen: boolean;
  /** Why it was taken or not, as a phrase. */
  readonly reason: string;
  /** Absent when the path could not be used at all. */
  readonly estimate: Estimate | undefined;
};

export type PathKind = 'row table' | 'MergeTree table' | `${IndexLayout} index table`;

export type Aggregation = {
  readonly keys: readonly Expression[];
  readonly aggregates: readonly AggregateCall[];
};

export type AggregateCall = {
  readonly function: BoundAggregate;
  readonly args: readonly Expression[];
  readonly name: string;
};

/** `index` is a position in the projection. */
export type SortKey = { readonly index: number; readonly descending: boolean; readonly nullsFirst: boolean };

export type Limit = { readonly count: number | undefined; readonly offset: number };
