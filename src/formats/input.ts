// input.ts — the formats that data can be read from. All or nothing: one bad row refuses the whole data.

import { WinnowError } from '../base/errors.ts';
import type { NamedType } from '../types/column.ts';
import { readCsv } from './csv-input.ts';
import type { InputBlock } from './input-rows.ts';
import { InputRows } from './input-rows.ts';
import { readJsonCompactEachRow, readJsonEachRow } from './json-input.ts';
import { formatAliases, unknownFormat } from './output.ts';
import { readTabSeparated } from './tab-separated-input.ts';

export type { InputBlock } from './input-rows.ts';

export type InputOptions = {
  /** input_format_skip_unknown_fields: else a field that no column has is an error. */
  readonly skipUnknownFields: boolean;
};

type ReadRows = (data: Buffer, rows: InputRows, skipUnknownFields: boolean) => void;

const formats: Readonly<Record<string, ReadRows>> = {
  JSONEachRow: readJsonEachRow,
  JSONCompactEachRow: (data, rows, skip) => readJsonCompactEachRow(data, rows, 'none', skip),
  JSONCompactEachRowWithNames: (data, rows, skip) => readJsonCompactEachRow(data, rows, 'names', skip),
  JSONCompactEachRowWithNamesAndTypes: (data, rows, skip) =>
    readJsonCompactEachRow(data, rows, 'names and types', skip),
  TabSeparated: (data, rows, skip) => readTabSeparated(data, rows, 'none', skip),
  TabSeparatedWithNames: (data, rows, skip) => readTabSeparated(data, rows, 'names', skip),
  TabSeparatedWithNamesAndTypes: (data, rows, skip) => readTabSeparated(data, rows, 'names and types', skip),
  CSV: (data, rows, skip) => readCsv(data, rows, 'none', skip),
  CSVWithNames: (data, rows, skip) => readCsv(data, rows, 'names', skip),
  CSVWithNamesAndTypes: (data, rows, skip) => readCsv(data, rows, 'names and types', skip),
};

/** Names of all formats that can be read, aliases included. Values is read by the SQL parser. */
export const inputFormatNames: readonly string[] = [
  ...Object.keys(formats),
  ...Object.keys(formatAliases).filter((alias) => Object.hasOwn(formats, formatAliases[alias]!)),
];

const inputFormats = new Map(inputFormatNames.map((name) => [name, formats[formatAliases[name] ?? name]!]));

export function isInputFormat(name: string): boolean {
  return inputFormats.has(name);
}

/**
 * The rows in `data`, in the order of `columns`; `missing` marks the values that the data does not give and that DEFAULT
 * expressions may fill. Errors name row and column: UNKNOWN_FORMAT, CANNOT_PARSE_INPUT_ASSERTION_FAILED,
 * CANNOT_PARSE_QUOTED_STRING, INCORRECT_DATA, and those of the values.
 */
export function readInput(
  format: string,
  data: Uint8Array,
  columns: readonly NamedType[],
  options: InputOptions,
): InputBlock {
  const read = inputFormats.get(format);
  if (!read) throw unknownFormat(format, 'input', inputFormatNames);
  const rows = new InputRows(columns);
  try {
    read(withoutByteOrderMark(data), rows, options.skipUnknownFields);
  } catch (error) {
    throw error instanceof WinnowError ? rows.locate(error) : error;
  }
  return rows.finish();
}

function withoutByteOrderMark(data: Uint8Array): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
