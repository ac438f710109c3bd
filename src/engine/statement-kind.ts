import type { Statement } from '../sql/ast.ts';
import type { StatementKind } from './metrics.ts';

/** What a statement does, in the words of metrics. `show`: tells what there is, and changes nothing. */
export function kindOf({ kind }: Statement): StatementKind {
  switch (kind) {
    case 'select':
    case 'insert':
    case 'update':
    case 'delete':
    case 'explain':
      return kind;
    case 'begin':
    case 'commit':
    case 'rollback':
      return 'transaction';
    case 'use':
    case 'set':
      return 'session';
    case 'showDatabases':
    case 'showTables':
    case 'showCreate':
    case 'showIndex':
    case 'showSettings':
    case 'describe':
    case 'exists':
    case 'checkTable':
    case 'checkIndexTable':
      return 'show';
    default:
      return 'definition';
  }
}
