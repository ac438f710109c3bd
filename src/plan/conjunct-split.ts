// conjunct-split.ts — what one path makes of a query: where each condition is decided, which columns it reads, and whether
// it needs a second hop.
//
// Keeps true: every condition is decided somewhere; on rows of now whenever the entries may be of an older moment.

import type { PathDefinition } from '../catalog/access.ts';
import { detailColumns, entryColumns } from '../catalog/definitions.ts';
import { collectColumns } from '../expr/evaluate.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { NamedType } from '../types/column.ts';
import type { AccessRequest } from './access-request.ts';
import { entrySort, sortedBy } from './entry-sort.ts';
import { impliedByIndex } from './index-rows.ts';
import { viewOf } from './path-view.ts';
import type { Lookup } from './plan.ts';
import type { Conjunct } from './predicates.ts';
import { overColumns } from './walk.ts';

/** The query in the columns of one path. */
export type SeenQuery = {
  /** In the order of the request's. */
  readonly conjuncts: readonly Conjunct[];
  readonly outputs: readonly Bound[];
  readonly express: (e: Bound) => Bound;
};

export function asSeenBy({ conjuncts, outputs, status }: AccessRequest, path: PathDefinition): SeenQuery {
  const { conjunct, express } = viewOf(path, status.definition);
  return { conjuncts: conjuncts.map(conjunct), outputs: outputs.map(express), express };
}

/** Where each conjunct is decided: by the key ranges, on the entries before the second hop, or on the rows. */
export type Split = {
  readonly answered: readonly Conjunct[];
  readonly early: readonly Conjunct[];
  readonly residual: readonly Conjunct[];
  readonly scanColumns: readonly number[];
  /** The second hop, unless the path holds all columns that are needed. */
  readonly lookup: Lookup | undefined;
  /** Columns of the source's blocks. */
  readonly columns: readonly number[];
  /** Expressions over the table in terms of the source's blocks: rows that are fetched have no computed columns. */
  readonly express: (e: Bound) => Bound;
  /**
   * False when rows of now are fetched for entries as they were applied: an entry may lie at the place of an older value,
   * or name no row.
   */
  readonly isCurrent: boolean;
  /** When a page is wanted and the entries hold what it is sorted by: that, over the path's columns. */
  readonly entriesSortedBy: readonly Bound[];
};

/** The hop for no more than the page that is wanted. `limit`: of entries as they come. */
export function withPage(
  { sort, limit: page }: AccessRequest,
  { lookup, residual, scanColumns, isCurrent, entriesSortedBy: by }: Split,
  limit: number | undefined,
  isOrdered: boolean,
  columns: readonly NamedType[],
): Lookup | undefined {
  if (!lookup || residual.length > 0) return lookup;
  if (isOrdered || !isCurrent || by.length === 0) return { ...lookup, limit };
  return { ...lookup, limit: page, sort: entrySort(sort, by, scanColumns, columns) };
}

export function splitConjuncts(
  request: AccessRequest,
  query: SeenQuery,
  path: PathDefinition,
  answeredColumns: ReadonlySet<number>,
  appliedOnly: boolean,
): Split {
  const { definition: table } = request.status;
  const stored = new Set(
    path.kind === 'indexTable' ? entryColumns(path, table) : table.columns.map((_, i) => i),
  );
  const isStored = (column: number): boolean => stored.has(column);
  const isAnswered = ({ restrictions: { exact, columns } }: Conjunct, i: number): boolean => {
    if (exact && [...columns.keys()].every((column) => answeredColumns.has(column))) return true;
    const original = request.conjuncts[i]!;
    return path.kind === 'indexTable' && table.kind === 'rowTable' && impliedByIndex(path, table, original);
  };
  const answered = query.conjuncts.filter(isAnswered);
  const rest = query.conjuncts.filter((conjunct) => !answered.includes(conjunct));
  const needed = columnsOf(rest, query.outputs);
  const { express } = query;
  if (needed.every(isStored)) {
    const columns = { scanColumns: needed, columns: needed };
    return {
      answered,
      early: [],
      residual: rest,
      ...columns,
      lookup: undefined,
      express,
      isCurrent: true,
      entriesSortedBy: [],
    };
  }
  const early = rest.filter((conjunct) => columnsOf([conjunct]).every(isStored));
  const late = rest.filter((conjunct) => !early.includes(conjunct));
  const hop = (to: Lookup['to'], scanColumns: readonly number[]): Lookup => ({
    to,
    entryFilter: early.map((conjunct) => overColumns(conjunct.bound, scanColumns)),
    limit: undefined,
    sort: undefined,
  });
  const by = sortedBy(request, query.outputs);
  const entriesSortedBy = columnsOf([], by).every(isStored) ? by : [];
  const details = new Set(path.kind === 'indexTable' ? detailColumns(path, table) : []);
  if (needed.every((column) => isStored(column) || details.has(column))) {
    const scanColumns = [...stored].sort((a, b) => a - b);
    const columns = { scanColumns, columns: columnsOf(late, query.outputs) };
    const lookup = hop('details', scanColumns);
    return { answered, early, residual: late, ...columns, lookup, express, isCurrent: true, entriesSortedBy };
  }
  // An entry that was not brought up to date may name a row that has changed: check the whole condition on the row.
  const residual = request.conjuncts.filter((_, i) => appliedOnly || late.includes(query.conjuncts[i]!));
  const scanColumns = columnsOf(early, entriesSortedBy, table.primaryKey);
  return {
    answered,
    early,
    residual,
    scanColumns,
    columns: columnsOf(residual, request.outputs),
    lookup: hop('rows', scanColumns),
    express: (e) => e,
    isCurrent: !appliedOnly,
    entriesSortedBy,
  };
}

/** Columns that are read, ascending. */
function columnsOf(
  conjuncts: readonly Conjunct[],
  outputs: readonly Bound[] = [],
  more: readonly number[] = [],
): number[] {
  const columns = new Set(more);
  for (const { bound } of conjuncts) collectColumns(bound, columns);
  for (const e of outputs) collectColumns(e, columns);
  return [...columns].sort((a, b) => a - b);
}
