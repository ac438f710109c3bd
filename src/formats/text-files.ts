// text-files.ts — files of CSV, TabSeparated and JSON lines, piece by piece: where their records end, and of which types
// their columns are.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { OpenFile } from '../io/ports.ts';
import type { NamedType } from '../types/column.ts';
import { inferNumber, type Inferred, inferText, inferTime, merged, typeOf } from './infer-types.ts';

export type TextFormat = 'CSV' | 'TabSeparated' | 'JSONEachRow';

/** Records by which types are found, as in ClickHouse; and bytes. */
const MAX_INFER_RECORDS = 25_000;
const MAX_INFER_BYTES = 33_554_432;
const PIECE_BYTES = 4_194_304;
const MAX_RECORD_BYTES = 1_073_741_824;

export type TextSchema = {
  readonly columns: readonly NamedType[];
  /** Where the first record begins, behind a line of names. */
  readonly start: number;
};

/** Pieces of whole records from `start` on, in memory of their own. Errors: those of the disk; INCORRECT_DATA of a record without end. */
export function* recordPieces(
  file: OpenFile,
  path: string,
  format: TextFormat,
  start: number,
): Generator<Buffer> {
  let pieceBytes = PIECE_BYTES;
  for (let at = start; at < file.sizeBytes;) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, file.sizeBytes - at));
    if (file.readInto(piece, at) < piece.length)
      throw new CorruptionError(path, `${file.sizeBytes} bytes`, 'fewer');
    const isLast = at + piece.length === file.sizeBytes;
    const end = isLast ? piece.length : recordsEnd(piece, format);
    if (end === 0 && pieceBytes >= MAX_RECORD_BYTES)
      throw new WinnowError('INCORRECT_DATA', `${path}: the record at byte ${at} does not end`);
    if (end > 0) yield piece.subarray(0, end);
    pieceBytes = end === 0 ? pieceBytes * 2 : PIECE_BYTES;
    at += end;
  }
}

/** Behind the last line feed that ends a record; only in CSV one can stand within a value. */
function recordsEnd(piece: Buffer, format: TextFormat): number {
  if (format !== 'CSV') return piece.lastIndexOf(0x0a) + 1;
  let end = 0;
  for (let at = 0; at < piece.length; at = end) {
    const next = csvRecordEnd(piece, at);
    if (next === undefined) break;
    end = next;
  }
  return end;
}

/** Behind the line feed that ends the record at `at`; undefined when it goes on behind the bytes. */
function csvRecordEnd(bytes: Buffer, at: number): number | undefined {
  for (let cell = at; cell < bytes.length;) {
    let from = cell;
    while (bytes[from] === 0x20) from++;
    // A quote within a value in quotes is doubled: the value ends at one that no other follows.
    if (bytes[from] === 0x22) {
      for (from++; ; from += 2) {
        from = bytes.indexOf(0x22, from);
        if (from < 0) return undefined;
        if (bytes[from + 1] !== 0x22) break;
      }
    }
    const comma = bytes.indexOf(0x2c, from);
    const lineFeed = bytes.indexOf(0x0a, from);
    if (lineFeed < 0) return undefined;
    if (comma < 0 || lineFeed < comma) return lineFeed + 1;
    cell = comma + 1;
  }
  return undefined;
}

/** Errors: INCORRECT_DATA, naming the file and the record. */
export function inferSchema(file: OpenFile, path: string, format: TextFormat): TextSchema {
  const records: Buffer[] = [];
  let sizeBytes = 0;
  const bomBytes = startsWithMark(file) ? 3 : 0;
  for (const piece of recordPieces(file, path, format, bomBytes)) {
    for (let at = 0; at < piece.length && records.length < MAX_INFER_RECORDS;) {
      const end = (format === 'CSV' ? csvRecordEnd(piece, at) : piece.indexOf(0x0a, at) + 1) || piece.length;
      records.push(piece.subarray(at, end));
      at = end;
    }
    sizeBytes += piece.length;
    if (records.length >= MAX_INFER_RECORDS || sizeBytes >= MAX_INFER_BYTES) break;
  }
  if (records.length === 0) throw wrong(path, 'it has no rows, so that its columns are not known');
  if (format === 'JSONEachRow') return { columns: inferObjects(records, path), start: bomBytes };
  return inferCells(records, path, format, bomBytes);
}

function startsWithMark(file: OpenFile): boolean {
  const start = Buffer.alloc(3);
  return file.readInto(start, 0) === 3 && start.equals(Buffer.from([0xef, 0xbb, 0xbf]));
}

