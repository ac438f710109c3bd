// parse-expression.ts — operators, by precedence climbing.

import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { Expression, LiteralValue } from './ast.ts';
import { parseArrayElements, parseOperand } from './parse-operand.ts';
import { parseType } from './parse-type-node.ts';
import { infixes, negatedInfixes, precedence, type Infix } from './precedence.ts';
import type { TokenStream } from './token-stream.ts';

const refusedOperators: Readonly<Record<string, string>> = {
  '->': 'the lambda operator ->',
  '<=>': 'the operator <=>',
  GLOBAL: 'GLOBAL IN',
  REGEXP: 'the operator REGEXP',
  COLLATE: 'COLLATE',
};

/** An expression with an optional `AS name`. */
export function parseExpression(tokens: TokenStream): Expression {
  const position = tokens.position();
  const operand = parseUnaliased(tokens);
  return tokens.take('AS') ? { kind: 'alias', position, operand, name: tokens.identifier('alias') } : operand;
}

/** An expression without alias. */
export function parseUnaliased(tokens: TokenStream): Expression {
  return parseAbove(tokens, 0);
}

/** An expression of operators that bind at least as tightly as `lowest`. */
function parseAbove(tokens: TokenStream, lowest: number): Expression {
  return tokens.nested(() => {
    const position = tokens.position();
    let left = parsePrefix(tokens, position);
    for (;;) {
      const next = parseContinuation(tokens, left, position, lowest);
      if (next === undefined) return left;
      tokens.grown();
      left = next;
    }
  });
}

function parsePrefix(tokens: TokenStream, position: SourcePosition): Expression {
  switch (tokens.token.keyword) {
    case 'NOT':
      tokens.advance();
      return { kind: 'unary', position, operator: 'NOT', operand: parseAbove(tokens, precedence.NOT) };
    case '-':
      return isNumber(tokens) ? parseOperand(tokens) : parseNegation(tokens, position);
    case '+':
      tokens.advance();
      return parseAbove(tokens, precedence.negate);
    default:
      return parseOperand(tokens);
  }
}

/** True when the token after a minus makes a negative number of it, so that -128 has the type Int8. */
function isNumber(tokens: TokenStream): boolean {
  const { kind, keyword } = tokens.peek();
  return kind === 'number' || keyword === 'INF' || keyword === 'INFINITY' || keyword === 'NAN';
}

function parseNegation(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.advance();
  return { kind: 'unary', position, operator: '-', operand: parseAbove(tokens, precedence.negate) };
}

/** The expression that `left` and the operator after it begin; undefined when none of `lowest` or above follows. */
function parseContinuation(
  tokens: TokenStream,
  left: Expression,
  position: SourcePosition,
  lowest: number,
): Expression | undefined {
  const { keyword, kind, start } = tokens.token;
  if (kind === 'number' && tokens.text.startsWith('.', start)) return parseTuplePlace(tokens, left, position);
  if (keyword === '') return unfinished(tokens);
  const found = infixes.get(keyword);
  if (found) return found.precedence < lowest ? undefined : parseBinary(tokens, left, position, found);
  switch (keyword) {
    case '[': {
      tokens.advance();
      const index = parseExpression(tokens);
      tokens.expect(']');
      return { kind: 'call', position, name: 'arrayElement', args: [left, index] };
    }
    case '.':
      return parseTupleName(tokens, left, position);
    case '::':
      tokens.advance();
      return { kind: 'cast', position, operand: left, type: parseType(tokens) };
    case 'IN':
      return lowest > precedence.comparison ? undefined : parseIn(tokens, left, position, false);
    case 'BETWEEN':
      return lowest > precedence.between ? undefined : parseBetween(tokens, left, position, false);
    case 'IS':
      return lowest > precedence.isNull ? undefined : parseIs(tokens, left, position);
    case 'NOT':
      return parseNegated(tokens, left, position, lowest);
    case '?':
      return lowest > precedence.ternary ? undefined : parseTernary(tokens, left, position);
  }
  const refused = refusedOperators[keyword];
  return refused === undefined ? unfinished(tokens) : tokens.refuse(refused);
}

/** `t.1`: the lexer sees a number that begins with a point. */
function parseTuplePlace(tokens: TokenStream, tuple: Expression, position: SourcePosition): Expression {
  const text = tokens.text.slice(tokens.token.start + 1, tokens.token.end);
  if (!/^\d+$/.test(text)) tokens.fail('place of a tuple element');
  tokens.advance();
  return tupleElement(tuple, position, { kind: 'number', text });
}

