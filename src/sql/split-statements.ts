// split-statements.ts — where statements end in text that may still be being typed.
//
// Only quotes and comments are understood, so that a statement that does not parse is still found and reported whole.

export type SplitText = {
  /** Complete statements, without their `;`. */
  readonly statements: readonly string[];
  /** What follows the last `;`. */
  readonly rest: string;
};

const tokens =
  /'(?:[^'\\]|\\[\s\S]|'')*('|$)|"(?:[^"\\]|\\[\s\S])*("|$)|`(?:[^`\\]|\\[\s\S])*(`|$)|--[^\n]*|\/\*[\s\S]*?(\*\/|$)|;/g;

/** Splits at `;`. The data of an INSERT … FORMAT takes all that follows. */
export function splitStatements(text: string): SplitText {
  const statements: string[] = [];
  let start = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token !== ';' || index < start) continue;
    const statement = text.slice(start, index);
    if (hasInlineData(statement)) break;
    if (!isBlank(statement)) statements.push(statement);
    start = index + 1;
  }
  return { statements, rest: text.slice(start) };
}

/** True for text without a statement: white space and comments. */
export function isBlank(text: string): boolean {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() === '';
}

/** True for an INSERT … FORMAT with or without its data; VALUES is a format of its own, whose end is the `;`. */
export function hasInlineData(statement: string): boolean {
  return /^\s*INSERT\s[^;']*?\sFORMAT\s+(?!Values\b)\w+\s/i.test(`${statement}\n`);
}
