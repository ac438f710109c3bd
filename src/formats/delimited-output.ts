// delimited-output.ts — TabSeparated, CSV and Values: values with a separator between them.

import type { Column, NamedType } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import type { CellStyle } from './cell-style.ts';
import type { Escape } from './escape.ts';
import { escapeBackslashed, escapeDoubled, escapeNothing } from './escape.ts';
import type { OutputFormat } from './output-format.ts';
import { OutputBuffer } from './output-buffer.ts';
import { rowOutput } from './row-output.ts';

export type Header = 'none' | 'names' | 'names and types';

const tsvStyle: CellStyle = {
  nullText: '\\N',
  quote: '',
  escape: escapeBackslashed,
  quoted: 'none',
  denormals: 'plain',
  utf8Only: false,
  composites: 'text',
};

export function tabSeparatedOutput(
  columns: readonly NamedType[],
  header: Header,
  escaped: boolean,
): OutputFormat {
  const style = escaped ? tsvStyle : { ...tsvStyle, escape: escapeNothing };
  return delimitedOutput(columns, header, '\t', style, 'text/tab-separated-values; charset=UTF-8');
}

export function csvOutput(columns: readonly NamedType[], header: Header): OutputFormat {
  const contentType = `text/csv; charset=UTF-8; header=${header === 'none' ? 'absent' : 'present'}`;
  const output = delimitedOutput(
    columns.flatMap(namedElements),
    header,
    ',',
    { ...tsvStyle, quote: '"', escape: escapeDoubled, composites: 'quoted text' },
    contentType,
  );
  return {
    ...output,
    block: ({ rowCount, columns: list }) => output.block({ rowCount, columns: list.flatMap(elementColumns) }),
  };
}

/** In CSV the elements of a tuple are columns: `t.a` or `t.1`. */
function namedElements({ name, type }: NamedType): NamedType[] {
  if (type.kind !== 'Tuple') return [{ name, type }];
  return type.elements.flatMap((element, i) =>
    namedElements({ name: `${name}.${element.name ?? i + 1}`, type: element.type }),
  );
}

function elementColumns(column: Column): Column[] {
  return column.layout === 'tuple' ? column.fields.flatMap(elementColumns) : [column];
}

function delimitedOutput(
  columns: readonly NamedType[],
  header: Header,
  separator: string,
  style: CellStyle,
  contentType: string,
): OutputFormat {
  const line = (texts: readonly string[]): string =>
    `${texts.map((text) => quoted(text, style)).join(separator)}\n`;
  const names = header === 'none' ? '' : line(columns.map((column) => column.name));
  const types = header === 'names and types' ? line(columns.map((column) => typeName(column.type))) : '';
  return rowOutput({
    contentType,
    style,
    head: names + types,
    before: columns.map((_, i) => (i === 0 ? '' : separator)),
    rowEnd: '\n',
    rowSeparator: '',
    tail: () => '',
  });
}

/** `(1,'a'),(2,'b')`, as in INSERT. */
export function valuesOutput(columns: readonly NamedType[]): OutputFormat {
  return rowOutput({
    contentType: 'text/plain; charset=UTF-8',
    style: { ...tsvStyle, nullText: 'NULL', quote: "'" },
    head: '',
    before: columns.map((_, i) => (i === 0 ? '(' : ',')),
    rowEnd: ')',
    rowSeparator: ',',
    tail: () => '',
  });
}

function quoted(text: string, style: CellStyle): string {
  return style.quote + escapedText(text, style.escape) + style.quote;
}

/** Text as an escape function writes it. */
export function escapedText(text: string, escape: Escape): string {
  const out = new OutputBuffer();
  const bytes = Buffer.from(text);
  escape(out, bytes, 0, bytes.length);
  return out.take().toString();
}
