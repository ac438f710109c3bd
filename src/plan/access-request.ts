// access-request.ts — what a query asks of the ways to one table.

import type { SourcePosition } from '../base/errors.ts';
import type { TableStatus } from '../catalog/access.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { FreshnessDemand } from './freshness.ts';
import type { SortKey } from './plan.ts';
import type { Conjunct } from './predicates.ts';
import type { SkipIndexUse } from './skip/skip-index-use.ts';

export type AccessRequest = {
  readonly status: TableStatus;
  readonly conjuncts: readonly Conjunct[];
  /** What the steps after the filter compute. */
  readonly outputs: readonly Bound[];
  /** Of outputs: rows that come in this order need no sorting. Empty when the order does not matter. */
  readonly sort: readonly SortKey[];
  /** Rows of the answer, in the order of `sort`, when nothing groups them; undefined = all. */
  readonly limit: number | undefined;
  /** What is read is chosen when the query runs, by the keys of a join: conditions narrow nothing. */
  readonly byJoinKeys?: boolean | undefined;
  readonly freshness: FreshnessDemand;
  readonly skipIndexUse: SkipIndexUse;
  /** FROM names this index table: its rows are wanted as they are. */
  readonly itself: IndexTableDefinition | undefined;
  /** Name of USE INDEX, or of the index table that FROM names. */
  readonly forced: { readonly name: string; readonly position: SourcePosition } | undefined;
};