function parseTupleName(tokens: TokenStream, tuple: Expression, position: SourcePosition): Expression {
  tokens.expect('.');
  return tupleElement(tuple, position, {
    kind: 'string',
    value: tokens.identifier('name of a tuple element'),
  });
}

function tupleElement(tuple: Expression, position: SourcePosition, value: LiteralValue): Expression {
  return {
    kind: 'call',
    position,
    name: 'tupleElement',
    args: [tuple, { kind: 'literal', position, value }],
  };
}

function unfinished(tokens: TokenStream): undefined {
  tokens.wanted('operator');
  return undefined;
}

function parseBinary(
  tokens: TokenStream,
  left: Expression,
  position: SourcePosition,
  found: Infix,
): Expression {
  tokens.advance();
  const right = parseAbove(tokens, found.precedence + 1);
  return { kind: 'binary', position, operator: found.operator, left, right };
}

/** `NOT IN`, `NOT BETWEEN`, `NOT LIKE`, `NOT ILIKE` */
function parseNegated(
  tokens: TokenStream,
  left: Expression,
  position: SourcePosition,
  lowest: number,
): Expression | undefined {
  const next = tokens.peek().keyword;
  if (lowest > (next === 'BETWEEN' ? precedence.between : precedence.comparison)) return undefined;
  const found = negatedInfixes.get(next);
  if (!found && next !== 'IN' && next !== 'BETWEEN') return undefined;
  tokens.advance();
  if (found) return parseBinary(tokens, left, position, found);
  return next === 'IN' ? parseIn(tokens, left, position, true) : parseBetween(tokens, left, position, true);
}

function parseBetween(
  tokens: TokenStream,
  operand: Expression,
  position: SourcePosition,
  negated: boolean,
): Expression {
  tokens.expect('BETWEEN');
  const low = parseAbove(tokens, precedence.between + 1);
  tokens.expect('AND');
  const high = parseAbove(tokens, precedence.between + 1);
  return { kind: 'between', position, negated, operand, low, high };
}

function parseIs(tokens: TokenStream, operand: Expression, position: SourcePosition): Expression {
  tokens.expect('IS');
  const negated = tokens.take('NOT');
  if (tokens.at('NULL')) {
    tokens.advance();
    return { kind: 'isNull', position, negated, operand };
  }
  if (['DISTINCT', 'TRUE', 'FALSE', 'UNKNOWN'].includes(tokens.token.keyword)) {
    tokens.refuse(`IS ${negated ? 'NOT ' : ''}${tokens.token.keyword}`);
  }
  return tokens.fail();
}

/** What follows IN binds as tightly as it can, so a list with an operator behind it is not a list. */
function parseIn(
  tokens: TokenStream,
  operand: Expression,
  position: SourcePosition,
  negated: boolean,
): Expression {
  tokens.expect('IN');
  if (isLoneOperand(tokens)) {
    return { kind: 'in', position, negated, operand, list: [parseAbove(tokens, precedence.comparison + 1)] };
  }
  if (tokens.at('[')) return { kind: 'in', position, negated, operand, list: parseArrayElements(tokens) };
  if (!tokens.at('('))
    throw notImplemented('IN without a list or a subquery in parentheses', tokens.position());
  const list = tokens.parenthesised((t) => (startsSelect(t) ? t.grammar.select(t) : t.list(parseExpression)));
  const behind = infixes.get(tokens.token.keyword);
  if ((behind && behind.precedence > precedence.comparison) || tokens.token.keyword === '::')
    tokens.fail('AND', 'OR');
  return { kind: 'in', position, negated, operand, list };
}

/** What may stand behind IN without parentheses: a literal, a parameter, a call that makes an array. */
function isLoneOperand(tokens: TokenStream): boolean {
  const { kind, keyword } = tokens.token;
  if (kind === 'word') return tokens.peek().keyword === '(';
  return kind === 'number' || kind === 'string' || keyword === '{';
}

function startsSelect(tokens: TokenStream): boolean {
  return tokens.token.keyword === 'SELECT' || tokens.token.keyword === 'WITH';
}

function parseTernary(tokens: TokenStream, condition: Expression, position: SourcePosition): Expression {
  tokens.expect('?');
  const then = parseUnaliased(tokens);
  tokens.expect(':');
  const otherwise = parseAbove(tokens, precedence.ternary);
  return { kind: 'call', position, name: 'if', args: [condition, then, otherwise] };
}
