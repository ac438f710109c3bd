// prepare-subqueries.ts — makes a query free of subqueries that stand for values, before it is planned.
//
//   WITH name AS (SELECT …)   where FROM uses the name, the query stands instead
//   (SELECT …) as a value     runs once and becomes its value; it must have one column and at most one row
//   x IN (SELECT …)           runs once and becomes the list of its values
//
// Subqueries cannot refer to the query around them: a name they do not know themselves is an error.

import { WinnowError, notImplemented, type SourcePosition } from '../base/errors.ts';
import type { Expression, FromItem, SelectQuery, WithItem } from '../sql/ast.ts';
import type { Block, Column, NamedType, Value } from '../types/column.ts';
import {
  isComposite,
  nullable,
  typeName,
  withoutLowCardinality,
  withoutNullable,
  type DataType,
} from '../types/data-type.ts';
import { textAt } from '../types/text.ts';
import { valueAt } from '../types/value.ts';
import { columnName } from './column-name.ts';
import { mapChildren, walk } from './walk.ts';

/** The answer of a subquery, all of it. */
export type SubqueryAnswer = { readonly columns: readonly NamedType[]; readonly blocks: readonly Block[] };

/** Runs a prepared query; stops with an error as soon as there are more than `maxRows` rows. */
export type RunSubquery = (
  query: SelectQuery,
  maxRows: number,
  tooMany: () => WinnowError,
) => Promise<SubqueryAnswer>;

/** A set is held as a list in the plan: larger ones are better joined or narrowed first. */
const MAX_SET_ROWS = 100_000;

/**
 * The query with the answers of its subqueries in their places.
 * Errors: INCORRECT_RESULT_OF_SCALAR_SUBQUERY, SET_SIZE_LIMIT_EXCEEDED, and those of the subqueries.
 */
export async function prepareSubqueries(query: SelectQuery, run: RunSubquery): Promise<SelectQuery> {
  return isPrepared(query) ? query : prepare(expandWith(query, []), run);
}

/** True when there is nothing to expand or to run, as in most queries. */
function isPrepared(query: SelectQuery): boolean {
  const from = query.from?.kind;
  if (query.with.length > 0 || from === 'query' || from === 'join') return false;
  let found = false;
  const look = (e: Expression): void =>
    walk(e, (node) => {
      found ||= node.kind === 'subquery' || (node.kind === 'in' && 'kind' in node.list);
    });
  expressionsOf(query).forEach(look);
  return !found;
}

/** Every expression of the query itself, without those of its subqueries. */
function expressionsOf(query: SelectQuery): Expression[] {
  const { items, where, groupBy, having, orderBy, limit, offset } = query;
  const single = [where, having, limit, offset].filter((e) => e !== undefined);
  return [
    ...items,
    ...joinConditions(query.from),
    ...single,
    ...groupBy,
    ...orderBy.map((item) => item.expression),
  ];
}

function joinConditions(from: FromItem | undefined): Expression[] {
  return from?.kind === 'join' ? [...joinConditions(from.left), ...(from.on ? [from.on] : [])] : [];
}

// ---- WITH

type NamedQuery = Extract<WithItem, { kind: 'query' }>;
type NamedExpression = Extract<WithItem, { kind: 'expression' }>;

/** `inherited`: what the queries around this one have named, already expanded; the innermost name wins. */
function expandWith(query: SelectQuery, inherited: readonly WithItem[]): SelectQuery {
  let visible = inherited;
  for (const item of query.with) {
    // A name sees the names before it, and not itself.
    const before = visible;
    const inside = (subquery: SelectQuery): SelectQuery => expandWith(subquery, before);
    const expanded: WithItem =
      item.kind === 'query'
        ? { ...item, query: inside(item.query) }
        : { ...item, expression: expandNames(item.expression, inside) };
    visible = [...before.filter(({ name }) => name !== item.name), expanded];
  }
  const inside = (subquery: SelectQuery): SelectQuery => expandWith(subquery, visible);
  const expanded = mapExpressions(query, (e) => expandNames(e, inside));
  const from = expanded.from && expandFrom(expanded.from, queriesOf(visible), inside);
  return { ...expanded, with: usedExpressions(expanded, visible), from };
}

