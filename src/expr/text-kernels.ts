// text-kernels.ts — the loops that string functions share. Strings are bytes; only names ending in UTF8 look at characters.

import { createColumnBuilder, type ColumnBuilder } from '../types/column-builder.ts';
import type { BytesColumn, Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import type { ScalarKernel } from './expression.ts';
import { argType, illegalTypes, type FunctionCall } from './scalar-function.ts';
import { isInteger, isText, text } from './type-classes.ts';
import { bytes, columnOfFloats, floatsOf } from './vectors.ts';

/** ILLEGAL_TYPE_OF_ARGUMENT unless the arguments at these places are String or FixedString. */
export function requireTexts(call: FunctionCall, ...places: readonly number[]): void {
  if (places.some((place) => place < call.args.length && !isText(argType(call, place))))
    throw illegalTypes(call, 'strings');
}

/** ILLEGAL_TYPE_OF_ARGUMENT unless the argument, if present, is an integer. */
export function requireInteger(call: FunctionCall, place: number): void {
  if (place < call.args.length && !isInteger(argType(call, place)))
    throw illegalTypes(call, `an integer as argument ${place + 1}`);
}

/** Per row: appends one String made of bytes[start .. end). */
export type AppendText = (
  builder: ColumnBuilder,
  source: Buffer,
  start: number,
  end: number,
  row: number,
  args: readonly Column[],
) => void;

/** A kernel that makes one String per row of its first argument. */
export function textKernel(append: AppendText): ScalarKernel {
  return (args, rowCount) => {
    const { bytes: source, offsets } = bytes(args[0]!);
    const builder = createColumnBuilder(text, rowCount);
    for (let row = 0; row < rowCount; row++)
      append(builder, source, offsets[row]!, offsets[row + 1]!, row, args);
    return builder.finish();
  };
}

/** A String column of one text per row. */
export function textPerRow(rowCount: number, make: (row: number) => Buffer | string): Column {
  const builder = createColumnBuilder(text, rowCount);
  for (let row = 0; row < rowCount; row++) {
    const made = make(row);
    const value = typeof made === 'string' ? Buffer.from(made) : made;
    builder.appendBytes(value, 0, value.length);
  }
  return builder.finish();
}

/** A kernel that makes one number of `type` per row of its first argument. */
export function textToNumber(
  type: DataType,
  measure: (source: Buffer, start: number, end: number, row: number, args: readonly Column[]) => number,
): ScalarKernel {
  return (args, rowCount) => {
    const { bytes: source, offsets } = bytes(args[0]!);
    const out = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++)
      out[row] = measure(source, offsets[row]!, offsets[row + 1]!, row, args);
    return columnOfFloats(type, out, rowCount);
  };
}

/** The bytes of one row. */
export function rowBytes(column: Column, row: number): Buffer {
  const { bytes: source, offsets } = bytes(column);
  return source.subarray(offsets[row], offsets[row + 1]);
}

/** The whole numbers of an integer argument, or `absent` in every row when there is no such argument. */
export function integersOf(
  args: readonly Column[],
  place: number,
  rowCount: number,
  absent: number,
): Float64Array {
  const column = args[place];
  return column ? floatsOf(column, rowCount) : new Float64Array(rowCount).fill(absent);
}

/** The same strings with each byte mapped; the column keeps its type and lengths. */
export function mapBytes(column: Column, map: (byte: number) => number): BytesColumn {
  const source = bytes(column);
  const mapped = Buffer.allocUnsafe(source.offsets[source.rowCount]!);
  for (let i = 0; i < mapped.length; i++) mapped[i] = map(source.bytes[i]!);
  return { ...source, bytes: mapped };
}

export const lowerAscii = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

/** Of a token: ASCII letters and digits, and every byte of characters beyond ASCII. */
export const isTokenByte = (byte: number): boolean =>
  byte >= 0x80 || (byte >= 0x30 && byte <= 0x39) || (lowerAscii(byte) >= 0x61 && lowerAscii(byte) <= 0x7a);

/** Does a UTF-8 character begin at this byte? */
export const beginsCharacter = (byte: number): boolean => (byte & 0xc0) !== 0x80;

/** Characters in bytes [start, end). */
export function countCharacters(source: Buffer, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) if (beginsCharacter(source[i]!)) count++;
  return count;
}

/** Where the character after `count` more begins, at most `end`. */
export function skipCharacters(source: Buffer, start: number, end: number, count: number): number {
  let at = start;
  for (let left = count; left > 0 && at < end; left--) {
    at++;
    while (at < end && !beginsCharacter(source[at]!)) at++;
  }
  return at;
}
