// index-rows.ts — which rows an index table has, beside those that a query wants.
//
// Keeps true: an index table that may lack a row that the query wants is not used for it.

import { columnsOfPath, type IndexTableDefinition } from '../catalog/definitions.ts';
import { bindStored } from '../catalog/stored-expression.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { isNullable } from '../types/data-type.ts';
import { parseExpression } from '../sql/parser.ts';
import { implies, isNeverNull } from './implication.ts';
import { viewOf } from './path-view.ts';
import { combineRestrictions, conjunctsOf, type Bind, type Conjunct } from './predicates.ts';

const conditions = new WeakMap<IndexTableDefinition, readonly Conjunct[]>();

/** The conjuncts of the index table's WHERE: they hold for every row that has an entry. */
export function conditionOf(index: IndexTableDefinition, table: RowTableDefinition): readonly Conjunct[] {
  const known = conditions.get(index);
  if (known) return known;
  const made =
    index.whereSql === undefined ? [] : conjunctsOf(parseExpression(index.whereSql), binder(table));
  conditions.set(index, made);
  return made;
}

/** Why a row for which `conjuncts` hold may have no entry; undefined when each of them has one. */
export function lackOfRows(
  index: IndexTableDefinition,
  table: RowTableDefinition,
  conjuncts: readonly Conjunct[],
): string | undefined {
  if (index.using) return `its filter ${index.using.name} may leave rows out`;
  const isImplied = (conjunct: Conjunct): boolean => implies(conjuncts, conjunct);
  if (!conditionOf(index, table).every(isImplied)) return 'its WHERE is not implied by the query';
  if (index.nullKeys !== 'sparse' || restrictsKey(index, table, conjuncts)) return undefined;
  return 'it is sparse, and the query may want rows whose index columns are all NULL';
}

/** Conjuncts that no entry needs to be asked about, because the index table's WHERE implies them. */
export function impliedByIndex(
  index: IndexTableDefinition,
  table: RowTableDefinition,
  conjunct: Conjunct,
): boolean {
  const condition = conditionOf(index, table);
  return condition.length > 0 && implies(condition, conjunct);
}

function restrictsKey(
  index: IndexTableDefinition,
  table: RowTableDefinition,
  conjuncts: readonly Conjunct[],
): boolean {
  const { conjunct } = viewOf(index, table);
  const { columns } = combineRestrictions(conjuncts.map((each) => conjunct(each).restrictions));
  const all = columnsOfPath(index, table);
  return index.keyColumns.some((column) => {
    const { type } = all[column]!;
    const spans = columns.get(column);
    return !isNullable(type) || (spans !== undefined && isNeverNull(spans, type));
  });
}

const binder =
  ({ columns }: RowTableDefinition): Bind =>
  (e) =>
    bindStored(e, columns);
