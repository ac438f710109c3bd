// flights-file.ts — reads the flights from the Parquet file of the package `vega-datasets`, as Blocks.
//
// The file has five columns: date (text MMDDhhmm, of 2001, ascending), delay, distance, origin, destination.
// A flight's id is its row number in the file, from 0. `cancelled` is not in the file: it is false here.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from 'hyparquet';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { assert, must } from '../../src/base/assert.ts';
import type { Block, BytesColumn, FixedColumn, FixedValues } from '../../src/types/column.ts';
import { sliceBlock } from '../../src/types/block.ts';
import type { DataType } from '../../src/types/data-type.ts';
import { flightColumns } from './schema.ts';

export type FlightsFile = {
  readonly path: string;
  /** Flights to use: the whole file, or its first `--rows`. */
  readonly rowCount: number;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
};

/** A file column of some rows, as the Parquet library hands it out: each begins at the page that holds the first row. */
type RawColumn = { readonly firstRow: number; readonly values: readonly (string | bigint)[] };

/** Opens the file; `rows` limits it to its first rows. */
export async function openFlightsFile(rows: number | undefined): Promise<FlightsFile> {
  const packageFile = createRequire(import.meta.url).resolve('vega-datasets/package.json');
  const path = join(dirname(packageFile), 'data', 'flights-3m.parquet');
  const buffer = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(buffer);
  return { path, rowCount: Math.min(Number(metadata.num_rows), rows ?? Infinity), buffer, metadata };
}

/** Flights [start, end) in the order of the file, one Block per row group touched. */
export async function* readFlights(file: FlightsFile, start: number, end: number): AsyncGenerator<Block> {
  let groupStart = 0;
  for (const group of file.metadata.row_groups) {
    const groupEnd = groupStart + Number(group.num_rows);
    const rowStart = Math.max(start, groupStart);
    const rowEnd = Math.min(end, groupEnd);
    if (rowStart < rowEnd) yield readGroup(file, rowStart, rowEnd);
    groupStart = groupEnd;
  }
}

/** As readFlights, in Blocks of at most `maxRows` rows. */
export async function* readFlightsInBlocks(
  file: FlightsFile,
  start: number,
  end: number,
  maxRows: number,
): AsyncGenerator<Block> {
  for await (const group of readFlights(file, start, end)) {
    for (let row = 0; row < group.rowCount; row += maxRows) {
      yield sliceBlock(group, row, Math.min(row + maxRows, group.rowCount));
    }
  }
}

/** Rows [rowStart, rowEnd), which lie in one row group. */
async function readGroup(file: FlightsFile, rowStart: number, rowEnd: number): Promise<Block> {
  const columns = new Map<string, RawColumn>();
  await parquetRead({
    file: file.buffer,
    metadata: file.metadata,
    compressors,
    rowStart,
    rowEnd,
    onChunk: (chunk) => {
      assert(!columns.has(chunk.columnName), 'a column of one row group arrives in one chunk');
      columns.set(chunk.columnName, {
        firstRow: chunk.rowStart,
        values: chunk.columnData as unknown as RawColumn['values'],
      });
    },
  });
  return toBlock(columns, rowStart, rowEnd);
}

function toBlock(raw: ReadonlyMap<string, RawColumn>, rowStart: number, rowEnd: number): Block {
  const rowCount = rowEnd - rowStart;
  const column = (name: string): RawColumn['values'] => {
    const { firstRow, values } = must(raw.get(name), `the flights file has column ${name}`);
    return values.slice(rowStart - firstRow, rowEnd - firstRow);
  };
  const columns = [
    toFixed(
      0,
      Uint32Array.from({ length: rowCount }, (_, row) => rowStart + row),
    ),
    toFixed(1, Uint32Array.from(column('date') as readonly string[], parseFlightDate)),
    toFixed(2, Int16Array.from(column('delay'), Number)),
    toFixed(3, Uint16Array.from(column('distance'), Number)),
    toBytes(4, column('origin') as readonly string[]),
    toBytes(5, column('destination') as readonly string[]),
    toFixed(6, new Uint8Array(rowCount)),
  ];
  return { rowCount, columns };
}

/** `values` as column `index` of the flights. */
function toFixed(index: number, values: FixedValues): FixedColumn {
  return { layout: 'fixed', type: typeOf(index), rowCount: values.length, values, nulls: undefined };
}

const typeOf = (index: number): DataType => must(flightColumns[index], 'a column of the flights').type;

/** Seconds since 1970 at which each month of 2001 begins, by its number. */
const monthStarts = Array.from({ length: 13 }, (_, month) => Date.UTC(2001, month - 1) / 1000);

/** Seconds since 1970 (UTC) of a time in 2001 given as MMDDhhmm. */
export function parseFlightDate(text: string): number {
  const pair = (at: number): number => 10 * text.charCodeAt(at) + text.charCodeAt(at + 1) - 11 * 48;
  return monthStarts[pair(0)]! + (pair(2) - 1) * 86_400 + pair(4) * 3_600 + pair(6) * 60;
}

/** `texts` as column `index` of the flights. */
function toBytes(index: number, texts: readonly string[]): BytesColumn {
  const offsets = new Uint32Array(texts.length + 1);
  const joined = texts.join('');
  const bytes = Buffer.from(joined);
  // Airport codes are ASCII: a text is as many bytes as it is long.
  const isAscii = bytes.length === joined.length;
  let offset = 0;
  for (let row = 0; row < texts.length; row++) {
    offset += isAscii ? texts[row]!.length : Buffer.byteLength(texts[row]!);
    offsets[row + 1] = offset;
  }
  return { layout: 'bytes', type: typeOf(index), rowCount: texts.length, offsets, bytes, nulls: undefined };
}
