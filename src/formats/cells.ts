// cells.ts — writes the values of one column in the style of a format.

import { isUtf8 } from 'node:buffer';
import type { ArrayColumn, BytesColumn, Column, FixedColumn, TupleColumn } from '../types/column.ts';
import type { ArrayType, DataType, TupleType } from '../types/data-type.ts';
import { isComposite, withoutNullable } from '../types/data-type.ts';
import { formatUuid } from '../types/number-text.ts';
import { textAt } from '../types/text.ts';
import type { Escape } from './escape.ts';
import { escapeBackslashed } from './escape.ts';
import { OutputBuffer } from './output-buffer.ts';

export type CellStyle = {
  /** What stands for NULL. */
  readonly nullText: string;
  /** Around text and everything written like it: dates, UUIDs, enum names. */
  readonly quote: '' | '"' | "'";
  readonly escape: Escape;
  /** Numbers and booleans that are quoted too. */
  readonly quoted: 'none' | '64-bit' | 'all';
  /** inf and nan: as they are, quoted, or as NULL. */
  readonly denormals: 'plain' | 'quoted' | 'null';
  /** Bytes that are not UTF-8 become U+FFFD: JSON must be UTF-8. */
  readonly utf8Only: boolean;
  /**
   * Arrays, tuples and maps: as ClickHouse's text as it stands, as that text between quotes and escaped, or as JSON;
   * `indented` JSON has one element per line, the first line being so many tabs deep.
   */
  readonly composites: 'text' | 'quoted text' | 'json' | { readonly indented: number };
};

/** Writes the value of one row. */
export type WriteCell = (row: number) => void;

/** A writer for the column's values. */
export function cellWriter(out: OutputBuffer, column: Column, style: CellStyle): WriteCell {
  const write = valueWriter(out, column, style);
  const { nulls } = column;
  if (!nulls) return write;
  const nullBytes = Buffer.from(style.nullText);
  return (row) => {
    if (nulls[row] === 1) out.raw(nullBytes, 0);
    else write(row);
  };
}

function valueWriter(out: OutputBuffer, column: Column, style: CellStyle): WriteCell {
  switch (column.layout) {
    case 'fixed':
      return numberWriter(out, column, style);
    case 'bytes':
      return withoutNullable(column.type).kind === 'UUID'
        ? uuidWriter(out, column, style)
        : stringWriter(out, column, style);
    case 'dictionary': {
      const write = cellWriter(out, column.dictionary, style);
      return (row) => write(column.codes[row]!);
    }
    default:
      return compositeWriter(out, column, style);
  }
}

function numberWriter(out: OutputBuffer, column: FixedColumn, style: CellStyle): WriteCell {
  const type = withoutNullable(column.type);
  switch (type.kind) {
    case 'Date':
    case 'DateTime':
    case 'DateTime64':
      return quotedTextWriter(out, column, style.quote);
    case 'Enum8':
      return enumWriter(out, column, type, style);
    case 'Float32':
    case 'Float64':
      return floatWriter(out, column, style);
    default:
      return quotedTextWriter(out, column, quotesNumber(type, style) ? style.quote : '');
  }
}

function quotesNumber(type: DataType, style: CellStyle): boolean {
  return (
    style.quoted === 'all' || (style.quoted === '64-bit' && (type.kind === 'Int64' || type.kind === 'UInt64'))
  );
}

function quotedTextWriter(out: OutputBuffer, column: FixedColumn, quote: string): WriteCell {
  if (quote === '') return (row) => out.ascii(textAt(column, row));
  const code = quote.charCodeAt(0);
  return (row) => {
    out.byte(code);
    out.ascii(textAt(column, row));
    out.byte(code);
  };
}

function floatWriter(out: OutputBuffer, column: FixedColumn, style: CellStyle): WriteCell {
  const plain = quotedTextWriter(out, column, style.quoted === 'all' ? style.quote : '');
  if (style.denormals === 'plain') return plain;
  const denormal =
    style.denormals === 'quoted'
      ? quotedTextWriter(out, column, style.quote)
      : () => out.ascii(style.nullText);
  return (row) => (Number.isFinite(column.values[row]) ? plain : denormal)(row);
}

/** The names are few: each is encoded once. */
function enumWriter(
  out: OutputBuffer,
  column: FixedColumn,
  type: Extract<DataType, { kind: 'Enum8' }>,
  style: CellStyle,
): WriteCell {
  const names = new Map(type.entries.map(({ name, value }) => [value, Buffer.from(name)]));
  return (row) => writeString(out, style, names.get(column.values[row] as number)!, 0);
}

/** ClickHouse's text, of composite values and inside them. */
export const textStyle: CellStyle = {
  nullText: 'NULL',
  quote: "'",
  escape: escapeBackslashed,
  quoted: 'none',
  denormals: 'plain',
  utf8Only: false,
  composites: 'text',
};

function compositeWriter(out: OutputBuffer, column: ArrayColumn | TupleColumn, style: CellStyle): WriteCell {
  switch (style.composites) {
    case 'text':
      return partsWriter(
        out,
        column,
        style === textStyle ? style : { ...textStyle, utf8Only: style.utf8Only },
      );
    case 'quoted text': {
      const inner = new OutputBuffer();
      const write = partsWriter(inner, column, { ...textStyle, utf8Only: style.utf8Only });
      return (row) => {
        write(row);
        writeString(out, style, inner.take(), 0);
      };
    }
    default:
      return partsWriter(out, column, style);
  }
}

