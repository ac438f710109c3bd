// colocation.ts — whether the rows of a join lie together: the left row in the very shard in which its matches are.
//
// That is so by construction when both tables are co-located (COLOCATE WITH), or are one table, and the keys of the join
// make the columns equal that pick their shards.

import type { TableDefinition } from '../catalog/definitions.ts';
import type { Expression } from '../expr/expression.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { sameType } from '../types/data-type.ts';
import type { Colocation, JoinSource, KeyLookup, PlanContext, SelectPlan, TableSource } from './plan.ts';

/** Whether left rows are read where their matches lie. */
export function isColocated(lookup: KeyLookup | undefined): boolean {
  return lookup?.colocation !== undefined && lookup.colocation.apart === undefined;
}

/** Undefined when the keys do not line up. `columns`: the keys of the join that are the columns by which the right side's table picks its shards. */
export function colocationOf(
  { keys, left }: JoinSource,
  path: RowTableDefinition,
  columns: readonly number[],
  context: PlanContext,
): Colocation | undefined {
  const origins = columns.map((key) => originOf(keys[key]!.left, left));
  const table = origins[0]?.source.status.definition;
  if (table?.kind !== 'rowTable' || !sameGroup(table, path, context)) return undefined;
  const { sharding } = table;
  const linedUp =
    sharding.method === path.sharding.method &&
    sharding.shardCount === path.sharding.shardCount &&
    sharding.columns.length === columns.length &&
    origins.every(
      (origin, i) =>
        origin?.source === origins[0]?.source &&
        origin?.column === sharding.columns[i] &&
        sameType(table.columns[sharding.columns[i]!]!.type, path.columns[path.sharding.columns[i]!]!.type),
    );
  return linedUp ? { sharding, columns, apart: entriesOf(origins[0]!.source) } : undefined;
}

/** The index table whose entries stand for the rows, which are then not read where they lie. */
function entriesOf({ access: { path, lookup } }: TableSource): string | undefined {
  return path.kind === 'indexTable' && lookup?.to !== 'rows' ? path.name : undefined;
}

type Origin = { readonly source: TableSource; readonly column: number };

/** The column of a table that the expression is, over the blocks of the plan. */
function originOf(e: Expression, plan: SelectPlan): Origin | undefined {
  const { source, projection } = plan;
  const projected = e.kind === 'column' ? projection[e.index] : undefined;
  if (projected?.kind !== 'column') return undefined;
  if (source.kind === 'table') return { source, column: source.columns[projected.index]! };
  if (source.kind !== 'join') return undefined;
  const width = source.left.columns.length;
  if (projected.index < width) return originOf(projected, source.left);
  // The default values of rows without a match come from no shard.
  if (source.join === 'LEFT') return undefined;
  return originOf({ ...projected, index: projected.index - width }, source.right);
}

/** Whether both are one table, or are co-located with one. */
function sameGroup(a: RowTableDefinition, b: RowTableDefinition, context: PlanContext): boolean {
  return rootOf(a, context).id === rootOf(b, context).id;
}

function rootOf(table: RowTableDefinition, context: PlanContext): TableDefinition {
  const { colocatedWith } = table;
  if (!colocatedWith) return table;
  const parent = context.resolveTable({ ...colocatedWith, position: { offset: 0, line: 1, column: 1 } });
  if (parent.kind !== 'table' || parent.status.definition.kind !== 'rowTable') return table;
  return rootOf(parent.status.definition, context);
}
