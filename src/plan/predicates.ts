// predicates.ts — WHERE as conjuncts, and what each of them says about single columns.
//
// Keeps true: a row for which the conjunct is true has every restricted column inside that column's spans.
// `exact`: the conjunct is true for every such row, so the spans can stand in for it.

import {
  spansOfComparison,
  spansOfNotNull,
  spansOfNull,
  spansOfPrefix,
  type ColumnSpans,
  type Comparison,
} from './column-spans.ts';
import { intersectSpans, unionSpans, type Span } from './spans.ts';
import type { SourcePosition } from '../base/errors.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import type { Expression } from '../sql/ast.ts';
import type { BytesColumn, Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';

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
    return [{ position: e.position, source: e, bound, restrictions: restrictionsOf(e, bind) }];
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
export function restrictionsOf(e: Expression, bind: Bind): Restrictions {
  switch (e.kind) {
    case 'binary':
      return ofBinary(e, bind);
    case 'between':
      if (e.negated) return nothingKnown;
      return combineRestrictions([
        compare(e.operand, '>=', e.low, bind),
        compare(e.operand, '<=', e.high, bind),
      ]);
    case 'in':
      return e.negated || 'kind' in e.list ? nothingKnown : ofIn(e.operand, e.list, bind);
    case 'isNull':
      return onColumn(e.operand, bind, e.negated ? spansOfNotNull : spansOfNull);
    case 'call':
      return ofCall(e, bind);
    default:
      return nothingKnown;
  }
}

const comparisons: readonly string[] = ['=', '<', '<=', '>', '>='];
const flipped = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

function ofBinary(e: Extract<Expression, { kind: 'binary' }>, bind: Bind): Restrictions {
  if (e.operator === 'AND')
    return combineRestrictions([restrictionsOf(e.left, bind), restrictionsOf(e.right, bind)]);
  if (e.operator === 'OR') return either(restrictionsOf(e.left, bind), restrictionsOf(e.right, bind));
  if (e.operator === 'LIKE') return ofLike(e.left, e.right, bind);
  if (!comparisons.includes(e.operator)) return nothingKnown;
  const comparison = e.operator as Comparison;
  const direct = compare(e.left, comparison, e.right, bind);
  return direct === nothingKnown ? compare(e.right, flipped[comparison], e.left, bind) : direct;
}

const comparisonCalls: Readonly<Record<string, Comparison>> = {
  equals: '=',
  less: '<',
  lessOrEquals: '<=',
  greater: '>',
  greaterOrEquals: '>=',
};

function ofCall(e: Extract<Expression, { kind: 'call' }>, bind: Bind): Restrictions {
  const [left, right] = e.args;
  if (!left || !right || e.args.length !== 2) return nothingKnown;
  const comparison = Object.hasOwn(comparisonCalls, e.name) ? comparisonCalls[e.name] : undefined;
  if (comparison) return compare(left, comparison, right, bind);
  if (e.name === 'like') return ofLike(left, right, bind);
  if (e.name !== 'startsWith') return nothingKnown;
  const prefix = constantBytes(right, bind);
  return prefix ? onColumn(left, bind, (type) => spansOfPrefix(type, prefix)) : nothingKnown;
}

function compare(column: Expression, comparison: Comparison, value: Expression, bind: Bind): Restrictions {
  return onColumn(column, bind, (type) => {
    const constant = constantOf(value, bind);
    return constant && spansOfComparison(type, comparison, constant);
  });
}

function onColumn(
  e: Expression,
  bind: Bind,
  spansOf: (type: DataType) => ColumnSpans | undefined,
): Restrictions {
  if (e.kind === 'literal') return nothingKnown;
  const bound = bind(e);
  const found = bound.kind === 'column' ? spansOf(bound.type) : undefined;
  if (bound.kind !== 'column' || !found) return nothingKnown;
  return { columns: new Map([[bound.index, found.spans]]), exact: found.exact };
}

function ofIn(operand: Expression, list: readonly Expression[], bind: Bind): Restrictions {
  return onColumn(operand, bind, (type) => {
    const spans: Span[] = [];
    let exact = true;
    for (const item of list) {
      const constant = constantOf(item, bind);
      const found = constant && spansOfComparison(type, '=', constant);
      if (!found) return undefined;
      spans.push(...found.spans);
      exact &&= found.exact;
    }
    return { spans: unionSpans(spans), exact };
  });
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

function ofLike(operand: Expression, pattern: Expression, bind: Bind): Restrictions {
  const bytes = constantBytes(pattern, bind);
  if (!bytes) return nothingKnown;
  const { prefix, rest } = splitPattern(bytes);
  if (rest === '') {
    return onColumn(operand, bind, (type) =>
      type.kind === 'String' ? spansOfComparison(type, '=', textColumn(prefix)) : undefined,
    );
  }
  const found = onColumn(operand, bind, (type) => spansOfPrefix(type, prefix));
  return { columns: found.columns, exact: found.exact && rest === '%' };
}

/** A LIKE pattern up to its first wildcard, unescaped, and what follows. */
function splitPattern(pattern: Buffer): { prefix: Buffer; rest: string } {
  const prefix: number[] = [];
  let at = 0;
  for (; at < pattern.length; at++) {
    const character = String.fromCharCode(pattern[at]!);
    if (character === '%' || character === '_') break;
    if (character === '\\' && at + 1 < pattern.length) {
      // What a backslash means before anything else is left to the filter.
      if (!'%_\\'.includes(String.fromCharCode(pattern[at + 1]!))) break;
      at++;
    }
    prefix.push(pattern[at]!);
  }
  return { prefix: Buffer.from(prefix), rest: pattern.toString('latin1', at) };
}

function textColumn(bytes: Buffer): BytesColumn {
  return {
    layout: 'bytes',
    type: { kind: 'String' },
    rowCount: 1,
    offsets: Uint32Array.of(0, bytes.length),
    bytes,
    nulls: undefined,
  };
}

function constantOf(e: Expression, bind: Bind): Column | undefined {
  const bound = bind(e);
  return bound.kind === 'literal' ? bound.value : undefined;
}

function constantBytes(e: Expression, bind: Bind): Buffer | undefined {
  const value = constantOf(e, bind);
  if (value?.layout !== 'bytes' || value.type.kind !== 'String') return undefined;
  return Buffer.from(value.bytes.subarray(value.offsets[0], value.offsets[1]));
}
