// columns-file.ts — columns.txt: names and types of the columns of a part.
//
//   columns format version: 1 ⏎ N columns: ⏎ then N times  `name` Type ⏎

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { NamedType } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import { parseDataType } from '../types/parse-type.ts';

const HEADER = 'columns format version: 1';

const escapes: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\0': '0',
};
const unescapes = new Map(Object.entries(escapes).map(([character, letter]) => [letter, character]));

export const quoteName = (name: string): string =>
  `\`${name.replace(/[\\`\b\f\n\r\t\0]/g, (c) => `\\${escapes[c] ?? c}`)}\``;

export function formatColumns(columns: readonly NamedType[]): Buffer {
  const lines = columns.map(({ name, type }) => `${quoteName(name)} ${typeName(type)}\n`);
  return Buffer.from(`${HEADER}\n${columns.length} columns:\n${lines.join('')}`);
}

/** The parts of a table mostly say the same: what was parsed, by its text. */
const parsed = new Map<string, readonly NamedType[]>();
const MAX_PARSED = 64;

/** Errors: CorruptionError; NOT_IMPLEMENTED naming the column whose type Winnow does not have. */
export function parseColumns(bytes: Uint8Array, file: string): readonly NamedType[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const known = parsed.get(text);
  if (known) return known;
  const columns = parseText(text, file);
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(text, columns);
  return columns;
}

function parseText(text: string, file: string): NamedType[] {
  const lines = text.split('\n');
  const count = /^(\d+) columns:$/.exec(lines[1] ?? '')?.[1];
  if (lines[0] !== HEADER || count === undefined)
    throw new CorruptionError(file, `'${HEADER}' and a count`, `'${lines.slice(0, 2).join('\\n')}'`);
  // The last line ends with a line feed too.
  if (lines.length !== Number(count) + 3 || lines.at(-1) !== '')
    throw new CorruptionError(file, `${count} lines of columns`, `${lines.length - 3}`);
  const columns = lines.slice(2, -1).map((line) => parseColumn(line, file));
  if (new Set(columns.map(({ name }) => name)).size < columns.length)
    throw new CorruptionError(file, 'names that differ', 'a name twice');
  return columns;
}

function parseColumn(line: string, file: string): NamedType {
  const [, quoted, type] = /^`((?:[^\\`]|\\.)+)` (.+)$/.exec(line) ?? [];
  if (quoted === undefined || type === undefined)
    throw new CorruptionError(file, 'a name in backticks and a type', `'${line}'`);
  const name = quoted.replace(/\\(.)/g, (_, letter: string) => unescapes.get(letter) ?? letter);
  return { name, type: parseStoredType(type, name, file) };
}

function parseStoredType(type: string, name: string, file: string): NamedType['type'] {
  try {
    return parseDataType(type);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    if (error.code === 'NOT_IMPLEMENTED')
      throw new WinnowError('NOT_IMPLEMENTED', `column ${name} of ${file}: ${error.message}`);
    throw new CorruptionError(file, `a type of column ${name}`, `'${type}' (${error.message})`);
  }
}
