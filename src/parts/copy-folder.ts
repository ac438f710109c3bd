import { CorruptionError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';

const COPY_BYTES = 1024 * 1024;

/** Copies a part's folder, with the folders of its projections, durably but for the name of `to`. */
export async function copyFolder(files: Files, from: string, to: string): Promise<void> {
  await files.makeDirectory(to);
  for (const name of await files.list(from)) {
    const copy = name.endsWith('.proj') ? copyFolder : copyFile;
    await copy(files, `${from}/${name}`, `${to}/${name}`);
  }
  await files.syncDirectory(to);
}

async function copyFile(files: Files, from: string, to: string): Promise<void> {
  const source = files.open(from);
  if (!source) throw new CorruptionError(from, 'a file', 'no file');
  try {
    const target = await files.create(to);
    try {
      for (let position = 0; position < source.sizeBytes; position += COPY_BYTES) {
        const piece = new Uint8Array(Math.min(COPY_BYTES, source.sizeBytes - position));
        await target.write(piece.subarray(0, source.readInto(piece, position)));
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}
