// stored-values.ts — values of a stream as they must be in a column: of the right number, at a place for their width, valid,
// and the default under NULL.

import { must } from '../base/assert.ts';
import { CorruptionError } from '../base/errors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { type Column, fixedArrays } from '../types/column.ts';
import { type DataType, evenSizeBytes, type FixedPhysical, isEnum, physicalOf } from '../types/data-type.ts';
import { wideShape } from '../types/wide-number.ts';
import type { Extent, StreamReader } from './stream-reader.ts';

export const MAX_ELEMENTS = 0xffff_ffff;

/** Bytes of every value of a type in its stream, String aside. */
export function storedSizeBytes(type: DataType): number {
  const physical = physicalOf(type);
  if (physical === 'bytes') return must(evenSizeBytes(type), 'String is not asked for');
  return fixedArrays[physical as FixedPhysical].BYTES_PER_ELEMENT;
}

/** The pointer, or one to a copy where values of that width may lie. */
export function aligned({ pointer, sizeBytes }: Extent, width: number, arena: Arena): number {
  if (pointer % width === 0) return pointer;
  const place = arena.allocate(sizeBytes);
  new Uint8Array(kernelRuntime().memory.buffer).copyWithin(place, pointer, pointer + sizeBytes);
  return place;
}

export function requireSize({ path }: StreamReader, { sizeBytes }: Extent, expectedBytes: number): void {
  if (sizeBytes !== expectedBytes)
    throw new CorruptionError(path, `${expectedBytes} bytes of values`, `${sizeBytes}`);
}

/** That all are 0 or 1; whether there is a 1. */
export function requireFlags(
  { path }: { readonly path: string },
  pointer: number,
  rowCount: number,
): boolean {
  const highest = kernelRuntime().kernels.maxU8(pointer, rowCount);
  if (highest > 1) throw new CorruptionError(path, 'flags of 0 or 1', `${highest}`);
  return highest === 1;
}

/** What lies under NULL may be anything in a file, and is the default in a column. */
export function putDefaults(column: Column, nulls: Uint8Array): void {
  const { kernels } = kernelRuntime();
  const { rowCount } = column;
  if (column.layout === 'bytes') {
    const { offsets, bytes, type } = column;
    const pointers = [offsets.byteOffset, bytes.byteOffset, nulls.byteOffset, rowCount] as const;
    if (type.kind === 'String') kernels.emptyNullTexts(...pointers);
    else kernels.fillNullTexts(...pointers, wideShape(type)?.signed === true ? 0x80 : 0);
  } else if (column.layout === 'fixed') {
    const set = setWhereNull[column.values.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8];
    const value = isEnum(column.type) ? Math.min(...column.type.entries.map((entry) => entry.value)) : 0;
    kernels[set](column.values.byteOffset, nulls.byteOffset, rowCount, value);
  }
}

const setWhereNull = {
  1: 'setWhereNull8',
  2: 'setWhereNull16',
  4: 'setWhereNull32',
  8: 'setWhereNull64',
} as const;
