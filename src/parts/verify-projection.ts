// verify-projection.ts — a projection's folder, as far as Winnow looks at it: that its files are those of its own
// checksums.txt, and that these are what the part says.

import { CorruptionError } from '../base/errors.ts';
import type { Files } from '../io/ports.ts';
import { sipHash128 } from '../kernels/sip-hash.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Checksums, FileChecksum } from './checksums-file.ts';
import { CHECKSUMS_FILE, COMPACT_STREAM, DATA_EXTENSION, PartFiles } from './part-files.ts';
import { verifyFile } from './verify-file.ts';

/** `checksum` is the part's entry for the folder. Errors: CorruptionError naming the file. */
export async function verifyProjection(files: Files, folder: string, checksum: FileChecksum): Promise<void> {
  const { checksums } = PartFiles.of(files, folder);
  const sizeBytes = [...checksums.values()].reduce((total, file) => total + file.sizeBytes, 0);
  if (sizeBytes !== checksum.sizeBytes || !hashOfProjection(checksums).equals(checksum.hash))
    throw new CorruptionError(`${folder}/${CHECKSUMS_FILE}`, 'what the part says of it', 'other files');
  for (const [name, file] of checksums) {
    const isCompactData = name === `${COMPACT_STREAM}${DATA_EXTENSION}`;
    await verifyFile(files, `${folder}/${name}`, isCompactData ? { ...file, decompressed: undefined } : file);
  }
}

/** Of each file, by name: length of the name u64 · name · hash. */
function hashOfProjection(checksums: Checksums): Buffer {
  const writer = new ByteWriter();
  const names = [...checksums.keys()].map((name) => Buffer.from(name)).sort((a, b) => a.compare(b));
  for (const name of names) {
    writer.reserve(8).writeBigUInt64LE(BigInt(name.length));
    writer.append(name);
    writer.append(checksums.get(name.toString())!.hash);
  }
  return sipHash128(writer.finish());
}
