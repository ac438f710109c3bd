// json-input.ts — rows as JSON objects (JSONEachRow) or arrays (JSONCompactEachRow).

import { WinnowError } from '../base/errors.ts';
import type { Header } from './delimited-output.ts';
import type { InputRows } from './input-rows.ts';
import { columnOrder, foundAt, malformed, unknownField } from './input-rows.ts';
import { JsonScanner } from './json-scanner.ts';
import { jsonReader, type ReadJson } from './json-values.ts';

const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;

type Reading = {
  readonly scanner: JsonScanner;
  readonly rows: InputRows;
  /** By column. */
  readonly readers: readonly ReadJson[];
  readonly skipUnknownFields: boolean;
};

function startReading(data: Buffer, rows: InputRows, skipUnknownFields: boolean): Reading {
  return { scanner: new JsonScanner(data), rows, readers: rows.builders.map(jsonReader), skipUnknownFields };
}

/**
 * Reads objects with anything blank or one comma between them, or one array of objects. A field that a row lacks is
 * missing. Errors: CANNOT_PARSE_INPUT_ASSERTION_FAILED, CANNOT_PARSE_QUOTED_STRING, INCORRECT_DATA, those of values.
 */
export function readJsonEachRow(data: Buffer, rows: InputRows, skipUnknownFields: boolean): void {
  const reading = startReading(data, rows, skipUnknownFields);
  const { scanner } = reading;
  const fields = new FieldNames(rows);
  const inArray = scanner.accept(OPEN_BRACKET);
  const end = inArray ? CLOSE_BRACKET : undefined;
  for (let next = scanner.peek(); next !== end && next !== SEMICOLON; next = scanner.peek()) {
    readObject(reading, fields);
    const comma = scanner.accept(COMMA);
    if (inArray && !comma && scanner.peek() !== CLOSE_BRACKET)
      throw malformed(`expected ',' or ']', found ${foundAt(data, scanner.at)}`);
  }
  if (inArray) scanner.expect(']');
  expectEnd(scanner);
}

/** Arrays, one per row, perhaps after one of names and one of types. Errors: as `readJsonEachRow`. */
export function readJsonCompactEachRow(
  data: Buffer,
  rows: InputRows,
  header: Header,
  skipUnknownFields: boolean,
): void {
  const reading = startReading(data, rows, skipUnknownFields);
  const { scanner } = reading;
  const names = header === 'none' ? undefined : readStrings(scanner);
  const types = header === 'names and types' ? readStrings(scanner) : undefined;
  const { order, absent } = columnOrder(rows.columns, names, types, skipUnknownFields);
  for (let next = scanner.peek(); next !== undefined && next !== SEMICOLON; next = scanner.peek()) {
    scanner.expect('[');
    for (let i = 0; i < order.length; i++) {
      if (i > 0) scanner.expect(',');
      rows.column = order[i];
      if (rows.column === undefined) scanner.skipValue();
      else readValue(reading, rows.column);
    }
    scanner.expect(']');
    for (const column of absent) rows.appendMissing(column);
    rows.endRow();
    scanner.accept(COMMA);
  }
  expectEnd(scanner);
}

/** A semicolon may end the data of an INSERT. */
function expectEnd(scanner: JsonScanner): void {
  scanner.accept(SEMICOLON);
  if (scanner.peek() !== undefined)
    throw malformed(`expected the end of the data, found ${foundAt(scanner.data, scanner.at)}`);
}

function readStrings(scanner: JsonScanner): string[] {
  const strings: string[] = [];
  scanner.expect('[');
  do {
    scanner.string();
    strings.push(scanner.text.toString('utf8', scanner.start, scanner.end));
  } while (scanner.accept(COMMA));
  scanner.expect(']');
  return strings;
}

/** Finds columns by the bytes of their names; rows mostly name them in one order, so the next one is tried first. */
class FieldNames {
  private readonly names: readonly Buffer[];
  private readonly columns: ReadonlyMap<string, number>;
  private next = 0;

  constructor(rows: InputRows) {
    this.names = rows.columns.map(({ name }) => Buffer.from(name));
    this.columns = new Map(rows.columns.map(({ name }, i) => [name, i]));
  }

  find({ text, start, end }: JsonScanner): number | undefined {
    const expected = this.names[this.next];
    const column =
      expected && equalBytes(expected, text, start, end)
        ? this.next
        : this.columns.get(text.toString('utf8', start, end));
    if (column !== undefined) this.next = column + 1 === this.names.length ? 0 : column + 1;
    return column;
  }
}

function equalBytes(name: Buffer, text: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== text[start + i]) return false;
  return true;
}

function readObject(reading: Reading, fields: FieldNames): void {
  const { scanner, rows } = reading;
  scanner.expect('{');
  if (!scanner.accept(CLOSE_BRACE)) {
    do readField(reading, fields);
    while (scanner.accept(COMMA));
    scanner.expect('}');
  }
  for (let column = 0; column < rows.columns.length; column++)
    if (!rows.hasValue(column)) rows.appendMissing(column);
  rows.endRow();
}

function readField(reading: Reading, fields: FieldNames): void {
  const { scanner, rows } = reading;
  scanner.string();
  const column = fields.find(scanner);
  if (column === undefined) {
    if (!reading.skipUnknownFields)
      throw unknownField(scanner.text.toString('utf8', scanner.start, scanner.end));
    scanner.expect(':');
    return scanner.skipValue();
  }
  rows.column = column;
  if (rows.hasValue(column))
    throw new WinnowError('INCORRECT_DATA', `the row names field ${rows.columns[column]!.name} twice`);
  scanner.expect(':');
  readValue(reading, column);
  rows.column = undefined;
}

/** One value into its column. */
function readValue({ scanner, rows, readers }: Reading, column: number): void {
  if (scanner.peek() !== 0x6e) return readers[column]!(scanner);
  scanner.word('null');
  rows.appendNull(column);
}
