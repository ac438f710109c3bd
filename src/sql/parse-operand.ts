// parse-operand.ts — what stands between operators: literals, names, calls, parentheses, CASE, INTERVAL, parameters.

import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { Expression, IntervalUnit, LiteralValue } from './ast.ts';
import { parseCall } from './parse-call.ts';
import { parseType } from './parse-type-node.ts';
import type { TokenStream } from './token-stream.ts';
import { operatorFunctions, reservedAliases, reservedOperands } from './words.ts';

const intervalUnits: ReadonlyMap<string, IntervalUnit> = new Map(
  (['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const).flatMap((unit) => [
    [unit, unit],
    [`${unit}S`, unit],
  ]),
);

const wordLiterals: ReadonlyMap<string, LiteralValue> = new Map([
  ['NULL', { kind: 'null' }],
  ['TRUE', { kind: 'boolean', value: true }],
  ['FALSE', { kind: 'boolean', value: false }],
  ['INF', { kind: 'number', text: 'inf' }],
  ['INFINITY', { kind: 'number', text: 'inf' }],
  ['NAN', { kind: 'number', text: 'nan' }],
]);

/** The literal at the current token, with its sign; undefined when there is none. */
export function parseLiteralValue(tokens: TokenStream): LiteralValue | undefined {
  if (tokens.token.kind === 'string') return { kind: 'string', value: tokens.advance().text };
  if (tokens.token.kind === 'number') return { kind: 'number', text: tokens.advance().text };
  if (tokens.token.kind === 'symbol' && tokens.token.keyword === '-') return parseNegativeNumber(tokens);
  const value = wordLiterals.get(tokens.token.keyword);
  if (value) tokens.advance();
  return value;
}

function parseNegativeNumber(tokens: TokenStream): LiteralValue | undefined {
  const { kind, keyword, text } = tokens.peek();
  const word = wordLiterals.get(keyword);
  if (kind !== 'number' && word?.kind !== 'number') return undefined;
  tokens.expect('-');
  tokens.advance();
  return { kind: 'number', text: `-${word?.kind === 'number' ? word.text : text}` };
}

export function parseOperand(tokens: TokenStream): Expression {
  const position = tokens.position();
  const value = parseLiteralValue(tokens);
  if (value) return { kind: 'literal', position, value };
  switch (tokens.token.kind) {
    case 'word':
      return parseWord(tokens, position);
    case 'quoted':
      return parseName(tokens, position);
    case 'symbol':
      return parseSymbol(tokens, position);
    default:
      return tokens.fail('expression');
  }
}

function parseSymbol(tokens: TokenStream, position: SourcePosition): Expression {
  switch (tokens.token.keyword) {
    case '(':
      return parseParenthesis(tokens, position);
    case '*':
      tokens.advance();
      return { kind: 'star', position, qualifier: [], except: parseExcept(tokens) };
    case '{':
      return startsMap(tokens) ? parseMap(tokens, position) : parseParameter(tokens, position);
    case '[':
      return { kind: 'call', position, name: 'array', args: parseArrayElements(tokens) };
    default:
      return tokens.fail('expression');
  }
}

function parseWord(tokens: TokenStream, position: SourcePosition): Expression {
  const { keyword } = tokens.token;
  const next = tokens.peek();
  if (keyword === 'CASE' && !endsOperand(tokens)) return parseCase(tokens, position);
  if (keyword === 'INTERVAL' && !endsOperand(tokens)) return parseInterval(tokens, position);
  if ((keyword === 'DATE' || keyword === 'TIMESTAMP') && next.kind === 'string')
    return parseDate(tokens, position);
  if (keyword === 'EXISTS' && next.keyword === '(') throw notImplemented('EXISTS in an expression', position);
  const callable = next.keyword === '(' && operatorFunctions.has(keyword);
  if (reservedOperands.has(keyword) && !callable) tokens.fail('expression');
  return parseName(tokens, position);
}

/** True when the token after the current word shows that the word is just a name. */
function endsOperand(tokens: TokenStream): boolean {
  const { kind, keyword } = tokens.peek();
  if (kind === 'symbol') return !['(', '-', '{', '['].includes(keyword);
  if (keyword === 'NOT' || keyword === 'WHEN') return false;
  return (
    kind === 'end' ||
    reservedOperands.has(keyword) ||
    (reservedAliases.has(keyword) && tokens.peek(2).keyword !== '(')
  );
}

/** A column, `t.*`, or a function's name with its call. */
function parseName(tokens: TokenStream, position: SourcePosition): Expression {
  const quoted = tokens.token.kind === 'quoted';
  const parts = [tokens.advance().text];
  if (tokens.token.keyword === '(') return parseCall(tokens, position, parts[0]!, quoted);
  while (tokens.take('.')) {
    if (tokens.token.kind === 'symbol' && tokens.take('*')) {
      return { kind: 'star', position, qualifier: parts, except: parseExcept(tokens) };
    }
    parts.push(tokens.identifier());
  }
  return { kind: 'identifier', position, parts };
}

