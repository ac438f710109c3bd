// part-name.ts — the folder name of a part: `<partition id>_<min block>_<max block>_<level>[_<mutation>]`.
//
// The names of a table's folders are the table: which parts are active follows from them alone (`covers`).

import { assert, must } from '../base/assert.ts';

export type PartName = {
  readonly partitionId: string;
  readonly minBlock: number;
  readonly maxBlock: number;
  readonly level: number;
  readonly mutation?: number;
};

const pattern = /^([0-9A-Za-z-]+)_(\d{1,15})_(\d{1,15})_(\d{1,9})(?:_(\d{1,15}))?$/;

/** The parts of a part's folder name, or undefined when it is not one. */
export function parsePartName(text: string): PartName | undefined {
  const [, partitionId, minBlock, maxBlock, level, mutation] = pattern.exec(text) ?? [];
  if (partitionId === undefined || Number(minBlock) > Number(maxBlock)) return undefined;
  return {
    partitionId,
    minBlock: Number(minBlock),
    maxBlock: Number(maxBlock),
    level: Number(level),
    ...(mutation === undefined ? {} : { mutation: Number(mutation) }),
  };
}

export function formatPartName(name: PartName): string {
  assert(name.minBlock <= name.maxBlock, 'a part spans its blocks in order');
  const suffix = name.mutation === undefined ? '' : `_${name.mutation}`;
  return `${name.partitionId}_${name.minBlock}_${name.maxBlock}_${name.level}${suffix}`;
}

/** True when `a` holds everything that `b` holds, so that `b` is out of use beside it; a part covers itself. */
export function covers(a: PartName, b: PartName): boolean {
  return (
    a.partitionId === b.partitionId &&
    a.minBlock <= b.minBlock &&
    a.maxBlock >= b.maxBlock &&
    a.level >= b.level &&
    (a.mutation ?? 0) >= (b.mutation ?? 0)
  );
}

/** True when the two share blocks of one partition. */
export function sharesBlocks(a: PartName, b: PartName): boolean {
  return a.partitionId === b.partitionId && a.minBlock <= b.maxBlock && b.minBlock <= a.maxBlock;
}

/** Those that no other covers, those that are covered, and two that share blocks though neither covers the other. */
export function activeNames(names: readonly PartName[]): {
  readonly active: PartName[];
  readonly covered: readonly { readonly name: PartName; readonly by: PartName }[];
  readonly sharing: readonly [PartName, PartName] | undefined;
} {
  const active: PartName[] = [];
  const covered: { name: PartName; by: PartName }[] = [];
  let sharing: readonly [PartName, PartName] | undefined;
  // What covers a part comes before it, and of the active ones only the last can reach into its blocks.
  for (const name of [...names].sort(compareByExtent)) {
    const last = active.at(-1);
    if (last && covers(last, name)) covered.push({ name, by: last });
    else {
      if (last && sharesBlocks(last, name)) sharing ??= [last, name];
      active.push(name);
    }
  }
  return { active, covered, sharing };
}

/** By partition and first block; of those that begin alike, what holds more comes first. */
function compareByExtent(a: PartName, b: PartName): number {
  if (a.partitionId !== b.partitionId) return a.partitionId < b.partitionId ? -1 : 1;
  const wider = a.minBlock - b.minBlock || b.maxBlock - a.maxBlock;
  return wider || b.level - a.level || (b.mutation ?? 0) - (a.mutation ?? 0);
}

/** By partition, then blocks: the order in which the rows of parts were written. */
export function comparePartNames(a: PartName, b: PartName): number {
  if (a.partitionId !== b.partitionId) return a.partitionId < b.partitionId ? -1 : 1;
  return a.minBlock - b.minBlock || a.maxBlock - b.maxBlock || a.level - b.level;
}

/** What a merge of neighbouring parts of one partition is called. */
export function mergedPartName(names: readonly PartName[]): PartName {
  const { partitionId } = must(names[0], 'a merge has sources');
  const mutation = Math.max(...names.map((name) => name.mutation ?? 0));
  return {
    partitionId,
    minBlock: Math.min(...names.map(({ minBlock }) => minBlock)),
    maxBlock: Math.max(...names.map(({ maxBlock }) => maxBlock)),
    level: Math.max(...names.map(({ level }) => level)) + 1,
    ...(mutation === 0 ? {} : { mutation }),
  };
}
