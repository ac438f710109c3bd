import type { SourcePosition } from '../base/errors.ts';
import type { Expression, Insert } from './ast.ts';
import { parseNames, parseSettings, parseTableName } from './parse-common.ts';
import { parseExpression } from './parse-expression.ts';
import { parseSubselect } from './parse-select.ts';
import type { TokenStream } from './token-stream.ts';

/** The rest of an INSERT, whose word is taken; `position` is the statement's. */
export function parseInsert(tokens: TokenStream, position: SourcePosition): Insert {
  tokens.expect('INTO');
  if (tokens.token.keyword === 'FUNCTION' && tokens.peek(2).keyword === '(')
    tokens.refuse('INSERT INTO FUNCTION');
  if (tokens.peek().keyword !== '(' && tokens.peek().keyword !== '.') tokens.take('TABLE');
  const table = parseTableName(tokens);
  const columns = tokens.at('(') && !startsQuery(tokens.peek().keyword) ? parseNames(tokens) : undefined;
  const settings = parseSettings(tokens);
  return { kind: 'insert', position, table, columns, settings, source: parseSource(tokens) };
}

function startsQuery(keyword: string): boolean {
  return keyword === 'SELECT' || keyword === 'WITH';
}

function parseSource(tokens: TokenStream): Insert['source'] {
  if (tokens.take('VALUES')) return parseValues(tokens);
  if (tokens.at('FORMAT')) return parseFormatSource(tokens);
  if (tokens.token.keyword === 'FROM') tokens.refuse('INSERT … FROM INFILE');
  if (tokens.token.keyword === 'WATCH') tokens.refuse('INSERT … WATCH');
  if (tokens.at('SELECT') || tokens.at('WITH') || tokens.at('('))
    return { kind: 'select', query: parseSubselect(tokens) };
  return tokens.fail();
}

/** Rows with optional commas between. None: the rows come separately, in the format Values. */
function parseValues(tokens: TokenStream): Insert['source'] {
  if (tokens.token.kind === 'end') return { kind: 'format', format: 'Values', offset: tokens.text.length };
  const rows: Expression[][] = [];
  do {
    rows.push(tokens.parenthesised((t) => t.list(parseExpression)));
    if (!tokens.take(',')) tokens.wanted(';');
  } while (tokens.token.keyword === '(' || tokens.token.keyword === ',');
  return { kind: 'values', rows };
}

/** The format's name, behind which the text is data and no longer SQL. */
function parseFormatSource(tokens: TokenStream): Insert['source'] {
  tokens.expect('FORMAT');
  const { kind, keyword, text, end } = tokens.token;
  if (kind !== 'word') tokens.fail('format name');
  if (keyword === 'VALUES') {
    tokens.advance();
    return parseValues(tokens);
  }
  const offset = dataOffset(tokens.text, end);
  tokens.skipTo(tokens.text.length);
  return { kind: 'format', format: text, offset };
}

/** As ClickHouse: blanks on the name's line and one line break do not belong to the data. */
function dataOffset(text: string, end: number): number {
  const gap = /[ \t\f]*\r?\n?/y;
  gap.lastIndex = end;
  gap.test(text);
  return gap.lastIndex;
}
