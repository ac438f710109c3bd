// index-settings.ts — SETTINGS of CREATE INDEX TABLE.

import { WinnowError } from '../base/errors.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Setting } from '../sql/ast.ts';

const maxLaneCount = 64;

type IndexSettings = Pick<IndexTableDefinition, 'laneCount' | 'nullKeys'>;

/** Errors: UNKNOWN_SETTING, ARGUMENT_OUT_OF_BOUND, BAD_ARGUMENTS. `index_granularity` is left to COLUMNAR. */
export function indexSettings(settings: readonly Setting[], shardCount: number): IndexSettings {
  let chosen: IndexSettings = { laneCount: 1 };
  for (const setting of settings) {
    switch (setting.name) {
      case 'index_granularity':
        break;
      case 'lanes':
        chosen = { ...chosen, laneCount: laneCountOf(setting, shardCount) };
        break;
      case 'null_keys':
        chosen = { ...chosen, nullKeys: nullKeysOf(setting) };
        break;
      default:
        throw new WinnowError('UNKNOWN_SETTING', `Unknown setting '${setting.name}' of an index table`, {
          position: setting.position,
          hint: 'There are: lanes, null_keys, and index_granularity of LAYOUT COLUMNAR.',
        });
    }
  }
  return chosen;
}

function laneCountOf({ value, position }: Setting, shardCount: number): number {
  const most = Math.min(maxLaneCount, shardCount);
  const laneCount = value.kind === 'number' ? Number(value.text) : Number.NaN;
  if (Number.isInteger(laneCount) && laneCount >= 1 && laneCount <= most) return laneCount;
  throw new WinnowError(
    'ARGUMENT_OUT_OF_BOUND',
    `lanes must be 1 to ${most}: a lane owns at least one shard`,
    { position },
  );
}

/** undefined: the default, `indexed`. */
function nullKeysOf({ value, position }: Setting): IndexTableDefinition['nullKeys'] {
  const text = value.kind === 'string' ? value.value : '';
  if (text === 'sparse') return text;
  if (text === 'indexed') return undefined;
  throw new WinnowError('BAD_ARGUMENTS', "null_keys must be 'indexed' or 'sparse'", { position });
}
