// text-stream.ts — texts in a stream: each with its length before it.

import { CorruptionError } from '../base/errors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn } from '../types/column.ts';
import type { ByteReader } from './byte-reader.ts';
import type { Extent } from './stream-reader.ts';
import type { StreamWriter } from './stream-writer.ts';

/** Appends texts that lie in the kernels' memory: `count` rows from the pointer `offsets` on. */
export function appendTexts(
  stream: StreamWriter,
  offsets: number,
  bytes: number,
  count: number,
  scratch: Arena,
): void {
  const { kernels, memory } = kernelRuntime();
  const sizeBytes = kernels.encodedStringsBytes(offsets, count) >>> 0;
  if (stream.fits(sizeBytes)) {
    kernels.encodeStrings(offsets, bytes, count, stream.reserve(sizeBytes));
    stream.commit(sizeBytes);
  } else {
    const target = scratch.allocate(sizeBytes);
    kernels.encodeStrings(offsets, bytes, count, target);
    stream.append(new Uint8Array(memory.buffer, target, sizeBytes));
  }
}

/** Exactly `count` texts, which take the whole extent, in the arena. */
export function readTexts(
  { path }: { readonly path: string },
  { pointer, sizeBytes }: Extent,
  count: number,
  arena: Arena,
): BytesColumn {
  // Each has a length of at least one byte: nothing is allocated for more than there can be.
  if (count > sizeBytes) throw new CorruptionError(path, `${count} texts`, `${sizeBytes} bytes`);
  const offsets = arena.u32(count + 1);
  const bytes = arena.bytes(sizeBytes);
  const { kernels } = kernelRuntime();
  const taken = kernels.decodeStrings(pointer, sizeBytes, count, offsets.byteOffset, bytes.byteOffset);
  if (taken !== sizeBytes)
    throw new CorruptionError(
      path,
      `${count} texts in ${sizeBytes} bytes`,
      taken < 0 ? 'more bytes' : `${taken} bytes`,
    );
  const used = bytes.subarray(0, offsets[count]);
  return {
    layout: 'bytes',
    type: { kind: 'String' },
    rowCount: count,
    offsets,
    bytes: used,
    nulls: undefined,
  };
}

/** Goes past `count` texts. The reader's bytes lie in the kernels' memory. */
export function skipTexts(reader: ByteReader, count: number): void {
  const pointer = reader.bytes.byteOffset + reader.at;
  // Each has a length of at least one byte.
  const sizeBytes =
    count > reader.left ? -1 : kernelRuntime().kernels.skipStrings(pointer, reader.left, count);
  if (sizeBytes < 0) throw new CorruptionError(reader.file, `${count} texts`, `${reader.left} bytes`);
  reader.take(sizeBytes);
}
