// csv-input.ts — lines of values with commas between them. A value may stand in double quotes, with "" for one of them;
// unquoted, \N is NULL and nothing at all is the column's default, as in ClickHouse.

import { TupleBuilder } from '../types/composite-builders.ts';
import type { DelimitedFormat } from './delimited-input.ts';
import { cellAppender } from './input-cells.ts';
import type { InputRows } from './input-rows.ts';
import { foundAt, malformed } from './input-rows.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;

export const csv: DelimitedFormat = {
  split: 'splitCsv',
  escape: QUOTE,
  spreadsTuples: true,
  readHeader(data, header) {
    const scan = scanOf(data);
    const names = header === 'none' ? undefined : readHeaderLine(scan);
    const types = header === 'names and types' ? readHeaderLine(scan) : undefined;
    return { names, types, end: scan.at };
  },
  /** Errors: CANNOT_PARSE_INPUT_ASSERTION_FAILED, INCORRECT_DATA, those of values. */
  readRows(data, rows, { order, absent }) {
    const scan = scanOf(data);
    while (scan.at < data.length) {
      for (let i = 0; i < order.length; i++) readCell(scan, rows, order[i], i === order.length - 1);
      for (const column of absent) rows.appendMissing(column);
      rows.endRow();
    }
  },
  unescaped: withSingleQuotes,
};

const scanOf = (data: Buffer): Scan => ({ data, at: 0, quoted: false, text: data, start: 0, end: 0 });

function withSingleQuotes(cell: Buffer): Buffer {
  return Buffer.from(cell.toString('latin1').replaceAll('""', '"'), 'latin1');
}

/** Where the reader stands; the value last read is text[start .. end). */
type Scan = { readonly data: Buffer; at: number; quoted: boolean; text: Buffer; start: number; end: number };

function readCell(scan: Scan, rows: InputRows, column: number | undefined, last: boolean): void {
  rows.column = column;
  const builder = column === undefined ? undefined : rows.builders[column];
  if (builder instanceof TupleBuilder) return readTuple(scan, builder, last);
  readValue(scan);
  readDelimiter(scan, last);
  if (column === undefined) return;
  const { text, start, end } = scan;
  if (scan.quoted) return rows.cells[column]!(text, start, end);
  if (start === end) return rows.appendMissing(column);
  if (isNullMark(scan)) return rows.appendNull(column);
  rows.cells[column]!(text, start, end);
}

/** A tuple is as many values as it has elements, as ClickHouse writes it. */
function readTuple(scan: Scan, builder: TupleBuilder, last: boolean): void {
  builder.fields.forEach((field, i) => {
    const lastField = last && i + 1 === builder.fields.length;
    if (field instanceof TupleBuilder) return readTuple(scan, field, lastField);
    readValue(scan);
    readDelimiter(scan, lastField);
    const { text, start, end } = scan;
    if (!scan.quoted && (start === end || isNullMark(scan))) field.appendDefault();
    else cellAppender(field)(text, start, end);
  });
  builder.endValue();
}

function isNullMark({ text, start, end }: Scan): boolean {
  return end - start === 2 && text[start] === 0x5c && text[start + 1] === 0x4e;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

function skipBlanks(scan: Scan): void {
  while (isBlank(scan.data[scan.at])) scan.at++;
}

/** One value, without the blanks around it. */
function readValue(scan: Scan): void {
  skipBlanks(scan);
  scan.quoted = scan.data[scan.at] === QUOTE;
  if (scan.quoted) return readQuoted(scan);
  const { data } = scan;
  scan.text = data;
  scan.start = scan.at;
  let end = scan.at;
  while (end < data.length && data[end] !== COMMA && data[end] !== LINE_FEED && data[end] !== CARRIAGE_RETURN)
    end++;
  scan.at = end;
  while (end > scan.start && isBlank(data[end - 1])) end--;
  scan.end = end;
}

function readQuoted(scan: Scan): void {
  const { data } = scan;
  const start = scan.at + 1;
  let end = start;
  let doubled = false;
  for (; ; end++) {
    end = data.indexOf(QUOTE, end);
    if (end < 0) throw malformed(`the quote is never closed: ${foundAt(data, scan.at)}`);
    if (data[end + 1] !== QUOTE) break;
    doubled = true;
    end++;
  }
  scan.at = end + 1;
  skipBlanks(scan);
  if (doubled) {
    scan.text = withSingleQuotes(data.subarray(start, end));
    scan.start = 0;
    scan.end = scan.text.length;
  } else {
    scan.text = data;
    scan.start = start;
    scan.end = end;
  }
}

/** The comma after a value, or the line end after the last one. */
function readDelimiter(scan: Scan, last: boolean): void {
  const { data } = scan;
  if (!last) {
    if (data[scan.at] !== COMMA) throw malformed(`expected a comma, found ${foundAt(data, scan.at)}`);
    scan.at++;
    return;
  }
  if (data[scan.at] === CARRIAGE_RETURN && data[scan.at + 1] === LINE_FEED) scan.at++;
  if (scan.at < data.length && data[scan.at] !== LINE_FEED) {
    throw malformed(`expected the end of the line, found ${foundAt(data, scan.at)}`);
  }
  scan.at++;
}

function readHeaderLine(scan: Scan): string[] {
  if (scan.at >= scan.data.length) throw malformed('the header line is missing');
  const names: string[] = [];
  do {
    readValue(scan);
    names.push(scan.text.toString('utf8', scan.start, scan.end));
  } while (scan.data[scan.at] === COMMA && scan.at++ >= 0);
  readDelimiter(scan, true);
  return names;
}
