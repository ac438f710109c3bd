// found-parts.ts — parts that lie in a folder which is no table of this store: an export, a FREEZE, detached/ of a server.

import { WinnowError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';
import { activeNames, comparePartNames, formatPartName, parsePartName, type PartName } from './part-name.ts';
import type { PartSchema } from './schema.ts';
import { verifyPart } from './verify-part.ts';

export type FoundPart = { readonly name: PartName; readonly folder: string };

/**
 * The parts in a folder that no other covers, in the order of their names; those in its detached/ when it has none itself.
 * Errors: BAD_DATA_PART_NAME when two share blocks and neither covers the other.
 */
export async function findParts(files: Files, folder: string): Promise<readonly FoundPart[]> {
  const found = await partsIn(files, folder);
  return found.length > 0 ? found : partsIn(files, `${folder}/detached`);
}

export async function partsIn(files: Files, folder: string): Promise<readonly FoundPart[]> {
  const names = (await files.list(folder)).map(parsePartName).filter((name) => name !== undefined);
  const { active, sharing } = activeNames(names);
  if (sharing) {
    const [a, b] = sharing.map(formatPartName);
    throw new WinnowError(
      'BAD_DATA_PART_NAME',
      `parts ${a} and ${b} in ${folder} share blocks and neither covers the other`,
      { hint: 'They are of different tables, or of different times of one: keep one of them in the folder.' },
    );
  }
  return active.sort(comparePartNames).map((name) => ({ name, folder: `${folder}/${formatPartName(name)}` }));
}

/** Errors: what is wrong with the part, which `verifyPart` finds. */
export async function requireWholePart(
  files: Files,
  { folder }: FoundPart,
  schema: PartSchema,
  breathe: () => Promise<void>,
): Promise<void> {
  const problems = await verifyPart(files, folder, schema, breathe);
  const first = problems[0];
  if (!first) return;
  throw new WinnowError(first.code, `part ${folder} cannot be taken: ${first.fullMessage}`, {
    detail: problems.length > 1 ? `And ${problems.length - 1} more of its files are damaged.` : undefined,
  });
}
