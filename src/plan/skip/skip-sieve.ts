// skip-sieve.ts — the skip indexes of a table that can narrow a query, and which granules of a part they leave.
//
// Keeps true: a granule of which a row makes all conditions true is left.

import type { PartsPath } from '../../catalog/access.ts';
import type { TableDefinition } from '../../catalog/definitions.ts';
import { partColumns, partSchemaOf } from '../../catalog/part-schema.ts';
import type { Expression as Bound } from '../../expr/expression.ts';
import type { SkipGranules } from '../../parts/skip-index-reader.ts';
import type { SkipIndex } from '../../parts/skip-index.ts';
import type { NamedType } from '../../types/column.ts';
import { CAN_BE_TRUE, excludesNothing, masksOf, type Condition } from '../three-valued.ts';
import { mapColumns } from '../walk.ts';
import type { GranuleTest, IndexKnowledge } from './index-knowledge.ts';
import { minmaxKnowledge } from './minmax-knowledge.ts';
import { setKnowledge } from './set-knowledge.ts';
import { mayUse, type SkipIndexUse } from './skip-index-use.ts';
import { textKnowledge } from './text-knowledge.ts';
import { valuesKnowledge } from './values-knowledge.ts';
import { withoutImpossible } from './without-impossible.ts';

export type SkipSieve = {
  readonly index: SkipIndex;
  /** What the index was computed from. */
  readonly sources: readonly NamedType[];
  /** Per granule of the index: 1 when a row of it may make all conditions true. */
  mayMatch(granules: SkipGranules): Uint8Array;
};

/** For conditions over the columns of the path that hold together; indexes that cannot help are left out. */
export function skipSieves(
  path: PartsPath,
  table: TableDefinition,
  conditions: readonly Bound[],
  use: SkipIndexUse,
): SkipSieve[] {
  if (!use.isOn || conditions.length === 0 || !path.parts?.skipIndexes?.length) return [];
  const stored = partColumns(path, table);
  const possible = conditions.map(withoutImpossible);
  const { skipIndexes, columns } = partSchemaOf(path, table);
  return skipIndexes.flatMap((index) => {
    if (!mayUse(use, index.name)) return [];
    const expressions = index.expressions.map((e) => mapColumns(e, (column) => stored[column]!));
    const sieve = sieveOf(index, knowledgeOf(index, expressions), possible);
    return sieve ? [{ ...sieve, sources: index.sourceColumns.map((column) => columns[column]!) }] : [];
  });
}

/** undefined when the index excludes nothing, whatever it holds. */
export function sieveOf(
  index: SkipIndex,
  knowledge: IndexKnowledge,
  conditions: readonly Bound[],
): Omit<SkipSieve, 'sources'> | undefined {
  const condition = knowledge.all(conditions);
  if (excludesNothing(condition, knowledge.least)) return undefined;
  return { index, mayMatch: (granules) => canBeTrue(condition, granules) };
}

function canBeTrue(condition: Condition<GranuleTest>, granules: SkipGranules): Uint8Array {
  return masksOf(condition, granules.count, (test) => test(granules)).map((mask) => mask & CAN_BE_TRUE);
}

/** `expressions` are those of the index, over the columns of the conditions. */
export function knowledgeOf({ type }: SkipIndex, expressions: readonly Bound[]): IndexKnowledge {
  switch (type.kind) {
    case 'minmax':
      return minmaxKnowledge(expressions);
    case 'set':
      return setKnowledge(expressions);
    case 'bloom_filter':
      return valuesKnowledge(expressions, type.falsePositiveRate);
    default:
      return textKnowledge(expressions, type);
  }
}
