import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { ColumnDefinition, CreateTable, Expression, IndexDeclaration, Statement } from './ast.ts';
import {
  parseCodec,
  parseIfNotExists,
  parseKey,
  parseSettings,
  parseShardBy,
  parseTableName,
} from './parse-common.ts';
import { parseCreateIndexTable } from './parse-create-index.ts';
import { parseExpression } from './parse-expression.ts';
import { atIndexDeclaration, parseIndexDeclaration } from './parse-skip-index.ts';
import { parseType } from './parse-type-node.ts';
import type { TokenStream } from './token-stream.ts';

/** The rest of a CREATE, whose word is taken; `position` is the statement's. */
export function parseCreate(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.take('DATABASE')) return parseCreateDatabase(tokens, position);
  if (tokens.take('TABLE')) return parseCreateTable(tokens, position);
  if (tokens.at('UNIQUE') || (tokens.at('INDEX') && tokens.peek().keyword === 'TABLE')) {
    return parseCreateIndexTable(tokens, position);
  }
  const refused =
    /^(?:OR|TEMPORARY|INDEX|VIEW|MATERIALIZED|LIVE|WINDOW|DICTIONARY|FUNCTION|USER|ROLE|ROW|QUOTA|SETTINGS|PROFILE|NAMED|PIPELINE|RESOURCE|WORKLOAD)$/;
  if (refused.test(tokens.token.keyword)) {
    const name = tokens.token.keyword === 'OR' ? 'OR REPLACE' : tokens.token.keyword;
    throw notImplemented(`CREATE ${name}`, position);
  }
  return tokens.fail();
}

function parseCreateDatabase(tokens: TokenStream, position: SourcePosition): Statement {
  const ifNotExists = parseIfNotExists(tokens);
  const name = tokens.identifier('database name');
  refuseCluster(tokens);
  const engine = tokens.take('ENGINE') ? (tokens.take('='), tokens.identifier('engine name')) : undefined;
  if (tokens.token.keyword === '(') tokens.refuse('an argument of a database engine');
  if (tokens.token.keyword === 'COMMENT') tokens.refuse('COMMENT of a database');
  return { kind: 'createDatabase', position, ifNotExists, name, engine };
}

