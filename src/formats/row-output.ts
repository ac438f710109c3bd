// row-output.ts — formats that write row after row, value after value: what stands between them is data.

import { must } from '../base/assert.ts';
import type { Block } from '../types/column.ts';
import type { CellStyle, WriteCell } from './cell-style.ts';
import { cellWriter } from './cells.ts';
import type { OutputFormat, OutputSummary } from './output-format.ts';
import { OutputBuffer } from './output-buffer.ts';

type RowShape = {
  readonly contentType: string;
  readonly style: CellStyle;
  /** Before all rows. */
  readonly head: string;
  /** Before the value of each column. */
  readonly before: readonly string[];
  /** After the last value of a row. */
  readonly rowEnd: string;
  /** Between two rows. */
  readonly rowSeparator: string;
  /** After all rows. */
  readonly tail: (rowCount: number, summary: OutputSummary) => string;
};

export function rowOutput(shape: RowShape): OutputFormat {
  const out = new OutputBuffer();
  const before = shape.before.map((text) => Buffer.from(text));
  const rowEnd = Buffer.from(shape.rowEnd);
  const rowSeparator = Buffer.from(shape.rowSeparator);
  let rowCount = 0;

  function writeRow(cells: readonly WriteCell[], row: number): void {
    if (rowCount++ > 0) out.raw(rowSeparator, 0);
    for (let i = 0; i < cells.length; i++) {
      out.raw(before[i]!, 0);
      cells[i]!(row);
    }
    out.raw(rowEnd, 0);
  }

  return {
    contentType: shape.contentType,
    start: () => shape.head,
    block(block: Block) {
      const cells = before.map((_, i) =>
        cellWriter(out, must(block.columns[i], 'a block has all columns'), shape.style),
      );
      for (let row = 0; row < block.rowCount; row++) writeRow(cells, row);
      return out.take();
    },
    end: (summary) => shape.tail(rowCount, summary),
  };
}