/** `EXCEPT (a, b)` or `EXCEPT a` behind a star. */
function parseExcept(tokens: TokenStream): string[] {
  for (const word of ['APPLY', 'REPLACE']) {
    if (tokens.token.keyword === word) tokens.refuse(`* ${word}`);
  }
  // EXCEPT SELECT joins two queries; that is refused where queries end.
  if (tokens.peek().keyword === 'SELECT' || !tokens.take('EXCEPT')) return [];
  if (tokens.token.keyword !== '(') return [tokens.identifier()];
  return tokens.parenthesised((t) => t.list((u) => u.identifier()));
}

function parseParenthesis(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.expect('(');
  const { keyword } = tokens.token;
  if (keyword === 'SELECT' || keyword === 'WITH') {
    const query = tokens.grammar.select(tokens);
    tokens.expect(')');
    return { kind: 'subquery', position, query };
  }
  const first = tokens.grammar.expression(tokens);
  if (tokens.take(')')) return first;
  tokens.expect(',');
  // `(a,)` is a tuple of one element.
  if (tokens.take(')')) return { kind: 'call', position, name: 'tuple', args: [first] };
  const elements = [first, ...tokens.list(tokens.grammar.expression)];
  tokens.expect(')');
  return { kind: 'tuple', position, elements };
}

/** `[a, b]` */
export function parseArrayElements(tokens: TokenStream): Expression[] {
  tokens.expect('[');
  if (tokens.take(']')) return [];
  const elements = tokens.list(tokens.grammar.expression);
  tokens.expect(']');
  return elements;
}

/** After a brace, a literal is the first key of a map; a name is that of a parameter. */
function startsMap(tokens: TokenStream): boolean {
  const { kind, keyword } = tokens.peek();
  return kind === 'string' || kind === 'number' || keyword === '}' || keyword === '-';
}

/** `{'k': 1}`, as the format Values writes maps. */
function parseMap(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.expect('{');
  if (tokens.take('}')) return { kind: 'call', position, name: 'map', args: [] };
  const pairs = tokens.list((t) => {
    const key = t.grammar.unaliased(t);
    t.expect(':');
    return [key, t.grammar.unaliased(t)];
  });
  tokens.expect('}');
  return { kind: 'call', position, name: 'map', args: pairs.flat() };
}

/** `{name:Type}` */
function parseParameter(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.expect('{');
  const name = tokens.identifier('parameter name');
  tokens.expect(':');
  const type = parseType(tokens);
  tokens.expect('}');
  return { kind: 'parameter', position, name, type };
}

function parseCase(tokens: TokenStream, position: SourcePosition): Expression {
  const { expression } = tokens.grammar;
  tokens.expect('CASE');
  const operand = tokens.at('WHEN') ? undefined : expression(tokens);
  const branches: { when: Expression; then: Expression }[] = [];
  do {
    tokens.expect('WHEN');
    const when = expression(tokens);
    tokens.expect('THEN');
    branches.push({ when, then: expression(tokens) });
  } while (tokens.at('WHEN'));
  const otherwise = tokens.take('ELSE') ? expression(tokens) : undefined;
  tokens.expect('END');
  return { kind: 'case', position, operand, branches, otherwise };
}

/** `INTERVAL amount UNIT` or `INTERVAL '3 day'` */
function parseInterval(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.expect('INTERVAL');
  const text = tokens.token;
  if (text.kind === 'string' && !intervalUnits.has(tokens.peek().keyword)) {
    const [amount, unit] = /^\s*(-?\d+)\s+([A-Za-z]+)\s*$/.exec(text.text)?.slice(1) ?? [];
    const known = unit === undefined ? undefined : intervalUnits.get(unit.toUpperCase());
    if (amount === undefined || known === undefined)
      throw notImplemented(`INTERVAL '${text.text}'`, position);
    const literal: Expression = {
      kind: 'literal',
      position: tokens.position(),
      value: { kind: 'number', text: amount },
    };
    tokens.advance();
    return { kind: 'interval', position, amount: literal, unit: known };
  }
  const amount = tokens.grammar.unaliased(tokens);
  const unit = intervalUnits.get(tokens.token.keyword);
  if (unit === undefined) return refuseUnit(tokens);
  tokens.advance();
  return { kind: 'interval', position, amount, unit };
}

function refuseUnit(tokens: TokenStream): never {
  if (/^(?:MILLI|MICRO|NANO)SECONDS?$/.test(tokens.token.keyword))
    tokens.refuse(`INTERVAL … ${tokens.token.keyword}`);
  return tokens.fail(...intervalUnits.values());
}

/** `DATE '2001-01-01'` and `TIMESTAMP '2001-01-01 00:00:00'` */
function parseDate(tokens: TokenStream, position: SourcePosition): Expression {
  const type = tokens.advance().keyword === 'DATE' ? 'Date' : 'DateTime';
  const operand: Expression = {
    kind: 'literal',
    position: tokens.position(),
    value: { kind: 'string', value: tokens.advance().text },
  };
  return { kind: 'cast', position, operand, type: { position, text: type } };
}
