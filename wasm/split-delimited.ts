// split-delimited.ts — where the values of TabSeparated and CSV begin and end; nothing is converted.
//
// Per value: start and end (u32 each) and a flag (u8), column by column; `stride` is the room for rows of a column.

import { ESCAPED, PLAIN } from './cells';

const TAB: u8 = 0x09;
const LINE_FEED: u8 = 0x0a;
const CARRIAGE_RETURN: u8 = 0x0d;
const BLANK: u8 = 0x20;
const QUOTE: u8 = 0x22;
const COMMA: u8 = 0x2c;
const CAPITAL_N: u8 = 0x4e;
const BACKSLASH: u8 = 0x5c;
const CARRIAGE_RETURN_LINE_FEED: u16 = 0x0a0d;

const NULL_MARK: u8 = 2;
const ABSENT: u8 = 3;

/** In place of where a row ends. */
const INCOMPLETE: usize = 0;
const MALFORMED: usize = 1;

/** See Kernels.splitTabSeparated. */
export function splitTabSeparated(
  text: usize,
  sizeBytes: u32,
  isLast: u32,
  columnCount: u32,
  stride: u32,
  cells: usize,
  progress: usize,
): u32 {
  return splitRows(false, text, sizeBytes, isLast, columnCount, stride, cells, progress);
}

/** See Kernels.splitCsv. */
export function splitCsv(
  text: usize,
  sizeBytes: u32,
  isLast: u32,
  columnCount: u32,
  stride: u32,
  cells: usize,
  progress: usize,
): u32 {
  return splitRows(true, text, sizeBytes, isLast, columnCount, stride, cells, progress);
}

function splitRows(
  isCsv: bool,
  text: usize,
  sizeBytes: u32,
  isLast: u32,
  columnCount: u32,
  stride: u32,
  cells: usize,
  progress: usize,
): u32 {
  const end = text + sizeBytes;
  let at = text;
  let next = at;
  let row: u32 = 0;
  for (; row < stride && at < end; row++) {
    next = isCsv
      ? csvRow(text, at, end, isLast, columnCount, stride, row, cells)
      : tabSeparatedRow(text, at, end, isLast, columnCount, stride, row, cells);
    if (next <= MALFORMED) break;
    at = next;
  }
  store<u32>(progress, <u32>(at - text));
  store<u32>(progress, next == MALFORMED ? 1 : 0, 4);
  return row;
}

/** Where the row ends, behind its line feed. */
function tabSeparatedRow(
  text: usize,
  from: usize,
  end: usize,
  isLast: u32,
  columnCount: u32,
  stride: u32,
  row: u32,
  cells: usize,
): usize {
  let at = from;
  for (let column: u32 = 0; column < columnCount; column++) {
    const start = at;
    let flag = PLAIN;
    while ((at = nextOf(at, end, TAB, LINE_FEED, BACKSLASH)) < end && load<u8>(at) == BACKSLASH) {
      flag = ESCAPED;
      at += 2;
    }
    const isLastColumn = column == columnCount - 1;
    if (at >= end) {
      if (isLast == 0) return INCOMPLETE;
      if (!isLastColumn || at > end) return MALFORMED;
    } else if ((load<u8>(at) == TAB) == isLastColumn) return MALFORMED;
    if (isLastColumn && at > start && load<u8>(at - 1) == CARRIAGE_RETURN) return MALFORMED;
    if (flag == ESCAPED && at - start == 2 && load<u8>(start, 1) == CAPITAL_N) flag = NULL_MARK;
    put(cells, columnCount * stride, column * stride + row, <u32>(start - text), <u32>(at - text), flag);
    at++;
  }
  return min(at, end);
}

/** Where the row ends, behind its line feed. */
function csvRow(
  text: usize,
  from: usize,
  end: usize,
  isLast: u32,
  columnCount: u32,
  stride: u32,
  row: u32,
  cells: usize,
): usize {
  const unfinished = isLast == 0 ? INCOMPLETE : MALFORMED;
  let at = from;
  for (let column: u32 = 0; column < columnCount; column++) {
    at = skipBlanks(at, end);
    let start = at;
    let valueEnd = at;
    let flag = PLAIN;
    if (at < end && load<u8>(at) == QUOTE) {
      start = ++at;
      while ((at = nextOf(at, end, QUOTE, QUOTE, QUOTE)) + 1 < end && load<u8>(at, 1) == QUOTE) {
        flag = ESCAPED;
        at += 2;
      }
      // The last byte that there is may be the first quote of two.
      if (at >= end || (at + 1 == end && isLast == 0)) return unfinished;
      valueEnd = at;
      at = skipBlanks(at + 1, end);
    } else {
      at = nextOf(at, end, COMMA, LINE_FEED, CARRIAGE_RETURN);
      valueEnd = at;
      while (valueEnd > start && isBlank(load<u8>(valueEnd - 1))) valueEnd--;
      flag = unquotedFlag(start, valueEnd);
    }
    const isLastColumn = column == columnCount - 1;
    if (isLast == 0 && at + 1 >= end && (at >= end || load<u8>(at) == CARRIAGE_RETURN)) return INCOMPLETE;
    if (isLastColumn && at + 1 < end && load<u16>(at) == CARRIAGE_RETURN_LINE_FEED) at++;
    if (at >= end ? !isLastColumn : load<u8>(at) != (isLastColumn ? LINE_FEED : COMMA)) return MALFORMED;
    put(
      cells,
      columnCount * stride,
      column * stride + row,
      <u32>(start - text),
      <u32>(valueEnd - text),
      flag,
    );
    at++;
  }
  return min(at, end);
}

function unquotedFlag(start: usize, end: usize): u8 {
  if (start == end) return ABSENT;
  const isNullMark = end - start == 2 && load<u8>(start) == BACKSLASH && load<u8>(start, 1) == CAPITAL_N;
  return isNullMark ? NULL_MARK : PLAIN;
}

/** The flags lie behind the ends, which lie behind the starts. */
function put(cells: usize, cellCount: u32, cell: u32, start: u32, end: u32, flag: u8): void {
  store<u32>(cells + ((<usize>cell) << 2), start);
  store<u32>(cells + ((<usize>(cellCount + cell)) << 2), end);
  store<u8>(cells + ((<usize>cellCount) << 3) + cell, flag);
}

function isBlank(byte: u8): bool {
  return byte == BLANK || byte == TAB;
}

function skipBlanks(at: usize, end: usize): usize {
  while (at < end && isBlank(load<u8>(at))) at++;
  return at;
}

/** The first of three bytes at or behind `at`; `end`, or further when `at` is, when there is none. */
function nextOf(at: usize, end: usize, a: u8, b: u8, c: u8): usize {
  const first = v128.splat<u8>(a);
  const second = v128.splat<u8>(b);
  const third = v128.splat<u8>(c);
  if (at >= end) return at;
  for (; at < end; at += 16) {
    const bytes = v128.load(at);
    const found = v128.or(
      v128.or(v128.eq<u8>(bytes, first), v128.eq<u8>(bytes, second)),
      v128.eq<u8>(bytes, third),
    );
    const hits = v128.bitmask<i8>(found);
    if (hits != 0) return min(end, at + ctz(hits));
  }
  return end;
}
