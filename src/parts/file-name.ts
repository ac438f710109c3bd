// file-name.ts — how columns become names of files: escaped, and hashed when they are too long.

import { sipHash128 } from '../kernels/sip-hash.ts';

/** Longer names of streams, without the extension, are replaced by their hash. */
const MAX_FILE_NAME_LENGTH = 127;

/** Letters, digits and `_` stay; every other byte of the UTF-8 text is `%XX`. */
export function escapeFileName(name: string): string {
  if (!/[^A-Za-z0-9_]/.test(name)) return name;
  return Buffer.from(name)
    .toString('latin1')
    .replace(/[^A-Za-z0-9_]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The name of a stream's files, without their extension. */
export function streamFileName(stream: string): string {
  if (stream.length <= MAX_FILE_NAME_LENGTH) return stream;
  // The hash as one number, its highest digit first.
  return sipHash128(Buffer.from(stream)).reverse().toString('hex');
}

/** The name of a skip index's files, without their extension. */
export function skipIndexFileName(index: string): string {
  return streamFileName(`skp_idx_${escapeFileName(index)}`);
}

/** The file of a column's smallest and largest value. */
export function boundsFileName(column: string): string {
  return `${streamFileName(`minmax_${escapeFileName(column)}`)}.idx`;
}
