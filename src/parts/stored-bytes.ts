// stored-bytes.ts — values laid out as bytes of one size, between memory and disk.
//
//   UUID          two halves, each with its lowest byte first
//   wide numbers  lowest byte first, no sign flipped (in memory: types/wide-number.ts)
//   others        as they are

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { type DataType, withoutNullable } from '../types/data-type.ts';
import { wideShape } from '../types/wide-number.ts';

/** One value as on disk. */
export function storedBytes(type: DataType, value: Uint8Array): Uint8Array {
  if (withoutNullable(type).kind === 'UUID') return Buffer.from(value).swap64();
  const wide = wideShape(type);
  if (!wide) return value;
  const stored = Buffer.from(value).reverse();
  if (wide.signed) stored[stored.length - 1]! ^= 0x80;
  return stored;
}

/** One value as in memory. */
export function bytesInMemory(type: DataType, stored: Uint8Array): Uint8Array {
  if (withoutNullable(type).kind === 'UUID') return Buffer.from(stored).swap64();
  const wide = wideShape(type);
  if (!wide) return stored;
  const value = Buffer.from(stored).reverse();
  if (wide.signed) value[0]! ^= 0x80;
  return value;
}

/** Values of `type`, which is not Nullable, as on disk; in the arena unless they are the same. */
export function allStoredBytes(type: DataType, values: Buffer, arena: Arena): Uint8Array {
  if (type.kind === 'UUID') return Buffer.from(values).swap64();
  const wide = wideShape(type);
  if (!wide) return values;
  const { kernels } = kernelRuntime();
  const source = arena.take(values).byteOffset;
  const stored = arena.bytes(values.length);
  const count = values.length / wide.sizeBytes;
  kernels.reverseValues(source, stored.byteOffset, count, wide.sizeBytes);
  if (wide.signed) kernels.flipSigns(stored.byteOffset + wide.sizeBytes - 1, count, wide.sizeBytes);
  return stored;
}

/** Makes values of `type`, which is not Nullable, from those on disk, in place; they lie in the kernels' memory. */
export function allBytesInMemory(type: DataType, bytes: Buffer): void {
  if (type.kind === 'UUID') bytes.swap64();
  const wide = wideShape(type);
  if (!wide) return;
  const { kernels } = kernelRuntime();
  const count = bytes.length / wide.sizeBytes;
  kernels.reverseValues(bytes.byteOffset, bytes.byteOffset, count, wide.sizeBytes);
  if (wide.signed) kernels.flipSigns(bytes.byteOffset, count, wide.sizeBytes);
}
