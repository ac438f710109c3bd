// json-output.ts — the JSON formats, laid out byte for byte as ClickHouse lays them out.

import type { NamedType } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import type { CellStyle } from './cell-style.ts';
import { escapedText } from './delimited-output.ts';
import type { Header } from './delimited-output.ts';
import { escapeJson } from './escape.ts';
import type { OutputFormat, OutputOptions, OutputSummary } from './output-format.ts';
import { rowOutput } from './row-output.ts';

type JsonValues = 'typed' | 'strings';

const quote = (text: string): string => `"${escapedText(text, escapeJson)}"`;

function jsonStyle(
  values: JsonValues,
  options: OutputOptions,
  composites: CellStyle['composites'] = 'json',
): CellStyle {
  const style = { quote: '"', escape: escapeJson, utf8Only: true } as const;
  if (values === 'strings') {
    return { ...style, nullText: '"ᴺᵁᴸᴸ"', quoted: 'all', denormals: 'quoted', composites: 'quoted text' };
  }
  const quoted = options.quote64BitIntegers ? '64-bit' : 'none';
  const denormals = options.quoteDenormals ? 'quoted' : 'null';
  return { ...style, nullText: 'null', quoted, denormals, composites };
}

/** One object per line. */
export function jsonEachRowOutput(
  columns: readonly NamedType[],
  values: JsonValues,
  options: OutputOptions,
): OutputFormat {
  return rowOutput({
    contentType: 'application/x-ndjson; charset=UTF-8',
    style: jsonStyle(values, options),
    head: '',
    before: columns.map(({ name }, i) => `${i === 0 ? '{' : ','}${quote(name)}:`),
    rowEnd: '}\n',
    rowSeparator: '',
    tail: () => '',
  });
}

/** One array per line, perhaps after lines of names and types. */
export function jsonCompactEachRowOutput(
  columns: readonly NamedType[],
  header: Header,
  values: JsonValues,
  options: OutputOptions,
): OutputFormat {
  const line = (texts: readonly string[]): string => `[${texts.map(quote).join(', ')}]\n`;
  const names = header === 'none' ? '' : line(columns.map((column) => column.name));
  const types = header === 'names and types' ? line(columns.map((column) => typeName(column.type))) : '';
  return rowOutput({
    contentType: 'text/plain; charset=UTF-8',
    style: jsonStyle(values, options),
    head: names + types,
    before: columns.map((_, i) => (i === 0 ? '[' : ', ')),
    rowEnd: ']\n',
    rowSeparator: '',
    tail: () => '',
  });
}

/** One document: meta, data as objects, rows, statistics. */
export function jsonOutput(
  columns: readonly NamedType[],
  values: JsonValues,
  options: OutputOptions,
): OutputFormat {
  const before = columns.map(({ name }, i) => `${i === 0 ? '\t\t{\n' : ',\n'}\t\t\t${quote(name)}: `);
  return documentOutput(columns, before, '\n\t\t}', jsonStyle(values, options, { indented: 3 }));
}

/** As `jsonOutput`, with rows as arrays. */
export function jsonCompactOutput(
  columns: readonly NamedType[],
  values: JsonValues,
  options: OutputOptions,
): OutputFormat {
  const before = columns.map((_, i) => (i === 0 ? '\t\t[' : ', '));
  return documentOutput(columns, before, ']', jsonStyle(values, options));
}

function documentOutput(
  columns: readonly NamedType[],
  before: readonly string[],
  rowEnd: string,
  style: CellStyle,
): OutputFormat {
  const meta = columns.map(
    ({ name, type }) => `\t\t{\n\t\t\t"name": ${quote(name)},\n\t\t\t"type": ${quote(typeName(type))}\n\t\t}`,
  );
  return rowOutput({
    contentType: 'application/json; charset=UTF-8',
    style,
    head: `{\n\t"meta":\n\t[\n${meta.join(',\n')}\n\t],\n\n\t"data":\n\t[\n`,
    before,
    rowEnd,
    rowSeparator: ',\n',
    tail: documentTail,
  });
}

function documentTail(rowCount: number, { elapsedMs, readRows, readBytes }: OutputSummary): string {
  const counters = [
    `"elapsed": ${elapsedMs / 1000}`,
    `"rows_read": ${readRows}`,
    `"bytes_read": ${readBytes}`,
  ];
  return `\n\t],\n\n\t"rows": ${rowCount},\n\n\t"statistics":\n\t{\n\t\t${counters.join(',\n\t\t')}\n\t}\n}\n`;
}
