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
import {
  CAN_BE_TRUE,
  conditionOf,
  excludesNothing,
  mapAtoms,
  masksOf,
  type Condition,
} from '../three-valued.ts';
import { mapColumns } from '../walk.ts';
import type { GranuleTest, IndexKnowledge } from './index-knowledge.ts';
import { minmaxKnowledge } from './minmax-knowledge.ts';
import { setKnowledge } from './set-knowledge.ts';
import { mayUse, type SkipIndexUse } from './skip-index-use.ts';
import { textKnowledge } from './text-knowledge.ts';
import { valuesKnowledge } from './values-knowledge.ts';
import { withoutImpossible } from './without-impossible.ts';

export type SkipSieve = {
  /** One; or several that know of the two sides of an OR, and narrow together what none of them does alone. */
  readonly indexes: readonly SieveIndex[];
  /** Per granule of the part: 1 when a row of it may make all conditions true. `granules` are those of `indexes`. */
  mayMatch(granules: readonly SkipGranules[], granuleCount: number): Uint8Array;
};

export type SieveIndex = {
  readonly index: SkipIndex;
  /** What the index was computed from. */
  readonly sources: readonly NamedType[];
};

type KnowingIndex = SieveIndex & { readonly knowledge: IndexKnowledge };

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
  const knowing = skipIndexes
    .filter(({ name }) => mayUse(use, name))
    .map((index): KnowingIndex => {
      const expressions = index.expressions.map((e) => mapColumns(e, (column) => stored[column]!));
      const sources = index.sourceColumns.map((column) => columns[column]!);
      return { index, sources, knowledge: knowledgeOf(index, expressions) };
    });
  const alone = knowing.flatMap(({ index, sources, knowledge }): SkipSieve[] => {
    const sieve = sieveOf(knowledge, possible);
    if (!sieve) return [];
    const mayMatch: SkipSieve['mayMatch'] = ([granules], granuleCount) =>
      spread(sieve.mayMatch(granules!), index, granuleCount);
    return [{ indexes: [{ index, sources }], mayMatch }];
  });
  const together = togetherSieve(knowing, possible);
  return together ? [...alone, together] : alone;
}

/** undefined when the index excludes nothing, whatever it holds. `mayMatch`: per granule of the index. */
export function sieveOf(
  knowledge: IndexKnowledge,
  conditions: readonly Bound[],
): { mayMatch(granules: SkipGranules): Uint8Array } | undefined {
  const condition = knowledge.all(conditions);
  if (excludesNothing(condition, () => knowledge.least)) return undefined;
  const mayMatch = (granules: SkipGranules): Uint8Array =>
    masksOf(condition, granules.count, (test) => test(granules)).map((mask) => mask & CAN_BE_TRUE);
  return { mayMatch };
}

/** A test over the granules of one of several indexes. */
type OwnedTest = { readonly owner: KnowingIndex; readonly test: GranuleTest };

/** For the conditions of which no index by itself excludes anything. */
function togetherSieve(
  knowing: readonly KnowingIndex[],
  conditions: readonly Bound[],
): SkipSieve | undefined {
  if (knowing.length < 2) return undefined;
  const open = conditions.filter(
    (e) =>
      e.kind === 'call' &&
      (e.name === 'or' || e.name === 'not') &&
      knowing.every(({ knowledge }) => !sieveOf(knowledge, [e])),
  );
  if (open.length === 0) return undefined;
  const asked = new Set<KnowingIndex>();
  const leaf = (e: Bound): Condition<OwnedTest> | undefined => {
    const operands = knowing.flatMap((owner): Condition<OwnedTest>[] => {
      const known = owner.knowledge.leaf(e);
      if (known) asked.add(owner);
      return known ? [mapAtoms(known, (test) => ({ owner, test }))] : [];
    });
    return operands.length > 0 ? { kind: 'and', operands } : undefined;
  };
  const operands = open.map((e) => conditionOf(e, leaf));
  const condition: Condition<OwnedTest> = { kind: 'and', operands };
  if (excludesNothing(condition, ({ owner }) => owner.knowledge.least)) return undefined;
  const indexes = [...asked];
  const mayMatch: SkipSieve['mayMatch'] = (granules, granuleCount) =>
    masksOf(condition, granuleCount, ({ owner, test }) =>
      spread(test(granules[indexes.indexOf(owner)]!), owner.index, granuleCount),
    ).map((mask) => mask & CAN_BE_TRUE);
  return { indexes, mayMatch };
}

/** What holds of the granules of an index, for each granule of the part. */
function spread(ofIndex: Uint8Array, { granularity }: SkipIndex, granuleCount: number): Uint8Array {
  return Uint8Array.from(
    { length: granuleCount },
    (_, granule) => ofIndex[Math.floor(granule / granularity)]!,
  );
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
