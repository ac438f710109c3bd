// delimited-input.ts — TabSeparated and CSV, block by block: kernels split the text and read the common forms of values.
//
// Keeps true: rows, and errors with their places, are those that the format's `readRows` gives, value by value; it reads
// every run of rows that the kernels and `cellAppender` do not.

import { WinnowError } from '../base/errors.ts';
import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { NamedType } from '../types/column.ts';
import { cellColumn, type Cells } from './cell-columns.ts';
import type { Header } from './delimited-output.ts';
import { type ColumnOrder, columnOrder, type InputBlock, InputRows } from './input-rows.ts';

export type DelimitedFormat = {
  readonly split: 'splitTabSeparated' | 'splitCsv';
  /** What escapes within a value: a backslash, or a double quote. */
  readonly escape: number;
  /** A tuple stands there as several values, one for each element. */
  readonly spreadsTuples: boolean;
  /** The header's names and types, and where the rows begin. */
  readonly readHeader: (data: Buffer, header: Header) => HeaderLines;
  /** Appends all rows. */
  readonly readRows: (data: Buffer, rows: InputRows, order: ColumnOrder) => void;
  /** A value without what escapes in it. */
  readonly unescaped: (cell: Buffer, type: NamedType['type']) => Buffer;
};

export type HeaderLines = {
  readonly names: readonly string[] | undefined;
  readonly types: readonly string[] | undefined;
  readonly end: number;
};

/** Text that is split at once; longer rows make it more. */
const PIECE_BYTES = 1_048_576;
const MAX_ROWS = 16_384;
const MAX_CELLS = 1_048_576;

/** Each block is lent until the next; `pieceBytes` of the text are split at once. Errors: those of the header, the rows and the values, with their places. */
export function* readDelimited(
  format: DelimitedFormat,
  data: Buffer,
  columns: readonly NamedType[],
  {
    header,
    skipUnknownFields,
    rowsBefore,
  }: {
    readonly header: Header;
    readonly skipUnknownFields: boolean;
    readonly rowsBefore?: number | undefined;
  },
  pieceBytes = PIECE_BYTES,
): Generator<InputBlock> {
  const { order, end } = new InputRows(columns).located(() => {
    const { names, types, end: headerEnd } = format.readHeader(data, header);
    return { order: columnOrder(columns, names, types, skipUnknownFields), end: headerEnd };
  });
  const reader = new PieceReader(format, columns, order, rowsBefore);
  if (format.spreadsTuples && columns.some(({ type }) => type.kind === 'Tuple'))
    return yield reader.readSlowly(data.subarray(end));
  try {
    let wantedBytes = pieceBytes;
    for (let at = end; at < data.length;) {
      const { block, sizeBytes } = reader.read(data.subarray(at), wantedBytes);
      at += sizeBytes;
      if (block) yield block;
      wantedBytes = sizeBytes === 0 ? 2 * wantedBytes : pieceBytes;
    }
  } finally {
    reader.release();
  }
}

class PieceReader {
  readonly #format: DelimitedFormat;
  readonly #columns: readonly NamedType[];
  readonly #order: ColumnOrder;
  /** Of one block. */
  readonly #arena = new Arena();
  /** Rows of the data so far. */
  #rowCount: number;

  constructor(format: DelimitedFormat, columns: readonly NamedType[], order: ColumnOrder, rowsBefore = 0) {
    this.#rowCount = rowsBefore;
    this.#format = format;
    this.#columns = columns;
    this.#order = order;
  }

  /** The whole rows in the first `pieceBytes` of the text, and the bytes they take; none when not even one ends there. */
  read(text: Buffer, pieceBytes: number): { block: InputBlock | undefined; sizeBytes: number } {
    const { cells, sizeBytes, isMalformed } = this.#split(
      text.subarray(0, pieceBytes),
      pieceBytes >= text.length,
    );
    if (cells.rowCount === 0) {
      if (!isMalformed) return { block: undefined, sizeBytes: 0 };
      return { block: this.readSlowly(text), sizeBytes: text.length };
    }
    const block = this.#readCells(cells) ?? this.readSlowly(text.subarray(0, sizeBytes));
    this.#rowCount += block.rowCount;
    return { block, sizeBytes };
  }

  /** All rows of the text, value by value. */
  readSlowly(text: Buffer): InputBlock {
    const rows = new InputRows(this.#columns, this.#rowCount);
    return rows.readAll(() => this.#format.readRows(text, rows, this.#order));
  }

  release(): void {
    this.#arena.release();
  }

  #split(piece: Buffer, isLast: boolean): { cells: Cells; sizeBytes: number; isMalformed: boolean } {
    const columnCount = this.#order.order.length;
    const stride = Math.min(MAX_ROWS, piece.length, Math.ceil(MAX_CELLS / columnCount));
    this.#arena.rewind();
    const text = this.#arena.take(piece);
    const pointer = this.#arena.allocate(9 * columnCount * stride);
    const progress = this.#arena.u32(2);
    const rowCount = kernelRuntime().kernels[this.#format.split](
      text.byteOffset,
      text.length,
      isLast ? 1 : 0,
      columnCount,
      stride,
      pointer,
      progress.byteOffset,
    );
    const cells = { text, pointer, cellCount: columnCount * stride, stride, rowCount };
    return { cells, sizeBytes: progress[0]!, isMalformed: progress[1] === 1 };
  }

  /** Undefined when a value is wrong. */
  #readCells(cells: Cells): InputBlock | undefined {
    try {
      const read = this.#columns.map(({ type }, column) =>
        cellColumn(type, cells, this.#order.order.indexOf(column), this.#format, this.#arena),
      );
      return {
        rowCount: cells.rowCount,
        columns: read.map(({ column }) => column),
        missing: read.map(({ missing }) => missing),
      };
    } catch (error) {
      if (error instanceof WinnowError) return undefined;
      throw error;
    }
  }
}
