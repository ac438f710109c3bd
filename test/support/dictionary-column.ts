// dictionary-column.ts — LowCardinality columns as scans of parts deliver them: by codes.

import type { BytesColumn, Column } from '../../src/types/column.ts';
import { isNullable } from '../../src/types/data-type.ts';
import { columnOf, valueAt } from '../../src/types/value.ts';

/**
 * The column with a dictionary of its values, if it is LowCardinality; any other column itself. Values lie in the
 * dictionary in an order that depends on `seed`, and some of them twice.
 */
export function asDictionary(column: Column, seed = 0): Column {
  if (column.type.kind !== 'LowCardinality' || column.layout === 'dictionary') return column;
  const { type, rowCount } = column;
  const values = Array.from({ length: rowCount }, (_, row) => valueAt(column, row));
  const different = [...new Set(values)].filter((value) => value !== null);
  const turned = different.map((_, i) => different[(i + seed) % different.length]!);
  const dictionary = [...(isNullable(type) ? [null] : []), ...turned, ...turned.slice(0, seed % 3)];
  const codes = values.map((value, row) =>
    row % 2 === 0 ? dictionary.indexOf(value) : dictionary.lastIndexOf(value),
  );
  const Codes = [Uint8Array, Uint16Array, Uint32Array][dictionary.length > 256 ? 1 + (seed % 2) : seed % 3]!;
  return {
    layout: 'dictionary',
    type,
    rowCount,
    codes: Codes.from(codes),
    dictionary: columnOf(type.inner, dictionary) as BytesColumn,
    nulls: undefined,
  };
}
