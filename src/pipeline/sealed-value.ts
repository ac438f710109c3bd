// sealed-value.ts — values of index entries and their details: a checksum of the stored key and the value, then columns.
//
//   crc32c u32 LE · [another number, 32 bit LE] · columns (rows/fields.ts)

import { crc32c } from '../base/crc32c.ts';
import type { KvEntry } from '../kv/kv.ts';
import type { Fields } from '../rows/fields.ts';
import type { Column } from '../types/column.ts';

/** Where the checksum ends. */
export const BODY_OFFSET = 4;

/** `columns` are those of the fields; `link`: a number before them. */
export function seal(
  storedKey: Uint8Array,
  {
    fields,
    columns,
    row,
  }: { readonly fields: Fields; readonly columns: readonly Column[]; readonly row: number },
  link?: number,
): Buffer {
  const start = BODY_OFFSET + (link === undefined ? 0 : 4);
  const value = Buffer.allocUnsafe(start + fields.sizeBytes(columns, row));
  if (link !== undefined) value.writeInt32LE(link, BODY_OFFSET);
  fields.write(value, start, columns, row);
  value.writeUInt32LE(checksum(storedKey, value), 0);
  return value;
}

/** The value is what was sealed under this key. */
export function isSealed([storedKey, value]: KvEntry): boolean {
  return value.length >= BODY_OFFSET && checksumIn(value) === (checksum(storedKey, value) | 0);
}

/** The checksum that a value begins with, as a signed number: those take no memory of their own. */
export const checksumIn = (value: Uint8Array): number => wordAt(value, 0);

/** The number before the columns, signed. */
export const linkIn = (value: Uint8Array): number => wordAt(value, BODY_OFFSET);

export function checksum(storedKey: Uint8Array, value: Uint8Array): number {
  return crc32c(value, BODY_OFFSET, value.length, crc32c(storedKey, 0, storedKey.length)) >>> 0;
}

const wordAt = (value: Uint8Array, at: number): number =>
  value[at]! | (value[at + 1]! << 8) | (value[at + 2]! << 16) | (value[at + 3]! << 24);