function queriesOf(items: readonly WithItem[]): ReadonlyMap<string, NamedQuery> {
  return new Map(items.filter((item) => item.kind === 'query').map((item) => [item.name, item]));
}

/** The named expressions that the query uses, directly or through each other: the others need not be computed. */
function usedExpressions(query: SelectQuery, visible: readonly WithItem[]): NamedExpression[] {
  const names = new Set<string>();
  const collect = (e: Expression): void =>
    walk(e, (node) => {
      if (node.kind === 'identifier') names.add(node.parts[0]!);
    });
  expressionsOf(query).forEach(collect);
  const used: NamedExpression[] = [];
  for (const item of [...visible].reverse()) {
    if (item.kind !== 'expression' || !names.delete(item.name)) continue;
    collect(item.expression);
    used.unshift(item);
  }
  return used;
}

function expandFrom(
  from: FromItem,
  named: ReadonlyMap<string, NamedQuery>,
  inside: (query: SelectQuery) => SelectQuery,
): FromItem {
  if (from.kind === 'query') return { ...from, query: inside(from.query) };
  if (from.kind === 'join') {
    const [left, right] = [expandFrom(from.left, named, inside), expandFrom(from.right, named, inside)];
    return { ...from, left, right };
  }
  const item =
    from.kind === 'table' && from.table.database === undefined ? named.get(from.table.name) : undefined;
  if (!item || from.kind !== 'table') return from;
  if (from.final || from.useIndex !== undefined)
    throw notImplemented('FINAL or USE INDEX on a query named by WITH', from.position);
  return { kind: 'query', query: item.query, alias: from.alias ?? item.name, position: from.position };
}

function expandNames(e: Expression, inside: (query: SelectQuery) => SelectQuery): Expression {
  const again = (child: Expression): Expression => expandNames(child, inside);
  if (e.kind === 'subquery') return { ...e, query: inside(e.query) };
  if (e.kind === 'in' && 'kind' in e.list) return { ...e, operand: again(e.operand), list: inside(e.list) };
  return mapChildren(e, again);
}

function mapExpressions(query: SelectQuery, f: (e: Expression) => Expression): SelectQuery {
  return {
    ...query,
    items: query.items.map(f),
    from: query.from && mapConditions(query.from, f),
    where: query.where && f(query.where),
    groupBy: query.groupBy.map(f),
    having: query.having && f(query.having),
    orderBy: query.orderBy.map((item) => ({ ...item, expression: f(item.expression) })),
    limit: query.limit && f(query.limit),
    offset: query.offset && f(query.offset),
  };
}

/** FROM with its conditions of joins replaced. */
function mapConditions(from: FromItem, f: (e: Expression) => Expression): FromItem {
  if (from.kind !== 'join') return from;
  return { ...from, left: mapConditions(from.left, f), on: from.on && f(from.on) };
}

// ---- values

type Replacements = Map<SelectQuery, readonly Expression[]>;

async function prepare(query: SelectQuery, run: RunSubquery): Promise<SelectQuery> {
  const found: {
    readonly query: SelectQuery;
    readonly kind: 'value' | 'set';
    readonly position: SourcePosition;
  }[] = [];
  const collect = (e: Expression): Expression => {
    walk(e, (node) => {
      if (node.kind === 'subquery') found.push({ query: node.query, kind: 'value', position: node.position });
      if (node.kind === 'in' && 'kind' in node.list)
        found.push({ query: node.list, kind: 'set', position: node.position });
    });
    return e;
  };
  mapExpressions(query, collect);
  for (const item of query.with) if (item.kind === 'expression') collect(item.expression);
  const from = query.from && (await prepareFrom(query.from, run));
  if (found.length === 0) return { ...query, from };
  const answers: Replacements = new Map();
  for (const { query: subquery, kind, position } of found) {
    if (answers.has(subquery)) continue;
    const prepared = await prepare(subquery, run);
    answers.set(
      subquery,
      kind === 'value' ? [await valueOf(prepared, position, run)] : await setOf(prepared, position, run),
    );
  }
  const replace = (e: Expression): Expression => replaceSubqueries(e, answers);
  const replaced = mapExpressions({ ...query, items: nameSubqueries(query.items), from }, replace);
  const expressions = query.with.map((item) =>
    item.kind === 'expression' ? { ...item, expression: replace(item.expression) } : item,
  );
  return { ...replaced, with: expressions };
}

