// parse-show.ts — SHOW, DESCRIBE and EXISTS.

import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { Statement, TableName } from './ast.ts';
import { parseFormat, parseLike, parseTableName } from './parse-common.ts';
import type { TokenStream } from './token-stream.ts';

/** The rest of a SHOW, whose word is taken. */
export function parseShow(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.take('DATABASES')) return { kind: 'showDatabases', position, format: parseFormat(tokens) };
  if (tokens.take('TABLES')) return parseShowTables(tokens, position);
  if (tokens.take('CREATE')) return parseShowCreate(tokens, position);
  if (tokens.take('INDEX') || tokens.take('INDEXES') || tokens.take('KEYS')) {
    if (!tokens.take('IN')) tokens.expect('FROM');
    return { kind: 'showIndex', position, table: parseTableOfDatabase(tokens), format: parseFormat(tokens) };
  }
  if (tokens.take('SETTINGS')) {
    return { kind: 'showSettings', position, like: parseLike(tokens), format: parseFormat(tokens) };
  }
  const refused =
    /^(?:FULL|TEMPORARY|COLUMNS|DICTIONARIES|PROCESSLIST|GRANTS|USERS|ROLES|ACCESS|CLUSTERS?|FUNCTIONS|ENGINES|MERGES|POLICIES|QUOTAS?|PROFILES|PIPELINES|CHANGED)$/;
  if (refused.test(tokens.token.keyword)) throw notImplemented(`SHOW ${tokens.token.keyword}`, position);
  return tokens.fail();
}

/** `t`, `d.t`, or MySQL's `t FROM d`. */
function parseTableOfDatabase(tokens: TokenStream): TableName {
  const table = parseTableName(tokens);
  if (table.database !== undefined || !(tokens.take('FROM') || tokens.take('IN'))) return table;
  return { ...table, database: tokens.identifier('database name') };
}

function parseShowTables(tokens: TokenStream, position: SourcePosition): Statement {
  const database = tokens.take('FROM') || tokens.take('IN') ? tokens.identifier('database name') : undefined;
  return { kind: 'showTables', position, database, like: parseLike(tokens), format: parseFormat(tokens) };
}

function parseShowCreate(tokens: TokenStream, position: SourcePosition): Statement {
  if (['DATABASE', 'VIEW', 'DICTIONARY', 'USER', 'ROLE', 'TEMPORARY'].includes(tokens.token.keyword)) {
    throw notImplemented(`SHOW CREATE ${tokens.token.keyword}`, position);
  }
  if (!tokens.takeWords('INDEX', 'TABLE')) tokens.take('TABLE');
  return { kind: 'showCreate', position, table: parseTableName(tokens), format: parseFormat(tokens) };
}

/** `DESCRIBE [TABLE] t` */
export function parseDescribe(tokens: TokenStream, position: SourcePosition): Statement {
  tokens.take('TABLE');
  if (tokens.token.keyword === '(') tokens.refuse('DESCRIBE of a query');
  const table = parseTableName(tokens);
  if (tokens.token.keyword === '(') tokens.refuse('DESCRIBE of a table function');
  return { kind: 'describe', position, table, format: parseFormat(tokens) };
}

/** `EXISTS [TABLE] t` */
export function parseExists(tokens: TokenStream, position: SourcePosition): Statement {
  if (['DATABASE', 'VIEW', 'DICTIONARY', 'TEMPORARY'].includes(tokens.token.keyword)) {
    throw notImplemented(`EXISTS ${tokens.token.keyword}`, position);
  }
  tokens.take('TABLE');
  return { kind: 'exists', position, table: parseTableName(tokens), format: parseFormat(tokens) };
}
