import { WinnowError, type SourcePosition } from '../base/errors.ts';
import type { TypeNode } from './ast.ts';
import { quoteIdentifier, quoteString } from './identifiers.ts';
import type { Token } from './lexer.ts';
import { TokenStream } from './token-stream.ts';

/** Second words of type names: `DOUBLE PRECISION`, `INT UNSIGNED`, `CHAR VARYING`. */
const secondWords = new Set(['PRECISION', 'SIGNED', 'UNSIGNED', 'VARYING']);

function tokenText(token: Token): string {
  switch (token.kind) {
    case 'string':
      return quoteString(token.text);
    case 'quoted':
      return quoteIdentifier(token.text);
    default:
      return token.text;
  }
}

/** Spaces as ClickHouse prints types: `Enum8('a' = 1, 'b' = -2)`, `Tuple(a UInt8)`. */
function separator(before: Token, after: Token): string {
  if (before.keyword === '(' || before.keyword === '-' || after.keyword === ')' || after.keyword === ',')
    return '';
  return after.keyword === '(' && before.kind === 'word' ? '' : ' ';
}

function startsType(tokens: TokenStream): boolean {
  return tokens.token.kind === 'word';
}

/** A data type, `Name [second word] [( … )]`, with white space normalised. */
export function parseType(tokens: TokenStream): TypeNode {
  const position = tokens.position();
  if (!startsType(tokens)) tokens.fail('data type');
  let text = tokens.advance().text;
  while (secondWords.has(tokens.token.keyword)) text += ` ${tokens.advance().text}`;
  return { position, text: tokens.token.keyword === '(' ? text + typeArguments(tokens) : text };
}

function typeArguments(tokens: TokenStream): string {
  let last = tokens.advance();
  let text = '(';
  for (let depth = 1; depth > 0;) {
    const { token } = tokens;
    if (token.kind === 'end' || token.kind === 'invalid' || token.keyword === ';') tokens.fail(')');
    if (token.keyword === '(') depth++;
    if (token.keyword === ')') depth--;
    text += separator(last, token) + tokenText(token);
    last = tokens.advance();
  }
  return text;
}

/** The type in the string of `CAST(x, 'T')`; `position` is the string's. */
export function parseTypeText(text: string, position: SourcePosition, outer: TokenStream): TypeNode {
  const tokens = new TokenStream(text, outer.grammar);
  if (startsType(tokens)) {
    const type = parseType(tokens);
    if (tokens.token.kind === 'end') return { ...type, position };
  }
  throw new WinnowError('SYNTAX_ERROR', `'${text}' is not a data type`, { position });
}
