// input.ts — the formats that data can be read from. All or nothing: one bad row refuses the whole data.

import type { NamedType } from '../types/column.ts';
import { csv } from './csv-input.ts';
import { type DelimitedFormat, readDelimited } from './delimited-input.ts';
import type { Header } from './delimited-output.ts';
import type { InputBlock } from './input-rows.ts';
import { InputRows } from './input-rows.ts';
import { readJsonCompactEachRow, readJsonEachRow } from './json-input.ts';
import { formatAliases, unknownFormat } from './output.ts';
import { tabSeparated } from './tab-separated-input.ts';

export type { InputBlock } from './input-rows.ts';

export type InputOptions = {
  /** input_format_skip_unknown_fields: else a field that no column has is an error. */
  readonly skipUnknownFields: boolean;
  /** Rows of the data that were read before these, for the places of errors. */
  readonly rowsBefore?: number;
};

type ReadBlocks = (
  data: Buffer,
  columns: readonly NamedType[],
  options: InputOptions,
) => Iterable<InputBlock>;

const formats: Readonly<Record<string, ReadBlocks>> = {
  JSONEachRow: asOne(readJsonEachRow),
  JSONCompactEachRow: asOne((data, rows, skip) => readJsonCompactEachRow(data, rows, 'none', skip)),
  JSONCompactEachRowWithNames: asOne((data, rows, skip) => readJsonCompactEachRow(data, rows, 'names', skip)),
  JSONCompactEachRowWithNamesAndTypes: asOne((data, rows, skip) =>
    readJsonCompactEachRow(data, rows, 'names and types', skip),
  ),
  TabSeparated: delimited(tabSeparated, 'none'),
  TabSeparatedWithNames: delimited(tabSeparated, 'names'),
  TabSeparatedWithNamesAndTypes: delimited(tabSeparated, 'names and types'),
  CSV: delimited(csv, 'none'),
  CSVWithNames: delimited(csv, 'names'),
  CSVWithNamesAndTypes: delimited(csv, 'names and types'),
};

/** All rows are one block. */
function asOne(read: (data: Buffer, rows: InputRows, skipUnknownFields: boolean) => void): ReadBlocks {
  return (data, columns, { skipUnknownFields, rowsBefore }) => {
    const rows = new InputRows(columns, rowsBefore);
    return [rows.readAll(() => read(data, rows, skipUnknownFields))];
  };
}

function delimited(format: DelimitedFormat, header: Header): ReadBlocks {
  return (data, columns, { skipUnknownFields, rowsBefore }) =>
    readDelimited(format, data, columns, { header, skipUnknownFields, rowsBefore });
}

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
 * expressions may fill. A block is lent until the next one is asked for. Errors name row and column: UNKNOWN_FORMAT,
 * CANNOT_PARSE_INPUT_ASSERTION_FAILED, CANNOT_PARSE_QUOTED_STRING, INCORRECT_DATA, and those of the values.
 */
export function readInput(
  format: string,
  data: Uint8Array,
  columns: readonly NamedType[],
  options: InputOptions,
): Iterable<InputBlock> {
  const read = inputFormats.get(format);
  if (!read) throw unknownFormat(format, 'input', inputFormatNames);
  return read(withoutByteOrderMark(data), columns, options);
}

function withoutByteOrderMark(data: Uint8Array): Buffer {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}
