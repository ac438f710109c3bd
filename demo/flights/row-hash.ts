// row-hash.ts — a hash of a multiset of flights: the same for the same rows in any order, different otherwise.
//
// Each row is written as text: flight_id, seconds since 1970, delay, distance, origin, destination, 0 or 1 for
// cancelled, with tabs between. The MD5 of that text is read as four little-endian UInt32 words, and each word is
// summed over all rows, modulo 2^32. chdb-oracle.ts computes the same in SQL.

import { hash } from 'node:crypto';
import { must } from '../../src/base/assert.ts';
import type { Block, BytesColumn, FixedColumn } from '../../src/types/column.ts';

export type RowHash = { readonly rows: number; readonly hash: string };

export interface RowHasher {
  /** Adds all rows of a Block of flights. */
  add(flights: Block): void;
  result(): RowHash;
}

export function createRowHasher(): RowHasher {
  const sums = new Uint32Array(4);
  let rows = 0;
  return {
    add(flights) {
      rows += flights.rowCount;
      for (let row = 0; row < flights.rowCount; row++)
        addDigest(sums, hash('md5', rowText(flights, row), 'binary'));
    },
    result: () => ({ rows, hash: hashText(sums) }),
  };
}

/** Four words as 32 hexadecimal digits. */
export function hashText(words: Iterable<number>): string {
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** `digest` holds one byte per character. */
function addDigest(sums: Uint32Array, digest: string): void {
  for (let word = 0; word < 4; word++) {
    const at = 4 * word;
    sums[word]! +=
      digest.charCodeAt(at) |
      (digest.charCodeAt(at + 1) << 8) |
      (digest.charCodeAt(at + 2) << 16) |
      (digest.charCodeAt(at + 3) << 24);
  }
}

function rowText(flights: Block, row: number): string {
  const number = (i: number): number =>
    (must(flights.columns[i], 'a flight has this column') as FixedColumn).values[row] as number;
  const text = (i: number): string => {
    const { bytes, offsets } = must(flights.columns[i], 'a flight has this column') as BytesColumn;
    return bytes.toString('latin1', offsets[row], offsets[row + 1]);
  };
  return `${number(0)}\t${number(1)}\t${number(2)}\t${number(3)}\t${text(4)}\t${text(5)}\t${number(6)}`;
}
