// kept-values.ts — what the states of uniq and uniqExact keep of a value: itself, or a hash.

import { kernelRuntime } from '../../kernels/runtime.ts';
import { withWorkspace } from '../../kernels/workspace.ts';
import type { Column, FixedColumn } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import { isFloat, numberShape, uint32 } from '../type-classes.ts';
import { bytes, fixed } from '../vectors.ts';

export type Kept = { readonly type: DataType; of(column: Column, rowCount: number): Column };

const wholeNumbers = new Set(['Bool', 'Enum8', 'Date', 'DateTime']);

/** Undefined of types whose values Winnow does not know the form of. */
export function keptOf(base: string, type: DataType): Kept | undefined {
  const isWhole = wholeNumbers.has(type.kind) || numberShape(type)?.float === false;
  const isText = type.kind === 'String' || type.kind === 'FixedString';
  if (base === 'uniqExact') {
    if (isWhole || isFloat(type)) return { type, of: (column) => column };
    return isText ? { type: { kind: 'FixedString', sizeBytes: 16 }, of: sipHashes } : undefined;
  }
  if (base !== 'uniq') return undefined;
  if (isWhole) return { type: uint32, of: uniqHashes };
  return isText ? { type: uint32, of: uniqTextHashes } : undefined;
}

/** Low halves of hashes, with the NULLs of the column. */
function hashColumn({ nulls }: Column, hashes: BigUint64Array, rowCount: number): FixedColumn {
  const words = new Uint32Array(hashes.buffer, hashes.byteOffset, 2 * rowCount);
  const values = Uint32Array.from({ length: rowCount }, (_, row) => words[2 * row]!);
  const type: DataType = nulls ? { kind: 'Nullable', inner: uint32 } : uint32;
  return { layout: 'fixed', type, rowCount, values, nulls };
}

/** The low halves of the hashes that bloom_filter has, too. */
function uniqHashes(column: Column, rowCount: number): Column {
  return withWorkspace(({ scratch }) => {
    const { values } = fixed(column);
    const hashes = scratch.u64(rowCount);
    const kernel = `bloomHash${(8 * values.BYTES_PER_ELEMENT) as 8 | 16 | 32 | 64}` as const;
    kernelRuntime().kernels[kernel](scratch.take(values).byteOffset, rowCount, hashes.byteOffset);
    return hashColumn(column, hashes, rowCount);
  });
}

/** Of a text the hash is hashed once more, as a number. */
function uniqTextHashes(column: Column, rowCount: number): Column {
  return withWorkspace(({ scratch }) => {
    const { offsets, bytes: texts } = bytes(column);
    const [once, twice] = [scratch.u64(rowCount), scratch.u64(rowCount)];
    const [from, of] = [scratch.take(offsets).byteOffset, scratch.take(texts).byteOffset];
    const { kernels } = kernelRuntime();
    kernels.bloomHashTexts(from, of, rowCount, once.byteOffset);
    kernels.bloomHash64(once.byteOffset, rowCount, twice.byteOffset);
    return hashColumn(column, twice, rowCount);
  });
}

function sipHashes(column: Column, rowCount: number): Column {
  return withWorkspace(({ scratch }) => {
    const { offsets, bytes: texts, nulls } = bytes(column);
    const hashes = scratch.bytes(16 * rowCount);
    const [from, of] = [scratch.take(offsets).byteOffset, scratch.take(texts).byteOffset];
    kernelRuntime().kernels.sipHashTexts(from, of, rowCount, hashes.byteOffset);
    const inner: DataType = { kind: 'FixedString', sizeBytes: 16 };
    const type: DataType = nulls ? { kind: 'Nullable', inner } : inner;
    const ends = Uint32Array.from({ length: rowCount + 1 }, (_, row) => 16 * row);
    return { layout: 'bytes', type, rowCount, offsets: ends, bytes: Buffer.from(hashes), nulls };
  });
}
