// bitmap-access.ts — which conjuncts bitmap indexes may decide before a column of a part is read.
//
// Whether they do depends on the part, so a plan has the filter for either case.

import type { PartsPath } from '../catalog/access.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import { bitmapIndexesOf } from '../catalog/part-schema.ts';
import { collectColumns } from '../expr/evaluate.ts';
import type { Expression } from '../expr/expression.ts';
import type { BitmapIndexDefinition } from '../parts/schema.ts';
import type { Conjunct } from './predicates.ts';

/** Over the scan's blocks. */
export type BitmapAccess = {
  /** Decided by bitmaps, each for itself. */
  readonly conjuncts: readonly Expression[];
  /** All conjuncts on the scan's rows, in their order, for rows of which bitmaps do not decide all of `conjuncts`. */
  readonly undecided: readonly Expression[];
  /** By column. */
  readonly indexes: ReadonlyMap<number, BitmapIndexDefinition>;
};

export type BitmapSplit = {
  readonly bitmaps: BitmapAccess | undefined;
  /** Conjuncts that no bitmap decides. */
  readonly left: readonly Conjunct[];
};

/** `over`: an expression over the path's columns, over the scan's blocks, which have `scanColumns`. */
export function splitByBitmaps(
  path: PartsPath,
  table: TableDefinition,
  conjuncts: readonly Conjunct[],
  {
    scanColumns,
    over,
  }: { readonly scanColumns: readonly number[]; readonly over: (e: Expression) => Expression },
): BitmapSplit {
  const indexed = bitmapIndexesOf(path, table);
  const decided = conjuncts.filter(({ bound }) => indexed.size > 0 && mayDecide(bound, indexed));
  if (decided.length === 0) return { bitmaps: undefined, left: conjuncts };
  const read = new Set<number>();
  for (const { bound } of decided) collectColumns(bound, read);
  const indexes = scanColumns.flatMap((column, i) => {
    const index = read.has(column) ? indexed.get(column) : undefined;
    return index ? [[i, index] as const] : [];
  });
  const bitmaps = {
    conjuncts: decided.map(({ bound }) => over(bound)),
    undecided: conjuncts.map(({ bound }) => over(bound)),
    indexes: new Map(indexes),
  };
  return { bitmaps, left: conjuncts.filter((conjunct) => !decided.includes(conjunct)) };
}

/** AND, OR and NOT of expressions that each read one column, which has a bitmap index. */
function mayDecide(e: Expression, indexed: ReadonlyMap<number, unknown>): boolean {
  if (isJunction(e)) return e.args.every((arg) => mayDecide(arg, indexed));
  const columns = [...collectColumns(e, new Set())];
  return columns.length === 1 && indexed.has(columns[0]!);
}

export function isJunction(e: Expression): e is Extract<Expression, { kind: 'call' }> {
  return e.kind === 'call' && (e.name === 'and' || e.name === 'or' || e.name === 'not');
}
