// sparse-reader.ts — columns of which only the values that are not the default are stored, with where they stand.
//
// Keeps true: every row has one of the values or the default, which is 0, no text, or NULL.

import { CorruptionError } from '../base/errors.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { relabelled } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { createColumnBuilder, defaultRow } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import { takeColumnTo } from '../types/gather.ts';
import type { ColumnReader, RowRange } from './column-reader.ts';
import { type ChosenRows, gatherSources } from './gather-sources.ts';
import type { Extent, StreamReader } from './stream-reader.ts';

export class SparseReader implements ColumnReader {
  readonly #type: DataType;
  readonly #positions: StreamReader;
  readonly #values: ColumnReader;

  /** `values` reads those that are stored: of the type inside when `type` is Nullable. */
  constructor(type: DataType, positions: StreamReader, values: ColumnReader) {
    this.#type = type;
    this.#positions = positions;
    this.#values = values;
  }

  read({ start, end, rowCount }: RowRange, arena: Arena): Column {
    const extent = this.#positions.load(start, end);
    const chosen = { sources: arena.u16(rowCount), rows: arena.u32(rowCount) };
    const { sizeBytes, valueCount } = scanSparse(this.#positions.path, extent, rowCount, chosen);
    if (sizeBytes !== extent.sizeBytes)
      throw new CorruptionError(this.#positions.path, `positions in ${rowCount} rows`, 'more');
    const values = this.#values.read({ start, end, rowCount: valueCount }, arena);
    const ofType =
      this.#type.kind === 'Nullable' ? relabelled(values, this.#type, arena.u8(valueCount).fill(0)) : values;
    return gatherSources([takeColumnTo(sparseDefault(this.#type), arena), ofType], chosen, arena);
  }

  close(): void {
    this.#positions.close();
    this.#values.close();
  }
}

/** Positions of the values in rows, which begin the extent; with `chosen`, also which row has which. */
export function scanSparse(
  file: string,
  { pointer, sizeBytes }: Extent,
  rowCount: number,
  chosen?: ChosenRows,
): { sizeBytes: number; valueCount: number } {
  const targets = [chosen?.sources.byteOffset ?? 0, chosen?.rows.byteOffset ?? 0] as const;
  const scanned = kernelRuntime().kernels.sparseRows(pointer, sizeBytes, rowCount, ...targets);
  if (scanned < 0n) throw new CorruptionError(file, `positions of values in ${rowCount} rows`, 'others');
  return { sizeBytes: Number(scanned >> 32n), valueCount: Number(scanned & 0xffff_ffffn) };
}

/** Of an enum it is the number 0, whatever that names. */
function sparseDefault(type: DataType): Column {
  if (!type.kind.startsWith('Enum')) return defaultRow(type);
  const builder = createColumnBuilder(type, 1);
  builder.appendNumber(0);
  return builder.finish();
}
