import { isReservedFunction, isReservedName } from './words.ts';

const bareName = /^[A-Za-z_][A-Za-z0-9_]*$/;

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '\0': '\\0',
};

function quote(text: string, mark: string): string {
  return (
    mark + text.replace(/[\\'`\n\r\t\b\f\0]/g, (c) => (c === mark ? `\\${mark}` : (escapes[c] ?? c))) + mark
  );
}

/** The name as it may stand anywhere in a statement: bare when that is safe, else in backticks. */
export function quoteIdentifier(name: string): string {
  return bareName.test(name) && !isReservedName(name.toUpperCase()) ? name : quote(name, '`');
}

/** The name as it may stand before a parenthesis; fewer words are kept there. */
export function quoteFunction(name: string): string {
  return bareName.test(name) && !isReservedFunction(name.toUpperCase()) ? name : quote(name, '`');
}

/** The text as a SQL string literal with its quotes. */
export function quoteString(text: string): string {
  return quote(text, "'");
}
