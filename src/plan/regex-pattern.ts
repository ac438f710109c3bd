// regex-pattern.ts — which texts a regular expression needs, when it is made of characters, dots and repetitions.
//
// Keeps true: a text that matches begins with the prefix, and has all pieces of one of the alternatives.

/** Signs that are not read here; and what stands for bytes that are not UTF-8. */
const HARD = /[()[\]{}\\\ufffd]/;

/** Of `^text…`; undefined when matching texts need not begin alike. */
export function regexPrefix(pattern: Buffer): Buffer | undefined {
  const source = pattern.toString();
  if (!source.startsWith('^') || source.includes('|')) return undefined;
  const literal = /^[^^$.*+?()[\]{}\\|\ufffd]*/u.exec(source.slice(1))![0];
  const next = source[1 + literal.length];
  // A character that may be missing, or be there several times, is none of the prefix.
  const isOptional = next === '*' || next === '?' || next === '{';
  return Buffer.from(isOptional ? [...literal].slice(0, -1).join('') : literal);
}

/** Per alternative of `a|b`; undefined when it is not known. */
export function regexPieces(pattern: Buffer): readonly (readonly Buffer[])[] | undefined {
  const source = pattern.toString();
  if (HARD.test(source)) return undefined;
  return source.split('|').map((branch) =>
    branch
      .split(/.[*?]+|[.^$]|(?<=.)\++/su)
      .filter((text) => text !== '')
      .map((text) => Buffer.from(text)),
  );
}
