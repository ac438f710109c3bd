// print-query.ts — expressions and SELECT, which hold each other, as canonical text.
//
// Parentheses: the fewest that keep the tree.

import type {
  Expression,
  FromItem,
  LiteralValue,
  OrderItem,
  SelectQuery,
  Setting,
  TableName,
  WithItem,
} from './ast.ts';
import { quoteFunction, quoteIdentifier, quoteString } from './identifiers.ts';
import { precedence, precedenceOf } from './precedence.ts';

type Of<K extends Expression['kind']> = Extract<Expression, { kind: K }>;

/** What needs no parentheses anywhere, and what needs them everywhere inside another expression. */
const atom = 100;
const aliased = 0;

function levelOf(e: Expression): number {
  switch (e.kind) {
    case 'alias':
      return aliased;
    case 'binary':
      return precedenceOf(e.operator);
    case 'in':
      return precedence.comparison;
    case 'between':
      return precedence.between;
    case 'isNull':
      return precedence.isNull;
    case 'unary':
      return e.operator === 'NOT' ? precedence.NOT : precedence.negate;
    default:
      return atom;
  }
}

export function printLiteral(value: LiteralValue): string {
  switch (value.kind) {
    case 'number':
      return value.text;
    case 'string':
      return quoteString(value.value);
    case 'boolean':
      return String(value.value);
    case 'null':
      return 'NULL';
  }
}

/** The expression's text. `parseExpression` of it gives the same tree. */
export function printExpression(e: Expression): string {
  switch (e.kind) {
    case 'literal':
      return printLiteral(e.value);
    case 'identifier':
      return e.parts.map(quoteIdentifier).join('.');
    case 'call':
      return printCall(e);
    case 'unary':
      return printUnary(e);
    case 'binary': {
      const level = precedenceOf(e.operator);
      return `${above(e.left, level)} ${e.operator} ${above(e.right, level + 1)}`;
    }
    case 'between':
      return printBetween(e);
    case 'in':
      return printIn(e);
    case 'isNull':
      return `${above(e.operand, precedence.isNull)} IS ${e.negated ? 'NOT ' : ''}NULL`;
    case 'case':
      return printCase(e);
    case 'cast':
      return `CAST(${above(e.operand, aliased + 1)} AS ${e.type.text})`;
    case 'interval':
      return `INTERVAL ${above(e.amount, atom)} ${e.unit}`;
    case 'tuple':
      return `(${printExpressions(e.elements)})`;
    case 'alias':
      return `${above(e.operand, aliased + 1)} AS ${quoteIdentifier(e.name)}`;
    case 'star':
      return printStar(e);
    case 'parameter':
      return `{${quoteIdentifier(e.name)}:${e.type.text}}`;
    case 'subquery':
      return `(${printSelect(e.query)})`;
  }
}

/** Expressions with commas between. */
export function printExpressions(list: readonly Expression[]): string {
  return list.map(printExpression).join(', ');
}

/** The expression, in parentheses unless it binds at least as tightly as `level`. */
function above(e: Expression, level: number): string {
  const text = printExpression(e);
  return levelOf(e) >= level ? text : `(${text})`;
}

function printCall(e: Of<'call'>): string {
  const parameters = e.parameters && `(${printExpressions(e.parameters)})`;
  return `${quoteFunction(e.name)}${parameters ?? ''}(${e.distinct ? 'DISTINCT ' : ''}${printExpressions(e.args)})`;
}

function printUnary(e: Of<'unary'>): string {
  if (e.operator === 'NOT') return `NOT ${above(e.operand, precedence.NOT)}`;
  const operand = above(e.operand, precedence.negate + 1);
  // A minus before a number would make a negative literal of it.
  return e.operand.kind === 'literal' && e.operand.value.kind === 'number' ? `-(${operand})` : `-${operand}`;
}

function printBetween(e: Of<'between'>): string {
  const bound = precedence.between + 1;
  const word = e.negated ? 'NOT BETWEEN' : 'BETWEEN';
  return `${above(e.operand, precedence.between)} ${word} ${above(e.low, bound)} AND ${above(e.high, bound)}`;
}

