// parse-composite.ts — arrays, tuples and maps from ClickHouse's text: [1,2], (1,'x'), {'k':1}.
//
// Inside, strings stand in quotes, as in SQL; blanks may stand between any two parts.

import { WinnowError } from '../base/errors.ts';
import { ArrayBuilder, TupleBuilder } from './composite-builders.ts';
import type { ColumnBuilder } from './column-builder.ts';
import { isNullable, typeName, withoutNullable } from './data-type.ts';

/** Appends a value that is not composite from its text. */
type AppendScalar = (builder: ColumnBuilder, text: Buffer) => void;

/** Appends the composite value that source[start .. end) stands for. Errors: CANNOT_PARSE_TEXT, those of `scalar`. */
export function appendComposite(
  builder: ColumnBuilder,
  source: Buffer,
  start: number,
  end: number,
  scalar: AppendScalar,
): void {
  const parser = new CompositeParser(source, start, end, scalar);
  parser.value(builder);
  parser.atEnd(builder);
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x27, 0x5c, 0x2c, 0x3a];
const closers = new Set([...',:])}'].map((char) => char.charCodeAt(0)));

const escapes = new Map(
  [...'bfnrt0av'].map((char, i) => [char.charCodeAt(0), [8, 12, 10, 13, 9, 0, 7, 11][i]!]),
);

class CompositeParser {
  private readonly source: Buffer;
  private at: number;
  private readonly end: number;
  private readonly scalar: AppendScalar;

  constructor(source: Buffer, start: number, end: number, scalar: AppendScalar) {
    this.source = source;
    this.at = start;
    this.end = end;
    this.scalar = scalar;
  }

  value(builder: ColumnBuilder): void {
    if (builder instanceof TupleBuilder) return this.tuple(builder);
    if (!(builder instanceof ArrayBuilder)) return this.simple(builder);
    if (builder.type.kind === 'Array') this.list(builder, '[', ']', () => this.value(builder.elements));
    else this.list(builder, '{', '}', () => this.pair(builder.elements as TupleBuilder));
    builder.endValue();
  }

  atEnd(builder: ColumnBuilder): void {
    if (this.peek() !== undefined) throw this.unexpected(builder, 'the end');
  }

  private list(builder: ColumnBuilder, open: string, close: string, item: () => void): void {
    this.expect(builder, open);
    if (this.accept(close.charCodeAt(0))) return;
    do item();
    while (this.accept(COMMA));
    this.expect(builder, close);
  }

  private pair(builder: TupleBuilder): void {
    this.value(builder.fields[0]!);
    if (!this.accept(COLON)) throw this.unexpected(builder, "':'");
    this.value(builder.fields[1]!);
    builder.endValue();
  }

  /** A comma may stand after the only element: (1,). */
  private tuple(builder: TupleBuilder): void {
    this.expect(builder, '(');
    for (const [i, field] of builder.fields.entries()) {
      if (i > 0) this.expect(builder, ',');
      this.value(field);
    }
    if (builder.fields.length === 1) this.accept(COMMA);
    this.expect(builder, ')');
    builder.endValue();
  }

  private simple(builder: ColumnBuilder): void {
    if (this.peek() === QUOTE) return this.scalar(builder, this.quoted(builder));
    const start = this.at;
    let end = start;
    while (end < this.end && !closers.has(this.source[end]!)) end++;
    this.at = end;
    while (end > start && isBlank(this.source[end - 1])) end--;
    const text = this.source.subarray(start, end);
    if (isNullable(builder.type) && /^null$/i.test(text.toString('latin1'))) return builder.appendNull();
    const { kind } = withoutNullable(builder.type);
    if (text.length === 0 || kind === 'String' || kind === 'FixedString') {
      this.at = start;
      throw this.unexpected(builder, text.length === 0 ? 'a value' : 'a string in quotes');
    }
    this.scalar(builder, text);
  }

  /** The string at a quote, without quotes and escapes. */
  private quoted(builder: ColumnBuilder): Buffer {
    const start = this.at + 1;
    for (let at = start; at < this.end; at++) {
      const byte = this.source[at]!;
      if (byte === BACKSLASH || (byte === QUOTE && this.isDoubled(at))) return this.escaped(builder, start);
      if (byte !== QUOTE) continue;
      this.at = at + 1;
      return this.source.subarray(start, at);
    }
    throw this.unexpected(builder, 'a string with a closing quote');
  }

  private isDoubled(at: number): boolean {
    return at + 1 < this.end && this.source[at + 1] === QUOTE;
  }

  /** The string that begins at `start` and has an escape or a doubled quote. */
  private escaped(builder: ColumnBuilder, start: number): Buffer {
    const { source, end } = this;
    const text: number[] = [];
    for (let at = start; at < end; at++) {
      const byte = source[at]!;
      if (byte === BACKSLASH && at + 1 < end) {
        const char = source[++at]!;
        text.push(escapes.get(char) ?? char);
      } else if (byte !== QUOTE) text.push(byte);
      else if (this.isDoubled(at)) text.push(source[at++]!);
      else {
        this.at = at + 1;
        return Buffer.from(text);
      }
    }
    throw this.unexpected(builder, 'a string with a closing quote');
  }

  private peek(): number | undefined {
    while (this.at < this.end && isBlank(this.source[this.at])) this.at++;
    return this.at < this.end ? this.source[this.at] : undefined;
  }

  private accept(mark: number): boolean {
    if (this.peek() !== mark) return false;
    this.at++;
    return true;
  }

  private expect(builder: ColumnBuilder, mark: string): void {
    if (!this.accept(mark.charCodeAt(0))) throw this.unexpected(builder, `'${mark}'`);
  }

  private unexpected(builder: ColumnBuilder, expected: string): WinnowError {
    const found =
      this.peek() === undefined ? 'the end' : `'${this.source.toString('utf8', this.at, this.end)}'`;
    const message = `expected ${expected} of a value of type ${typeName(builder.type)}, found ${found}`;
    return new WinnowError('CANNOT_PARSE_TEXT', message);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