/** The queries in FROM, prepared. */
async function prepareFrom(from: FromItem, run: RunSubquery): Promise<FromItem> {
  if (from.kind === 'query') return { ...from, query: await prepare(from.query, run) };
  if (from.kind !== 'join') return from;
  return { ...from, left: await prepareFrom(from.left, run), right: await prepareFrom(from.right, run) };
}

function replaceSubqueries(e: Expression, answers: Replacements): Expression {
  const again = (child: Expression): Expression => replaceSubqueries(child, answers);
  if (e.kind === 'subquery') return answers.get(e.query)![0]!;
  if (e.kind === 'in' && 'kind' in e.list)
    return { ...e, operand: again(e.operand), list: answers.get(e.list)! };
  return mapChildren(e, again);
}

/** Items with subqueries keep the names they have as written: `_subquery_1`, `in(x, _subquery_2)`. */
function nameSubqueries(items: readonly Expression[]): Expression[] {
  let count = 0;
  return items.map((item) => {
    const name = columnName(item).replace(/_subquery\b/g, () => `_subquery_${++count}`);
    const { position } = item;
    return item.kind === 'alias' || !name.includes('_subquery_')
      ? item
      : { kind: 'alias', operand: item, name, position };
  });
}

async function valueOf(query: SelectQuery, position: SourcePosition, run: RunSubquery): Promise<Expression> {
  const tooMany = (): WinnowError =>
    new WinnowError('INCORRECT_RESULT_OF_SCALAR_SUBQUERY', 'Scalar subquery returned more than one row', {
      position,
    });
  const { columns, blocks } = await run(query, 1, tooMany);
  if (columns.length !== 1) throw notImplemented('a subquery of several columns as a value', position);
  const block = blocks.find(({ rowCount }) => rowCount > 0);
  const { type } = columns[0]!;
  const value = block ? literalAt(block.columns[0]!, 0, position) : literal(null, position);
  return typed(value, nullable(type), position);
}

async function setOf(query: SelectQuery, position: SourcePosition, run: RunSubquery): Promise<Expression[]> {
  const tooMany = (): WinnowError =>
    new WinnowError('SET_SIZE_LIMIT_EXCEEDED', `IN (SELECT …) gives more than ${MAX_SET_ROWS} rows`, {
      position,
      hint: 'Narrow the subquery.',
    });
  const { columns, blocks } = await run(query, MAX_SET_ROWS, tooMany);
  const items: Expression[] = [];
  for (const block of blocks) {
    for (let row = 0; row < block.rowCount; row++) {
      const elements = block.columns.map((column, i) => {
        const value = literalAt(column, row, position);
        return isPlain(columns[i]!.type) ? value : typed(value, columns[i]!.type, position);
      });
      items.push(elements.length === 1 ? elements[0]! : { kind: 'tuple', elements, position });
    }
  }
  return items;
}

/** Types whose literals mean the same without a cast. */
function isPlain(type: DataType): boolean {
  const { kind } = withoutNullable(type);
  return kind === 'String' || kind === 'Bool' || kind.startsWith('Int') || kind.startsWith('UInt');
}

/** Arrays, tuples and maps as their text. */
function literalAt(column: Column, row: number, position: SourcePosition): Expression {
  return literal(isComposite(column.type) ? textAt(column, row) : valueAt(column, row), position);
}

function literal(value: Value, position: SourcePosition): Expression {
  if (value === null) return { kind: 'literal', value: { kind: 'null' }, position };
  if (typeof value === 'boolean') return { kind: 'literal', value: { kind: 'boolean', value }, position };
  if (typeof value === 'string') return { kind: 'literal', value: { kind: 'string', value }, position };
  // Composite values come as text.
  if (typeof value === 'object')
    throw notImplemented('a subquery whose text is not UTF-8 as a value', position);
  const text = String(value).replace('Infinity', 'inf').replace('NaN', 'nan');
  return { kind: 'literal', value: { kind: 'number', text }, position };
}

function typed(operand: Expression, type: DataType, position: SourcePosition): Expression {
  const text = typeName(withoutLowCardinality(type));
  return { kind: 'cast', operand, type: { text, position }, position };
}
