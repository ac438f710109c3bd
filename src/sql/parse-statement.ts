// parse-statement.ts — a statement by its first word.

import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { Statement } from './ast.ts';
import {
  parseCount,
  parseFormat,
  parseIfExists,
  parseSetting,
  parseSettings,
  parseTableName,
  parseWhere,
} from './parse-common.ts';
import { parseAlterIndexTable } from './parse-alter-index.ts';
import { parseCreate } from './parse-create.ts';
import { parseExpression } from './parse-expression.ts';
import { parseInsert } from './parse-insert.ts';
import { parseAlterParts, parseCheck, parseOptimize, parseRepair } from './parse-parts.ts';
import { parseSelect } from './parse-select.ts';
import { parseAlterSkipIndex } from './parse-skip-index.ts';
import { parseDescribe, parseExists, parseShow } from './parse-show.ts';
import type { TokenStream } from './token-stream.ts';

type StatementParser = (tokens: TokenStream, position: SourcePosition) => Statement;

const parsers: Readonly<Record<string, StatementParser>> = {
  CREATE: parseCreate,
  INSERT: parseInsert,
  UPDATE: parseUpdate,
  DELETE: parseDelete,
  ALTER: parseAlter,
  DROP: parseDrop,
  TRUNCATE: parseTruncate,
  EXPLAIN: parseExplain,
  SHOW: parseShow,
  DESCRIBE: parseDescribe,
  DESC: parseDescribe,
  EXISTS: parseExists,
  BEGIN: parseBegin,
  START: (tokens, position) => {
    if (!tokens.at('TRANSACTION')) tokens.fail('TRANSACTION');
    return parseBegin(tokens, position);
  },
  COMMIT: (_, position) => ({ kind: 'commit', position }),
  ROLLBACK: parseRollback,
  USE: (tokens, position) => ({ kind: 'use', position, database: tokens.identifier('database name') }),
  SET: parseSet,
  SYSTEM: parseSystem,
  REBUILD: parseRebuild,
  OPTIMIZE: parseOptimize,
  CHECK: parseCheck,
  REPAIR: parseRepair,
};

const refusedStatements = new Set(
  `ATTACH BACKUP DETACH EXCHANGE EXECUTE GRANT KILL MOVE PAUSE RENAME RESTORE RESUME REVOKE
  REWIND SAVEPOINT UNDROP WATCH`.split(/\s+/),
);

/** One statement, without what ends it. */
export function parseAnyStatement(tokens: TokenStream): Statement {
  const { keyword } = tokens.token;
  if (keyword === 'SELECT' || keyword === 'WITH' || keyword === '(') return parseSelect(tokens);
  const position = tokens.position();
  const parser = Object.hasOwn(parsers, keyword) ? parsers[keyword] : undefined;
  if (parser) {
    tokens.advance();
    return parser(tokens, position);
  }
  if (refusedStatements.has(keyword)) throw notImplemented(refusedName(tokens), position);
  return tokens.fail('SELECT', 'WITH', ...Object.keys(parsers));
}

/** `CHECK INDEX TABLE`, `PAUSE PIPELINE`: the words of the statement before the name. */
function refusedName(tokens: TokenStream): string {
  const { keyword } = tokens.token;
  const next = tokens.peek().keyword;
  if (next === 'INDEX' && tokens.peek(2).keyword === 'TABLE') return `${keyword} INDEX TABLE`;
  return ['TABLE', 'PIPELINE', 'TRANSACTION', 'DATABASE', 'VIEW'].includes(next)
    ? `${keyword} ${next}`
    : keyword;
}

/** `BEGIN [TRANSACTION]`, `START TRANSACTION` */
function parseBegin(tokens: TokenStream, position: SourcePosition): Statement {
  tokens.take('TRANSACTION');
  return { kind: 'begin', position };
}

function parseRollback(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.token.keyword === 'TO') tokens.refuse('ROLLBACK TO SAVEPOINT');
  return { kind: 'rollback', position };
}

function parseUpdate(tokens: TokenStream, position: SourcePosition): Statement {
  const table = parseTableName(tokens);
  tokens.expect('SET');
  return parseAssignments(tokens, position, table);
}

type Table = ReturnType<typeof parseTableName>;

function parseAssignments(tokens: TokenStream, position: SourcePosition, table: Table): Statement {
  const assignments = tokens.list((t) => {
    const at = t.position();
    const column = t.identifier('column name');
    t.expect('=');
    return { column, position: at, value: parseExpression(t) };
  });
  return {
    kind: 'update',
    position,
    table,
    assignments,
    where: parseWhere(tokens),
    settings: parseSettings(tokens),
  };
}

function parseDelete(tokens: TokenStream, position: SourcePosition): Statement {
  tokens.expect('FROM');
  const table = parseTableName(tokens);
  return { kind: 'delete', position, table, where: parseWhere(tokens), settings: parseSettings(tokens) };
}

