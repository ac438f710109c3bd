// vertical-output.ts — one line per value, for wide rows read by people.

import stringWidth from 'string-width';
import type { NamedType } from '../types/column.ts';
import type { OutputFormat } from './output-format.ts';
import { displayText } from './pretty-output.ts';

/** Rows as `name: value` lines under `Row 1:`. ClickHouse's remarks on large numbers (`-- 1.23 million`) are left out. */
export function verticalOutput(columns: readonly NamedType[]): OutputFormat {
  const width = Math.max(0, ...columns.map(({ name }) => stringWidth(name)));
  const labels = columns.map(({ name }) => `${name}: ${' '.repeat(width - stringWidth(name))}`);
  let rowCount = 0;
  return {
    contentType: 'text/plain; charset=UTF-8',
    start: () => '',
    block(block) {
      let text = '';
      for (let row = 0; row < block.rowCount; row++) {
        text += `${rowCount > 0 ? '\n' : ''}Row ${++rowCount}:\n${underline(rowCount)}\n`;
        for (const [i, column] of block.columns.entries())
          text += `${labels[i]}${displayText(column, row)}\n`;
      }
      return text;
    },
    end: () => '',
  };
}

/** As wide as the title; from ClickHouse comes that 9, 99, … already have the width of the next power of ten. */
function underline(rowNumber: number): string {
  return '─'.repeat(`Row ${rowNumber + 1}:`.length);
}
