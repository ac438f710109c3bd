// pretty-output.ts — tables of text for people: PrettyCompact, Pretty and PrettySpace.
//
// Rows are kept until the end, so that one table has one width; at most MAX_ROWS of them are shown.
// Left out of what ClickHouse draws: colours, turning a wide table into the Vertical format, and tuples with names as JSON
// over several lines.

import stringWidth from 'string-width';
import type { Block, Column, NamedType } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { isComposite, withoutNullable } from '../types/data-type.ts';
import { textAt } from '../types/text.ts';
import type { OutputFormat } from './output-format.ts';

const MAX_ROWS = 1000;
/** From this many rows on, the names are repeated below. */
const FOOTER_MIN_ROWS = 50;

type PrettyStyle = 'compact' | 'grid' | 'space';

/** The value as people read it, NULL included. */
export function displayText(column: Column, row: number): string {
  return column.nulls && column.nulls[row] === 1 ? 'ᴺᵁᴸᴸ' : textAt(column, row);
}

export function prettyOutput(columns: readonly NamedType[], style: PrettyStyle): OutputFormat {
  const rows: string[][] = [];
  let rowCount = 0;
  return {
    contentType: 'text/plain; charset=UTF-8',
    start: () => '',
    block(block: Block) {
      const shown = Math.min(block.rowCount, MAX_ROWS - rows.length);
      for (let row = 0; row < shown; row++)
        rows.push(block.columns.map((column) => displayText(column, row)));
      rowCount += block.rowCount;
      return '';
    },
    end() {
      if (rowCount === 0) return '';
      const table = drawTable(columns, rows, style);
      return rowCount > rows.length ? `${table}Showed ${rows.length} out of ${rowCount} rows.\n` : table;
    },
  };
}

type Layout = {
  readonly names: readonly string[];
  readonly widths: readonly number[];
  readonly right: readonly boolean[];
};

function drawTable(
  columns: readonly NamedType[],
  rows: readonly (readonly string[])[],
  style: PrettyStyle,
): string {
  const cells = rows.map((row) => row.map((text) => text.split('\n')));
  const layout: Layout = {
    names: columns.map(({ name }) => name),
    widths: columns.map(({ name }, i) =>
      Math.max(stringWidth(name), ...cells.map((row) => cellWidth(row[i]!))),
    ),
    right: columns.map(({ type }) => alignsRight(type)),
  };
  const indent = String(rows.length).length + 2;
  const body = cells.map((row, n) => drawRow(row, layout, style, `${n + 1}. `.padStart(indent)));
  const separator = style === 'grid' ? line(layout, ' '.repeat(indent), '├', '─', '┼', '┤') : '';
  const footer = rows.length >= FOOTER_MIN_ROWS;
  return (
    head(layout, style, ' '.repeat(indent)) +
    body.join(separator) +
    foot(layout, style, ' '.repeat(indent), footer)
  );
}

/** Numbers, booleans and dates. */
function alignsRight(type: DataType): boolean {
  const { kind } = withoutNullable(type);
  return (
    !isComposite(type) &&
    kind !== 'String' &&
    kind !== 'FixedString' &&
    kind !== 'UUID' &&
    kind !== 'IPv4' &&
    kind !== 'IPv6' &&
    kind !== 'Enum8' &&
    kind !== 'Enum16' &&
    kind !== 'Nothing'
  );
}

function cellWidth(lines: readonly string[]): number {
  return Math.max(...lines.map((text) => stringWidth(text)));
}

function pad(text: string, width: number, right: boolean, fill = ' '): string {
  const padding = fill.repeat(Math.max(0, width - stringWidth(text)));
  return right ? padding + text : text + padding;
}

/** One line of each text after the other: ↴ in a cell's padding says that its text goes on, ↳ that it does so here. */
function drawRow(
  row: readonly (readonly string[])[],
  { widths, right }: Layout,
  style: PrettyStyle,
  number: string,
): string {
  const height = Math.max(...row.map((lines) => lines.length));
  let drawn = '';
  for (let n = 0; n < height; n++) {
    const cells = row.map((lines, i) => {
      const before = n > 0 && n < lines.length ? '↳' : ' ';
      const after = n < lines.length - 1 ? '↴' : ' ';
      return before + pad(lines[n] ?? '', widths[i]!, right[i]!) + after;
    });
    const start = n === 0 ? number : ' '.repeat(number.length);
    drawn += style === 'space' ? `${start}${cells.join(' ')}\n` : `${start}│${cells.join('│')}│\n`;
  }
  return drawn;
}

function line(
  { widths }: Layout,
  indent: string,
  left: string,
  fill: string,
  middle: string,
  right: string,
): string {
  return `${indent}${left}${widths.map((width) => fill.repeat(width + 2)).join(middle)}${right}\n`;
}

/** The names inside a line: `┌─id─┬─name─┐`. */
function nameLine(
  { names, widths, right }: Layout,
  indent: string,
  left: string,
  middle: string,
  end: string,
): string {
  return `${indent}${left}─${names.map((name, i) => pad(name, widths[i]!, right[i]!, '─')).join(`─${middle}─`)}─${end}\n`;
}

/** The names between bars. */
function nameRow({ names, widths, right }: Layout, indent: string, bar: string): string {
  return `${indent}${bar} ${names.map((name, i) => pad(name, widths[i]!, right[i]!)).join(` ${bar} `)} ${bar}\n`;
}

/** The names alone, without the blanks that would end the line. */
function bareNames({ names, widths, right }: Layout, indent: string): string {
  return `${`${indent} ${names.map((name, i) => pad(name, widths[i]!, right[i]!)).join('   ')}`.trimEnd()}\n`;
}

function head(layout: Layout, style: PrettyStyle, indent: string): string {
  switch (style) {
    case 'compact':
      return nameLine(layout, indent, '┌', '┬', '┐');
    case 'grid':
      return (
        line(layout, indent, '┏', '━', '┳', '┓') +
        nameRow(layout, indent, '┃') +
        line(layout, indent, '┡', '━', '╇', '┩')
      );
    case 'space':
      return `${bareNames(layout, indent)}\n`;
  }
}

function foot(layout: Layout, style: PrettyStyle, indent: string, names: boolean): string {
  switch (style) {
    case 'compact':
      return names ? nameLine(layout, indent, '└', '┴', '┘') : line(layout, indent, '└', '─', '┴', '┘');
    case 'grid':
      if (!names) return line(layout, indent, '└', '─', '┴', '┘');
      return (
        line(layout, indent, '┢', '━', '╈', '┪') +
        nameRow(layout, indent, '┃') +
        line(layout, indent, '┗', '━', '┻', '┛')
      );
    case 'space':
      return names ? `\n${bareNames(layout, indent)}\n` : '';
  }
}
