// from.ts — what a query reads: a table, a virtual table, a subquery, a join of these, or nothing but one row.

import { WinnowError, notImplemented, type SourcePosition } from '../base/errors.ts';
import { columnsOfPath, heldColumns } from '../catalog/definitions.ts';
import { bindExpression } from '../expr/bind.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { Expression, FromItem } from '../sql/ast.ts';
import type { Value } from '../types/column.ts';
import { valueAt } from '../types/value.ts';
import type { Aliases } from './aliases.ts';
import { resolveJoin } from './join-from.ts';
import type { JoinKey, PlanContext, SelectPlan, Source, StoredTable, VirtualTable } from './plan.ts';
import type { Conjunct } from './predicates.ts';
import { sourceScope, type SourceScope } from './source-scope.ts';

/** A table still waits for its access path, a join for the plans of its sides, and all for the columns that are read of them. */
export type From = {
  readonly scope: SourceScope;
  readonly source:
    | Exclude<Source, { kind: 'table' | 'join' | 'virtual' }>
    | UnplannedTable
    | UnplannedVirtual
    | UnplannedJoin;
};

export type UnplannedTable = {
  readonly kind: 'unplanned';
  readonly table: StoredTable;
  readonly forced: ForcedPath | undefined;
};

export type UnplannedVirtual = { readonly kind: 'unplannedVirtual'; readonly table: VirtualTable };

/** Its columns are those of the left side, then those of the right side: of a RIGHT JOIN, the side on the right is `left`. */
export type UnplannedJoin = {
  readonly kind: 'unplannedJoin';
  readonly join: 'INNER' | 'LEFT';
  readonly left: From;
  readonly right: From;
  readonly scope: SourceScope;
  /** The conjuncts of ON. */
  readonly on: readonly Conjunct[];
  /** The pairs of columns that USING wants to be equal. */
  readonly using: readonly JoinKey[];
  /** What stands for columns that USING gives another type, over the columns of their own side. */
  readonly casts: ReadonlyMap<number, Bound>;
};

/** The path that USE INDEX names, or FROM itself. */
export type ForcedPath = { readonly name: string; readonly position: SourcePosition };

type FromTable = Extract<FromItem, { kind: 'table' }>;

/** Resolves FROM. `aliases` are those of the query; `planSubquery` plans a query that stands there. */
export function resolveFrom(
  item: FromItem | undefined,
  aliases: Aliases,
  context: PlanContext,
  planSubquery: (query: Extract<FromItem, { kind: 'query' }>['query']) => SelectPlan,
): From {
  if (item === undefined) return { scope: sourceScope([], []), source: { kind: 'oneRow' } };
  switch (item.kind) {
    case 'join':
      return resolveJoin(item, aliases, context, (side) => resolveFrom(side, aliases, context, planSubquery));
    case 'query': {
      const plan = planSubquery(item.query);
      return { scope: sourceScope(plan.columns, aliasOf(item)), source: { kind: 'subquery', plan } };
    }
    case 'function': {
      const args = item.args.map((arg) => constantArgument(arg, context));
      const table = context.tableFunction(item.name, args);
      return {
        scope: sourceScope(table.columns, aliasOf(item)),
        source: { kind: 'unplannedVirtual', table },
      };
    }
    case 'table':
      return resolveTable(item, context);
  }
}

function aliasOf(item: { readonly alias: string | undefined }): string[][] {
  return item.alias === undefined ? [] : [[item.alias]];
}

function constantArgument(e: Expression, context: PlanContext): Value {
  const bound = bindExpression(e, sourceScope([], []), context.bind);
  if (bound.kind === 'literal') return valueAt(bound.value, 0);
  throw new WinnowError('BAD_ARGUMENTS', 'an argument of a table function must be a constant', {
    position: e.position,
  });
}

function resolveTable(item: FromTable, context: PlanContext): From {
  const { table: name, useIndex, position } = item;
  if (item.final) throw notImplemented('FINAL', position);
  const database = name.database ?? context.bind.currentDatabase;
  const qualifiers = item.alias === undefined ? [[name.name], [database, name.name]] : aliasOf(item);
  const table = context.resolveTable(name);
  if (table.kind === 'virtual') {
    if (useIndex !== undefined)
      throw new WinnowError('INDEX_NOT_USABLE', `${table.name} has no index tables`, { position });
    return { scope: sourceScope(table.columns, qualifiers), source: { kind: 'unplannedVirtual', table } };
  }
  const { status, indexTable } = table;
  if (indexTable && useIndex !== undefined && useIndex !== indexTable.name) {
    throw new WinnowError('INDEX_NOT_USABLE', `${indexTable.name} is an index table and is read as it is`, {
      position,
    });
  }
  const forced = indexTable?.name ?? useIndex;
  const visible = indexTable && heldColumns(indexTable, status.definition);
  return {
    scope: sourceScope(
      columnsOfPath(indexTable ?? status.definition, status.definition),
      qualifiers,
      visible,
    ),
    source: {
      kind: 'unplanned',
      table,
      forced: forced === undefined ? undefined : { name: forced, position },
    },
  };
}
