// escaped-text.ts — a value's text as TabSeparated escapes it: only its type tells which escapes are whose.

import { isComposite, type DataType } from './data-type.ts';

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', 0: '\0' };

export class EscapedText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text of a value of that type; null for `\N`. The escapes in an array are those of the strings inside it. */
  as(type: DataType): string | null {
    if (this.#text === '\\N') return null;
    if (isComposite(type)) return this.#text;
    return this.#text.replace(/\\([^])/g, (_, char: string) => escapes[char] ?? char);
  }
}