function refuseCluster(tokens: TokenStream): void {
  if (tokens.token.keyword === 'ON' && tokens.peek().keyword === 'CLUSTER') tokens.refuse('ON CLUSTER');
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type TableClauses = Writable<
  Omit<CreateTable, 'kind' | 'position' | 'ifNotExists' | 'table' | 'columns' | 'indexes'>
>;

function parseCreateTable(tokens: TokenStream, position: SourcePosition): CreateTable {
  const ifNotExists = parseIfNotExists(tokens);
  const table = parseTableName(tokens);
  refuseCluster(tokens);
  if (tokens.token.keyword === 'UUID') tokens.refuse('UUID of a table');
  if (tokens.token.keyword === 'AS' || tokens.token.keyword === 'CLONE') tokens.refuse('CREATE TABLE … AS');
  const { columns, indexes, primaryKey } = tokens.parenthesised(parseColumnList);
  const clauses = parseTableClauses(tokens, primaryKey);
  if (tokens.token.keyword === 'AS') tokens.refuse('CREATE TABLE … AS');
  return { kind: 'createTable', position, ifNotExists, table, columns, indexes, ...clauses };
}

type ColumnList = {
  readonly columns: ColumnDefinition[];
  readonly indexes: IndexDeclaration[];
  readonly primaryKey: Expression[];
};

/** Columns, skip indexes, and a primary key that is named among them or at one of them. */
function parseColumnList(tokens: TokenStream): ColumnList {
  const columns: ColumnDefinition[] = [];
  const indexes: IndexDeclaration[] = [];
  const primaryKey: Expression[] = [];
  do {
    if (tokens.takeWords('PRIMARY', 'KEY')) primaryKey.push(...parseKey(tokens));
    else if (atIndexDeclaration(tokens)) indexes.push(parseIndexDeclaration(tokens));
    else columns.push(parseColumn(tokens, primaryKey));
  } while (tokens.take(',') && tokens.token.keyword !== ')');
  return { columns, indexes, primaryKey };
}

function parseColumn(tokens: TokenStream, primaryKey: Expression[]): ColumnDefinition {
  const position = tokens.position();
  const start = tokens.token;
  // Else it would be a column of type `p(SELECT …)`.
  if (start.keyword === 'PROJECTION' && /^(?:SELECT|WITH)$/.test(tokens.peek(3).keyword))
    throw notImplemented('PROJECTION in a column list', position);
  const name = tokens.identifier('column name');
  const type = parseType(tokens);
  // `CONSTRAINT c CHECK …` begins like a column named CONSTRAINT; so does PROJECTION.
  if (/^(?:CONSTRAINT|PROJECTION)$/.test(start.keyword) && !endsColumnType(tokens)) {
    throw notImplemented(`${start.keyword} in a column list`, position);
  }
  const isNullable = tokens.take('NULL');
  if (!isNullable && tokens.take('NOT')) tokens.expect('NULL');
  const defaultValue = tokens.take('DEFAULT') ? parseExpression(tokens) : undefined;
  const comment = tokens.take('COMMENT') ? tokens.string('comment') : undefined;
  const codec = parseCodec(tokens);
  refuseColumnClauses(tokens);
  if (tokens.takeWords('PRIMARY', 'KEY')) primaryKey.push({ kind: 'identifier', position, parts: [name] });
  return {
    position,
    name,
    type: isNullable ? { ...type, text: `Nullable(${type.text})` } : type,
    defaultValue,
    comment,
    codec,
  };
}

function endsColumnType(tokens: TokenStream): boolean {
  return [',', ')', 'NULL', 'NOT', 'DEFAULT', 'COMMENT', 'CODEC', 'PRIMARY'].includes(tokens.token.keyword);
}

function refuseColumnClauses(tokens: TokenStream): void {
  const refused = [
    'MATERIALIZED',
    'ALIAS',
    'EPHEMERAL',
    'AUTO_INCREMENT',
    'STATISTICS',
    'TTL',
    'COLLATE',
    'SETTINGS',
  ];
  const { keyword } = tokens.token;
  if (refused.includes(keyword)) tokens.refuse(`${keyword} of a column`);
}

function parseTableClauses(tokens: TokenStream, columnKey: readonly Expression[]): TableClauses {
  const clauses: TableClauses = {
    engine: undefined,
    primaryKey: columnKey,
    orderBy: undefined,
    partitionBy: undefined,
    ttl: undefined,
    shardBy: undefined,
    colocateWith: undefined,
    settings: [],
    comment: undefined,
  };
  const seen = new Set<string>();
  for (;;) {
    const { keyword } = tokens.token;
    if (seen.has(keyword)) tokens.fail();
    if (!parseTableClause(tokens, clauses)) return clauses;
    seen.add(keyword);
  }
}

/** Takes one clause into `clauses`; false when none follows. */
function parseTableClause(tokens: TokenStream, clauses: TableClauses): boolean {
  if (tokens.take('ENGINE')) clauses.engine = parseEngine(tokens);
  else if (clauses.primaryKey.length === 0 && tokens.take('PRIMARY'))
    clauses.primaryKey = parseAfter(tokens, 'KEY', parseKey);
  else if (tokens.take('ORDER')) clauses.orderBy = parseAfter(tokens, 'BY', parseKey);
  else if (tokens.take('PARTITION')) clauses.partitionBy = parseAfter(tokens, 'BY', parseExpression);
  else if (tokens.take('SHARD')) clauses.shardBy = parseAfter(tokens, 'BY', parseShardBy);
  else if (tokens.take('COLOCATE')) clauses.colocateWith = parseAfter(tokens, 'WITH', parseTableName);
  else if (tokens.take('TTL')) clauses.ttl = parseExpression(tokens);
  else if (tokens.at('SETTINGS')) clauses.settings = parseSettings(tokens);
  else if (tokens.take('COMMENT')) clauses.comment = tokens.string('comment');
  else if (tokens.token.keyword === 'SAMPLE') tokens.refuse('SAMPLE BY');
  else return false;
  return true;
}

function parseAfter<T>(tokens: TokenStream, word: string, parse: (tokens: TokenStream) => T): T {
  tokens.expect(word);
  return parse(tokens);
}

function parseEngine(tokens: TokenStream): { name: string; args: Expression[] } {
  tokens.take('=');
  const name = tokens.identifier('engine name');
  if (tokens.token.keyword !== '(') return { name, args: [] };
  return {
    name,
    args: tokens.parenthesised((t) => (t.token.keyword === ')' ? [] : t.list(parseExpression))),
  };
}
