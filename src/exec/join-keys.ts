// join-keys.ts — which rows have keys that can be equal to any: those without NULL.

import type { Column } from '../types/column.ts';

/** 1 for each row in which one of the columns is NULL; undefined when none can be. */
export function nullMask(columns: readonly Column[], rowCount: number): Uint8Array | undefined {
  const nullable = columns.filter(mayBeNull);
  if (nullable.length === 0) return undefined;
  const mask = new Uint8Array(rowCount);
  for (const column of nullable) {
    if (column.layout === 'dictionary') {
      const { nulls } = column.dictionary;
      for (let row = 0; row < rowCount; row++) mask[row]! |= nulls![column.codes[row]!]!;
    } else for (let row = 0; row < rowCount; row++) mask[row]! |= column.nulls![row]!;
  }
  return mask;
}

function mayBeNull(column: Column): boolean {
  return column.layout === 'dictionary' ? column.dictionary.nulls !== undefined : column.nulls !== undefined;
}

export function* rowsWithoutNull(columns: readonly Column[], rowCount: number): Generator<number> {
  const nulls = nullMask(columns, rowCount);
  for (let row = 0; row < rowCount; row++) if (nulls?.[row] !== 1) yield row;
}
