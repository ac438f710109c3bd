// tab-separated-input.ts — lines of values with tabs between them; \N is NULL, backslashes escape.

import { WinnowError } from '../base/errors.ts';
import { isComposite } from '../types/data-type.ts';
import type { DelimitedFormat } from './delimited-input.ts';
import type { InputRows } from './input-rows.ts';
import { foundAt, malformed } from './input-rows.ts';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;

export const tabSeparated: DelimitedFormat = {
  split: 'splitTabSeparated',
  escape: BACKSLASH,
  spreadsTuples: false,
  readHeader(data, header) {
    const lines = linesOf(data);
    const names = header === 'none' ? undefined : readHeaderLine(lines);
    const types = header === 'names and types' ? readHeaderLine(lines) : undefined;
    return { names, types, end: lines.at };
  },
  /** Errors: CANNOT_PARSE_INPUT_ASSERTION_FAILED, INCORRECT_DATA, those of values. */
  readRows(data, rows, { order, absent }) {
    const lines = linesOf(data);
    while (lines.at < data.length) {
      for (let i = 0; i < order.length; i++) readCell(lines, rows, order[i], i === order.length - 1);
      for (const column of absent) rows.appendMissing(column);
      rows.endRow();
    }
  },
  /** The escapes of an array are those of the strings inside it. */
  unescaped(cell, type) {
    if (isComposite(type)) return cell;
    const lines = linesOf(cell);
    unescape(lines, 0, cell.length);
    return lines.text.subarray(0, lines.length);
  },
};

const linesOf = (data: Buffer): Lines => ({ data, at: 0, text: Buffer.allocUnsafe(256), length: 0 });

/** Where the reader stands, and room for unescaped text. */
type Lines = { readonly data: Buffer; at: number; text: Buffer; length: number };

/** One value and the tab or line end after it; `column` undefined skips it. */
function readCell(lines: Lines, rows: InputRows, column: number | undefined, last: boolean): void {
  const { data } = lines;
  rows.column = column;
  const start = lines.at;
  let end = start;
  let escaped = false;
  for (; end < data.length; end++) {
    const byte = data[end];
    if (byte === TAB || byte === LINE_FEED) break;
    if (byte === BACKSLASH) {
      escaped = true;
      end++;
    }
  }
  if (end > data.length) throw malformed('the data ends after a backslash');
  checkDelimiter(data, start, end, last);
  lines.at = end + 1;
  if (column === undefined) return;
  const isNull = escaped && end - start === 2 && data[start + 1] === 0x4e;
  // The escapes of an array are those of the strings inside it.
  if (!escaped || (!isNull && isComposite(rows.columns[column]!.type)))
    return rows.cells[column]!(data, start, end);
  if (isNull) return rows.appendNull(column);
  unescape(lines, start, end);
  rows.cells[column]!(lines.text, 0, lines.length);
}

function checkDelimiter(data: Buffer, start: number, end: number, last: boolean): void {
  const delimiter = data[end];
  if (last && delimiter === TAB)
    throw malformed(`the row has more columns than expected: found ${foundAt(data, end)}`);
  if (!last && delimiter !== TAB)
    throw malformed(`the row ends before its last column: found ${foundAt(data, end)}`);
  if (last && end > start && data[end - 1] === CARRIAGE_RETURN) {
    throw new WinnowError('INCORRECT_DATA', 'the line ends with a carriage return', {
      hint: 'TabSeparated takes line feeds alone; a carriage return inside a value is written \\r.',
    });
  }
}

function readHeaderLine(lines: Lines): string[] {
  const { data } = lines;
  const found = data.indexOf(LINE_FEED, lines.at);
  const end = found < 0 ? data.length : found;
  if (lines.at >= data.length) throw malformed('the header line is missing');
  const names: string[] = [];
  for (let start = lines.at; start <= end;) {
    const tab = data.subarray(0, end).indexOf(TAB, start);
    const nameEnd = tab < 0 ? end : tab;
    unescape(lines, start, nameEnd);
    names.push(lines.text.toString('utf8', 0, lines.length));
    start = nameEnd + 1;
  }
  lines.at = end + 1;
  return names;
}

const escapes = new Map(
  [...'bfnrt0av'].map((char, i) => [char.charCodeAt(0), [8, 12, 10, 13, 9, 0, 7, 11][i]!]),
);

/** data[start .. end) without its backslashes, as lines.text[0 .. lines.length). An unknown escape stands for itself. */
function unescape(lines: Lines, start: number, end: number): void {
  if (lines.text.length < end - start) lines.text = Buffer.allocUnsafe(2 * (end - start));
  const { data, text } = lines;
  let length = 0;
  for (let i = start; i < end; i++) {
    const byte = data[i]!;
    if (byte !== BACKSLASH) {
      text[length++] = byte;
      continue;
    }
    const char = data[++i]!;
    text[length++] = escapes.get(char) ?? char;
  }
  lines.length = length;
}
