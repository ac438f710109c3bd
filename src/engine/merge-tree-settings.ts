// merge-tree-settings.ts — SETTINGS of a MergeTree table, as data: names and meaning are ClickHouse's.

import { nearestName } from '../base/nearest.ts';
import { WinnowError } from '../base/errors.ts';
import type { MergeTreeSetting, PartsDefinition } from '../catalog/definitions.ts';
import type { Setting } from '../sql/ast.ts';

type Range = {
  readonly min: number;
  readonly max: number;
  /** 0 is allowed, too, and means what this says. */
  readonly zero?: string;
};

const ranges: Readonly<Record<MergeTreeSetting, Range>> = {
  index_granularity: { min: 1, max: 1_048_576 },
  index_granularity_bytes: { min: 1024, max: 1_073_741_824, zero: 'marks of fixed granules' },
  min_compress_block_size: { min: 1, max: 16_777_216, zero: 'the default' },
  max_compress_block_size: { min: 1, max: 16_777_216, zero: 'the default' },
  allow_nullable_key: { min: 0, max: 1 },
};

/** In the order in which they were written. Errors: UNKNOWN_SETTING, BAD_ARGUMENTS. */
export function mergeTreeSettings(settings: readonly Setting[]): NonNullable<PartsDefinition['settings']> {
  return Object.fromEntries(settings.map((setting) => [setting.name, mergeTreeSetting(setting)]));
}

function mergeTreeSetting({ name, value, position }: Setting): number {
  if (!isMergeTreeSetting(name)) {
    const near = nearestName(name, Object.keys(ranges));
    throw new WinnowError('UNKNOWN_SETTING', `Winnow has no setting '${name}' of a MergeTree table`, {
      position,
      hint: `${near ? `Maybe you meant ${near}? ` : ''}There are: ${Object.keys(ranges).join(', ')}.`,
    });
  }
  const { min, max, zero } = ranges[name];
  const number = value.kind === 'boolean' && max === 1 ? Number(value.value) : numberOf(value);
  if (Number.isInteger(number) && ((number >= min && number <= max) || (number === 0 && zero))) return number;
  const orZero = zero ? `, or 0 for ${zero}` : '';
  throw new WinnowError('BAD_ARGUMENTS', `${name} must be ${min} to ${max}${orZero}`, { position });
}

const isMergeTreeSetting = (name: string): name is MergeTreeSetting => Object.hasOwn(ranges, name);

const numberOf = (value: Setting['value']): number =>
  value.kind === 'number' ? Number(value.text) : Number.NaN;
