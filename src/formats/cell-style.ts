// cell-style.ts — how a format writes values: quotes, escapes, NULL, and what becomes of arrays.

import type { Escape } from './escape.ts';
import { escapeBackslashed } from './escape.ts';
import type { OutputBuffer } from './output-buffer.ts';

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

/** source[start .. end) between the quotes of the style, escaped. */
export function writeString(
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
