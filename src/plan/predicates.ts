// predicates.ts — WHERE as conjuncts, and what each of them says about single columns.
//
// Keeps true: a row for which the conjunct is true has every restricted column inside that column's spans.
// `exact`: the conjunct is true for every such row, so the spans can stand in for it.

import type { SourcePosition } from '../base/errors.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { Expression } from '../sql/ast.ts';
import type { DataType } from '../types/data-type.ts';
import { spansOfNotNull, type ColumnSpans } from './column-spans.ts';
import { testOf, type OperandTest } from './operand-test.ts';
import { intersectSpans, unionSpans, type Span } from './spans.ts';
import { spansOfTest } from './test-spans.ts';

export type Conjunct = {
  readonly position: SourcePosition;
  /** As parsed, names without qualifiers. */
  readonly source: Expression;
  readonly bound: Bound;
  readonly restrictions: Restrictions;
};

export type Restrictions = {
  readonly columns: ReadonlyMap<number, readonly Span[]>;
  readonly exact: boolean;
};

export type Bind = (e: Expression) => Bound;

const nothingKnown: Restrictions = { columns: new Map(), exact: false };

/** The conjuncts of an expression, aliases resolved; constants that are true are left out. `bind` binds over the table. */
export function conjunctsOf(where: Expression, bind: Bind): Conjunct[] {
  return splitAnd(where).flatMap((e) => {
    const bound = bind(e);
    if (isTrue(bound)) return [];
    return [{ position: e.position, source: e, bound, restrictions: restrictionsOf(bound) }];
  });
}

function splitAnd(e: Expression): Expression[] {
  return e.kind === 'binary' && e.operator === 'AND' ? [...splitAnd(e.left), ...splitAnd(e.right)] : [e];
}

function isTrue(e: Bound): boolean {
  return e.kind === 'literal' && e.value.layout === 'fixed' && !isNeverTrue(e);
}

/** A constant 0 or NULL. */
export function isNeverTrue(e: Bound): boolean {
  if (e.kind !== 'literal' || e.value.layout !== 'fixed') return false;
  return e.value.nulls?.[0] === 1 || Number(e.value.values[0]) === 0;
}

/** All conjuncts together: per column the values that every one of them allows. */
export function combineRestrictions(all: readonly Restrictions[]): Restrictions {
  const columns = new Map<number, readonly Span[]>();
  for (const each of all) {
    for (const [column, spans] of each.columns) {
      const known = columns.get(column);
      columns.set(column, known ? intersectSpans(known, spans) : spans);
    }
  }
  return { columns, exact: all.every((each) => each.exact) };
}

/** What an expression says about single columns when it is true. */
export function restrictionsOf(e: Bound): Restrictions {
  if (e.kind === 'call' && e.name === 'and') return combineRestrictions(e.args.map(restrictionsOf));
  if (e.kind === 'call' && e.name === 'or') return e.args.map(restrictionsOf).reduce(either);
  const tested = testOf(e);
  if (tested?.operand.kind !== 'column') return nothingKnown;
  const { operand, test, negated } = tested;
  const found = negated ? spansOfFalse(operand.type, test) : spansOfTest(operand.type, test);
  return found ? { columns: new Map([[operand.index, found.spans]]), exact: found.exact } : nothingKnown;
}

function spansOfFalse(type: DataType, { kind }: OperandTest): ColumnSpans | undefined {
  return kind === 'null' ? spansOfNotNull(type) : undefined;
}

/** Only columns that both sides restrict stay restricted. */
function either(a: Restrictions, b: Restrictions): Restrictions {
  const columns = new Map<number, readonly Span[]>();
  for (const [column, spans] of a.columns) {
    const others = b.columns.get(column);
    if (others) columns.set(column, unionSpans([...spans, ...others]));
  }
  const oneColumn = columns.size === 1 && a.columns.size === 1 && b.columns.size === 1;
  return { columns, exact: oneColumn && a.exact && b.exact };
}
