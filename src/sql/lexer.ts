// lexer.ts — one token at a time, on demand: the data after INSERT … FORMAT is never looked at.

import { readQuoted } from './lex-quoted.ts';

export type Token = {
  /** `invalid`: no token can be read here, `text` says why. `end`: nothing follows. */
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'end' | 'invalid';
  /** What the grammar compares: a word in upper case, a symbol as it is, '' for everything else. */
  readonly keyword: string;
  /** A word as written, a quoted identifier or string decoded, a number in decimal without underscores. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

const space = /(?:\s|\uFEFF)+/y;
const lineComment = /(?:--|#!|# )[^\n]*/y;
const commentMark = /\/\*|\*\//g;
const word = /[A-Za-z_][A-Za-z0-9_$]*/y;
const number =
  /(?:0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|0[bB][01]+(?:_[01]+)*|(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?)/y;
const symbol = /::|->|<=>|<=|>=|<>|!=|==|\|\||[-+*/%=<>(),.;:?[\]{}]/y;

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}

/** The end of a block comment that starts at `offset`, or -1. They nest, as in ClickHouse. */
function endOfBlockComment(text: string, offset: number): number {
  commentMark.lastIndex = offset;
  let depth = 0;
  for (let mark = commentMark.exec(text); mark; mark = commentMark.exec(text)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return commentMark.lastIndex;
  }
  return -1;
}

/** The first offset at or after `offset` that is neither white space nor comment; -1 in an open comment. */
function skipSpace(text: string, offset: number): number {
  for (let at = offset; ;) {
    const code = text.charCodeAt(at);
    const next =
      code === 0x2f && text.charCodeAt(at + 1) === 0x2a
        ? endOfBlockComment(text, at)
        : code === 0x2d || code === 0x23
          ? at + (match(lineComment, text, at)?.length ?? 0)
          : code <= 0x20 || code > 0x7f
            ? at + (match(space, text, at)?.length ?? 0)
            : at;
    if (next === at || next === -1) return next;
    at = next;
  }
}

/** One spelling for all readers: whole numbers of other bases become decimal, `.5` becomes `0.5`. */
function normaliseNumber(written: string): string {
  const plain = written.includes('_') ? written.replaceAll('_', '') : written;
  if (plain.startsWith('.')) return `0${plain}`;
  const base = plain.charCodeAt(1) | 0x20;
  return base === 0x78 || base === 0x62 ? BigInt(plain.toLowerCase()).toString() : plain;
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isWordStart = (code: number): boolean =>
  (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;

function readNumber(text: string, start: number): Token {
  const written = match(number, text, start) ?? '';
  const end = start + written.length;
  const next = text.charCodeAt(end);
  if (isWordStart(next) || isDigit(next)) {
    return { kind: 'invalid', keyword: '', text: 'a number runs into a word', start, end: end + 1 };
  }
  return { kind: 'number', keyword: '', text: normaliseNumber(written), start, end };
}

/** The token at or after `offset`. Never throws: what cannot be read is a token of kind `invalid`. */
export function readToken(text: string, offset: number): Token {
  const start = skipSpace(text, offset);
  if (start === -1)
    return { kind: 'invalid', keyword: '', text: 'a comment is not closed', start: offset, end: text.length };
  if (start >= text.length)
    return { kind: 'end', keyword: '', text: '', start: text.length, end: text.length };
  const code = text.charCodeAt(start);
  if (isWordStart(code)) {
    const written = match(word, text, start) ?? '';
    return {
      kind: 'word',
      keyword: written.toUpperCase(),
      text: written,
      start,
      end: start + written.length,
    };
  }
  if (isDigit(code) || (code === 0x2e && isDigit(text.charCodeAt(start + 1)))) return readNumber(text, start);
  if (code === 0x27 || code === 0x60 || code === 0x22) return readQuoted(text, start, code);
  const sign = match(symbol, text, start);
  if (sign === undefined) {
    return {
      kind: 'invalid',
      keyword: '',
      text: 'no token begins with this character',
      start,
      end: start + 1,
    };
  }
  return { kind: 'symbol', keyword: sign, text: sign, start, end: start + sign.length };
}
