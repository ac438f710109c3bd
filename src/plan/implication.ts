// implication.ts — whether conditions that hold for a row make sure that another one does.
//
// Keeps true: `implies` is never true by mistake; it may well be false although the conditions do imply the other.

import type { Expression } from '../sql/ast.ts';
import { columnName } from './column-name.ts';
import { spansOfNotNull } from './column-spans.ts';
import {
  combineRestrictions,
  restrictionsOf,
  type Bind,
  type Conjunct,
  type Restrictions,
} from './predicates.ts';
import { holdsSpans, intersectSpans, type Span } from './spans.ts';
import type { DataType } from '../types/data-type.ts';

/** Every row for which all of `known` are true makes `conjunct` true, too. */
export function implies(known: readonly Conjunct[], conjunct: Conjunct, bind: Bind): boolean {
  const name = columnName(conjunct.source);
  if (known.some(({ source }) => columnName(source) === name)) return true;
  const { columns } = combineRestrictions(known.map(({ restrictions }) => restrictions));
  return liesWithin(columns, conjunct.restrictions) || liesApart(columns, conjunct.source, bind);
}

function liesWithin(known: Restrictions['columns'], { columns, exact }: Restrictions): boolean {
  if (!exact || columns.size === 0) return false;
  return [...columns].every(([column, spans]) => {
    const inner = known.get(column);
    return inner !== undefined && holdsSpans(spans, inner);
  });
}

/** `column != value`: what is known of the column leaves out the value, and NULL. */
function liesApart(known: Restrictions['columns'], e: Expression, bind: Bind): boolean {
  if (e.kind !== 'binary' || e.operator !== '!=') return false;
  const equal = restrictionsOf({ ...e, operator: '=' }, bind);
  const column = [e.left, e.right].map(bind).find((side) => side.kind === 'column');
  const spans = column && equal.columns.get(column.index);
  const inner = column && known.get(column.index);
  // No spans: the value may be NULL, from which nothing differs.
  if (!equal.exact || !spans || spans.length === 0 || !inner) return false;
  return isNeverNull(inner, column.type) && intersectSpans(inner, spans).length === 0;
}

/** Spans of a column without NULL. */
export function isNeverNull(spans: readonly Span[], type: DataType): boolean {
  return holdsSpans(spansOfNotNull(type).spans, spans);
}
