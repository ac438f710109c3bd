import type { SourcePosition } from '../base/errors.ts';
import type { IndexDeclaration, Statement, TableName } from './ast.ts';
import { parseCount, parseIfExists, parseIfNotExists, parseNamedCall } from './parse-common.ts';
import { parsePartition } from './parse-parts.ts';
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
  return parseDeclared(tokens, position);
}

function parseDeclared(tokens: TokenStream, position: SourcePosition): IndexDeclaration {
  const name = tokens.identifier('index name');
  const expression = tokens.grammar.unaliased(tokens);
  tokens.expect('TYPE');
  const type = parseNamedCall(tokens, 'index type');
  const granularity = tokens.take('GRANULARITY') ? parseCount(tokens, 'number of granules', 15) : 1;
  return { position, name, expression, type, granularity };
}

/**
 * `ADD INDEX [IF NOT EXISTS] …`, `DROP INDEX i`, `MATERIALIZE | CLEAR INDEX i [IN PARTITION …]`, the rest of an ALTER TABLE;
 * undefined when it is another one.
 */
export function parseAlterSkipIndex(
  tokens: TokenStream,
  position: SourcePosition,
  table: TableName,
): Statement | undefined {
  const action = (['ADD', 'DROP', 'MATERIALIZE', 'CLEAR'] as const).find((word) =>
    tokens.takeWords(word, 'INDEX'),
  );
  if (action === undefined) return undefined;
  const statement =
    action === 'ADD'
      ? parseAddIndex(tokens, position, table)
      : parseNamedIndex(tokens, position, { action, table });
  if (tokens.token.keyword === ',') tokens.refuse('ALTER TABLE of several actions');
  return statement;
}

function parseAddIndex(tokens: TokenStream, position: SourcePosition, table: TableName): Statement {
  const ifNotExists = parseIfNotExists(tokens);
  const index = parseDeclared(tokens, tokens.position());
  const place = tokens.take('FIRST')
    ? 'first'
    : tokens.take('AFTER')
      ? { after: tokens.identifier('index name') }
      : undefined;
  return { kind: 'addSkipIndex', position, table, ifNotExists, index, place };
}

function parseNamedIndex(
  tokens: TokenStream,
  position: SourcePosition,
  { action, table }: { readonly action: 'DROP' | 'MATERIALIZE' | 'CLEAR'; readonly table: TableName },
): Statement {
  const ifExists = parseIfExists(tokens);
  const name = tokens.identifier('index name');
  const partition = action !== 'DROP' && tokens.take('IN') ? parsePartition(tokens) : undefined;
  return { kind: 'alterSkipIndex', position, action, table, ifExists, name, partition };
}