type Brackets = {
  readonly open: string;
  readonly separator: string;
  readonly close: string;
  readonly empty: string;
};

/** The parts of a value between its brackets. */
function partsWriter(out: OutputBuffer, column: ArrayColumn | TupleColumn, style: CellStyle): WriteCell {
  if (column.layout === 'tuple') return tupleWriter(out, column, style);
  if (column.type.kind === 'Map') return mapWriter(out, column, style);
  const onePerLine = isComposite((column.type as ArrayType).inner);
  const item = cellWriter(out, column.elements, deeper(style));
  return listWriter(out, column, bracketsOf('[]', onePerLine ? style : inOneLine(style)), item);
}

function mapWriter(out: OutputBuffer, column: ArrayColumn, style: CellStyle): WriteCell {
  const [keys, values] = (column.elements as TupleColumn).fields as [Column, Column];
  // The names of a JSON object are strings, whatever the keys are.
  const key = cellWriter(out, keys, isJson(style) ? { ...style, quoted: 'all', denormals: 'quoted' } : style);
  const value = cellWriter(out, values, deeper(style));
  const colon = colonOf(style);
  return listWriter(out, column, bracketsOf('{}', style), (row) => {
    key(row);
    out.ascii(colon);
    value(row);
  });
}

function listWriter(
  out: OutputBuffer,
  { offsets }: ArrayColumn,
  { open, separator, close, empty }: Brackets,
  item: WriteCell,
): WriteCell {
  return (row) => {
    const [start, end] = [offsets[row]!, offsets[row + 1]!];
    if (start === end) return out.ascii(empty);
    for (let i = start; i < end; i++) {
      out.ascii(i === start ? open : separator);
      item(i);
    }
    out.ascii(close);
  };
}

function tupleWriter(out: OutputBuffer, column: TupleColumn, style: CellStyle): WriteCell {
  const { elements } = column.type as TupleType;
  const named = isJson(style) && elements[0]?.name !== undefined;
  const { open, separator, close, empty } = bracketsOf(named ? '{}' : isJson(style) ? '[]' : '()', style);
  if (elements.length === 0) return () => out.ascii(empty);
  const before = elements.map(({ name }, i) =>
    Buffer.from((i === 0 ? open : separator) + (named ? quotedName(name!, style) + colonOf(style) : '')),
  );
  const fields = column.fields.map((field) => cellWriter(out, field, deeper(style)));
  return (row) => {
    for (let i = 0; i < before.length; i++) {
      out.raw(before[i]!, 0);
      fields[i]!(row);
    }
    out.ascii(close);
  };
}

function bracketsOf(pair: string, { composites }: CellStyle): Brackets {
  const [open, close] = [pair[0]!, pair[1]!];
  if (typeof composites === 'string') return { open, separator: ',', close, empty: pair };
  const line = `\n${'\t'.repeat(composites.indented)}`;
  return { open: `${open}${line}\t`, separator: `,${line}\t`, close: line + close, empty: pair };
}

function isJson({ composites }: CellStyle): boolean {
  return composites === 'json' || typeof composites === 'object';
}

function colonOf({ composites }: CellStyle): string {
  return typeof composites === 'object' ? ': ' : ':';
}

/** The style of what stands one level deeper. */
function deeper(style: CellStyle): CellStyle {
  const { composites } = style;
  if (typeof composites === 'string') return style;
  return { ...style, composites: { indented: composites.indented + 1 } };
}

function inOneLine(style: CellStyle): CellStyle {
  return typeof style.composites === 'object' ? { ...style, composites: 'json' } : style;
}

function quotedName(name: string, style: CellStyle): string {
  const out = new OutputBuffer();
  writeString(out, style, Buffer.from(name), 0);
  return out.take().toString();
}

function uuidWriter(out: OutputBuffer, column: BytesColumn, style: CellStyle): WriteCell {
  return (row) => {
    out.ascii(style.quote);
    out.ascii(formatUuid(column.bytes, column.offsets[row]!));
    out.ascii(style.quote);
  };
}

function stringWriter(out: OutputBuffer, column: BytesColumn, style: CellStyle): WriteCell {
  const { bytes, offsets } = column;
  if (style.utf8Only && !holdsOnlyUtf8(column)) {
    return (row) =>
      writeString(out, style, Buffer.from(bytes.toString('utf8', offsets[row], offsets[row + 1])), 0);
  }
  return (row) => writeString(out, style, bytes, offsets[row]!, offsets[row + 1]!);
}

function writeString(
  out: OutputBuffer,
  style: CellStyle,
  bytes: Uint8Array,
  start: number,
  end: number = bytes.length,
): void {
  if (style.quote === '') return style.escape(out, bytes, start, end);
  out.ascii(style.quote);
  style.escape(out, bytes, start, end);
  out.ascii(style.quote);
}

/** Whether every value is UTF-8 by itself: the bytes are, and none begins inside a character. */
function holdsOnlyUtf8({ bytes, offsets, rowCount }: BytesColumn): boolean {
  if (!isUtf8(bytes.subarray(0, offsets[rowCount]))) return false;
  for (let row = 0; row < rowCount; row++) if ((bytes[offsets[row]!]! & 0xc0) === 0x80) return false;
  return true;
}
