// escape.ts — how the formats write bytes of text that would mean something else as they stand.

import type { OutputBuffer } from './output-buffer.ts';

/** Writes source[start .. end), escaped. */
export type Escape = (out: OutputBuffer, source: Uint8Array, start: number, end: number) => void;

type EscapeTable = readonly (Uint8Array | undefined)[];

function tableOf(entries: Readonly<Record<string, string>>): EscapeTable {
  const table: (Uint8Array | undefined)[] = Array.from({ length: 256 }, () => undefined);
  for (const [char, escaped] of Object.entries(entries))
    table[char.charCodeAt(0)] = Buffer.from(escaped, 'latin1');
  return table;
}

const shared = { '\b': '\\b', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

/** TabSeparated and Values. */
const backslashed = tableOf({ ...shared, '\0': '\\0', "'": "\\'" });

const doubled = tableOf({ '"': '""' });

const jsonControls = Array.from({ length: 32 }, (_, code): [string, string] => [
  String.fromCharCode(code),
  `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`,
]);

const json = tableOf({ ...Object.fromEntries(jsonControls), ...shared, '"': '\\"', '/': '\\/' });

function escapeBy(table: EscapeTable): Escape {
  return (out, source, start, end) => {
    let clean = start;
    for (let i = start; i < end; i++) {
      const escaped = table[source[i]!];
      if (escaped === undefined) continue;
      if (clean < i) out.raw(source, clean, i);
      out.raw(escaped, 0);
      clean = i + 1;
    }
    if (clean < end) out.raw(source, clean, end);
  };
}

export const escapeNothing: Escape = (out, source, start, end) => out.raw(source, start, end);

/** `\n`, `\'`, `\\`: TabSeparated and Values. */
export const escapeBackslashed: Escape = escapeBy(backslashed);

/** `""` for `"`: CSV. */
export const escapeDoubled: Escape = escapeBy(doubled);

const escapeJsonBytes = escapeBy(json);

/** JSON, with `\/` as ClickHouse writes it. U+2028 and U+2029 are escaped, because JavaScript once took them for line ends. */
export const escapeJson: Escape = (out, source, start, end) => {
  let clean = start;
  for (let i = start; i < end - 2; i++) {
    if (source[i] !== 0xe2 || source[i + 1] !== 0x80 || (source[i + 2]! & 0xfe) !== 0xa8) continue;
    escapeJsonBytes(out, source, clean, i);
    out.ascii(source[i + 2] === 0xa8 ? '\\u2028' : '\\u2029');
    clean = i + 3;
  }
  escapeJsonBytes(out, source, clean, end);
};
