import type { Expression, OrderItem, SelectQuery, Setting, WithItem } from './ast.ts';
import { parseFormat, parseOrderItem, parseSettings, parseWhere } from './parse-common.ts';
import { parseExpression, parseUnaliased } from './parse-expression.ts';
import { parseFrom, parseImplicitAlias } from './parse-from.ts';
import type { TokenStream } from './token-stream.ts';

/** A SELECT as a statement of its own: FORMAT may end it. */
export function parseSelect(tokens: TokenStream): SelectQuery {
  const query = parseSubselect(tokens);
  if (tokens.token.keyword === 'INTO') tokens.refuse('INTO OUTFILE');
  const format = parseFormat(tokens);
  // ClickHouse takes the two in either order.
  const settings = query.settings.length === 0 ? parseSettings(tokens) : query.settings;
  return { ...query, settings, format };
}

/** A SELECT inside parentheses or another statement. */
export function parseSubselect(tokens: TokenStream): SelectQuery {
  return tokens.nested(() => {
    const position = tokens.position();
    const withItems = parseWith(tokens);
    const query = tokens.at('(') ? parseWrapped(tokens) : parseBody(tokens);
    for (const word of ['UNION', 'INTERSECT', 'EXCEPT']) {
      if (tokens.token.keyword === word) tokens.refuse(word);
    }
    return { ...query, position, with: [...withItems, ...query.with] };
  });
}

/** `(SELECT …)` where a query is due means the same without parentheses. */
function parseWrapped(tokens: TokenStream): SelectQuery {
  return tokens.parenthesised(parseSubselect);
}

function parseBody(tokens: TokenStream): SelectQuery {
  const position = tokens.position();
  tokens.expect('SELECT');
  const distinct = tokens.take('DISTINCT');
  // ALL is what a SELECT does without DISTINCT.
  if (!distinct) tokens.take('ALL');
  if (distinct && tokens.token.keyword === 'ON') tokens.refuse('DISTINCT ON');
  const items = parseItems(tokens);
  const from = tokens.take('FROM') ? parseFrom(tokens) : undefined;
  refuseClauses(tokens, 'PREWHERE');
  const where = parseWhere(tokens);
  const groupBy = parseGroupBy(tokens);
  const having = tokens.take('HAVING') ? parseExpression(tokens) : undefined;
  refuseClauses(tokens, 'WINDOW', 'QUALIFY');
  const orderBy = parseOrderBy(tokens);
  const { limit, offset } = parseLimit(tokens);
  const settings: Setting[] = parseSettings(tokens);
  return {
    kind: 'select',
    position,
    with: [],
    distinct,
    items,
    from,
    where,
    groupBy,
    having,
    orderBy,
    limit,
    offset,
    settings,
    format: undefined,
  };
}

function refuseClauses(tokens: TokenStream, ...words: readonly string[]): void {
  for (const word of words) if (tokens.token.keyword === word) tokens.refuse(word);
}

function parseWith(tokens: TokenStream): WithItem[] {
  if (!tokens.take('WITH')) return [];
  if (tokens.token.keyword === 'RECURSIVE') tokens.refuse('WITH RECURSIVE');
  return tokens.list(parseWithItem);
}

/** `name AS (SELECT …)` or `expression AS name` */
function parseWithItem(tokens: TokenStream): WithItem {
  const position = tokens.position();
  const named = tokens.token.kind === 'word' || tokens.token.kind === 'quoted';
  if (named && tokens.peek().keyword === 'AS' && tokens.peek(2).keyword === '(') {
    const name = tokens.identifier();
    tokens.expect('AS');
    return { kind: 'query', position, name, query: tokens.parenthesised(parseSubselect) };
  }
  const expression = parseUnaliased(tokens);
  tokens.expect('AS');
  return { kind: 'expression', position, name: tokens.identifier('alias'), expression };
}

/** A comma may end the list, as in ClickHouse. */
function parseItems(tokens: TokenStream): Expression[] {
  const items = [parseItem(tokens)];
  while (tokens.take(',')) {
    if (tokens.token.keyword === 'FROM') break;
    items.push(parseItem(tokens));
  }
  return items;
}

function parseItem(tokens: TokenStream): Expression {
  const position = tokens.position();
  const expression = parseExpression(tokens);
  const name = expression.kind === 'alias' ? undefined : parseImplicitAlias(tokens);
  return name === undefined ? expression : { kind: 'alias', position, operand: expression, name };
}

function parseGroupBy(tokens: TokenStream): Expression[] {
  if (!tokens.take('GROUP')) return [];
  tokens.expect('BY');
  const next = tokens.peek().keyword;
  const { keyword } = tokens.token;
  if (keyword === 'ALL' && next !== '(' && next !== '.') tokens.refuse('GROUP BY ALL');
  if ((keyword === 'ROLLUP' || keyword === 'CUBE') && next === '(') tokens.refuse(keyword);
  if (keyword === 'GROUPING' && next === 'SETS') tokens.refuse('GROUPING SETS');
  const keys = tokens.list(parseExpression);
  if (tokens.token.keyword === 'WITH') tokens.refuse(`GROUP BY … WITH ${tokens.peek().keyword}`);
  return keys;
}

function parseOrderBy(tokens: TokenStream): OrderItem[] {
  if (!tokens.take('ORDER')) return [];
  tokens.expect('BY');
  if (tokens.token.keyword === 'ALL' && tokens.peek().keyword !== '(') tokens.refuse('ORDER BY ALL');
  return tokens.list(parseOrderItem);
}

type Limit = Pick<SelectQuery, 'limit' | 'offset'>;

/** `LIMIT n [OFFSET m]`, `LIMIT m, n`, `OFFSET m` */
function parseLimit(tokens: TokenStream): Limit {
  if (!tokens.take('LIMIT')) return { limit: undefined, offset: parseOffset(tokens) };
  const first = parseUnaliased(tokens);
  const pair: Limit = tokens.take(',')
    ? { limit: parseUnaliased(tokens), offset: first }
    : { limit: first, offset: parseOffset(tokens) };
  if (tokens.token.keyword === 'BY') tokens.refuse('LIMIT … BY');
  if (tokens.token.keyword === 'WITH') tokens.refuse('LIMIT … WITH TIES');
  return pair;
}

function parseOffset(tokens: TokenStream): Expression | undefined {
  if (tokens.token.keyword === 'FETCH') tokens.refuse('FETCH');
  if (!tokens.take('OFFSET')) return undefined;
  const offset = parseUnaliased(tokens);
  for (const word of ['ROW', 'ROWS', 'FETCH']) {
    if (tokens.token.keyword === word) tokens.refuse(`OFFSET … ${word}`);
  }
  return offset;
}
