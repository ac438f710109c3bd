import type { CodecCall, Expression, Statement } from './ast.ts';
import { parseCodecCalls } from './parse-common.ts';
import { parseExpression as expression, parseUnaliased as unaliased } from './parse-expression.ts';
import { parseSubselect as select } from './parse-select.ts';
import { parseAnyStatement } from './parse-statement.ts';
import { TokenStream } from './token-stream.ts';

const grammar = { expression, unaliased, select };

function expectEnd(tokens: TokenStream): void {
  if (tokens.token.kind !== 'end') tokens.fail('end of query');
}

/**
 * The one statement in `text`, which `;` may end.
 * Throws SYNTAX_ERROR, TOO_DEEP_RECURSION or NOT_IMPLEMENTED, each with its place.
 */
export function parseStatement(text: string): Statement {
  const tokens = new TokenStream(text, grammar);
  const statement = parseAnyStatement(tokens);
  while (tokens.take(';'));
  expectEnd(tokens);
  return statement;
}

/** The statements in `text`, with `;` between them. The data of INSERT … FORMAT reaches to the end of the text. */
export function parseScript(text: string): Statement[] {
  const tokens = new TokenStream(text, grammar);
  const statements: Statement[] = [];
  while (tokens.take(';'));
  while (tokens.token.kind !== 'end') {
    statements.push(parseAnyStatement(tokens));
    if (!tokens.take(';')) expectEnd(tokens);
    while (tokens.take(';'));
  }
  return statements;
}

/** What stands in CODEC( ), and is all of `text`. */
export function parseCodecs(text: string): readonly CodecCall[] {
  const tokens = new TokenStream(text, grammar);
  const parsed = parseCodecCalls(tokens);
  expectEnd(tokens);
  return parsed;
}

/** The expression that is all of `text`; an alias may end it. */
export function parseExpression(text: string): Expression {
  const tokens = new TokenStream(text, grammar);
  const parsed = expression(tokens);
  expectEnd(tokens);
  return parsed;
}
