// write-parts.ts — rows in any order become sorted parts of level 0, one per partition, in two steps.
//
// Staged: whole and, with `sync`, on disk, but in folders named tmp_…, which a crash leaves for the next start to remove.
// Published: under their names, which carry block numbers. The caller publishes one after the other, so that a part's
// number is larger than those of all parts that were active before it; merges rely on that.

import { WinnowError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';
import { Arena } from '../kernels/arena.ts';
import type { Block } from '../types/column.ts';
import { Part } from './part.ts';
import { formatPartName } from './part-name.ts';
import { PartWriter } from './part-writer.ts';
import { partitionBlock } from './partition-block.ts';
import type { PartSchema } from './schema.ts';
import { sortBlock } from './sort-block.ts';

export type PartTarget = {
  readonly files: Files;
  readonly folder: string;
  readonly schema: PartSchema;
  readonly sync: boolean;
};

export type StagedPart = {
  readonly partitionId: string;
  readonly folder: string;
  /** It was there before, and goes back there when it cannot be published. */
  readonly isOriginal?: boolean;
};

/**
 * `label` tells stagings apart that run at once. Nothing stays when it fails.
 * Errors: TOO_MANY_PARTS for rows of more than `maxPartitions`, and those of PartWriter and of PARTITION BY.
 */
export async function stageParts(
  target: PartTarget,
  rows: Block,
  label: string,
  maxPartitions = Number.POSITIVE_INFINITY,
): Promise<StagedPart[]> {
  const { files, folder, schema } = target;
  const staged: StagedPart[] = [];
  const partitions = partitionBlock(rows, schema);
  if (partitions.length > maxPartitions) throw tooManyPartitions(partitions.length, maxPartitions);
  await files.makeDirectory(folder);
  try {
    for (const { partitionId, block } of partitions) {
      const temporary = `${folder}/tmp_insert_${label}_${staged.length}`;
      await writeSorted(target, temporary, block);
      staged.push({ partitionId, folder: temporary });
    }
    return staged;
  } catch (error) {
    for (const part of staged) await files.remove(part.folder);
    throw error;
  }
}

function tooManyPartitions(count: number, most: number): WinnowError {
  return new WinnowError('TOO_MANY_PARTS', `the rows belong to ${count} partitions, more than ${most}`, {
    hint: 'Insert rows of fewer partitions at once, partition by something coarser, or raise max_partitions_per_insert_block.',
  });
}

/** Gives staged parts their names, with block numbers by `takeBlock`, and opens them: all, or none when it fails. */
export async function publishParts(
  { files, folder, schema, sync }: PartTarget,
  staged: readonly StagedPart[],
  takeBlock: () => number,
): Promise<readonly Part[]> {
  const folders: string[] = [];
  try {
    for (const part of staged) {
      const block = takeBlock();
      const name = { partitionId: part.partitionId, minBlock: block, maxBlock: block, level: 0 };
      const named = `${folder}/${formatPartName(name)}`;
      await files.rename(part.folder, named);
      folders.push(named);
    }
    if (sync) await files.syncDirectory(folder);
    return await Promise.all(folders.map((each) => Part.open(files, each, schema)));
  } catch (error) {
    for (const [i, named] of folders.entries()) {
      const { isOriginal, folder: original } = staged[i]!;
      await (isOriginal ? files.rename(named, original) : files.remove(named));
    }
    throw error;
  }
}

async function writeSorted({ files, schema, sync }: PartTarget, folder: string, rows: Block): Promise<void> {
  // What a crash left under the name.
  await files.remove(folder);
  const arena = new Arena();
  const writer = new PartWriter(files, folder, schema, { sync });
  try {
    await writer.write(sortBlock(rows, schema.sortingKey, arena));
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    arena.release();
  }
}
