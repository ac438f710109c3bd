// kernel-arrays.ts — arrays of fixed values in the kernels' memory.

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { fixedArrays, type FixedValues } from '../types/column.ts';
import type { FixedPhysical } from '../types/data-type.ts';

type ArrayOver = new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => FixedValues;

/** The values at that place. */
export function fixedArrayAt(pointer: number, physical: FixedPhysical, length: number): FixedValues {
  return new (fixedArrays[physical] as unknown as ArrayOver)(kernelRuntime().memory.buffer, pointer, length);
}

/** Room for so many values, uninitialised. */
export function fixedArrayIn(arena: Arena, physical: FixedPhysical, length: number): FixedValues {
  return fixedArrayAt(arena.allocate(fixedArrays[physical].BYTES_PER_ELEMENT * length), physical, length);
}
