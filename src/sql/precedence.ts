// precedence.ts — ClickHouse's operators: a higher number binds more tightly. Parser and printer share the table.

import type { BinaryOperator } from './ast.ts';

export const precedence = {
  ternary: 2,
  OR: 3,
  AND: 4,
  NOT: 5,
  isNull: 6,
  between: 7,
  comparison: 9,
  concat: 10,
  additive: 11,
  multiplicative: 12,
  negate: 13,
  cast: 14,
} as const;

export type Infix = { readonly operator: BinaryOperator; readonly precedence: number };

const infix = (operator: BinaryOperator, level: number): Infix => ({ operator, precedence: level });

export const infixes: ReadonlyMap<string, Infix> = new Map([
  ['OR', infix('OR', precedence.OR)],
  ['AND', infix('AND', precedence.AND)],
  ['=', infix('=', precedence.comparison)],
  ['==', infix('=', precedence.comparison)],
  ['!=', infix('!=', precedence.comparison)],
  ['<>', infix('!=', precedence.comparison)],
  ['<', infix('<', precedence.comparison)],
  ['<=', infix('<=', precedence.comparison)],
  ['>', infix('>', precedence.comparison)],
  ['>=', infix('>=', precedence.comparison)],
  ['LIKE', infix('LIKE', precedence.comparison)],
  ['ILIKE', infix('ILIKE', precedence.comparison)],
  ['||', infix('||', precedence.concat)],
  ['+', infix('+', precedence.additive)],
  ['-', infix('-', precedence.additive)],
  ['*', infix('*', precedence.multiplicative)],
  ['/', infix('/', precedence.multiplicative)],
  ['%', infix('%', precedence.multiplicative)],
  ['MOD', infix('%', precedence.multiplicative)],
  ['DIV', infix('DIV', precedence.multiplicative)],
]);

/** By the word after NOT. */
export const negatedInfixes: ReadonlyMap<string, Infix> = new Map([
  ['LIKE', infix('NOT LIKE', precedence.comparison)],
  ['ILIKE', infix('NOT ILIKE', precedence.comparison)],
]);

/** The precedence of a binary operator. */
export function precedenceOf(operator: BinaryOperator): number {
  return (infixes.get(operator) ?? negatedInfixes.get(operator.slice('NOT '.length)))!.precedence;
}
