// implication.ts — whether conditions that hold for a row make sure that another one does.
//
// Keeps true: `implies` is never true by mistake; it may well be false although the conditions do imply the other.

import type { Expression as Bound } from '../expr/expression.ts';
import { columnName } from './column-name.ts';
import { spansOfNotNull } from './column-spans.ts';
import { testOf } from './operand-test.ts';
import { combineRestrictions, type Conjunct, type Restrictions } from './predicates.ts';
import { holdsSpans, intersectSpans, type Span } from './spans.ts';
import { spansOfTest } from './test-spans.ts';
import type { DataType } from '../types/data-type.ts';

/** Every row for which all of `known` are true makes `conjunct` true, too. */
export function implies(known: readonly Conjunct[], conjunct: Conjunct): boolean {
  const name = columnName(conjunct.source);
  if (known.some(({ source }) => columnName(source) === name)) return true;
  const { columns } = combineRestrictions(known.map(({ restrictions }) => restrictions));
  return liesWithin(columns, conjunct.restrictions) || liesApart(columns, conjunct.bound);
}

function liesWithin(known: Restrictions['columns'], { columns, exact }: Restrictions): boolean {
  if (!exact || columns.size === 0) return false;
  return [...columns].every(([column, spans]) => {
    const inner = known.get(column);
    return inner !== undefined && holdsSpans(spans, inner);
  });
}

/** `column != value`: what is known of the column leaves out the value, and NULL. */
function liesApart(known: Restrictions['columns'], e: Bound): boolean {
  const tested = testOf(e);
  if (tested?.operand.kind !== 'column' || !tested.negated || tested.test.kind !== 'compare') return false;
  const { type, index } = tested.operand;
  const equal = spansOfTest(type, tested.test);
  const inner = known.get(index);
  // No spans: the value may be NULL, from which nothing differs.
  if (!equal?.exact || equal.spans.length === 0 || !inner) return false;
  return isNeverNull(inner, type) && intersectSpans(inner, equal.spans).length === 0;
}

/** Spans of a column without NULL. */
export function isNeverNull(spans: readonly Span[], type: DataType): boolean {
  return holdsSpans(spansOfNotNull(type).spans, spans);
}
