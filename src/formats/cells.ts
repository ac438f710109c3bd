// cells.ts — writes the values of one column in the style of a format.

import { isUtf8 } from 'node:buffer';
import type { BytesColumn, Column, FixedColumn } from '../types/column.ts';
import type { DataType, EnumType } from '../types/data-type.ts';
import { withoutNullable } from '../types/data-type.ts';
import { textAt } from '../types/text.ts';
import { wideShape } from '../types/wide-number.ts';
import { writeString, type CellStyle, type WriteCell } from './cell-style.ts';
import { compositeWriter } from './composite-cells.ts';
import type { OutputBuffer } from './output-buffer.ts';

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
      return bytesWriter(out, column, style);
    case 'dictionary': {
      const write = cellWriter(out, column.dictionary, style);
      return (row) => write(column.codes[row]!);
    }
    default:
      return compositeWriter(out, column, style, cellWriter);
  }
}

function bytesWriter(out: OutputBuffer, column: BytesColumn, style: CellStyle): WriteCell {
  const type = withoutNullable(column.type);
  if (type.kind === 'UUID' || type.kind === 'IPv6') return quotedTextWriter(out, column, style.quote);
  if (wideShape(type)) return quotedTextWriter(out, column, quotesNumber(type, style) ? style.quote : '');
  return stringWriter(out, column, style);
}

function numberWriter(out: OutputBuffer, column: FixedColumn, style: CellStyle): WriteCell {
  const type = withoutNullable(column.type);
  switch (type.kind) {
    case 'IPv4':
    case 'Date':
    case 'Date32':
    case 'DateTime':
    case 'DateTime64':
      return quotedTextWriter(out, column, style.quote);
    case 'Enum8':
    case 'Enum16':
      return enumWriter(out, column, type, style);
    case 'Float32':
    case 'Float64':
      return floatWriter(out, column, style);
    default:
      return quotedTextWriter(out, column, quotesNumber(type, style) ? style.quote : '');
  }
}

function quotesNumber({ kind }: DataType, { quoted }: CellStyle): boolean {
  return quoted === 'all' || (quoted === '64-bit' && /^U?Int(64|128|256)$/.test(kind));
}

function quotedTextWriter(out: OutputBuffer, column: Column, quote: string): WriteCell {
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
function enumWriter(out: OutputBuffer, column: FixedColumn, type: EnumType, style: CellStyle): WriteCell {
  const names = new Map(type.entries.map(({ name, value }) => [value, Buffer.from(name)]));
  return (row) => writeString(out, style, names.get(column.values[row] as number)!, 0);
}

function stringWriter(out: OutputBuffer, column: BytesColumn, style: CellStyle): WriteCell {
  const { bytes, offsets } = column;
  if (style.utf8Only && !holdsOnlyUtf8(column)) {
    return (row) =>
      writeString(out, style, Buffer.from(bytes.toString('utf8', offsets[row], offsets[row + 1])), 0);
  }
  return (row) => writeString(out, style, bytes, offsets[row]!, offsets[row + 1]!);
}

/** Whether every value is UTF-8 by itself: the bytes are, and none begins inside a character. */
function holdsOnlyUtf8({ bytes, offsets, rowCount }: BytesColumn): boolean {
  if (!isUtf8(bytes.subarray(0, offsets[rowCount]))) return false;
  for (let row = 0; row < rowCount; row++) if ((bytes[offsets[row]!]! & 0xc0) === 0x80) return false;
  return true;
}
