// sealed-value.ts — values under the checksum of their stored key and themselves: index entries and their details, reservations,
// records of parts.
//
//   crc32c u32 LE · body
//   body of entries and details: [another number, 32 bit LE] · columns (rows/fields.ts)

import { crc32c } from '../base/crc32c.ts';
import { CorruptionError } from '../base/errors.ts';
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

/** The body behind its checksum. */
export function sealed(storedKey: Uint8Array, body: Uint8Array): Buffer {
  const value = Buffer.allocUnsafe(BODY_OFFSET + body.length);
  value.set(body, BODY_OFFSET);
  value.writeUInt32LE(checksum(storedKey, value), 0);
  return value;
}

/** The body. Errors: CorruptionError at `where` when it is not what was sealed under this key. */
export function unsealed(entry: KvEntry, where: string): Buffer {
  if (!isSealed(entry)) throw brokenSeal(entry, where);
  const { buffer, byteOffset, length } = entry[1];
  return Buffer.from(buffer, byteOffset, length).subarray(BODY_OFFSET);
}

export function brokenSeal([storedKey, value]: KvEntry, where: string): CorruptionError {
  const found = value.length < BODY_OFFSET ? 0 : checksumIn(value) >>> 0;
  return new CorruptionError(
    where,
    `checksum ${checksum(storedKey, value).toString(16)}`,
    found.toString(16),
  );
}

/** The value is what was sealed under this key. */
export function isSealed([storedKey, value]: KvEntry): boolean {
  return value.length >= BODY_OFFSET && checksumIn(value) === (checksum(storedKey, value) | 0);
}

/** The checksum that a value begins with, as a signed number: those take no memory of their own. */
export const checksumIn = (value: Uint8Array): number => wordAt(value, 0);

/** The number before the columns, signed. */
export const linkIn = (value: Uint8Array): number => wordAt(value, BODY_OFFSET);

function checksum(storedKey: Uint8Array, value: Uint8Array): number {
  return crc32c(value, BODY_OFFSET, value.length, crc32c(storedKey, 0, storedKey.length)) >>> 0;
}

const wordAt = (value: Uint8Array, at: number): number =>
  value[at]! | (value[at + 1]! << 8) | (value[at + 2]! << 16) | (value[at + 3]! << 24);
