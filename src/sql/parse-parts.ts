// parse-parts.ts — statements about what a table is made of: OPTIMIZE, ATTACH, DETACH, CHECK TABLE, CHECK and REPAIR INDEX TABLE.

import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { PartitionName, Statement, TableName } from './ast.ts';
import { parseCount, parseFormat, parseSettings, parseTableName } from './parse-common.ts';
import { parseExpression } from './parse-expression.ts';
import type { TokenStream } from './token-stream.ts';

/** `OPTIMIZE TABLE t [PARTITION …] [FINAL]` */
export function parseOptimize(tokens: TokenStream, position: SourcePosition): Statement {
  tokens.expect('TABLE');
  const table = parseTableName(tokens);
  if (tokens.token.keyword === 'ON') tokens.refuse('ON CLUSTER');
  const partition = parsePartition(tokens);
  const final = tokens.take('FINAL');
  for (const word of ['DRY', 'FORCE', 'DEDUPLICATE', 'CLEANUP']) {
    if (tokens.token.keyword === word) tokens.refuse(`OPTIMIZE … ${word}`);
  }
  return { kind: 'optimize', position, table, partition, final, settings: parseSettings(tokens) };
}

/** `ATTACH | DETACH PARTITION … | PART 'name'`, the rest of an ALTER TABLE; undefined when it is another one. */
export function parseAlterParts(
  tokens: TokenStream,
  position: SourcePosition,
  table: TableName,
): Statement | undefined {
  const { keyword } = tokens.token;
  if ((keyword !== 'ATTACH' && keyword !== 'DETACH') || !/^PART(ITION)?$/.test(tokens.peek().keyword))
    return undefined;
  tokens.expect(keyword);
  const partition = parsePartition(tokens);
  const part = !partition && tokens.take('PART') ? tokens.string('name of a part') : undefined;
  if (tokens.token.keyword === 'FROM') tokens.refuse('ATTACH PARTITION … FROM');
  if (tokens.token.keyword === ',') tokens.refuse('ALTER TABLE of several actions');
  return { kind: 'alterParts', position, action: keyword, table, partition, part };
}

/** `CHECK TABLE t [PARTITION … | PART 'name']`, `CHECK INDEX TABLE …` */
export function parseCheck(tokens: TokenStream, position: SourcePosition): Statement {
  if (tokens.takeWords('INDEX', 'TABLE')) return parseCheckIndexTable(tokens, position);
  for (const word of ['ALL', 'GRANT', 'DATABASE']) {
    if (tokens.token.keyword === word)
      throw notImplemented(`CHECK ${word}${tokens.peek().keyword === 'TABLE' ? ' TABLE' : ''}`, position);
  }
  tokens.expect('TABLE');
  const table = parseTableName(tokens);
  const partition = parsePartition(tokens);
  const part = !partition && tokens.take('PART') ? tokens.string('name of a part') : undefined;
  const settings = parseSettings(tokens);
  return { kind: 'checkTable', position, table, partition, part, settings, format: parseFormat(tokens) };
}

/** `CHECK INDEX TABLE i [SHARDS (0, 3)]` */
function parseCheckIndexTable(tokens: TokenStream, position: SourcePosition): Statement {
  const indexTable = parseTableName(tokens);
  const shards = tokens.take('SHARDS')
    ? tokens.parenthesised((t) => t.list((u) => parseCount(u, 'number of a shard')))
    : undefined;
  const settings = parseSettings(tokens);
  return { kind: 'checkIndexTable', position, indexTable, shards, settings, format: parseFormat(tokens) };
}

/** `REPAIR INDEX TABLE i` */
export function parseRepair(tokens: TokenStream, position: SourcePosition): Statement {
  tokens.expect('INDEX', 'TABLE');
  const indexTable = parseTableName(tokens);
  const settings = parseSettings(tokens);
  return { kind: 'repairIndexTable', position, indexTable, settings, format: parseFormat(tokens) };
}

/** `PARTITION value`, `PARTITION ID 'id'`, or nothing. */
export function parsePartition(tokens: TokenStream): PartitionName | undefined {
  if (!tokens.take('PARTITION')) return undefined;
  const position = tokens.position();
  if (tokens.token.keyword === 'ALL') tokens.refuse('PARTITION ALL');
  if (tokens.token.keyword === 'ID' && tokens.peek().kind === 'string') {
    tokens.expect('ID');
    return { kind: 'id', position, id: tokens.string('id of a partition') };
  }
  return { kind: 'value', position, value: parseExpression(tokens) };
}