function printIn(e: Of<'in'>): string {
  const list = 'kind' in e.list ? printSelect(e.list) : printExpressions(e.list);
  return `${above(e.operand, precedence.comparison)} ${e.negated ? 'NOT IN' : 'IN'} (${list})`;
}

function printCase(e: Of<'case'>): string {
  const branches = e.branches.map(
    ({ when, then }) => ` WHEN ${printExpression(when)} THEN ${printExpression(then)}`,
  );
  const operand = e.operand ? ` ${printExpression(e.operand)}` : '';
  const otherwise = e.otherwise ? ` ELSE ${printExpression(e.otherwise)}` : '';
  return `CASE${operand}${branches.join('')}${otherwise} END`;
}

function printStar(e: Of<'star'>): string {
  const qualifier = e.qualifier.map((part) => `${quoteIdentifier(part)}.`).join('');
  return e.except.length === 0
    ? `${qualifier}*`
    : `${qualifier}* EXCEPT (${e.except.map(quoteIdentifier).join(', ')})`;
}

/** `database.name` */
export function printTable(table: TableName): string {
  const name = quoteIdentifier(table.name);
  return table.database === undefined ? name : `${quoteIdentifier(table.database)}.${name}`;
}

/** Settings with commas between, without the word SETTINGS. */
export function printSettings(settings: readonly Setting[]): string {
  return settings.map(({ name, value }) => `${quoteIdentifier(name)} = ${printLiteral(value)}`).join(', ');
}

/** ` WORD text`, or nothing when there is no text. */
export function clause(word: string, text: string | undefined): string {
  return text ? ` ${word} ${text}` : '';
}

export function printOrderItem(item: OrderItem): string {
  const nulls = item.nullsFirst === undefined ? '' : item.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST';
  return `${printExpression(item.expression)}${item.descending ? ' DESC' : ''}${nulls}`;
}

export function printSelect(q: SelectQuery): string {
  return [
    q.with.length > 0 ? `WITH ${q.with.map(printWithItem).join(', ')} ` : '',
    `SELECT ${q.distinct ? 'DISTINCT ' : ''}${printExpressions(q.items)}`,
    clause('FROM', q.from && printFrom(q.from)),
    clause('WHERE', q.where && printExpression(q.where)),
    clause('GROUP BY', printExpressions(q.groupBy)),
    clause('HAVING', q.having && printExpression(q.having)),
    clause('ORDER BY', q.orderBy.map(printOrderItem).join(', ')),
    clause('LIMIT', q.limit && above(q.limit, aliased + 1)),
    clause('OFFSET', q.offset && above(q.offset, aliased + 1)),
    clause('SETTINGS', printSettings(q.settings)),
    clause('FORMAT', q.format && quoteIdentifier(q.format)),
  ].join('');
}

function printWithItem(item: WithItem): string {
  const name = quoteIdentifier(item.name);
  if (item.kind === 'query') return `${name} AS (${printSelect(item.query)})`;
  return `${above(item.expression, aliased + 1)} AS ${name}`;
}

function printJoin({ join, left, right, on, using }: Extract<FromItem, { kind: 'join' }>): string {
  const condition = using.length > 0 ? ` USING (${using.map(quoteIdentifier).join(', ')})` : '';
  return `${printFrom(left)} ${join} JOIN ${printFrom(right)}${clause('ON', on && printExpression(on))}${condition}`;
}

function printFrom(from: FromItem): string {
  if (from.kind === 'join') return printJoin(from);
  const alias = clause('AS', from.alias && quoteIdentifier(from.alias));
  switch (from.kind) {
    case 'table': {
      const useIndex = from.useIndex === undefined ? '' : ` USE INDEX (${quoteIdentifier(from.useIndex)})`;
      return `${printTable(from.table)}${alias}${from.final ? ' FINAL' : ''}${useIndex}`;
    }
    case 'function':
      return `${quoteFunction(from.name)}(${printExpressions(from.args)})${alias}`;
    case 'query':
      return `(${printSelect(from.query)})${alias}`;
  }
}
