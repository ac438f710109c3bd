// select.ts — SELECT: plan it, read at one read point, say how fresh the answer is.

import { runSelect } from '../exec/run-select.ts';
import { planSelect } from '../plan/plan-select.ts';
import { bindContext } from './context.ts';
import { unknownTable } from './names.ts';
import { systemTable } from './system-tables.ts';
import { numbers, tableFunction } from './table-functions.ts';
import type { Freshness } from '../catalog/access.ts';
import type { PlanContext, SelectPlan, StoredTable, TableSource, VirtualTable } from '../plan/plan.ts';
import type { SelectQuery, TableName } from '../sql/ast.ts';
import type { Block } from '../types/column.ts';
import type { Answer, StatementContext } from './context.ts';

/** Planned at once; the read point is taken when the first block is asked for, and released at the end. */
export function select(query: SelectQuery, context: StatementContext): Answer {
  const plan = planSelect(query, planContext(context));
  let freshness: Freshness | undefined;
  const blocks = run(plan, context, (value) => (freshness = value));
  return { columns: plan.columns, blocks, freshness: () => freshness };
}

async function* run(plan: SelectPlan, context: StatementContext, onFreshness: (freshness: Freshness) => void): AsyncGenerator<Block> {
  const view = context.engine.store.readView();
  try {
    yield* runSelect(plan, execContext(view, context));
  } finally {
    const source = tableSource(plan);
    if (source) onFreshness(freshnessOf(source, view));
    view.release();
  }
}

export function planContext(context: StatementContext): PlanContext {
  return {
    resolveTable: (name) => resolveTable(name, context),
    tableFunction,
    bind: bindContext(context),
    settings: { freshness: context.settings.freshness === 'eventual' ? 'eventual' : 'strong' },
  };
}

/** Errors: UNKNOWN_TABLE, UNKNOWN_DATABASE. */
function resolveTable(name: TableName, context: StatementContext): StoredTable | VirtualTable {
  const names = { store: context.engine.store, database: context.database };
  if ((name.database ?? names.database) === 'system') {
    const table = name.name === 'numbers' ? numbers(0, Infinity) : systemTable(name.name, context);
    if (!table) throw unknownTable(names, name);
    return table;
  }
  const found = names.store.find(name.database ?? names.database, name.name);
  if (!found) throw unknownTable(names, name);
  if (found.kind === 'rowTable') return { kind: 'table', status: names.store.status(found.id), indexTable: undefined };
  return { kind: 'table', status: names.store.status(found.rowTableId), indexTable: found };
}

/** The stored table that a plan reads, be it in a subquery. */
function tableSource({ source }: SelectPlan): TableSource | undefined {
  if (source.kind === 'subquery') return tableSource(source.plan);
  return source.kind === 'table' ? source : undefined;
}
