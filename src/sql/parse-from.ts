// parse-from.ts — FROM: tables, functions and queries, and how they are joined. Joins lean to the left.

import type { Expression, FromItem } from './ast.ts';
import { parseNames, parseTableName } from './parse-common.ts';
import { parseExpression } from './parse-expression.ts';
import type { TokenStream } from './token-stream.ts';
import { reservedAliases } from './words.ts';

type Join = Extract<FromItem, { kind: 'join' }>;

/** What follows the word FROM. */
export function parseFrom(tokens: TokenStream): FromItem {
  let from = parseFromItem(tokens);
  for (;;) {
    const { keyword } = tokens.token;
    if (keyword === 'SAMPLE') tokens.refuse('SAMPLE');
    if (keyword === 'ARRAY' || (keyword === 'LEFT' && tokens.peek().keyword === 'ARRAY'))
      tokens.refuse('ARRAY JOIN');
    const position = tokens.position();
    const join = parseJoinWords(tokens);
    if (join === undefined) return from;
    tokens.grown();
    const right = parseFromItem(tokens);
    from = { kind: 'join', position, join, left: from, right, ...parseJoinCondition(tokens, join) };
  }
}

/** Kinds of joins that are known and not supported. */
const refusedJoins = /^(?:ANTI|ANY|ASOF|FULL|GLOBAL|PASTE|SEMI)$/;

/** `,`, `[ALL] [INNER | (LEFT | RIGHT) [OUTER] | CROSS] [ALL] JOIN`; undefined when no join follows. ALL is what JOIN does without it. */
function parseJoinWords(tokens: TokenStream): Join['join'] | undefined {
  if (tokens.take(',')) return 'CROSS';
  refuseJoin(tokens);
  const all = tokens.take('ALL');
  refuseJoin(tokens);
  const word = (['INNER', 'LEFT', 'RIGHT', 'CROSS'] as const).find((each) => tokens.take(each));
  refuseJoin(tokens);
  if (!all && word !== undefined && word !== 'CROSS') tokens.take('ALL');
  if (word === 'LEFT' || word === 'RIGHT') tokens.take('OUTER');
  if (all || word !== undefined) tokens.expect('JOIN');
  else if (!tokens.take('JOIN')) return undefined;
  return word ?? 'INNER';
}

function refuseJoin(tokens: TokenStream): void {
  const { keyword } = tokens.token;
  if (refusedJoins.test(keyword)) tokens.refuse(`${keyword} JOIN`);
}

function parseJoinCondition(tokens: TokenStream, join: Join['join']): Pick<Join, 'on' | 'using'> {
  if (join === 'CROSS') return { on: undefined, using: [] };
  if (tokens.take('ON')) return { on: parseExpression(tokens), using: [] };
  tokens.expect('USING');
  const using = tokens.at('(') ? parseNames(tokens) : tokens.list((t) => t.identifier('column name'));
  return { on: undefined, using };
}

/** A text alone is a file's name. */
function parseFromItem(tokens: TokenStream): FromItem {
  const position = tokens.position();
  if (tokens.token.keyword === '(') {
    const query = tokens.parenthesised(tokens.grammar.select);
    return { kind: 'query', position, query, alias: parseTableAlias(tokens) };
  }
  if (tokens.token.kind !== 'symbol' && tokens.peek().keyword === '(') {
    const name = tokens.identifier();
    const args: Expression[] = tokens.parenthesised((t) =>
      t.token.keyword === ')' ? [] : t.list(parseExpression),
    );
    return { kind: 'function', position, name, args, alias: parseTableAlias(tokens) };
  }
  if (tokens.token.kind === 'string') {
    const value = { kind: 'string', value: tokens.string('path of a file') } as const;
    const args = [{ kind: 'literal', position, value } as const];
    return { kind: 'function', position, name: 'file', args, alias: parseTableAlias(tokens) };
  }
  if (tokens.token.keyword === 'SELECT' || tokens.token.keyword === 'WHERE') tokens.fail('table name');
  const table = parseTableName(tokens);
  const alias = parseTableAlias(tokens);
  const final = tokens.take('FINAL');
  return { kind: 'table', position, table, alias, final, useIndex: parseUseIndex(tokens) };
}

function parseTableAlias(tokens: TokenStream): string | undefined {
  return tokens.take('AS') ? tokens.identifier('alias') : parseImplicitAlias(tokens);
}

/** An alias without AS; undefined when none stands here. */
export function parseImplicitAlias(tokens: TokenStream): string | undefined {
  const { kind, keyword } = tokens.token;
  if (kind !== 'quoted' && (kind !== 'word' || reservedAliases.has(keyword))) return undefined;
  // What could stand here instead of an alias, should the alias be a mistyped keyword.
  for (const word of ['FROM', 'WHERE', 'GROUP', 'HAVING', 'ORDER', 'LIMIT', 'SETTINGS', 'FORMAT'])
    tokens.wanted(word);
  return tokens.implicitAlias();
}

function parseUseIndex(tokens: TokenStream): string | undefined {
  if (!tokens.take('USE')) return undefined;
  tokens.expect('INDEX');
  return tokens.parenthesised((t) => t.identifier('index table name'));
}
