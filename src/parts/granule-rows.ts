// granule-rows.ts — how many rows of a block make a granule.

import type { Block, Column } from '../types/column.ts';
import { type DataType, withoutNullable } from '../types/data-type.ts';
import type { PartSettings } from './schema.ts';

/** ClickHouse's rule: `indexGranularity`, or fewer where rows are as wide as those of the block. */
export function granuleRowsFor(
  block: Block,
  {
    indexGranularity,
    indexGranularityBytes,
  }: Pick<PartSettings, 'indexGranularity' | 'indexGranularityBytes'>,
): number {
  if (indexGranularityBytes === 0) return indexGranularity;
  const sizeBytes = block.columns.reduce((total, column) => total + memoryBytes(column), 0);
  const rows =
    sizeBytes >= indexGranularityBytes
      ? block.rowCount / Math.floor(sizeBytes / indexGranularityBytes)
      : indexGranularityBytes / Math.max(1, Math.floor(sizeBytes / block.rowCount));
  return Math.min(indexGranularity, Math.max(1, Math.floor(rows)));
}

/** What ClickHouse's column of the same rows takes in its memory, where texts and arrays have offsets of 8 bytes. */
function memoryBytes(column: Column): number {
  const { rowCount, nulls } = column;
  const nullBytes = nulls ? rowCount : 0;
  switch (column.layout) {
    case 'fixed':
      return rowCount * column.values.BYTES_PER_ELEMENT + nullBytes;
    case 'bytes':
      return (column.offsets[rowCount] ?? 0) + (isOfText(column.type) ? 8 * rowCount : 0) + nullBytes;
    case 'array':
      return memoryBytes(column.elements) + 8 * rowCount;
    case 'tuple':
      return column.fields.reduce((total, field) => total + memoryBytes(field), 0);
    case 'dictionary':
      return rowCount * column.codes.BYTES_PER_ELEMENT + memoryBytes(column.dictionary);
  }
}

/** Not of a fixed number of bytes. */
const isOfText = (type: DataType): boolean => withoutNullable(type).kind === 'String';
