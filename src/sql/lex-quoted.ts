// lex-quoted.ts — 'strings', `identifiers` and "identifiers" with ClickHouse's escapes.

import type { Token } from './lexer.ts';

const backslash = 0x5c;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const escaped: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  '0': '\0',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '/': '/',
  '=': '=',
};

/** Offset of the closing mark, or -1. A mark that is doubled or behind a backslash does not close. */
function closingMark(text: string, from: number, mark: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === mark && text.charCodeAt(at + 1) === mark) at++;
    else if (code === mark) return at;
  }
  return -1;
}

/** `\xD0\xBF` names the bytes of UTF-8 text; undefined when they are not UTF-8, which a string here cannot hold. */
function decodeBytes(run: string): string | undefined {
  try {
    return utf8.decode(Buffer.from(run.replaceAll('\\x', ''), 'hex'));
  } catch {
    return undefined;
  }
}

/** The text between the marks without escapes. An unknown `\q` keeps its backslash, as in ClickHouse. */
function decode(body: string, mark: string): string | undefined {
  let valid = true;
  const text = body.replace(
    /(?:\\x[0-9a-fA-F]{2})+|\\([^])|(['"`])\2/g,
    (run, simple?: string, doubled?: string) => {
      if (doubled !== undefined) return doubled === mark ? mark : run;
      if (simple !== undefined) return escaped[simple] ?? run;
      const bytes = decodeBytes(run);
      valid &&= bytes !== undefined;
      return bytes ?? '';
    },
  );
  return valid ? text : undefined;
}

/** The quoted token at `start`, where the character `mark` (', ` or ") stands. */
export function readQuoted(text: string, start: number, mark: number): Token {
  const isString = mark === 0x27;
  const close = closingMark(text, start + 1, mark);
  if (close === -1) {
    const reason = isString ? 'a string is not closed' : 'a quoted identifier is not closed';
    return { kind: 'invalid', keyword: '', text: reason, start, end: text.length };
  }
  const body = text.slice(start + 1, close);
  const markText = String.fromCharCode(mark);
  const plain = !body.includes('\\') && !body.includes(markText);
  const value = plain ? body : decode(body, markText);
  const end = close + 1;
  if (value === undefined) {
    return { kind: 'invalid', keyword: '', text: 'a string holds bytes that are not UTF-8', start, end };
  }
  if (value === '' && !isString)
    return { kind: 'invalid', keyword: '', text: 'an identifier is empty', start, end };
  return { kind: isString ? 'string' : 'quoted', keyword: '', text: value, start, end };
}