/** `ALTER INDEX TABLE …`, ALTER TABLE of parts and of skip indexes; `ALTER TABLE t UPDATE … WHERE …` and `ALTER TABLE t DELETE WHERE …` are UPDATE and DELETE. */
function parseAlter(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.token.keyword === 'INDEX') return parseAlterIndexTable(tokens, position);
  if (/^(?:DATABASE|USER|ROLE|ROW|QUOTA|SETTINGS|NAMED|TEMPORARY)$/.test(tokens.token.keyword)) {
    throw notImplemented(`ALTER ${tokens.token.keyword}`, position);
  }
  tokens.expect('TABLE');
  const table = parseTableName(tokens);
  if (tokens.take('UPDATE')) return parseAssignments(tokens, position, table);
  if (tokens.take('DELETE')) {
    if (!tokens.at('WHERE')) tokens.fail();
    return { kind: 'delete', position, table, where: parseWhere(tokens), settings: parseSettings(tokens) };
  }
  const other = parseAlterParts(tokens, position, table) ?? parseAlterSkipIndex(tokens, position, table);
  if (other) return other;
  if (tokens.token.kind !== 'word') tokens.fail();
  const next = tokens.peek();
  throw notImplemented(`ALTER TABLE … ${[tokens.token.keyword, next.keyword].join(' ').trim()}`, position);
}

function parseDrop(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.take('DATABASE')) {
    const ifExists = parseIfExists(tokens);
    const name = tokens.identifier('database name');
    parseSync(tokens);
    return { kind: 'dropDatabase', position, ifExists, name };
  }
  const indexTable = tokens.takeWords('INDEX', 'TABLE');
  if (!indexTable && !tokens.take('TABLE')) {
    if (tokens.token.kind !== 'word') tokens.fail();
    throw notImplemented(`DROP ${tokens.token.keyword}`, position);
  }
  const ifExists = parseIfExists(tokens);
  const table = parseTableName(tokens);
  parseSync(tokens);
  return { kind: 'dropTable', position, ifExists, table, indexTable };
}

/** SYNC asks for what every DROP here does: the name is free when the statement returns. */
function parseSync(tokens: TokenStream): void {
  if (tokens.token.keyword === 'ON') tokens.refuse('ON CLUSTER');
  tokens.take('SYNC');
}

function parseTruncate(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.token.keyword === 'DATABASE' || tokens.token.keyword === 'ALL') {
    throw notImplemented(`TRUNCATE ${tokens.token.keyword}`, position);
  }
  tokens.take('TABLE');
  const ifExists = parseIfExists(tokens);
  return { kind: 'truncate', position, ifExists, table: parseTableName(tokens) };
}

/** `EXPLAIN [mode] [ANALYZE] [WHY] [setting = value, …] statement [FORMAT name]`; a bare EXPLAIN shows the plan. */
function parseExplain(tokens: TokenStream, position: SourcePosition): Statement {
  const mode = parseExplainMode(tokens);
  const analyze = tokens.take('ANALYZE');
  const why = tokens.take('WHY');
  const settings = tokens.peek().keyword === '=' ? tokens.list(parseSetting) : [];
  if (tokens.token.keyword === 'EXPLAIN') tokens.fail('statement');
  const inner = parseAnyStatement(tokens);
  const format = parseFormat(tokens);
  if (!('format' in inner))
    return { kind: 'explain', position, mode, analyze, why, settings, statement: inner, format };
  // FORMAT stands at the end, where the inner statement takes it; it means the answer, which is EXPLAIN's.
  const statement = { ...inner, format: undefined };
  return {
    kind: 'explain',
    position,
    mode,
    analyze,
    why,
    settings,
    statement,
    format: inner.format ?? format,
  };
}

function parseExplainMode(tokens: TokenStream): 'FUNNEL' | 'PLAN' | 'SYNTAX' | 'AST' {
  for (const mode of ['FUNNEL', 'PLAN', 'SYNTAX', 'AST'] as const) if (tokens.take(mode)) return mode;
  for (const mode of ['PIPELINE', 'ESTIMATE', 'QUERY', 'TABLE', 'CURRENT']) {
    if (tokens.token.keyword === mode) tokens.refuse(`EXPLAIN ${mode}`);
  }
  return 'PLAN';
}

function parseSet(tokens: TokenStream, position: SourcePosition): Statement {
  if (['ROLE', 'DEFAULT', 'TRANSACTION'].includes(tokens.token.keyword) && tokens.peek().keyword !== '=') {
    throw notImplemented(`SET ${tokens.token.keyword}`, position);
  }
  return { kind: 'set', position, settings: tokens.list(parseSetting) };
}

/** `SYSTEM STOP | START LANES [index table]`, `SYSTEM REWIND LANES name TO sequence`, `SYSTEM REPLAY LANES name` */
function parseSystem(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.takeWords('REPLAY', 'LANES'))
    return { kind: 'rewindLanes', position, indexTable: parseTableName(tokens), to: undefined };
  if (tokens.takeWords('REWIND', 'LANES')) {
    const indexTable = parseTableName(tokens);
    tokens.expect('TO');
    return { kind: 'rewindLanes', position, indexTable, to: parseCount(tokens, 'sequence', 15) };
  }
  const action = tokens.at('STOP') ? 'STOP' : tokens.at('START') ? 'START' : undefined;
  const next = action && tokens.peek().keyword;
  if (action === undefined || next !== 'LANES') {
    if (tokens.token.kind !== 'word') tokens.fail();
    throw notImplemented(
      `SYSTEM ${[tokens.token.keyword, tokens.peek().keyword].join(' ').trim()}`,
      position,
    );
  }
  tokens.expect(action, 'LANES');
  const all = !['word', 'quoted'].includes(tokens.token.kind) || tokens.token.keyword === 'FORMAT';
  return { kind: 'systemLanes', position, action, indexTable: all ? undefined : parseTableName(tokens) };
}

function parseRebuild(tokens: TokenStream, position: SourcePosition): Statement {
  tokens.expect('INDEX', 'TABLE');
  return { kind: 'rebuildIndexTable', position, indexTable: parseTableName(tokens) };
}
