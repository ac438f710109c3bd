// column-name.ts — the name ClickHouse gives a column that has no alias: its expression in function form.
//
// The name is also the identity of an expression: two expressions of one name in one scope are the same.

import { operatorFunctions } from '../expr/operators.ts';
import type { BinaryOperator, Expression, LiteralValue } from '../sql/ast.ts';

/** Chains of these become one call: `a AND b AND c` is `and(a, b, c)`. */
const chained: readonly BinaryOperator[] = ['AND', 'OR', '||'];

/** `a + 1` → `plus(a, 1)`. Names have no qualifiers any more: `t.a` is element a of the tuple t. Subqueries are numbered by their order in the text, which the caller has done. */
export function columnName(e: Expression): string {
  switch (e.kind) {
    case 'literal':
      return literalName(e.value);
    case 'identifier':
      return e.parts.join('.');
    case 'call':
      return callName(e);
    case 'unary':
      return call(e.operator === 'NOT' ? 'not' : 'negate', [e.operand]);
    case 'binary':
      return call(
        operatorFunctions[e.operator],
        chained.includes(e.operator) ? chain(e, e.operator) : [e.left, e.right],
      );
    case 'between': {
      const [operand, low, high] = [e.operand, e.low, e.high].map(columnName);
      return e.negated
        ? `or(less(${operand}, ${low}), greater(${operand}, ${high}))`
        : `and(greaterOrEquals(${operand}, ${low}), lessOrEquals(${operand}, ${high}))`;
    }
    case 'in':
      return `${e.negated ? 'notIn' : 'in'}(${columnName(e.operand)}, ${listName(e.list)})`;
    case 'isNull':
      return call(e.negated ? 'isNotNull' : 'isNull', [e.operand]);
    case 'case':
      return caseName(e);
    case 'cast':
      return `CAST(${columnName(e.operand)}, ${quoted(e.type.text)})`;
    case 'interval':
      return `toInterval${e.unit[0]}${e.unit.slice(1).toLowerCase()}(${columnName(e.amount)})`;
    case 'tuple':
      return `(${names(e.elements)})`;
    case 'alias':
      return e.name;
    case 'star':
      return '*';
    case 'parameter':
      return `{${e.name}:${e.type.text}}`;
    case 'subquery':
      return '_subquery';
  }
}

const names = (items: readonly Expression[]): string => items.map(columnName).join(', ');
const call = (name: string, args: readonly Expression[]): string => `${name}(${names(args)})`;
const quoted = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;

function callName(e: Extract<Expression, { kind: 'call' }>): string {
  const name = e.distinct ? `${e.name}Distinct` : e.name;
  const parameters = e.parameters ? `(${names(e.parameters)})` : '';
  const args = e.args.filter((arg) => arg.kind !== 'star');
  if (name === 'array') return `[${names(args)}]`;
  if (name === 'tuple') return `(${names(args)})`;
  return `${name}${parameters}(${names(args)})`;
}

/** The operands of a chain of one operator, from left to right; parentheses on the right start a chain of their own. */
function chain(e: Expression, operator: BinaryOperator): Expression[] {
  if (e.kind !== 'binary' || e.operator !== operator) return [e];
  return [...chain(e.left, operator), e.right];
}

function listName(list: Extract<Expression, { kind: 'in' }>['list']): string {
  if ('kind' in list) return '_subquery';
  if (list.length === 1) return columnName(list[0]!);
  return `(${names(list)})`;
}

function caseName(e: Extract<Expression, { kind: 'case' }>): string {
  const parts = e.branches.flatMap(({ when, then }) => [when, then]);
  const otherwise = e.otherwise ? columnName(e.otherwise) : 'NULL';
  const operand = e.operand ? `${columnName(e.operand)}, ` : '';
  return `${e.operand ? 'caseWithExpression' : 'multiIf'}(${operand}${names(parts)}, ${otherwise})`;
}

function literalName(value: LiteralValue): string {
  switch (value.kind) {
    case 'number':
      return numberName(value.text);
    case 'string':
      return quoted(value.value)
        .replace(/\t/g, '\\t')
        .replace(/\n/g, '\\n')
        .replace(/\r/g, '\\r')
        .replace(/\0/g, '\\0');
    case 'boolean':
      return String(value.value);
    case 'null':
      return 'NULL';
  }
}

const MAX_UINT64 = 2n ** 64n - 1n;

/** Whole numbers as they are; floats in ClickHouse's shortest form, with a point even when they are whole. */
function numberName(text: string): string {
  if (text.startsWith('-')) return `-${numberName(text.slice(1))}`;
  if (/^(\d+|0x[\da-f]+|0b[01]+)$/i.test(text)) {
    const whole = BigInt(text);
    if (whole <= MAX_UINT64) return whole.toString();
  }
  const shortest = String(Number(text)).replace('e+', 'e');
  return /^\d+$/.test(shortest) ? `${shortest}.` : shortest.replace('Infinity', 'inf').replace('NaN', 'nan');
}
