import type { IndexDeclaration } from './ast.ts';
import { parseCount, parseNamedCall } from './parse-common.ts';
import type { TokenStream } from './token-stream.ts';

/** Whether `INDEX name expression TYPE …` begins here, and not a column of the name INDEX. */
export function atIndexDeclaration(tokens: TokenStream): boolean {
  if (tokens.token.keyword !== 'INDEX') return false;
  let depth = 0;
  for (let i = 2; depth >= 0; i++) {
    const { keyword, kind } = tokens.peek(i);
    if (kind === 'end' || kind === 'invalid' || (keyword === ',' && depth === 0)) return false;
    if (keyword === 'TYPE' && depth === 0 && i > 2) return true;
    if (keyword === '(') depth++;
    if (keyword === ')') depth--;
  }
  return false;
}

/** `INDEX name expression TYPE type[(arguments)] [GRANULARITY n]` */
export function parseIndexDeclaration(tokens: TokenStream): IndexDeclaration {
  const position = tokens.position();
  tokens.expect('INDEX');
  const name = tokens.identifier('index name');
  const expression = tokens.grammar.unaliased(tokens);
  tokens.expect('TYPE');
  const type = parseNamedCall(tokens, 'index type');
  const granularity = tokens.take('GRANULARITY') ? parseCount(tokens, 'number of granules', 15) : 1;
  return { position, name, expression, type, granularity };
}
