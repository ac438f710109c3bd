// type-source.ts — the text of a data type while it is being read: names, numbers, quoted names and marks.

import type { SourcePosition } from '../base/errors.ts';
import { WinnowError } from '../base/errors.ts';

export type TypeSource = {
  readonly text: string;
  at: number;
  /** Types around the one being read. */
  depth: number;
  readonly position: SourcePosition | undefined;
};

function skipSpace(source: TypeSource): void {
  while (/\s/.test(source.text[source.at] ?? '')) source.at++;
}

export function peek(source: TypeSource): string | undefined {
  skipSpace(source);
  return source.text[source.at];
}

export function accept(source: TypeSource, symbol: string): boolean {
  if (peek(source) !== symbol) return false;
  source.at++;
  return true;
}

export function expect(source: TypeSource, symbol: string): void {
  if (!accept(source, symbol)) throw syntaxError(source, `'${symbol}'`);
}

/** Matches a sticky expression here; the whole match. */
export function match(source: TypeSource, pattern: RegExp): string | undefined {
  skipSpace(source);
  pattern.lastIndex = source.at;
  const found = pattern.exec(source.text)?.[0];
  source.at += found?.length ?? 0;
  return found;
}

/** One name, or the longest known phrase of several words: `DOUBLE PRECISION`, `BIGINT UNSIGNED`. */
export function readName(source: TypeSource, isName: (phrase: string) => boolean): string {
  const name = match(source, /[A-Za-z_]\w*/y);
  if (name === undefined) throw syntaxError(source, 'a data type');
  const start = source.at;
  const next = match(source, /[A-Za-z_]\w*/y);
  const phrase = `${name} ${next}`;
  if (next !== undefined && isName(phrase)) return phrase;
  source.at = start;
  return name;
}

export function readNumber(source: TypeSource): number {
  const digits = match(source, /-?\d+/y);
  if (digits === undefined) throw syntaxError(source, 'a whole number');
  return Number(digits);
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  0: '\0',
  a: '\x07',
  v: '\v',
};

export function readQuoted(source: TypeSource): string {
  const quoted = match(source, /'(?:[^'\\]|\\[^]|'')*'/y);
  if (quoted === undefined) throw syntaxError(source, 'a quoted name');
  return unquoted(quoted);
}

/** The text inside quotes of any kind, in which a quote is doubled or escaped. */
export function unquoted(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\([^])|''|``|""/g, (pair, escaped?: string) =>
      escaped ? (escapes[escaped] ?? escaped) : pair[0]!,
    );
}

export function syntaxError(source: TypeSource, expected: string): WinnowError {
  const found = source.at < source.text.length ? `'${source.text.slice(source.at)}'` : 'the end';
  return new WinnowError('SYNTAX_ERROR', `data type '${source.text}': expected ${expected}, found ${found}`, {
    position: source.position,
  });
}
