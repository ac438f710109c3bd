import type { SourcePosition } from '../base/errors.ts';
import type { CreateIndexTable, Expression, IndexDeclaration, IndexLayout } from './ast.ts';
import {
  parseCodec,
  parseIfNotExists,
  parseKey,
  parseSettings,
  parseShardBy,
  parseTableName,
} from './parse-common.ts';
import { parseExpression } from './parse-expression.ts';
import { parseIndexDeclaration } from './parse-skip-index.ts';
import type { TokenStream } from './token-stream.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Clauses = Writable<
  Pick<CreateIndexTable, 'shardBy' | 'unsharded' | 'partitionBy' | 'orderBy' | 'using' | 'where' | 'settings'>
> & { layout: IndexLayout | undefined; readonly indexes: IndexDeclaration[] };

/** `[UNIQUE] INDEX TABLE …`, the rest of a CREATE whose word is taken. Without LAYOUT an index table holds keys. */
export function parseCreateIndexTable(tokens: TokenStream, position: SourcePosition): CreateIndexTable {
  const unique = tokens.take('UNIQUE');
  tokens.expect('INDEX', 'TABLE');
  const ifNotExists = parseIfNotExists(tokens);
  const indexTable = parseTableName(tokens);
  tokens.expect('ON');
  const table = parseTableName(tokens);
  const columns = tokens.at('(') ? parseColumns(tokens) : [];
  const { layout = { kind: 'KEYS' }, ...clauses } = parseClauses(tokens);
  return {
    kind: 'createIndexTable',
    position,
    unique,
    ifNotExists,
    indexTable,
    table,
    columns,
    ...clauses,
    layout,
  };
}

/** The clauses in any order, each at most once but for INDEX. */
function parseClauses(tokens: TokenStream): Clauses {
  const clauses: Clauses = {
    shardBy: undefined,
    unsharded: undefined,
    layout: undefined,
    partitionBy: undefined,
    orderBy: [],
    indexes: [],
    using: undefined,
    where: undefined,
    settings: [],
  };
  const seen = new Set<string>();
  for (;;) {
    const keyword = tokens.token.keyword === 'UNSHARDED' ? 'SHARD' : tokens.token.keyword;
    if (seen.has(keyword)) tokens.fail();
    if (!parseClause(tokens, clauses)) return clauses;
    if (keyword !== 'INDEX') seen.add(keyword);
  }
}

/** Takes one clause into `clauses`; false when none follows. */
function parseClause(tokens: TokenStream, clauses: Clauses): boolean {
  if (tokens.take('SHARD')) {
    tokens.expect('BY');
    clauses.shardBy = parseShardBy(tokens);
  } else if (tokens.take('UNSHARDED')) {
    clauses.unsharded = { database: tokens.take('IN') ? tokens.identifier('database name') : undefined };
  } else if (tokens.take('LAYOUT')) {
    clauses.layout = parseLayout(tokens);
  } else if (tokens.take('PARTITION')) {
    tokens.expect('BY');
    clauses.partitionBy = parseExpression(tokens);
  } else if (tokens.take('ORDER')) {
    tokens.expect('BY');
    clauses.orderBy = parseKey(tokens);
  } else if (tokens.at('INDEX')) {
    clauses.indexes.push(parseIndexDeclaration(tokens));
  } else if (tokens.take('USING')) {
    clauses.using = tokens.identifier('pipeline name');
  } else if (tokens.take('WHERE')) {
    clauses.where = parseExpression(tokens);
  } else if (tokens.at('SETTINGS')) {
    clauses.settings = parseSettings(tokens);
  } else return false;
  return true;
}

export function parseLayout(tokens: TokenStream): IndexLayout {
  if (tokens.take('KEYS')) return { kind: 'KEYS' };
  if (tokens.take('FULL')) return { kind: 'FULL' };
  for (const kind of ['COVERING', 'SPLIT'] as const) {
    if (tokens.take(kind)) return { kind, columns: parseColumns(tokens) };
  }
  if (tokens.take('COLUMNAR')) return parseColumnar(tokens);
  return tokens.fail();
}

/** `(a, lower(b) AS c CODEC(LZ4HC))` */
function parseColumnar(tokens: TokenStream): IndexLayout {
  const items = tokens.parenthesised((t) => t.list((u) => [parseExpression(u), parseCodec(u)] as const));
  return {
    kind: 'COLUMNAR',
    columns: items.map(([column]) => column),
    codecs: items.map(([, codec]) => codec),
  };
}

/** `(a, lower(b) AS c)` */
function parseColumns(tokens: TokenStream): readonly Expression[] {
  return tokens.parenthesised((t) => t.list(parseExpression));
}
