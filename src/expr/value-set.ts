// value-set.ts — is a row among the rows of a set? For IN.

import { must } from '../base/assert.ts';
import type { BytesColumn, Column, FixedColumn } from '../types/column.ts';
import { keyColumn } from '../types/value-bytes.ts';

/** 1 for each row of the arguments that equals a row of the set; columns pairwise of one type, give or take Nullable. */
export type Contains = (args: readonly Column[], rowCount: number) => Uint8Array;

export function createSet(set: readonly Column[]): Contains {
  const only = set.length === 1 ? must(set[0], 'one column') : undefined;
  if (only?.layout === 'fixed') return numberSet(only);
  if (only?.layout === 'bytes' && only.rowCount <= FEW) return fewStrings(only);
  const known = new Set<string>();
  const members = set.map(keyColumn);
  for (let row = 0; row < must(set[0], 'at least one column').rowCount; row++)
    known.add(rowKey(members, row));
  return (args, rowCount) => {
    const found = new Uint8Array(rowCount);
    const keys = args.map(keyColumn);
    for (let row = 0; row < rowCount; row++)
      if (!hasNull(keys, row) && known.has(rowKey(keys, row))) found[row] = 1;
    return found;
  };
}

/** So many strings are compared one by one faster than by a key made of each row. */
const FEW = 16;

function fewStrings(set: BytesColumn): Contains {
  const strings = Array.from({ length: set.rowCount }, (_, row) =>
    set.bytes.subarray(set.offsets[row], set.offsets[row + 1]),
  );
  return ([column], rowCount) => {
    const { bytes, offsets, nulls } = column as BytesColumn;
    const found = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      if (nulls?.[row] === 1) continue;
      for (const string of strings)
        if (equalsAt(bytes, offsets[row]!, offsets[row + 1]!, string)) found[row] = 1;
    }
    return found;
  };
}

function equalsAt(bytes: Buffer, start: number, end: number, string: Buffer): boolean {
  if (end - start !== string.length) return false;
  for (let i = 0; i < string.length; i++) if (bytes[start + i] !== string[i]) return false;
  return true;
}

/** NaN is in no set, as it equals nothing. */
function numberSet(set: FixedColumn): Contains {
  const known = new Set<number | bigint>();
  for (let row = 0; row < set.rowCount; row++) known.add(set.values[row]!);
  known.delete(NaN);
  return ([column], rowCount) => {
    const { values, nulls } = column as FixedColumn;
    const found = new Uint8Array(rowCount);
    for (let row = 0; row < rowCount; row++)
      if (known.has(values[row]!) && nulls?.[row] !== 1) found[row] = 1;
    return found;
  };
}

function hasNull(columns: readonly Column[], row: number): boolean {
  return columns.some((column) => column.nulls?.[row] === 1);
}

export type Key = number | bigint | string;

/** What equal rows, and only they, share. NULLs are not looked at. */
export function keyReader(columns: readonly Column[]): (row: number) => Key {
  const keys = columns.map(keyColumn);
  const [only] = keys;
  if (keys.length !== 1 || only!.layout === 'bytes') return (row) => rowKey(keys, row);
  const { values } = only!;
  return (row) => values[row]!;
}

/** A string that equal rows without NULLs, and only they, share. */
function rowKey(columns: readonly (FixedColumn | BytesColumn)[], row: number): string {
  if (columns.length === 1) return bytesKey(columns[0] as BytesColumn, row);
  return columns
    .map((column) =>
      column.layout === 'bytes' ? lengthFirst(bytesKey(column, row)) : `${column.values[row]};`,
    )
    .join('');
}

const lengthFirst = (key: string): string => `${key.length}:${key}`;

/** latin1 keeps every byte as one character. */
function bytesKey({ bytes, offsets }: BytesColumn, row: number): string {
  return bytes.toString('latin1', offsets[row], offsets[row + 1]);
}
