import { notImplemented, type SourcePosition } from '../base/errors.ts';
import type { AlterIndexAction, AlterIndexTable, Setting } from './ast.ts';
import { parseCount, parseKey, parseSetting, parseTableName } from './parse-common.ts';
import { parseLayout } from './parse-create-index.ts';
import { parseExpression } from './parse-expression.ts';
import type { TokenStream } from './token-stream.ts';

/** `INDEX TABLE name MODIFY …, MODIFY …`, the rest of an ALTER whose word is taken. */
export function parseAlterIndexTable(tokens: TokenStream, position: SourcePosition): AlterIndexTable {
  tokens.expect('INDEX', 'TABLE');
  const indexTable = parseTableName(tokens);
  return { kind: 'alterIndexTable', position, indexTable, actions: tokens.list(parseAction) };
}

/** `MODIFY LAYOUT …`, `MODIFY SHARDS n` or `MODIFY SETTING a = 1, b = 2` */
function parseAction(tokens: TokenStream): AlterIndexAction {
  const position = tokens.position();
  if (tokens.takeWords('MODIFY', 'LAYOUT')) {
    const layout = parseLayout(tokens);
    const partitionBy = tokens.takeWords('PARTITION', 'BY') ? parseExpression(tokens) : undefined;
    const orderBy = tokens.takeWords('ORDER', 'BY') ? parseKey(tokens) : [];
    return { kind: 'layout', position, layout, partitionBy, orderBy };
  }
  if (tokens.takeWords('MODIFY', 'SHARDS'))
    return { kind: 'shards', position, shardCount: parseCount(tokens) };
  if (tokens.takeWords('MODIFY', 'SETTING'))
    return { kind: 'settings', position, settings: parseSettingList(tokens) };
  const words = [tokens.token.keyword, tokens.peek().keyword].join(' ').trim();
  if (tokens.token.kind !== 'word') tokens.fail('MODIFY');
  throw notImplemented(`ALTER INDEX TABLE … ${words}`, position);
}

/** Up to the next MODIFY. */
function parseSettingList(tokens: TokenStream): Setting[] {
  const settings = [parseSetting(tokens)];
  while (tokens.at(',') && tokens.peek().keyword !== 'MODIFY') {
    tokens.expect(',');
    settings.push(parseSetting(tokens));
  }
  return settings;
}
