// serialization-file.ts — serialization.json: how columns of a part are stored that are not stored as their types say.
// Winnow writes none.

import { CorruptionError } from '../base/errors.ts';

/** What the file asks for that Winnow does not read; undefined when it changes nothing. Errors: CorruptionError. */
export function unreadableSerialization(bytes: Buffer, file: string): string | undefined {
  const info = parse(bytes, file);
  const kind = kindsOf(fieldOf(info, 'columns')).find((each) => each !== 'Default');
  if (kind === 'Sparse') return 'sparse columns';
  if (kind !== undefined) return `columns of kind ${kind}`;
  const strings = fieldOf(fieldOf(info, 'types_serialization_versions'), 'string') ?? 0;
  return strings === 0 ? undefined : 'sizes of strings in a stream of their own';
}

function parse(bytes: Buffer, file: string): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new CorruptionError(file, 'JSON', 'other text');
  }
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

/** Of columns and what they consist of. */
function kindsOf(columns: unknown): string[] {
  if (!Array.isArray(columns)) return [];
  return columns.flatMap((column) => [
    String(fieldOf(column, 'kind')),
    ...kindsOf(fieldOf(column, 'subcolumns')),
  ]);
}
