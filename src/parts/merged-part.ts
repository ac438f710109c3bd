// merged-part.ts — the part that a merge leaves: under a temporary name until everything in it is on disk, then under its own.

import { mergeParts, type MaskedPart, type MergeServices } from './merge-parts.ts';
import { Part } from './part.ts';
import { formatPartName, mergedPartName } from './part-name.ts';
import { PartWriter } from './part-writer.ts';
import type { PartTarget } from './write-parts.ts';

/**
 * Merges `sources`, neighbours in block order, into one part of the target's folder. Undefined when no row is left,
 * 'stopped' when `goesOn` ended the merge; nothing is left then, nor after an error. Errors: those of reading and writing.
 */
export async function writeMergedPart(
  { files, folder, schema, sync }: PartTarget,
  sources: readonly MaskedPart[],
  services: Omit<MergeServices, 'writer'>,
  partName = mergedPartName(sources.map(({ part }) => part.name)),
): Promise<Part | undefined | 'stopped'> {
  const name = formatPartName(partName);
  const temporary = `${folder}/tmp_merge_${name}`;
  await files.remove(temporary);
  const writer = new PartWriter(files, temporary, schema, { sync });
  try {
    const rowCount = await mergeParts(sources, schema, { ...services, writer });
    const isEmptied = rowCount === 0;
    if (rowCount === undefined || isEmptied) {
      await writer.abort();
      return isEmptied ? undefined : 'stopped';
    }
    await writer.finish();
  } catch (error) {
    await writer.abort();
    throw error;
  }
  await files.rename(temporary, `${folder}/${name}`);
  if (sync) await files.syncDirectory(folder);
  return Part.open(files, `${folder}/${name}`, schema);
}
