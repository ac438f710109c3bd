// wide-number.ts — whole numbers of 128 and 256 bits, and decimals of more than 18 digits, in columns of bytes.
//
// Keeps true: a value is its two's complement, highest byte first, the sign bit of signed ones flipped. So bytes sort as the
// numbers do, and what compares, groups and finds bytes does the same for them.

import type { BytesColumn } from './column.ts';
import { type DataType, evenSizeBytes, withoutNullable } from './data-type.ts';

export type WideShape = { readonly signed: boolean; readonly sizeBytes: 16 | 32 };

/** The shape of Int128 to UInt256 and of Decimal beyond 18 digits, also inside Nullable; undefined for other types. */
export function wideShape(type: DataType): WideShape | undefined {
  const plain = withoutNullable(type);
  switch (plain.kind) {
    case 'Int128':
    case 'Int256':
      return { signed: true, sizeBytes: evenSizeBytes(plain) as 16 | 32 };
    case 'UInt128':
    case 'UInt256':
      return { signed: false, sizeBytes: evenSizeBytes(plain) as 16 | 32 };
    case 'Decimal':
      return plain.precision > 18 ? { signed: true, sizeBytes: evenSizeBytes(plain) as 16 | 32 } : undefined;
    default:
      return undefined;
  }
}

/** The number in bytes [at, at + sizeBytes). */
export function readWide(bytes: Buffer, at: number, { signed, sizeBytes }: WideShape): bigint {
  let value = bytes.readBigUInt64BE(at);
  for (let word = 8; word < sizeBytes; word += 8) value = (value << 64n) | bytes.readBigUInt64BE(at + word);
  return signed ? value - signBit(sizeBytes) : value;
}

/** Writes the number at `at`; what does not fit wraps. */
export function writeWide(value: bigint, target: Buffer, at: number, { signed, sizeBytes }: WideShape): void {
  let rest = BigInt.asUintN(8 * sizeBytes, signed ? value + signBit(sizeBytes) : value);
  for (let word = sizeBytes - 8; word >= 0; word -= 8) {
    target.writeBigUInt64BE(rest & 0xffff_ffff_ffff_ffffn, at + word);
    rest >>= 64n;
  }
}

/** The numbers of a column. */
export function wideNumbers(column: BytesColumn, shape: WideShape, rowCount: number): bigint[] {
  const numbers = new Array<bigint>(rowCount);
  for (let row = 0; row < rowCount; row++) numbers[row] = readWide(column.bytes, column.offsets[row]!, shape);
  return numbers;
}

/** The column of the first `rowCount` of these numbers; what does not fit wraps. */
export function wideColumn(
  type: DataType,
  shape: WideShape,
  numbers: ArrayLike<bigint>,
  rowCount: number,
): BytesColumn {
  const offsets = new Uint32Array(rowCount + 1);
  const bytes = Buffer.alloc(rowCount * shape.sizeBytes);
  for (let row = 0; row < rowCount; row++) {
    writeWide(numbers[row]!, bytes, offsets[row]!, shape);
    offsets[row + 1] = offsets[row]! + shape.sizeBytes;
  }
  return { layout: 'bytes', type, rowCount, offsets, bytes, nulls: undefined };
}

const signBit = (sizeBytes: 16 | 32): bigint => (sizeBytes === 16 ? 1n << 127n : 1n << 255n);