/** A first line of texts over a second one that has something else is one of names. */
function inferCells(
  records: readonly Buffer[],
  path: string,
  format: 'CSV' | 'TabSeparated',
  start: number,
): TextSchema {
  const cellsOf = format === 'CSV' ? csvCells : tabCells;
  const [first, second] = records.slice(0, 2).map(cellsOf) as [Cell[], Cell[] | undefined];
  const isText = ({ type }: Cell): boolean => type === 'String';
  const hasNames =
    first.every(isText) &&
    second !== undefined &&
    second.some((cell) => !isText(cell) && cell.type !== 'nothing');
  const types: Inferred[] = (hasNames ? second : first).map(() => 'nothing');
  for (const [i, record] of records.entries()) {
    if (i === 0 && hasNames) continue;
    const cells = cellsOf(record);
    if (cells.length !== types.length)
      throw wrong(path, `record ${i + 1} has ${cells.length} values, the ones before ${types.length}`);
    for (const [column, { type }] of cells.entries()) types[column] = merged(types[column]!, type, false);
  }
  const names = hasNames ? first.map(({ text }) => text) : types.map((_, i) => `c${i + 1}`);
  if (names.length !== types.length)
    throw wrong(path, `it has ${names.length} names for ${types.length} columns`);
  const columns = names.map((name, i) => ({ name, type: typeOf(types[i]!) }));
  requireDistinct(columns, path);
  return { columns, start: start + (hasNames ? records[0]!.length : 0) };
}

type Cell = { readonly text: string; readonly type: Inferred };

function csvCells(record: Buffer): Cell[] {
  const line = record.toString().replace(/\r?\n$/, '');
  const cells: Cell[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"[^,]*|([^,]*))(,|$)/gy;
  for (let match = pattern.exec(line); match; match = pattern.exec(line)) {
    const [, quoted, plain = '', delimiter] = match;
    const text = quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"');
    const isMissing = quoted === undefined && (text === '' || text === '\\N');
    cells.push({
      text,
      type: isMissing ? 'nothing' : quoted === undefined ? inferText(text) : inferTime(text),
    });
    if (delimiter === '') break;
  }
  return cells;
}

function tabCells(record: Buffer): Cell[] {
  const line = record.toString().replace(/\r?\n$/, '');
  return line.split('\t').map((text) => ({
    text: text.replace(/\\([tn\\])/g, (_, escaped) => ({ t: '\t', n: '\n' })[escaped as string] ?? '\\'),
    type: text === '\\N' ? 'nothing' : inferText(text),
  }));
}

/** Columns in the order in which they come first. */
function inferObjects(records: readonly Buffer[], path: string): readonly NamedType[] {
  const columns = new Map<string, Inferred>();
  for (const [i, record] of records.entries()) {
    const text = record.toString().trim();
    if (text === '') continue;
    for (const [name, value] of Object.entries(objectIn(text, path, i)))
      columns.set(name, merged(columns.get(name) ?? 'nothing', inferJson(value), true));
  }
  return [...columns].map(([name, type]) => ({ name, type: typeOf(type) }));
}

/** Numbers stay the texts they are, behind a mark that no text has. */
const NUMBER_MARK = '\u0000';

function objectIn(text: string, path: string, index: number): Record<string, unknown> {
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') ? token : `"\\u0000${token}"`,
  );
  try {
    const value = JSON.parse(marked) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw wrong(path, `record ${index + 1} is not an object on a line of its own`);
}

function inferJson(value: unknown): Inferred {
  if (value === null) return 'nothing';
  if (typeof value === 'boolean') return 'Bool';
  if (Array.isArray(value))
    return { elements: value.map(inferJson).reduce((a, b) => merged(a, b, true), 'nothing') };
  if (typeof value === 'object')
    return { fields: new Map(Object.entries(value).map(([name, field]) => [name, inferJson(field)])) };
  // Numbers are texts here, and nothing else is left.
  const text = value as string;
  return text.startsWith(NUMBER_MARK) ? (inferNumber(text.slice(1)) ?? 'Float64') : inferTime(text);
}

function requireDistinct(columns: readonly NamedType[], path: string): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw wrong(path, `two columns have the name ${name}`);
    seen.add(name);
  }
}

function wrong(path: string, what: string): WinnowError {
  return new WinnowError('INCORRECT_DATA', `${path}: ${what}`);
}
