// parse-call.ts — function calls, and the SQL standard's calls with words inside.

import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { Expression } from './ast.ts';
import { parseType, parseTypeText } from './parse-type-node.ts';
import type { TokenStream } from './token-stream.ts';

const extractFunctions: Readonly<Record<string, string>> = {
  SECOND: 'toSecond',
  MINUTE: 'toMinute',
  HOUR: 'toHour',
  DAY: 'toDayOfMonth',
  WEEK: 'toISOWeek',
  MONTH: 'toMonth',
  QUARTER: 'toQuarter',
  YEAR: 'toYear',
};

const trimFunctions: Readonly<Record<string, string>> = {
  BOTH: 'trimBoth',
  LEADING: 'trimLeft',
  TRAILING: 'trimRight',
};

/** The call of `name`; the current token is its opening parenthesis. A quoted name has no special form. */
export function parseCall(
  tokens: TokenStream,
  position: SourcePosition,
  name: string,
  quoted: boolean,
): Expression {
  const special = quoted ? undefined : parseSpecial(tokens, position, name);
  return special ?? parsePlainCall(tokens, position, name);
}

function parseSpecial(tokens: TokenStream, position: SourcePosition, name: string): Expression | undefined {
  const inside = tokens.peek();
  switch (name.toUpperCase()) {
    case 'CAST':
      return parseCast(tokens, position);
    case 'EXTRACT':
      return tokens.peek(2).keyword === 'FROM' && inside.kind === 'word'
        ? parseExtract(tokens, position)
        : undefined;
    case 'TRIM':
      return trimFunctions[inside.keyword] && tokens.peek(2).kind !== 'symbol'
        ? parseTrim(tokens, position)
        : undefined;
    case 'SUBSTRING':
      return parseSubstring(tokens, position, name);
    default:
      return undefined;
  }
}

/** `CAST(x AS T)` and `CAST(x, 'T')` */
function parseCast(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.expect('(');
  const operand = tokens.grammar.unaliased(tokens);
  if (tokens.take('AS')) {
    const type = parseType(tokens);
    tokens.expect(')');
    return { kind: 'cast', position, operand, type };
  }
  tokens.expect(',');
  const typePosition = tokens.position();
  if (tokens.token.kind !== 'string')
    throw notImplemented('CAST to a type that is not a string literal', typePosition);
  const type = parseTypeText(tokens.string(), typePosition, tokens);
  tokens.expect(')');
  return { kind: 'cast', position, operand, type };
}

/** `EXTRACT(YEAR FROM x)` */
function parseExtract(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.expect('(');
  const name = extractFunctions[tokens.token.keyword];
  if (name === undefined) tokens.fail(...Object.keys(extractFunctions));
  tokens.advance();
  tokens.expect('FROM');
  const args = [tokens.grammar.expression(tokens)];
  tokens.expect(')');
  return { kind: 'call', position, name, args };
}

/** `TRIM(BOTH 'x' FROM y)` */
function parseTrim(tokens: TokenStream, position: SourcePosition): Expression {
  tokens.expect('(');
  const name = trimFunctions[tokens.advance().keyword]!;
  const characters = tokens.grammar.expression(tokens);
  tokens.expect('FROM');
  const args = [tokens.grammar.expression(tokens), characters];
  tokens.expect(')');
  return { kind: 'call', position, name, args };
}

/** `SUBSTRING(x FROM a FOR b)`, or with commas */
function parseSubstring(tokens: TokenStream, position: SourcePosition, name: string): Expression {
  const { expression } = tokens.grammar;
  tokens.expect('(');
  const args = [expression(tokens)];
  if (tokens.take('FROM')) {
    args.push(expression(tokens));
    if (tokens.take('FOR')) args.push(expression(tokens));
  } else {
    while (tokens.take(',')) args.push(expression(tokens));
  }
  tokens.expect(')');
  return { kind: 'call', position, name, args };
}

type Arguments = { readonly distinct: boolean; readonly args: readonly Expression[] };

function parseArguments(tokens: TokenStream): Arguments {
  tokens.expect('(');
  if (tokens.take(')')) return { distinct: false, args: [] };
  const distinct = tokens.take('DISTINCT');
  const args = tokens.list(tokens.grammar.expression);
  tokens.expect(')');
  return { distinct, args };
}

function parsePlainCall(tokens: TokenStream, position: SourcePosition, name: string): Expression {
  const first = parseArguments(tokens);
  const parametric = !first.distinct && tokens.token.keyword === '(';
  const { distinct, args } = parametric ? parseArguments(tokens) : first;
  refuseModifiers(tokens);
  return {
    kind: 'call',
    position,
    name,
    ...(parametric && { parameters: first.args }),
    ...(distinct && { distinct }),
    args,
  };
}

function refuseModifiers(tokens: TokenStream): void {
  const { keyword } = tokens.token;
  const next = tokens.token.kind === 'word' ? tokens.peek().keyword : '';
  if (keyword === 'OVER') tokens.refuse('OVER (a window function)');
  if (keyword === 'FILTER' && next === '(') tokens.refuse('FILTER of an aggregate function');
  if ((keyword === 'IGNORE' || keyword === 'RESPECT') && next === 'NULLS') tokens.refuse(`${keyword} NULLS`);
}
