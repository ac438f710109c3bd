// parse-common.ts — pieces that several statements share.

import type {
  CodecCall,
  Expression,
  IndexType,
  LiteralValue,
  OrderItem,
  Setting,
  ShardBy,
  TableName,
} from './ast.ts';
import { parseExpression } from './parse-expression.ts';
import { parseLiteralValue } from './parse-operand.ts';
import type { TokenStream } from './token-stream.ts';

/** `name` or `database.name` */
export function parseTableName(tokens: TokenStream): TableName {
  const position = tokens.position();
  if (tokens.token.keyword === '{') tokens.refuse('a query parameter as a table name');
  const first = tokens.identifier('table name');
  if (!tokens.take('.')) return { position, database: undefined, name: first };
  return { position, database: first, name: tokens.identifier('table name') };
}

export function parseLiteral(tokens: TokenStream): LiteralValue {
  return parseLiteralValue(tokens) ?? tokens.fail('literal');
}

export function parseSetting(tokens: TokenStream): Setting {
  const position = tokens.position();
  const name = tokens.identifier('setting name');
  tokens.expect('=');
  return { position, name, value: parseLiteral(tokens) };
}

/** `SETTINGS a = 1, b = 'x'`, or nothing. */
export function parseSettings(tokens: TokenStream): Setting[] {
  return tokens.take('SETTINGS') ? tokens.list(parseSetting) : [];
}

/** `FORMAT name`, or nothing. */
export function parseFormat(tokens: TokenStream): string | undefined {
  return tokens.take('FORMAT') ? tokens.identifier('format name') : undefined;
}

export function parseWhere(tokens: TokenStream): Expression | undefined {
  return tokens.take('WHERE') ? parseExpression(tokens) : undefined;
}

export function parseIfExists(tokens: TokenStream): boolean {
  return tokens.takeWords('IF', 'EXISTS');
}

export function parseIfNotExists(tokens: TokenStream): boolean {
  return tokens.takeWords('IF', 'NOT', 'EXISTS');
}

/** `LIKE 'pattern'`, or nothing. */
export function parseLike(tokens: TokenStream): string | undefined {
  if (tokens.token.keyword === 'ILIKE' || tokens.token.keyword === 'NOT') tokens.refuse(tokens.token.keyword);
  return tokens.take('LIKE') ? tokens.string('pattern') : undefined;
}

/** `name` or `name(arguments)`: the type of a skip index, a codec. */
export function parseNamedCall(tokens: TokenStream, what: string): IndexType {
  const position = tokens.position();
  const name = tokens.identifier(what);
  return { position, name, args: tokens.at('(') ? tokens.parenthesised(parseArguments) : undefined };
}

function parseArguments(tokens: TokenStream): readonly Expression[] {
  return tokens.at(')') ? [] : tokens.list(tokens.grammar.unaliased);
}

/** `CODEC(Delta(4), LZ4)`, or nothing. */
export function parseCodec(tokens: TokenStream): readonly CodecCall[] | undefined {
  return tokens.take('CODEC') ? tokens.parenthesised(parseCodecCalls) : undefined;
}

/** What stands in CODEC( ). */
export function parseCodecCalls(tokens: TokenStream): readonly CodecCall[] {
  return tokens.list((t) => parseNamedCall(t, 'codec'));
}

/** `(a, b)` of names. */
export function parseNames(tokens: TokenStream): string[] {
  return tokens.parenthesised((t) => t.list(parseColumnName));
}

/** The name of a column, also of one of Nested: `n.a`. */
export function parseColumnName(tokens: TokenStream): string {
  let name = tokens.identifier('column name');
  while (tokens.take('.')) name += `.${tokens.identifier('column name')}`;
  return name;
}

/** A key of a table: `a`, `(a, b)`, `tuple()` for none. */
export function parseKey(tokens: TokenStream): readonly Expression[] {
  return keyElements(parseExpression(tokens));
}

/** The elements of a tuple, else the expression itself. */
export function keyElements(key: Expression): readonly Expression[] {
  if (key.kind === 'tuple') return key.elements;
  return key.kind === 'call' && key.name.toLowerCase() === 'tuple' ? key.args : [key];
}

export function parseOrderItem(tokens: TokenStream): OrderItem {
  const position = tokens.position();
  const expression = parseExpression(tokens);
  const descending = tokens.take('DESC') || tokens.take('DESCENDING');
  if (!descending && !tokens.take('ASC')) tokens.take('ASCENDING');
  const nullsFirst = parseNulls(tokens);
  for (const word of ['COLLATE', 'WITH']) {
    if (tokens.token.keyword === word) tokens.refuse(`ORDER BY … ${word}`);
  }
  return { position, expression, descending, nullsFirst };
}

function parseNulls(tokens: TokenStream): boolean | undefined {
  if (!tokens.take('NULLS')) return undefined;
  if (tokens.take('FIRST')) return true;
  tokens.expect('LAST');
  return false;
}

/** A whole number of at most so many digits; `what` names it when something else stands there. */
export function parseCount(tokens: TokenStream, what = 'number of shards', digits = 9): number {
  const { kind, text } = tokens.token;
  if (kind !== 'number' || !/^\d+$/.test(text) || text.length > digits) tokens.fail(what);
  return Number(tokens.advance().text);
}

/** What follows SHARD BY: `hash(a, b) [INTO n]` or `mod(a, n)`. */
export function parseShardBy(tokens: TokenStream): ShardBy {
  const position = tokens.position();
  if (tokens.take('HASH')) {
    const columns = parseNames(tokens);
    return {
      position,
      method: 'hash',
      columns,
      shardCount: tokens.take('INTO') ? parseCount(tokens) : undefined,
    };
  }
  tokens.expect('MOD', '(');
  const column = tokens.identifier('column name');
  tokens.expect(',');
  const shardCount = parseCount(tokens);
  tokens.expect(')');
  return { position, method: 'mod', columns: [column], shardCount };
}
