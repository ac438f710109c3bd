// bloom-hash.ts — the hashes that a bloom_filter index has of values, and how large its filters are; as ClickHouse.

import { assert, must } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn, Column } from '../types/column.ts';
import { evenSizeBytes, physicalOf, withoutNullable } from '../types/data-type.ts';
import { allStoredBytes } from './stored-bytes.ts';

export type BloomShape = { readonly bitsPerHash: number; readonly hashCount: number };

/** [least false positive rate, bits per distinct hash, functions]; the first line that a rate reaches is taken. */
const shapes: readonly (readonly [number, number, number])[] = [
  [0.283, 2, 2],
  [0.237, 3, 2],
  // A slip in ClickHouse's table, which is kept.
  [0.221, 19, 13],
  [0.155, 4, 2],
  [0.147, 4, 3],
  [0.109, 5, 2],
  [0.092, 5, 3],
  [0.0804, 6, 2],
  [0.0609, 6, 3],
  [0.0561, 6, 4],
  [0.0423, 7, 3],
  [0.0359, 7, 4],
  [0.0347, 7, 5],
  [0.0306, 8, 3],
  [0.024, 8, 4],
  [0.0217, 8, 5],
  [0.0216, 8, 6],
  [0.0166, 9, 4],
  [0.0141, 9, 5],
  [0.0133, 9, 6],
  [0.0118, 10, 4],
  [0.00943, 10, 5],
  [0.00844, 10, 6],
  [0.00819, 10, 7],
  [0.0065, 11, 5],
  [0.00552, 11, 6],
  [0.00513, 11, 7],
  [0.00509, 11, 8],
  [0.00459, 12, 5],
  [0.00371, 12, 6],
  [0.00329, 12, 7],
  [0.00314, 12, 8],
  [0.00255, 13, 6],
  [0.00217, 13, 7],
  [0.00199, 13, 8],
  [0.00194, 13, 9],
  [0.00179, 14, 6],
  [0.00146, 14, 7],
  [0.00129, 14, 8],
  [0.00121, 14, 9],
  [0.0012, 14, 10],
  [0.001, 15, 7],
  [0.000852, 15, 8],
  [0.000775, 15, 9],
  [0.000744, 15, 10],
  [0.000702, 16, 7],
  [0.000574, 16, 8],
  [0.000505, 16, 9],
  [0.00047, 16, 10],
  [0.000459, 16, 11],
  [0.000394, 17, 8],
  [0.000335, 17, 9],
  [0.000302, 17, 10],
  [0.000287, 17, 11],
  [0.000284, 17, 12],
  [0.000275, 18, 8],
  [0.000226, 18, 9],
  [0.000198, 18, 10],
  [0.000183, 18, 11],
  [0.000176, 18, 12],
  [0.000155, 19, 9],
  [0.000132, 19, 10],
  [0.000118, 19, 11],
  [0.000111, 19, 12],
];

export function bloomShapeOf(falsePositiveRate: number): BloomShape {
  const line = shapes.find(([least]) => least <= falsePositiveRate);
  const [, bitsPerHash, hashCount] = line ?? [0, 19, 13];
  return { bitsPerHash, hashCount };
}

/** Size of one column's filter, for a granule whose columns have up to `distinctHashes`. */
export function bloomFilterBytes({ bitsPerHash }: BloomShape, distinctHashes: number): number {
  return Math.ceil((bitsPerHash * distinctHashes) / 8);
}

/**
 * The hash of each value in rows [start, end), in the arena. The column lies in the kernels' memory and has neither a
 * dictionary nor composite values; of NULL the value beneath is hashed.
 */
export function bloomHashesOf(column: Column, start: number, end: number, arena: Arena): BigUint64Array {
  const count = end - start;
  const hashes = arena.u64(count);
  const target = hashes.byteOffset;
  const { kernels } = kernelRuntime();
  if (column.layout === 'bytes') hashBytes(column, start, count, target, arena);
  else {
    assert(column.layout === 'fixed', 'values are hashed one by one');
    const { values } = column;
    const width = values.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
    const kind = physicalOf(column.type) === 'f32' ? 'F32' : (`${(8 * width) as 8 | 16 | 32 | 64}` as const);
    kernels[`bloomHash${kind}`](values.byteOffset + width * start, count, target);
  }
  return hashes;
}

function hashBytes(column: BytesColumn, start: number, count: number, target: number, arena: Arena): void {
  const { kernels } = kernelRuntime();
  const { offsets, bytes } = column;
  const type = withoutNullable(column.type);
  if (type.kind === 'String' || type.kind === 'FixedString')
    return kernels.bloomHashTexts(offsets.byteOffset + 4 * start, bytes.byteOffset, count, target);
  const sizeBytes = must(evenSizeBytes(type), 'only String has no one size');
  const values = bytes.subarray(sizeBytes * start, sizeBytes * (start + count));
  const stored = arena.take(allStoredBytes(type, values, arena));
  kernels.bloomHashWide(stored.byteOffset, count, sizeBytes, target);
}
