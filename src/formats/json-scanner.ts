// json-scanner.ts — strict JSON, token by token over bytes. Numbers stay text, so that none loses digits.

import { WinnowError } from '../base/errors.ts';
import { foundAt, malformed } from './input-rows.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Documents nested deeper than this are refused; it keeps the scanner's own stack small. */
const MAX_DEPTH = 500;

export class JsonScanner {
  readonly data: Buffer;
  at = 0;
  /** The token last read: the text of a string without quotes and escapes, or of a number. */
  text: Buffer;
  start = 0;
  end = 0;
  /** Whether the number last read is a whole one, without point and exponent. */
  whole = false;
  private unescaped = Buffer.allocUnsafe(256);

  constructor(data: Buffer) {
    this.data = data;
    this.text = data;
  }

  /** The first byte of the next token; undefined at the end. */
  peek(): number | undefined {
    const { data } = this;
    for (; this.at < data.length; this.at++) {
      const byte = data[this.at]!;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
    }
    return undefined;
  }

  /** Steps over a punctuation mark when it is next. */
  accept(mark: number): boolean {
    if (this.peek() !== mark) return false;
    this.at++;
    return true;
  }

  expect(mark: string): void {
    if (!this.accept(mark.charCodeAt(0)))
      throw malformed(`expected '${mark}', found ${foundAt(this.data, this.at)}`);
  }

  /** Reads a string into `text`. */
  string(): void {
    const { data } = this;
    if (this.peek() !== QUOTE) throw malformed(`expected a string, found ${foundAt(data, this.at)}`);
    const start = this.at + 1;
    for (let i = start; i < data.length; i++) {
      const byte = data[i]!;
      if (byte === QUOTE) return this.token(data, start, i, i + 1);
      if (byte === BACKSLASH) return this.escapedString(start, i);
      if (byte < 0x20) throw badString(`a control character must be escaped: ${foundAt(data, i)}`);
    }
    throw badString(`the string is never closed: ${foundAt(data, start - 1)}`);
  }

  private token(text: Buffer, start: number, end: number, next: number): void {
    this.text = text;
    this.start = start;
    this.end = end;
    this.at = next;
  }

  /** A string with at least one escape, at `i`. */
  private escapedString(start: number, i: number): void {
    const { data } = this;
    let length = 0;
    let clean = start;
    for (let at = i; at < data.length;) {
      const byte = data[at]!;
      if (byte < 0x20) throw badString(`a control character must be escaped: ${foundAt(data, at)}`);
      if (byte !== BACKSLASH && byte !== QUOTE) {
        at++;
        continue;
      }
      // An escape is never longer unescaped: at most 3 bytes for 6, 4 for 12.
      this.reserve(length + at - clean + 4);
      data.copy(this.unescaped, length, clean, at);
      length += at - clean;
      if (byte === QUOTE) return this.token(this.unescaped, 0, length, at + 1);
      const char = escapedChar(data, at);
      length += this.unescaped.write(char.text, length, 'utf8');
      at = clean = char.next;
    }
    throw badString(`the string is never closed: ${foundAt(data, start - 1)}`);
  }

  private reserve(sizeBytes: number): void {
    if (sizeBytes <= this.unescaped.length) return;
    const grown = Buffer.allocUnsafe(2 * sizeBytes);
    this.unescaped.copy(grown);
    this.unescaped = grown;
  }

  /** Reads a number into `text`. */
  number(): void {
    const { data } = this;
    this.peek();
    const start = this.at;
    let at = data[start] === 0x2d ? start + 1 : start;
    const first = at;
    at = digitsEnd(data, at);
    const leadingZero = data[first] === 0x30 && at > first + 1;
    if (at === first || leadingZero) throw malformed(`expected a value, found ${foundAt(data, start)}`);
    this.whole = true;
    if (data[at] === 0x2e) at = this.fractionEnd(at + 1);
    if (data[at] === 0x65 || data[at] === 0x45) {
      const sign = data[at + 1] === 0x2b || data[at + 1] === 0x2d;
      at = this.fractionEnd(at + (sign ? 2 : 1));
    }
    this.token(data, start, at, at);
  }

  private fractionEnd(start: number): number {
    const end = digitsEnd(this.data, start);
    if (end === start) throw malformed(`a number ends without a digit: ${foundAt(this.data, this.at)}`);
    this.whole = false;
    return end;
  }

  /** Steps over `true`, `false` or `null`. */
  word(word: string): void {
    const end = this.at + word.length;
    if (this.data.toString('latin1', this.at, end) !== word)
      throw malformed(`expected a value, found ${foundAt(this.data, this.at)}`);
    this.at = end;
  }

  /** Steps over one value of any kind. */
  skipValue(depth = 0): void {
    if (depth > MAX_DEPTH) throw malformed(`more than ${MAX_DEPTH} objects and arrays lie in each other`);
    switch (this.peek()) {
      case QUOTE:
        return this.string();
      case 0x7b:
        return this.skipList('{', '}', () => {
          this.string();
          this.expect(':');
          this.skipValue(depth + 1);
        });
      case 0x5b:
        return this.skipList('[', ']', () => this.skipValue(depth + 1));
      case 0x74:
        return this.word('true');
      case 0x66:
        return this.word('false');
      case 0x6e:
        return this.word('null');
      default:
        return this.number();
    }
  }

  private skipList(open: string, close: string, skipItem: () => void): void {
    this.expect(open);
    if (this.accept(close.charCodeAt(0))) return;
    do skipItem();
    while (this.accept(0x2c));
    this.expect(close);
  }
}

function badString(message: string): WinnowError {
  return new WinnowError('CANNOT_PARSE_QUOTED_STRING', message);
}

function digitsEnd(data: Buffer, start: number): number {
  let at = start;
  while (data[at]! >= 0x30 && data[at]! <= 0x39) at++;
  return at;
}

const shortEscapes = new Map([...'"\\/bfnrt'].map((char, i) => [char.charCodeAt(0), '"\\/\b\f\n\r\t'[i]!]));

/** The character of the escape at `at`, and where the text goes on. Surrogates must come in pairs. */
function escapedChar(data: Buffer, at: number): { readonly text: string; readonly next: number } {
  const short = shortEscapes.get(data[at + 1]!);
  if (short !== undefined) return { text: short, next: at + 2 };
  const unit = codeUnit(data, at);
  if (unit === undefined) throw badString(`not an escape of JSON: ${foundAt(data, at)}`);
  if (unit < 0xd800 || unit > 0xdfff) return { text: String.fromCharCode(unit), next: at + 6 };
  const second = unit < 0xdc00 ? codeUnit(data, at + 6) : undefined;
  if (second === undefined || second < 0xdc00 || second > 0xdfff)
    throw badString(`half of a surrogate pair: ${foundAt(data, at)}`);
  return { text: String.fromCharCode(unit, second), next: at + 12 };
}

/** The number in `\u00e9`. */
function codeUnit(data: Buffer, at: number): number | undefined {
  const escape = data.toString('latin1', at, at + 6);
  return /^\\u[0-9a-fA-F]{4}$/.test(escape) ? Number.parseInt(escape.slice(2), 16) : undefined;
}
