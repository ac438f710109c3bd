import type { Files } from '../io/ports.ts';

/** Moves a part's folder to detached/ under the name `as`, durably; it takes the place of what bore that name there. */
export async function detachPart(files: Files, folder: string, entry: string, as: string): Promise<void> {
  const detached = `${folder}/detached`;
  await files.makeDirectory(detached);
  await files.remove(`${detached}/${as}`);
  await files.rename(`${folder}/${entry}`, `${detached}/${as}`);
  await files.syncDirectory(detached);
  await files.syncDirectory(folder);
}
